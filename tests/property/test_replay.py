"""For all histories: what a replay recounts is what rules, books and pages say."""

from typing import Final

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import Connection

from ledger.audit.explain.story import Story, Subject
from ledger.audit.figures.balances import SUMS
from ledger.audit.figures.effective import PARTS
from ledger.audit.figures.summary import Replayed, sections, summary
from ledger.domain.state import LotRecord
from ledger.domain.types import credits_text
from projections.reconciliation.queries import Asked, periods_at, totals_of
from tests.builders import LEARNER, Ledger
from tests.property.test_reconciliation import NEVER, Reconciled, projected
from tests.replaying import records, replayed

pytestmark = pytest.mark.traced

EXAMPLES: Final = 4
STEPS: Final = 20
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
