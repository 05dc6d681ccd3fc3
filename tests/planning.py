"""A ledger of rules only as projections see a store, and plans made over it."""

from collections.abc import Iterator, Sequence
from time import monotonic
from typing import Final

from ledger.domain.rules.planning.steps import Setting
from ledger.domain.state import KINDS, Key, Record
from ledger.store.state_tables import Bounds
from projections.options.index import RuleIndex
from projections.plan.gathering import Gathered, Question, gather
from projections.plan.search import Found, find_plan
from tests.builders import LEARNER, TODAY, Ledger
from tests.scenario.agreements import ENROLMENT

PATIENCE_SECONDS: Final = 30.0


class LedgerState:
    """The state of a ledger of rules only, read like a store's."""

    def __init__(self, ledger: Ledger) -> None:
        """Read what is there now."""
        self._known = ledger.state.known

    def load(self, kind: str, keys: Sequence[Key]) -> dict[Key, Record]:
        """Return the records of one kind under these keys."""
        found = ((key, self._known.get((KINDS[kind], key))) for key in keys)
        return {key: record for key, record in found if record is not None}

    def scan(self, kind: str, **where: str | int) -> Iterator[Record]:
        """Return the records of one kind with these values."""
        for (record_type, _), record in sorted(
            self._known.items(), key=lambda item: str(item[0][1])
        ):
            if record is None or record_type is not KINDS[kind]:
                continue
            if all(getattr(record, name) == value for name, value in where.items()):
                yield record

    def scan_within(
        self, kind: str, bounds: Bounds, **where: str | int
    ) -> Iterator[Record]:
        """Return those that lie above bounds, too."""
        for record in self.scan(kind, **where):
            if all(getattr(record, k) > v for k, v in bounds.above.items()):
                yield record


def gathered(
    ledger: Ledger, *, enrolment_id: str = ENROLMENT, today: str = TODAY
) -> Gathered:
    """Return what a plan for the learner would be made of."""
    question = Question(
        learner_id=LEARNER,
        enrolment_id=enrolment_id,
        today=today,
        position=ledger.position - 1,
    )
    until = monotonic() + PATIENCE_SECONDS
    return gather(question, LedgerState(ledger), index=RuleIndex(), until=until)


def plan(
    ledger: Ledger, *, enrolment_id: str = ENROLMENT, today: str = TODAY
) -> tuple[Found, Setting]:
    """Return the learner's plan, and for whom it was made."""
    found = gathered(ledger, enrolment_id=enrolment_id, today=today)
    until = monotonic() + PATIENCE_SECONDS
    return find_plan(found, until=until), found.setting
