"""For all histories: what a replay recounts is what rules, books and pages say."""

from typing import Final

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import Connection

from ledger.audit.explain.story import Story, Subject
from ledger.audit.figures.balances import balances
from ledger.audit.figures.effective import PARTS
from ledger.audit.figures.summary import Replayed, sections, summary
from ledger.audit.figures.sums import SUMS
from ledger.audit.rebuild import UnreadableHistoryError
from ledger.domain.state import LotRecord
from ledger.domain.types import credits_text
from projections.reconciliation.queries import Asked, periods_at, totals_of
from tests.builders import (
    LEARNER,
    MANDATE,
    OPERATOR,
    OTHER,
    SCHOOL,
    SECOND,
    TODAY,
    Ledger,
    award,
    award_of,
    kid,
    opened,
    revocation,
)
from tests.property.test_reconciliation import NEVER, Reconciled, projected
from tests.replaying import records, replayed
from tests.scenario.agreements import ENROLMENT, because, ground
from tests.scenario.cases import MERGED
from tests.scenario.lives import created
from tests.scenario.test_better_results import BETTER, both
from tests.scenario.test_doubts import lose, with_keys
from tests.scenario.test_provenance import chain

pytestmark = pytest.mark.traced

EXAMPLES: Final = 3
STEPS: Final = 20
EARLY: Final = "2000-01-01"
FOREVER: Final = "9999-01-01"


class Retold(Reconciled):
    """A market over many days, replayed when it is over."""

    def teardown(self) -> None:
        """Require that every figure is recounted alike."""
        if not hasattr(self, "ledger"):
            return
        check_figures(self.ledger)
        check_stories(self.ledger)
        with projected(self.ledger, size=self.size) as found:
            check_totals(self.ledger, found)


def lots_of(ledger: Ledger) -> list[LotRecord]:
    """Return all lots as the rules left them."""
    return [ledger.lot(one) for one in sorted(ledger.lots)]


def check_figures(ledger: Ledger) -> None:
    """Require the same records, and sums of them, as decided one by one."""
    found = replayed(ledger.said)
    assert records(found.rebuilt.state) == records(ledger.state)
    parts = {
        part: credits_text(sum(getattr(one, f"{part}_milli") for one in lots))
        for lots in (lots_of(ledger),)
        for part in SUMS
    }
    shown = summary(found)
    assert shown["lots"]["credits"] == parts  # type: ignore[index]  # plain JSON
    assert set(shown["trial_balance"].values()) == {"0"}  # type: ignore[attr-defined]  # plain JSON
    in_the_end = replayed(ledger.said, day=FOREVER)
    assert held(in_the_end) == held(found)


def held(found: Replayed) -> dict[str, tuple[int, ...]]:
    """Return the parts of every lot, by whatever way they were summed."""
    lots = found.all_of(LotRecord)
    seen = [found.effective.lot(lot) if found.effective else lot for lot in lots]
    return {
        lot.award_id: tuple(getattr(lot, f"{part}_milli") for part in PARTS)
        for lot in seen
        if lot is not None
    }


def check_stories(ledger: Ledger) -> None:
    """Require that lines add up to the records, for learners and single lots."""
    learners = Story(Subject(learners=frozenset({LEARNER})))
    replayed(ledger.said, observers=[learners])
    own = [lot for lot in lots_of(ledger) if lot.learner_id == LEARNER]
    assert list(learners.disagreements()) == []
    assert learners.lots == {lot.award_id: lot for lot in own}
    assert learners.available_milli == sum(lot.available_milli for lot in own)
    running = 0
    for line in learners.lines:
        running += line.in_milli - line.out_milli
        assert line.available_milli == running
    one = own[len(own) // 2]
    alone = Story(Subject(lots=frozenset({one.award_id})))
    replayed(ledger.said, observers=[alone])
    assert alone.available_milli == one.available_milli
    assert {line.lot for line in alone.lines} == {one.award_id}


def check_totals(ledger: Ledger, connection: Connection) -> None:
    """Require what the read side makes of the bodies, period by period."""
    found = replayed(ledger.said)
    expected = [
        {"period": period.code, **row}
        for period in periods_at(connection, NEVER)
        for row in totals_of(connection, Asked(period=period, position=NEVER))
    ]
    totals = list(found.recognised.totals(found.rebuilt.state))
    assert totals == expected
    assert list(sections(found)["reconciliation"]()) == expected


def test_every_figure_is_recounted_alike_for_every_history() -> None:
    """Records, sums, stories and reconciliation, by two ways each."""
    profile = settings(max_examples=EXAMPLES, stateful_step_count=STEPS)
    run_state_machine_as_test(Retold, settings=profile)


@pytest.mark.parametrize("undone", [False, True], ids=["stands", "undone"])
def test_a_better_result_that_replaces_is_recounted(*, undone: bool) -> None:
    """Until it is undone itself, and is taken back in part; over two periods."""
    ledger = both("replace")
    days = {"first_day": "2026-08-01", "last_day": "2026-08-31"}
    ledger.say(OPERATOR, "period.closed.v1", body={"code": "august", **days})
    if undone:
        ledger.say(OTHER, "exchange.reversed.v1", body=because("other", BETTER))
        part = revocation(amount="0.5", award_id=created(ledger))
        ledger.say(OTHER, "credit.revoked.v1", body=part)

    check_figures(ledger)
    check_stories(ledger)
    with projected(ledger, size=100) as found:
        check_totals(ledger, found)
    told = {
        name: [dict(row) for row in rows()]
        for name, rows in sections(replayed(ledger.said)).items()
        if name in {"periods", "rules", "exchanges"}
    }
    assert [one["code"] for one in told["periods"]] == ["august", "open"]
    assert {one["in_force"] for one in told["rules"]} == {True}
    assert {one["open"] for one in told["exchanges"]} == {False}


def test_an_amendment_is_told_once_for_each_date() -> None:
    """Taken back at the old date and issued at the new; other fields move nothing."""
    ledger = opened()
    ledger.say(SCHOOL, "credit.awarded.v1", body=award())
    why = {"award_id": award_of(), "reason_code": "clerical_error"}
    ledger.say(SCHOOL, "credit.amended.v1", body={**why, "assessed_on": "2026-06-01"})
    ledger.say(SCHOOL, "credit.amended.v1", body={**why, "learned_from": "2026-03-01"})
    ledger.say(SCHOOL, "credit.revoked.v1", body=revocation())

    story = Story(Subject(lots=frozenset({award_of()})), effective_on="2026-06-15")
    found = replayed(ledger.said, day="2026-06-15", observers=[story])

    ways = [(line.source, line.target, line.counts) for line in story.lines]
    assert ways == [
        ("issued", "available", False),
        ("available", "issued", False),
        ("issued", "available", True),
        ("", "", True),
        ("available", "revoked", False),
    ]
    assert story.lines[3].changed == ("learned_from",)
    assert story.available_milli == 3000
    assert [lot.available_milli for lot in found.lots()] == [3000]
    assert list(story.disagreements()) == [award_of()]
    assert story.lines[-1].why == "withdrawn, recorded_in_error"
    assert held(replayed(ledger.said, day="2026-05-31")) == {}


def test_a_past_and_a_future_shelf_life_and_an_enrolment_are_told_apart() -> None:
    """By the date asked for, whatever entries say."""
    ledger = ground()
    rules = [summary(replayed(ledger.said, day=day)) for day in (EARLY, FOREVER)]

    assert [one["enrolments"] for one in rules] == [{"not_begun": 2}, {"open": 2}]
    ended = {"enrolment_id": ENROLMENT, "ended_on": TODAY, "outcome": "graduated"}
    ledger.say(OTHER, "enrolment.ended.v1", body=ended)
    now = summary(replayed(ledger.said))
    assert now["enrolments"] == {"graduated": 1, "open": 1}


def test_an_act_about_nothing_ends_the_replay() -> None:
    """Its position is named."""
    ledger = opened()
    ledger.say(SCHOOL, "credit.awarded.v1", body=award())
    ledger.say(SCHOOL, "credit.revoked.v1", body=revocation())
    *others, _, last = ledger.said

    with pytest.raises(UnreadableHistoryError) as wrong:
        replayed([*others, last])

    assert wrong.value.position == last.position


def test_what_expires_and_what_is_flagged_is_told_with_its_reason() -> None:
    """The last day of the shelf life, and by when a member has to decide."""
    ledger = ground()
    short = award("short", valid_until="2026-09-01")
    ledger.say(SCHOOL, "credit.awarded.v1", body=short)
    body = {"award_id": award_of("short"), "credits": "3", "expired_on": "2026-09-01"}
    later = {"at": "2026-09-02T08:00:00.000Z", "key": kid(OPERATOR, "s")}
    ledger.say(OPERATOR, "credit.expired.v1", body=body, **later)

    story = Story(Subject(learners=frozenset({LEARNER})))
    found = replayed(ledger.said, observers=[story])

    assert (story.lines[-1].target, story.lines[-1].why) == ("expired", "2026-09-01")
    assert summary(found)["lots"]["credits"]["expired"] == "3"  # type: ignore[index]  # plain JSON
    for rows in sections(found).values():
        assert isinstance(list(rows()), list)


def test_what_is_in_doubt_or_flagged_is_told_apart() -> None:
    """Of what is available, and with the day by which a member has to decide."""
    ledger = with_keys("b")
    ledger.say(SCHOOL, "credit.awarded.v1", body=award("doubt"), key=kid(SCHOOL, "b"))
    lose(ledger, "b", since=ledger.position - 1)
    again = replayed(ledger.said)
    doubted, _ = balances(again.rebuilt.state, again.lots())
    chained, _, _ = chain()
    chained.say(SCHOOL, "credit.revoked.v1", body=revocation(amount="0"))

    story = Story(Subject(learners=frozenset({LEARNER})))
    found = replayed(chained.said, observers=[story])

    assert doubted.issued[SCHOOL]["contested"] == 3000
    flagged = [line.why for line in story.lines if "flags" in line.changed]
    assert flagged
    assert all(why.startswith("source_revoked, 20") for why in flagged)
    (one, *_) = balances(found.rebuilt.state, found.lots())
    assert sum(sums["flagged"] for sums in one.issued.values()) > 0


def test_merged_accounts_have_one_balance() -> None:
    """What the absorbed one had is the survivor's."""
    ledger = opened()
    ledger.say(SCHOOL, "credit.awarded.v1", body=award())
    ledger.say(SCHOOL, "credit.awarded.v1", body=award("two", learner_id=SECOND))
    for iss, type_name, body in MERGED:
        ledger.say(iss, type_name, body=body, mandate=MANDATE)

    found = replayed(ledger.said)
    (one,) = balances(found.rebuilt.state, found.lots())

    assert (one.earned_milli, one.absorbed) == (6000, (SECOND,))
    assert one.as_object()["earned"] == "6"
