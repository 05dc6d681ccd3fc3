"""What is looked up for a decision: asked for piece by piece, it decides alike."""

from collections.abc import Callable, Iterable
from typing import TypeVar

import pytest

from ledger.domain import rules
from ledger.domain.rules.act import Act
from ledger.domain.state import NotLoadedError, Record, Slice
from ledger.domain.statements.envelope import Statement
from tests.builders import (
    COMMITTEE,
    LEARNER,
    MANDATE,
    OTHER,
    SCHOOL,
    Body,
    Ledger,
    award,
    award_of,
)
from tests.scenario.agreements import (
    CALENDAR,
    action,
    agreed,
    agreement,
    because,
    days,
    desk,
    ground,
    proposal,
    request,
    sent_back,
)
from tests.scenario.cases import RETIRED
from tests.scenario.claiming import (
    CLAIM,
    file,
    filed,
    filing,
    lacking,
    refusing,
    standing,
    taking_back,
)
from tests.scenario.lives import (
    accepted,
    at_last_desk,
    created,
    redeemed,
    redemption,
    requested,
    unredemption,
)
from tests.scenario.refused_policies import ENDORSED, PUBLISHED
from tests.scenario.refused_programmes import AGAIN, change, end, published

T = TypeVar("T")
MADE = created(accepted())
WINDOW = {"calendar": f"{OTHER}/days", "last_day": 7}
OWN = {"outcome": "course_credit", "achievement": f"{OTHER}/GAS-1"}


def counted() -> Ledger:
    """Return a ledger with an outside certificate and a calendar."""
    ledger = standing()
    ledger.say(OTHER, "calendar.published.v1", body=days())
    return ledger


def owned() -> Ledger:
    """Return a ledger with a claim of what its attester teaches itself."""
    ledger = standing()
    file(ledger, attester=SCHOOL, achievement=f"{SCHOOL}/WELD-1@1")
    return ledger


def answered(act: Act[Statement], ledger: Ledger) -> tuple[Record, ...]:
    """Decide and evolve over a slice that knows only what was asked for."""
    seen = Slice()
    for ref in rules.needs(act.statement, kid=act.kid):
        seen.learn(ref, ledger.state.find(ref.record, ref.key))
    _asking(lambda: rules.decide(act, seen), seen, ledger=ledger)
    return _asking(lambda: rules.evolve(act, seen), seen, ledger=ledger)


def _asking(question: Callable[[], T], seen: Slice, *, ledger: Ledger) -> T:
    while True:
        try:
            return question()
        except NotLoadedError as missing:
            ref = missing.ref
            seen.learn(ref, ledger.state.find(ref.record, ref.key))


def changed(records: Iterable[Record]) -> dict[tuple[str, object], Record]:
    """Return the last form of every record."""
    return {(one.kind, one.key): one for one in records}


@pytest.mark.parametrize(
    ("start", "iss", "type_name", "body"),
    [
        (ground, *published()),
        (ground, OTHER, "programme.retired.v1", {"programme": f"{OTHER}/WELDER@1"}),
        (ground, OTHER, "enrolment.opened.v1", AGAIN),
        (ground, OTHER, "enrolment.changed.v1", change(cohort="2026")),
        (ground, OTHER, "enrolment.ended.v1", end()),
        (ground, *PUBLISHED),
        (ground, OTHER, "rule.proposed.v1", proposal(request_window=WINDOW)),
        (ground, OTHER, "rule.proposed.v1", proposal(targets=[OWN])),
        (ground, OTHER, "rule.proposed.v1", proposal(committee=COMMITTEE)),
        (agreed, OTHER, "rule.suspended.v1", action()),
        (agreed, OTHER, "exchange.requested.v1", request()),
        (requested, SCHOOL, "exchange.endorsed.v1", desk()),
        (requested, SCHOOL, "exchange.returned.v1", sent_back()),
        (requested, SCHOOL, "exchange.declined.v1", because()),
        (requested, OTHER, "exchange.cancelled.v1", because()),
        (at_last_desk, SCHOOL, *RETIRED[1:]),
        (accepted, OTHER, "exchange.reversed.v1", because()),
        (counted, SCHOOL, "claim.filed.v1", filing(workdays=CALENDAR)),
        (standing, SCHOOL, "claim.filed.v1", filing()),
        (filed, OTHER, "claim.returned.v1", lacking()),
        (filed, OTHER, "claim.refused.v1", refusing()),
        (filed, SCHOOL, "claim.withdrawn.v1", taking_back()),
        (owned, SCHOOL, "credit.awarded.v1", award(claim=CLAIM)),
        (accepted, OTHER, "credit.redeemed.v1", redemption(MADE)),
        (redeemed, OTHER, "redemption.reversed.v1", unredemption()),
        (
            accepted,
            SCHOOL,
            "credit.revoked.v1",
            {
                "award_id": award_of(),
                "credits": "0",
                "class": "annulled",
                "reason_code": "misconduct",
            },
        ),
    ],
)
def test_a_decision_over_what_was_looked_up_is_the_one_over_everything(
    start: Callable[[], Ledger], iss: str, type_name: str, body: Body
) -> None:
    """And it changes the same records; each statement has a stream of its subject."""
    ledger = start()
    act = ledger.act(iss, type_name, body=body, mandate=MANDATE)

    found = changed(answered(act, ledger))

    assert found == changed(rules.evolve(act, ledger.state))
    assert ":" in rules.stream_of(act.statement)
    ledger.apply(act)


def test_an_agreement_and_an_endorsement_are_looked_up_by_what_they_name() -> None:
    """A ratified rule, an endorsed policy."""
    ledger = ground()
    ledger.say(OTHER, "rule.proposed.v1", body=proposal())
    ledger.say(PUBLISHED[0], PUBLISHED[1], body=PUBLISHED[2])
    for iss, type_name, body in (
        (SCHOOL, "rule.ratified.v1", agreement()),
        ENDORSED,
    ):
        act = ledger.act(iss, type_name, body=body)
        found = changed(answered(act, ledger))
        assert found == changed(rules.evolve(act, ledger.state))
        assert ":" in rules.stream_of(act.statement)
        ledger.apply(act)
    assert ledger.lot(award_of()).learner_id == LEARNER
