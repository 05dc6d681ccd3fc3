"""Harm that everybody signed: what a rule forbids, and the operator took in.

Bytes, signatures and tree are right. Only whoever knows the rules finds anything.
"""

import functools
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from ledger.integrity.declarations import declare
from tests.bank import OPERATOR, SCHOOL, award
from tests.exchanging import AUTOMATIC, OTHER
from tests.histories import award_of
from tests.tampering.copies import draft_of
from tests.tampering.grounds import Ground, SmallBank, seeded_key
from tests.tampering.outcomes import Chance, Harm, Operator, at, within
from tests.tampering.sealed import awards, kid_at, sign, singles

Said = dict[str, object]

UNKNOWN: Final = "learner_" + "0" * 31 + "9"
LONG_AGO: Final = "2026-08-01T08:00:00.000Z"
FAR_AHEAD: Final = "2026-09-30T08:00:00.000Z"


def new_id(chance: Chance) -> str:
    """Return an id that the ledger has not seen."""
    return f"{chance.getrandbits(32):08x}-0000-4000-8000-00000000beef"


def _bank(ground: Ground) -> SmallBank:
    assert isinstance(ground.bank, SmallBank)
    return ground.bank


def statement(
    ground: Ground, iss: str, *, type_name: str, body: Mapping[str, object]
) -> Said:
    """Return a statement of the moment at which the ledger ends."""
    return _bank(ground).statement(iss, f"{type_name}.v1", body=body)


def awarded(ground: Ground, iss: str = SCHOOL, **changes: object) -> Said:
    """Return an award that the rules allow, but for the changes."""
    body = award("forged", **changes)
    return statement(ground, iss, type_name="credit.awarded", body=body)


def applied(ground: Ground, rule: str, *, chance: Chance, **changes: object) -> Said:
    """Return a request for an exchange of the second award, of which two are left."""
    bank = _bank(ground)
    body = {
        **bank.application(bank.earned["two"], rule=rule),
        "exchange_id": new_id(chance),
        "lots": [{"award_id": award_of("two"), "credits": "2", "component": 0}],
        **changes,
    }
    said = statement(ground, OTHER, type_name="exchange.requested", body=body)
    return said | {"mandate": bank.mandate()}


def _revoked(ground: Ground, iss: str, *, amount: str) -> Said:
    body = {
        "award_id": award_of("two"),
        "credits": amount,
        "class": "corrected",
        "reason_code": "amount_corrected",
    }
    return statement(ground, iss, type_name="credit.revoked", body=body)


def used_up(ground: Ground, chance: Chance) -> Said:
    """Return a request for an exchange of an award that was exchanged before."""
    lots = [{"award_id": award_of("one"), "credits": "3", "component": 0}]
    predicates = [{"name": "score", "at_least": "60", "award_id": award_of("one")}]
    return applied(ground, AUTOMATIC, chance=chance, lots=lots, predicates=predicates)


def _admitted(ground: Ground, iss: str) -> Said:
    key = seeded_key("new", "west-college", use=ground.bank.keys[SCHOOL].use)
    body = {
        "member_id": "west-college",
        "kind": "school",
        "name": "西方学院",
        "key": declare(key, audience=ground.bank.ledger),
    }
    return statement(ground, iss, type_name="member.admitted", body=body)


Forgery = Callable[[Ground, Chance], Said]

FORGERIES: Final[tuple[tuple[str, Forgery, str], ...]] = (
    (
        "rule-before-its-dates",
        lambda ground, chance: applied(ground, f"{OTHER}/LATER@1", chance=chance),
        "rule-not-in-force /body/rule",
    ),
    (
        "rule-over-its-cap",
        lambda ground, chance: applied(ground, AUTOMATIC, chance=chance),
        "cap-exceeded /body/lots",
    ),
    ("rule-on-a-used-lot", used_up, "lot-insufficient /body/lots/0/credits"),
    (
        "rule-of-another-digest",
        lambda ground, chance: applied(
            ground, AUTOMATIC, chance=chance, rule_digest="A" * 43
        ),
        "stale-rule /body/rule_digest",
    ),
    (
        "credits-above-the-course",
        lambda ground, _: awarded(ground, credits="9"),
        "credits-above-achievement /body/credits",
    ),
    (
        "award-to-nobody",
        lambda ground, _: awarded(ground, learner_id=UNKNOWN),
        "unknown-account /body/learner_id",
    ),
    (
        "award-of-anothers-course",
        lambda ground, _: awarded(ground, iss=OTHER),
        "not-own-achievement /body/achievement",
    ),
    (
        "award-made-twice",
        lambda ground, _: statement(
            ground, SCHOOL, type_name="credit.awarded", body=award("stolen")
        ),
        "award-exists",
    ),
    (
        "assessed-in-the-future",
        lambda ground, _: awarded(ground, assessed_on="2027-06-30"),
        "date-in-future",
    ),
    (
        "more-taken-back-than-left",
        lambda ground, _: _revoked(ground, SCHOOL, amount="2.5"),
        "revokes-more-than-left",
    ),
    (
        "anothers-award-taken-back",
        lambda ground, _: _revoked(ground, OTHER, amount="1"),
        "not-the-issuer",
    ),
    (
        "admitted-by-a-school",
        lambda ground, _: _admitted(ground, SCHOOL),
        "not-permitted /type",
    ),
    (
        "for-another-ledger",
        lambda ground, _: awarded(ground) | {"aud": "bank.example/other#" + "A" * 43},
        "wrong-ledger /aud",
    ),
    (
        "after-its-end",
        lambda ground, _: (
            awarded(ground) | {"iat": LONG_AGO, "exp": "2026-08-02T08:00:00.000Z"}
        ),
        "statement-expired /exp",
    ),
    (
        "before-its-time",
        lambda ground, _: (
            awarded(ground) | {"iat": FAR_AHEAD, "exp": "2026-10-01T08:00:00.000Z"}
        ),
        "clock-ahead /iat",
    ),
    (
        "valid-for-too-long",
        lambda ground, _: awarded(ground) | {"exp": "2026-12-01T08:00:00.000Z"},
        "expiry-too-long /exp",
    ),
    (
        "without-a-mandate",
        lambda ground, chance: {
            name: value
            for name, value in applied(ground, AUTOMATIC, chance=chance).items()
            if name != "mandate"
        },
        "mandate-missing /mandate",
    ),
)


def _forge(
    ground: Ground, _: Ground, *, chance: Chance, forgery: Forgery, detail: str
) -> Harm:
    said = forgery(ground, chance) | {"id": new_id(chance)}
    draft = draft_of(ground)
    position = draft.append(sign(ground.bank.keys[str(said["iss"])], said))
    expected = at(position, "not-allowed", detail=detail)
    return Harm(copy=draft.seal(), expected=expected)


def use_a_stolen_key(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Take in what was signed with a key after it was revoked."""
    said = awarded(ground) | {"id": new_id(chance)}
    draft = draft_of(ground)
    position = draft.append(sign(ground.bank.keys["stolen"], said))
    expected = at(position, "not-allowed", detail="key-revoked")
    return Harm(copy=draft.seal(), expected=expected)


def use_a_service_key(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Let the bank's own key say what only members say."""
    body = {"member_id": OTHER, "name": "新名"}
    said = statement(ground, OPERATOR, type_name="member.renamed", body=body)
    draft = draft_of(ground)
    position = draft.append(sign(ground.bank.service, said | {"id": new_id(chance)}))
    expected = at(position, "not-allowed", detail="key-of-another-use /iss")
    return Harm(copy=draft.seal(), expected=expected)


def say_twice(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Take the very same bytes in a second time, under a key that is still good."""
    draft = draft_of(ground)
    stolen = ground.bank.keys["stolen"].kid
    position = chance.choice(
        [place for place in singles(draft) if kid_at(draft, place) != stolen]
    )
    last = draft.append(draft.member_bytes(position))
    expected = at(last, "not-allowed", detail="statement-exists /id")
    return Harm(copy=draft.seal(), expected=expected)


def count_twice(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Take an award in a second time: more is posted than the lots are worth."""
    draft = draft_of(ground)
    last = draft.append(draft.member_bytes(chance.choice(awards(draft))))
    expected = within(last, last + 1, "books-disagree")
    return Harm(copy=draft.seal(), expected=expected)


FORGED: Final[Mapping[str, Operator]] = MappingProxyType(
    {
        name: functools.partial(_forge, forgery=forgery, detail=detail)
        for name, forgery, detail in FORGERIES
    }
    | {
        one.__name__.replace("_", "-"): one
        for one in (use_a_stolen_key, use_a_service_key, say_twice, count_twice)
    }
)
