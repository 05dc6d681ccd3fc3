"""For all histories: what the rules promise holds after every statement.

A machine says random things, right and wrong, to a ledger of rules alone, and keeps a
tiny model beside it: who holds how much. The ledger of ``tests.builders`` checks after
each statement that lots add up, that postings balance, and that a refusal changes
nothing.
"""

from collections import Counter
from decimal import Decimal
from typing import Final

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from ledger.domain import rules
from ledger.domain.errors import RejectionError
from ledger.domain.errors.precedence import PRECEDENCE
from ledger.domain.rules.act import Act
from ledger.domain.state import CertificateRecord
from ledger.domain.statements.awards import CreditAwarded
from ledger.domain.statements.envelope import Statement
from tests.builders import (
    COMMITTEE,
    LEARNER,
    MANDATE,
    OPERATOR,
    OTHER,
    SCHOOL,
    SECOND,
    STRANGER,
    Body,
    Ledger,
    achievement,
    award,
    award_of,
    kid,
    opened,
    revocation,
)
from tests.scenario import cases

EXAMPLES: Final = 80
STEPS: Final = 30
NAMES: Final = ("one", "two", "three")
GIVEN: Final = st.sampled_from(["3", "3", "3", "2.5", "0", "3.001", None])
TAKEN: Final = st.sampled_from(["1", "2", "2", "3", "0.001", "0"])
DATES: Final = st.sampled_from(
    [
        None,
        None,
        None,
        "2026-06-29",
        "2026-06-30",
        "2026-07-01",
        "2026-09-01",
        "2026-09-02",
    ]
)
ISSUERS: Final = st.sampled_from([SCHOOL, SCHOOL, SCHOOL, OTHER])
LEARNERS: Final = st.sampled_from([LEARNER, LEARNER, SECOND, STRANGER])
REVISIONS: Final = st.sampled_from([0, 0, 0, 1, 2])
SELDOM: Final = 10
PLACES: Final = st.sampled_from([0, 0, 0, 0, 1, 2, 3])
"""Mostly the newest award: what is left of one matters when more is taken from it."""
ANYTHING: Final = st.sampled_from(
    [
        cases.AWARDED,
        cases.REVOKED,
        cases.CLOSED,
        cases.CLAIMED,
        cases.SUSPENDED,
        cases.say(OPERATOR, "member.reinstated", body=cases.status()),
        cases.WITHDRAWN,
        cases.say(
            OPERATOR,
            "member.succeeded",
            body={
                "predecessor": SCHOOL,
                "successor": OTHER,
                "reason_code": "merged",
            },
        ),
        cases.say(OPERATOR, "member.renamed", body={"member_id": SCHOOL, "name": "x"}),
        *cases.MERGED,
        *(
            cases.say(one, "accounts.unmerged", body=cases.unmerge())
            for one in (SCHOOL, OTHER, OPERATOR)
        ),
        cases.KEY_ADDED,
        cases.say(OPERATOR, "key.added", body=cases.added_key(name="r")),
        cases.say(OPERATOR, "key.revoked", body=cases.revoked_key(since_position=2)),
        cases.say(SCHOOL, "key.revoked", body=cases.revoked_key(name="b")),
        cases.say(SCHOOL, "entries.confirmed", body={"positions": [8, 9]}),
        cases.OUTSIDE_PUBLISHED,
        cases.RETIRED,
        cases.RELATED,
        cases.say(SCHOOL, "relation.ended", body={"relation_id": cases.RELATION}),
        cases.ENDORSED,
        cases.LEVELLED,
        cases.DATED,
        cases.say(SCHOOL, "achievement.published", body=achievement(version=2)),
        cases.say(COMMITTEE, "credit.awarded", body=award()),
    ]
)

ENDING: Final = {
    "member.suspended.v1",
    "member.withdrawn.v1",
    "member.succeeded.v1",
    "key.revoked.v1",
    "account.closed.v1",
    "achievement.retired.v1",
}


class Consortium(RuleBasedStateMachine):
    """Says anything to a ledger, and remembers what was accepted."""

    @initialize()
    def begin(self) -> None:
        """Start with members, an achievement and two accounts."""
        self.ledger = opened()
        iss, type_name, body = cases.OUTSIDE_PUBLISHED
        self.ledger.say(iss, type_name, body=body)
        self.held: Counter[tuple[str, str]] = Counter()
        self.owners: dict[str, tuple[str, str]] = {}
        self.certificates: dict[str, str] = {}

    @rule(
        what=ANYTHING,
        key=st.sampled_from(["a", "a", "a", "b", "r"]),
        chance=st.integers(1, SELDOM),
    )
    def say(self, what: cases.Say, key: str, chance: int) -> None:
        """Say one of the statements that the scenarios are made of.

        Seldom what ends a member, a key or an account: little is accepted after it.
        """
        if chance == 1 or what[1] not in ENDING:
            self._try(*what[:2], body=what[2], key=kid(what[0], key))

    @rule(
        iss=ISSUERS,
        name=st.sampled_from(NAMES),
        learner_id=LEARNERS,
        amount=GIVEN,
        revision=REVISIONS,
    )
    def award(
        self, iss: str, name: str, learner_id: str, amount: str, revision: int
    ) -> None:
        """Award something, perhaps for the second time."""
        body = {**award(name, learner_id=learner_id, credits=amount)}
        if revision:
            replaced = award_of(name, revision - 1, member=SCHOOL)
            body |= {"revision": revision, "replaces": replaced}
        self._try(iss, "credit.awarded.v1", body=body)

    @rule(name=st.sampled_from(NAMES), certificate=st.sampled_from(["t", "u"]))
    def attest(self, name: str, certificate: str) -> None:
        """Attest a certificate, perhaps one that was deposited before."""
        body = {**cases.attested(reference_tag=f"at-{name}".ljust(43, "o"))}
        self._try(SCHOOL, "credit.awarded.v1", body=body, tags=(certificate * 43,))

    @rule(iss=ISSUERS, place=PLACES, amount=TAKEN, effective_on=st.none() | DATES)
    def revoke(self, iss: str, place: int, amount: str, effective_on: str) -> None:
        """Take back part or all of an award, or more."""
        body = revocation(amount=amount, effective_on=effective_on)
        body = {**body, "award_id": self._award_at(place)}
        self._try(iss, "credit.revoked.v1", body=body)

    @rule(place=PLACES, assessed_on=DATES, valid_until=DATES)
    def amend(self, place: int, assessed_on: str, valid_until: str) -> None:
        """Change an award's dates."""
        changes = {"assessed_on": assessed_on, "valid_until": valid_until}
        body = cases.amendment(award_id=self._award_at(place), **changes)
        self._try(SCHOOL, "credit.amended.v1", body=body)

    def _award_at(self, place: int) -> str:
        known = [*reversed(self.owners), award_of("never")]
        return known[min(place, len(known) - 1)]

    def _try(self, iss: str, type_name: str, *, body: Body, **more: object) -> None:
        plain = {name: value for name, value in body.items() if value is not None}
        try:
            act = self.ledger.act(iss, type_name, body=plain, mandate=MANDATE, **more)
        except RejectionError:
            return
        outcomes = [_outcome(act, self.ledger) for _ in range(2)]
        assert outcomes[0] == outcomes[1]
        changed = rules.evolve(act, self.ledger.state) if not outcomes[0] else ()
        assert (changed != ()) == (outcomes[0] is None)
        try:
            self.ledger.apply(act)
        except RejectionError:
            assert outcomes[0] is not None
            return
        assert outcomes[0] is None
        self._remember(act)

    def _remember(self, act: Act[Statement]) -> None:
        body = act.statement.body.model_dump(by_alias=True)
        amount = int(Decimal(body.get("credits") or "0") * 1000)
        if act.statement.type == "credit.revoked.v1":
            self.held[self.owners[body["award_id"]]] -= amount
        if not isinstance(act.statement, CreditAwarded):
            return
        identity = rules.awards.id_of_award(act.statement)
        # Never a second award under one reference, nor one certificate twice.
        assert identity not in self.owners
        self.owners[identity] = (act.statement.body.learner_id, act.statement.iss)
        self.held[self.owners[identity]] += amount
        for tag in act.tags:
            before = self.certificates.get(tag)
            assert before is None or self.ledger.lot(before).revoked
            self.certificates[tag] = identity

    @invariant()
    def everyone_holds_what_the_model_says(self) -> None:
        """Per learner and issuing member, to the thousandth."""
        if not hasattr(self, "ledger"):
            return
        found: Counter[tuple[str, str]] = Counter()
        for identity in self.owners:
            lot = self.ledger.lot(identity)
            found[lot.learner_id, lot.issuer] += lot.available_milli
            assert lot.revoked == (lot.revoked_milli == lot.awarded_milli) or (
                lot.awarded_milli == 0
            )
        assert found == +self.held
        assert self.ledger.lots == set(self.owners)

    @invariant()
    def every_members_postings_balance(self) -> None:
        """The trial balance of each member is zero, and no account is overdrawn."""
        if not hasattr(self, "ledger"):
            return
        balances: Counter[str] = Counter()
        for account, amount in self.ledger.accounts.items():
            balances[account.rpartition(":")[2]] += amount
            assert account.startswith("issued:") == (amount < 0) or amount == 0
        assert set(balances.values()) <= {0}

    @invariant()
    def every_certificate_names_its_newest_award(self) -> None:
        """Whoever brings it again is told."""
        if not hasattr(self, "ledger"):
            return
        for tag, identity in self.certificates.items():
            record = self.ledger.state.find(CertificateRecord, tag)
            assert record is not None
            assert record.award_id == identity


def _outcome(act: Act[Statement], ledger: Ledger) -> type[RejectionError] | None:
    known = dict(ledger.state.known)
    try:
        rules.decide(act, ledger.state)
    except RejectionError as error:
        found = type(error)
    else:
        return None
    assert found in PRECEDENCE
    assert ledger.state.known == known
    return found


def test_what_the_rules_promise_holds_after_every_statement() -> None:
    """Whatever is said, in whatever order."""
    profile = settings(max_examples=EXAMPLES, stateful_step_count=STEPS)
    run_state_machine_as_test(Consortium, settings=profile)
