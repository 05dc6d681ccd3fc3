"""For all histories of exchanges: nothing is created, lost or counted twice.

A machine applies, decides, undoes, counts and revokes at random, right and wrong, and
keeps ``exchanges_model`` beside the rules. The ledger of ``tests.builders`` checks
after each statement that lots add up and are what the postings say.
"""

from collections import Counter
from fractions import Fraction
from typing import Final

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from ledger.domain.errors import RejectionError
from ledger.domain.types import credits_text
from tests.builders import (
    MANDATE,
    OPERATOR,
    OTHER,
    SCHOOL,
    Body,
    award,
    award_of,
)
from tests.property.exchanges_market import (
    ACTS,
    ALL,
    CAP_MILLI,
    CONSUMING,
    ENROLMENTS,
    NAMES,
    PICKS,
    PLACES,
    RULES,
    market,
    outcome_of,
)
from tests.property.exchanges_model import Model
from tests.scenario.agreements import (
    SERVICE,
    WEST,
    because,
    case_of,
    number,
    quoted,
    request,
    sent_back,
)
from tests.scenario.lives import unredemption

EXAMPLES: Final = 80
STEPS: Final = 30


class Market(RuleBasedStateMachine):
    """Does anything with a learner's lots, and remembers what was accepted."""

    @initialize()
    def begin(self) -> None:
        """Start with agreed rules and four awards at two schools."""
        self.ledger = market()
        self.model = Model(CONSUMING)
        self.ids = iter(range(100, 10_000))
        given = award("one")
        act = self.ledger.act(SCHOOL, "credit.awarded.v1", body=given)
        self.model.learn(act.statement)
        for name in ("two", "three"):
            self._try(SCHOOL, "credit.awarded", body=award(name))
        west = award("w", achievement=f"{WEST}/GAS-1@1")
        self._try(WEST, "credit.awarded", body=west)

    def _picked(self, picks: list[tuple[int, str]]) -> list[dict[str, object]]:
        # The newest first: what was just made is what chains are built of.
        known = list(reversed(self.model.lots))
        return [
            {"award_id": known[place % len(known)], "credits": amount, "component": 0}
            for place, amount in picks
        ]

    def _case(self, place: int, status: str) -> str:
        known = self.model.having(status)
        return known[place % len(known)]

    @rule(which=st.sampled_from([0, 1, 1, 2, 3, 4]), picks=PICKS)
    def apply(self, which: int, picks: list[tuple[int, str]]) -> None:
        """Apply for something; the bank answers where no desk does."""
        self._apply(which, self._picked(picks))

    def _apply(self, which: int, lots: list[dict[str, object]]) -> str | None:
        identity, seen = number(next(self.ids)), RULES[which]
        member = NAMES[which].partition("/")[0]
        body = request(
            seen,
            exchange_id=identity,
            enrolment_id=ENROLMENTS[member],
            lots=lots,
        )
        if not self._try(member, "exchange.requested", body=body):
            return None
        if NAMES[which] != f"{OTHER}/DESK@1":
            said = quoted(self.ledger, identity)
            assert self._try(OPERATOR, "exchange.accepted", body=said, key=SERVICE)
        return identity

    @rule(name=st.sampled_from(["one", "two"]), acts=ACTS)
    def insist(self, name: str, acts: list[str]) -> None:
        """Make as much of one award at the west as anybody could wish for."""
        lot, made, case = award_of(name), award_of(name), number(98)
        for act in acts:
            part = {"award_id": made if act == "count" else lot, "component": 0}
            whole = self.model.lots[str(part["award_id"])].parts["available"]
            part["credits"] = credits_text(whole)
            if act in {"WEST", "HALF"}:
                case = self._apply(2 if act == "WEST" else 3, [part]) or case
                if self.model.has("accepted") and case in self.model.cases:
                    made = case_of(self.ledger, case).created[0]
            elif act == "reverse":
                self._try(WEST, "exchange.reversed", body=because("other", case))
            else:
                code = "WELD" if act == "count" else "OWN"
                self._redeem(WEST, code, lots=[part])

    def _redeem(self, member: str, code: str, *, lots: list[dict[str, object]]) -> None:
        body = {
            "redemption_id": number(next(self.ids)),
            "enrolment_id": ENROLMENTS[member],
            "requirement": code,
            "lots": [
                {"award_id": one["award_id"], "credits": one["credits"]} for one in lots
            ],
        }
        self._try(member, "credit.redeemed", body=body)

    @precondition(lambda self: self.model.has("returned"))
    @rule(place=PLACES, picks=PICKS, which=st.sampled_from([0, 1, 1]))
    def hand_in_again(
        self, place: int, picks: list[tuple[int, str]], which: int
    ) -> None:
        """Hand in a case that was sent back, perhaps under another rule."""
        identity = self._case(place, "returned")
        body = request(
            RULES[which],
            exchange_id=identity,
            revision=self.model.cases[identity].revision + 1,
            lots=self._picked(picks),
        )
        if self._try(OTHER, "exchange.requested", body=body) and which == 0:
            said = quoted(self.ledger, identity)
            assert self._try(OPERATOR, "exchange.accepted", body=said, key=SERVICE)

    @precondition(lambda self: self.model.has("requested"))
    @rule(place=PLACES, what=st.sampled_from(["accept", "send", "end", "cancel"]))
    def decide(self, place: int, what: str) -> None:
        """Decide a case that lies on a desk."""
        identity = self._case(place, "requested")
        match what:
            case "send":
                back = sent_back(exchange_id=identity)
                self._try(OTHER, "exchange.returned", body=back)
            case "end":
                self._try(OTHER, "exchange.declined", body=because("other", identity))
            case "cancel":
                self._try(OTHER, "exchange.cancelled", body=because("other", identity))
            case _:
                try:
                    body = quoted(self.ledger, identity)
                except RejectionError:
                    return
                self._try(OTHER, "exchange.accepted", body=body)

    @precondition(lambda self: self.model.has("accepted"))
    @rule(place=PLACES)
    def reverse(self, place: int) -> None:
        """Undo an exchange, at its recogniser or elsewhere."""
        identity = self._case(place, "accepted")
        member = self.model.cases[identity].rule.partition("/")[0]
        self._try(member, "exchange.reversed", body=because("other", identity))

    @rule(
        picks=PICKS,
        member=st.sampled_from(ALL),
        code=st.sampled_from(["WELD", "OWN", "FREE"]),
    )
    def redeem(self, picks: list[tuple[int, str]], member: str, code: str) -> None:
        """Count lots toward a requirement."""
        self._redeem(member, code, lots=self._picked(picks))

    @precondition(lambda self: self.model.redemptions)
    @rule(place=PLACES, member=st.sampled_from([None, *ALL]))
    def undo_redemption(self, place: int, member: str | None) -> None:
        """Undo a redemption, at its school or elsewhere."""
        known = list(self.model.redemptions)
        identity = known[place % len(known)]
        school = member or self.model.redemptions[identity].iss
        self._try(school, "redemption.reversed", body=unredemption(identity))

    @precondition(lambda self: self.model.cases)
    @rule(pick=PICKS, kept=st.booleans())
    def revoke_or_keep(self, pick: list[tuple[int, str]], *, kept: bool) -> None:
        """Take back part of a lot, or keep a flagged one."""
        chosen = self._picked(pick)[0]
        issuer = self.model.lots[str(chosen["award_id"])].issuer
        named = {"award_id": chosen["award_id"], "reason_code": "other"}
        if kept:
            body = {**named, "reason_code": "kept_after_review"}
            self._try(issuer, "credit.amended", body=body)
            return
        body = {**named, "credits": chosen["credits"], "class": "withdrawn"}
        self._try(issuer, "credit.revoked", body=body)

    def _try(self, iss: str, type_name: str, *, body: Body, **more: object) -> bool:
        act = self.ledger.act(
            iss, f"{type_name}.v1", body=body, mandate=MANDATE, **more
        )
        outcomes = [outcome_of(act, self.ledger) for _ in range(2)]
        assert outcomes[0] == outcomes[1]
        accounts = self.ledger.accounts.copy()
        try:
            self.ledger.apply(act)
        except RejectionError:
            assert outcomes[0] is not None
            assert self.ledger.accounts == accounts
            return False
        assert outcomes[0] is None
        self.model.learn(act.statement)
        return True

    @precondition(lambda self: hasattr(self, "ledger"))
    @invariant()
    def every_lot_is_what_the_model_adds_up(self) -> None:
        """Part by part, to the thousandth; and nothing exists beside them."""
        assert self.ledger.lots == set(self.model.lots)
        for identity, mine in self.model.lots.items():
            lot = self.ledger.lot(identity)
            assert lot.issuer == mine.issuer
            for part in ("available", "held", "exchanged", "redeemed", "revoked"):
                assert getattr(lot, f"{part}_milli") == mine.parts[part], part

    @precondition(lambda self: hasattr(self, "ledger"))
    @invariant()
    def every_members_credits_are_conserved(self) -> None:
        """What it issued is what there is, whatever became of it."""
        issued: Counter[str] = Counter()
        for lot in self.model.lots.values():
            issued[lot.issuer] += lot.awarded
            assert sum(lot.parts.values()) == lot.awarded
        for member, amount in issued.items():
            assert self.ledger.accounts[f"issued:{member}"] == -amount

    @precondition(lambda self: hasattr(self, "ledger"))
    @invariant()
    def no_root_counts_twice(self) -> None:
        """Not in an enrolment under all its rules, nor in its requirements."""
        by_case, redeemed = self.model.counted()
        for counted in (by_case, redeemed):
            for (_, root), amount in counted.items():
                assert amount <= self.model.lots[root].awarded

    @precondition(lambda self: hasattr(self, "ledger"))
    @invariant()
    def no_cap_is_exceeded(self) -> None:
        """What the capped rule gave, and still gives, stays below it."""
        given = [
            self.model.lots[made.lot_id].awarded
            for case in self.model.cases.values()
            if case.rule == NAMES[0] and case.status == "accepted" and case.accepted
            for made in case.accepted.body.created
        ]
        assert sum(given) <= CAP_MILLI

    @precondition(lambda self: hasattr(self, "ledger"))
    @invariant()
    def no_chain_creates_credit(self) -> None:
        """What was only used up and made again is never more than its roots."""
        existing: dict[str, Fraction] = {}
        for lot in self.model.lots.values():
            assert lot.awarded <= sum(lot.roots.values())
            live = sum(lot.parts[one] for one in ("available", "held", "redeemed"))
            for root, amount in lot.roots.items() if lot.used_up else ():
                share = amount * live / lot.awarded
                existing[root] = existing.get(root, Fraction(0)) + share
        for root, amount in existing.items():
            assert amount <= self.model.lots[root].awarded


def test_exchanges_conserve_whatever_is_done_in_whatever_order() -> None:
    """Against a model that knows no rule."""
    profile = settings(max_examples=EXAMPLES, stateful_step_count=STEPS)
    run_state_machine_as_test(Market, settings=profile)
