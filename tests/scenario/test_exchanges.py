"""The life of an application: over desks, back and forth, to its end and undone."""

import pytest

from ledger.domain.errors import exchanges as errors
from ledger.domain.state import TallyRecord
from tests.builders import (
    LEARNER,
    OTHER,
    SCHOOL,
    TODAY,
    Ledger,
    award,
    award_of,
)
from tests.scenario.agreements import (
    EXCHANGE,
    action,
    agree,
    ask,
    because,
    case_of,
    desk,
    enrolment,
    ground,
    number,
    offer,
    proposal,
    sent_back,
    target,
)
from tests.scenario.cases import LATER
from tests.scenario.lives import (
    accept,
    accepted,
    created,
    exchange,
    requested,
)

WINDOW = {"calendar": f"{OTHER}/days", "last_day": 7}


def parts(ledger: Ledger, name: str = "one") -> tuple[int, int, int]:
    """Return what of an award is available, held and exchanged."""
    lot = ledger.lot(award_of(name))
    return lot.available_milli, lot.held_milli, lot.exchanged_milli


def test_a_part_is_held_and_becomes_a_lot_of_the_recogniser() -> None:
    """It says where it comes from, and the rest stays with its owner."""
    ledger = requested()
    assert parts(ledger) == (0, 3000, 0)
    assert case_of(ledger).due_on == "2026-09-04"
    ledger.say(SCHOOL, "exchange.endorsed.v1", body=desk(), at=LATER)
    assert (case_of(ledger).step, case_of(ledger).due_on) == (1, "2026-09-14")

    accept(ledger)

    lot = ledger.lot(created(ledger))
    assert parts(ledger) == (0, 0, 3000)
    assert (lot.issuer, lot.available_milli) == (OTHER, 3000)
    assert lot.path == (SCHOOL, OTHER)
    assert [root.award_id for root in lot.roots] == [award_of()]
    assert lot.derived_from == lot.roots
    assert ledger.lot(award_of()).exchanges == (EXCHANGE,)
    assert case_of(ledger).due_on is None


def test_what_is_offered_beyond_the_need_is_kept() -> None:
    """With ``remainder`` keep the rest goes back where it was."""
    ledger = ground()
    ratio = {"method": "ratio", "ratio": {"numerator": 1, "denominator": 2}}
    body = proposal(approval=[], conversion={**ratio, "step": "1"}, remainder="keep")
    agree(ledger, body)

    exchange(ledger, body)

    assert parts(ledger) == (1000, 0, 2000)
    assert ledger.lot(created(ledger)).available_milli == 1000


def test_a_case_sent_back_keeps_its_hold_and_is_handed_in_with_other_lots() -> None:
    """It keeps its first date, starts at the first desk, and holds what it names."""
    ledger = requested()
    ledger.say(SCHOOL, "credit.awarded.v1", body=award("two"))
    ledger.say(SCHOOL, "exchange.returned.v1", body=sent_back())
    assert (case_of(ledger).status, case_of(ledger).due_on) == (
        "returned",
        "2026-09-04",
    )
    assert parts(ledger) == (0, 3000, 0)

    lots = [offer(credits_="1"), offer("two", "2.5")]
    ask(ledger, revision=1, lots=lots, at=LATER)

    assert (parts(ledger), parts(ledger, "two")) == ((2000, 1000, 0), (500, 2500, 0))
    record = case_of(ledger)
    assert (record.revision, record.step, record.requested_on) == (1, 0, TODAY)
    assert record.due_on == "2026-09-14"


@pytest.mark.parametrize(
    "effects", [("recognise", "consume"), ("consume", "recognise")]
)
def test_a_case_may_come_back_under_another_rule(effects: tuple[str, str]) -> None:
    """What the first rule held is released as that rule held it."""
    ledger = ground()
    rules = [proposal(effect, effect=effect) for effect in effects]
    for body in rules:
        agree(ledger, body)
    ask(ledger, rules[0])
    ledger.say(SCHOOL, "exchange.returned.v1", body=sent_back())

    with pytest.raises(errors.LotInsufficientError):
        ask(ledger, rules[1], revision=1, lots=[offer(credits_="6")])
    ask(ledger, rules[1], revision=1)

    assert parts(ledger) == ((0, 3000, 0) if effects[1] == "consume" else (3000, 0, 0))


def test_the_window_of_the_first_request_counts() -> None:
    """Whoever applied in time may hand in again later; under a new rule it is asked."""
    ledger = ground()
    body, other = (proposal(code, request_window=WINDOW) for code in ("A", "B"))
    agree(ledger, body)
    late = proposal("C", request_window={**WINDOW, "first_day": 5})
    for one in (other, late):
        agree(ledger, one)
    ask(ledger, body)
    ledger.say(SCHOOL, "exchange.returned.v1", body=sent_back())
    with pytest.raises(errors.OutsideWindowError):
        ask(ledger, late, revision=1, at=LATER)

    ask(ledger, other, revision=1, at=LATER)

    assert case_of(ledger).requested_on == TODAY


@pytest.mark.parametrize(
    ("iss", "type_name", "status"),
    [
        (SCHOOL, "exchange.declined.v1", "declined"),
        (OTHER, "exchange.cancelled.v1", "cancelled"),
    ],
)
def test_a_case_that_ends_releases_what_it_held(
    iss: str, type_name: str, status: str
) -> None:
    """Declined by a desk, or cancelled by whoever applied; both name a reason."""
    ledger = requested()

    ledger.say(iss, type_name, body=because("content_not_equivalent"))

    assert (case_of(ledger).status, parts(ledger)) == (status, (3000, 0, 0))
    ask(ledger, exchange_id=number(7))


def test_what_was_sent_back_can_still_be_cancelled() -> None:
    """A learner is never bound by a case that nobody works on."""
    ledger = requested()
    ledger.say(SCHOOL, "exchange.returned.v1", body=sent_back())

    ledger.say(OTHER, "exchange.cancelled.v1", body=because("at_own_request"))

    assert parts(ledger) == (3000, 0, 0)


def test_a_reversal_gives_back_what_was_used() -> None:
    """And takes what was made of it; the same lots may be applied for again."""
    ledger = accepted()

    ledger.say(OTHER, "exchange.reversed.v1", body=because("recorded_in_error"))

    lot = ledger.lot(created(ledger))
    assert (lot.available_milli, lot.revoked_milli, lot.revoked) == (0, 3000, True)
    assert parts(ledger) == (3000, 0, 0)
    tally = ledger.state.find(TallyRecord, (LEARNER, 0))
    assert tally is not None
    assert tally.uses == ()
    ask(ledger, exchange_id=number(7))


def test_a_reversal_under_a_rule_that_recognises_gives_nothing_back() -> None:
    """The source never left its issuer."""
    ledger = ground()
    body = proposal("SEEN", effect="recognise", approval=[])
    agree(ledger, body)
    exchange(ledger, body)
    assert parts(ledger) == (3000, 0, 0)

    ledger.say(OTHER, "exchange.reversed.v1", body=because())

    assert parts(ledger) == (3000, 0, 0)
    exchange(ledger, body, exchange_id=number(7))


def test_what_the_school_revoked_can_still_be_reversed() -> None:
    """An appeal gives the learner the source back: what was made is gone already."""
    ledger = accepted()
    taken = {
        "award_id": created(ledger),
        "credits": "1",
        "class": "annulled",
        "reason_code": "misconduct",
    }
    ledger.say(OTHER, "credit.revoked.v1", body=taken)

    ledger.say(OTHER, "exchange.reversed.v1", body=because("appeal_upheld"))

    assert parts(ledger) == (3000, 0, 0)
    assert ledger.lot(created(ledger)).revoked_milli == 3000


def test_two_requests_for_one_lot_are_not_both_held() -> None:
    """The later finds nothing left, under whatever rule that consumes."""
    ledger = requested()

    with pytest.raises(errors.LotInsufficientError):
        ask(ledger, exchange_id=number(7), lots=[offer(credits_="0.001")])


def test_two_schools_may_look_at_one_lot_where_nothing_is_used_up() -> None:
    """What only recognises holds nothing; whether it counts twice is a cap's matter."""
    ledger = ground()
    rules = [
        proposal("SEEN", effect="recognise", recogniser=member)
        for member in (OTHER, "west-college")
    ]
    for place, body in enumerate(rules):
        agree(ledger, body)
        ask(ledger, body, exchange_id=number(20 + place))

    assert parts(ledger) == (3000, 0, 0)
    ledger.say(SCHOOL, "rule.suspended.v1", body=action(f"{OTHER}/SEEN@1"))


def test_a_partial_recognition_says_until_when_the_rest_is_due() -> None:
    """In days from the acceptance."""
    ledger = ground()
    supplement = {"tasks": "补修实训", "due_days": 30}
    body = proposal(
        approval=[], targets=[target(outcome="partial", supplement=supplement)]
    )
    agree(ledger, body)

    (made,) = exchange(ledger, body)

    assert ledger.lot(made).supplement_due_on == "2026-10-01"


@pytest.mark.parametrize(
    ("once_per", "counts_again"),
    [("enrolment", True), ("programme", False), ("member", False), ("ever", False)],
)
def test_a_root_counts_once_as_far_as_the_rule_says(
    once_per: str, *, counts_again: bool
) -> None:
    """Here for a second enrolment in the same programme of the same school."""
    ledger = ground()
    body = proposal(approval=[], effect="recognise", once_per=once_per)
    agree(ledger, body)
    again = {"enrolment_id": number(9)}
    ledger.say(OTHER, "enrolment.opened.v1", body=enrolment(**again))
    exchange(ledger, body)

    if counts_again:
        exchange(ledger, body, exchange_id=number(7), **again)
        return
    with pytest.raises(errors.RootUsedError):
        ask(ledger, body, exchange_id=number(7), **again)
