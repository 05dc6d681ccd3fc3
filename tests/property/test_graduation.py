"""An assessment never says more than a recount by hand, whatever happened before.

The recount knows nothing of the rules: it adds up the redemptions that were accepted
and not undone, lot by lot, and leaves out what is flagged.
"""

from dataclasses import dataclass, field
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.domain.errors import RejectionError
from ledger.domain.errors.graduation import AssessmentDiffersError
from ledger.domain.types import credits_text
from tests.builders import OTHER, SCHOOL, Ledger, award, award_of, revocation
from tests.scenario.agreements import (
    agree,
    ground,
    number,
    offer,
    proposal,
    requirement,
    target,
)
from tests.scenario.cases import amendment
from tests.scenario.graduating import assessed, move
from tests.scenario.lives import exchange, redeem, unredemption

EXAMPLES: Final = 80
NAMES: Final = ("a", "b", "c", "d")
CODES: Final = ("BASE", "HOME", "FREE")
PROGRAMME: Final = {
    "code": "WELDER",
    "version": 2,
    "title": "焊接技术",
    "credits": "6",
    "requirements": [
        requirement(
            "BASE", module="basic", credits="3", satisfied_by=[f"{SCHOOL}/WELD-1"]
        ),
        requirement("HOME", credits="2", satisfied_by=[f"{OTHER}/GAS-1"]),
        requirement("FREE", module="common", nature="elective", credits="2"),
    ],
    "minima": [{"code": "basic", "credits": "2", "over": {"modules": ["basic"]}}],
    "limits": [{"code": "some", "at_most": "2"}],
    "home_at_least": "2",
    "last_at_home": "1",
}
RULE: Final = proposal(
    "SEEN",
    effect="recognise",
    approval=[],
    targets=[target(code="FREE", outcome="elective_credit")],
)

ACTS: Final = st.lists(
    st.tuples(
        st.sampled_from(
            ("redeem", "redeem", "redeem", "exchange", "undo", "revoke", "keep")
        ),
        st.integers(0, 7),
        st.sampled_from(CODES),
        st.sampled_from((500, 1000, 2000, 3000)),
    ),
    max_size=14,
)
Act = tuple[str, int, str, int]


@dataclass
class Books:
    """A ledger, and what the recount remembers of it."""

    ledger: Ledger
    lots: list[str] = field(default_factory=list)
    root: dict[str, str] = field(default_factory=dict)
    counted: list[tuple[str, str, str, int]] = field(default_factory=list)

    def do(self, act: Act, *, place: int) -> None:
        """Try something; what is refused changes nothing."""
        verb, pick, code, amount = act
        lot = self.lots[pick % len(self.lots)]
        try:
            getattr(self, verb)(
                lot, code=code, amount=amount, identity=number(100 + place)
            )
        except RejectionError:
            return

    def redeem(self, lot: str, *, code: str, amount: int, identity: str) -> None:
        """Count part of a lot."""
        text = credits_text(amount)
        redeem(self.ledger, lot, credits_=text, code=code, redemption_id=identity)
        self.counted.append((identity, lot, code, amount))

    def exchange(self, lot: str, *, code: str, amount: int, identity: str) -> None:
        """Have one lot recognised."""
        del code
        brought = offer(credits_=credits_text(amount), award_id=lot)
        (made,) = exchange(self.ledger, RULE, exchange_id=identity, lots=[brought])
        self.lots.append(made)
        self.root[made] = lot

    def undo(self, lot: str, *, code: str, amount: int, identity: str) -> None:
        """Undo the newest redemption of a lot."""
        del code, amount, identity
        own = [one for one in self.counted if one[1] == lot]
        if own:
            body = unredemption(own[-1][0])
            self.ledger.say(OTHER, "redemption.reversed.v1", body=body)
            self.counted.remove(own[-1])

    def revoke(self, lot: str, *, code: str, amount: int, identity: str) -> None:
        """Revoke what is left of a lot."""
        del code, amount, identity
        found = self.ledger.lot(lot)
        left = credits_text(found.available_milli)
        body = {**revocation(amount=left), "award_id": lot}
        self.ledger.say(found.issuer, "credit.revoked.v1", body=body)

    def keep(self, lot: str, *, code: str, amount: int, identity: str) -> None:
        """Lift the flags of a lot."""
        del code, identity
        changed = {"valid_until": f"2030-01-{amount // 500:02d}"}
        body = amendment(award_id=lot, reason_code="kept_after_review", **changed)
        issuer = self.ledger.lot(lot).issuer
        self.ledger.say(issuer, "credit.amended.v1", body=body)

    def recount(self) -> dict[str, int]:
        """Add up by hand what counts."""
        sound = [one for one in self.counted if not self.ledger.lot(one[1]).flags]
        found = dict.fromkeys((*CODES, "home", "last", "converted"), 0)
        for _, lot, code, amount in sound:
            found[code] += amount
            own = self.ledger.lot(self.root.get(lot, lot)).issuer == OTHER
            found["home"] += amount if own else 0
            found["last"] = found["last"] + amount if own else 0
            found["converted"] += amount if lot in self.root else 0
        return found


def begin() -> Books:
    """Return a ledger with six results, two of them learned at the school."""
    ledger = ground()
    move(ledger, PROGRAMME)
    agree(ledger, RULE)
    books = Books(ledger=ledger)
    for name in NAMES:
        ledger.say(SCHOOL, "credit.awarded.v1", body=award(name))
        books.lots.append(award_of(name))
    for name in ("home", "more"):
        body = award(name, achievement=f"{OTHER}/GAS-1@1")
        ledger.say(OTHER, "credit.awarded.v1", body=body)
        books.lots.append(award_of(name, member=OTHER))
    return books


@settings(max_examples=EXAMPLES)
@given(ACTS)
def test_an_assessment_is_what_a_recount_by_hand_finds(acts: list[Act]) -> None:
    """Requirements, bounds and the verdict; and no other can be signed."""
    books = begin()
    for place, act in enumerate(acts):
        books.do(act, place=place)

    found, body = books.recount(), assessed(books.ledger)

    needed = {"BASE": 3000, "HOME": 2000, "FREE": 2000}
    met = {code: found[code] >= needed[code] for code in CODES}
    total = sum(min(found[code], needed[code]) for code in CODES)
    bounds = [
        ("total", total, total >= 6000),
        ("minimum", found["BASE"], found["BASE"] >= 2000),
        ("home_at_least", found["home"], found["home"] >= 2000),
        ("last_at_home", found["last"], found["last"] >= 1000),
        ("limit", found["converted"], found["converted"] <= 2000),
    ]
    requirements = body["requirements"]
    assert isinstance(requirements, list)
    assert [(one["counted"], one["met"]) for one in requirements] == [
        (credits_text(found[code]), met[code]) for code in CODES
    ]
    said = body["bounds"]
    assert isinstance(said, list)
    assert [(one["kind"], one["reached"], one["met"]) for one in said] == [
        (kind, credits_text(reached), holds) for kind, reached, holds in bounds
    ]
    is_met = all(met.values()) and all(holds for _, _, holds in bounds)
    assert body["result"] == ("met" if is_met else "not_met")
    other = {**body, "result": "not_met" if is_met else "met"}
    with pytest.raises(AssessmentDiffersError):
        books.ledger.say(OTHER, "graduation.assessed.v1", body=other)
    books.ledger.say(OTHER, "graduation.assessed.v1", body=body)


@given(st.sampled_from(("BASE", "HOME", "FREE", "source")))
@settings(max_examples=4)
def test_a_revocation_after_that_makes_a_met_assessment_not_met(which: str) -> None:
    """Of any lot that counts, or of what one was made of."""
    books = begin()
    base, source, _, _, home, _ = books.lots
    books.exchange(source, code="FREE", amount=2000, identity=number(110))
    counts = {"BASE": base, "FREE": books.lots[-1], "HOME": home, "source": source}
    for place, (code, amount) in enumerate((("BASE", 3000), ("FREE", 2000))):
        books.redeem(
            counts[code], code=code, amount=amount, identity=number(100 + place)
        )
    books.redeem(home, code="HOME", amount=2000, identity=number(105))
    before = assessed(books.ledger)

    books.revoke(counts[which], code="", amount=0, identity="")

    assert before["result"] == "met"
    assert assessed(books.ledger)["result"] == "not_met"
