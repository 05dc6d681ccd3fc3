"""How deciding one exchange grows with what lies around it, without HTTP.

Three crowds: rules in force that cannot apply, lots of the learner that are not
offered, and exchanges that the learner made before.
"""

import statistics
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Final

from bench.college import College
from bench.databases import Databases
from bench.figures import Report, rounded
from bench.plan import Plan
from bench.school import Office, School, admitted
from ledger.intake import Submission
from ledger.sequencer import Committer
from ledger.sequencer.waiting import Waiting

_COUNTED: Final = 40
"""So many requests are decided at each size, each in a group of its own."""
_REPEATS: Final = 3
_GROUP: Final = 400
_EARLIER_MAX: Final = 1_000
"""The programme has room for no more exchanges of one learner than a few thousand."""


class Deciding:
    """The writer's processor time for one exchange; signatures were checked before."""

    def __init__(
        self, databases: Databases, *, folder: Path, plan: Plan, report: Report
    ) -> None:
        """Measure into a report's curve."""
        self._databases = databases
        self._folder = folder
        self._plan = plan
        self._report = report
        self._college = College()
        self._owner = 0

    def run(self) -> None:
        """Measure at every size."""
        self._folder.mkdir()
        learners = (1 + 3 * len(self._plan.sizes)) * _REPEATS + 1
        admitted(self._databases, self._folder, learners=learners, then=self._grow)

    def _grow(self, office: Office, school: School) -> None:
        self._college.settle(office, school)
        writer = office.committer()
        self._cost(office, school, writer=writer)
        for size in self._sizes():
            more = size - self._college.rules
            self._college.agree_on_others(office, school, count=more)
            cost = self._cost(office, school, writer=writer)
            self._tell("rules in force", size, cost=cost)
        for size in self._sizes():
            cost = self._cost(office, school, writer=writer, lots=size)
            self._tell("lots of the learner", size, cost=cost)
        for size in self._sizes():
            if size > _EARLIER_MAX:
                continue
            cost = self._cost(office, school, writer=writer, earlier=size)
            self._tell("earlier exchanges", size, cost=cost)

    def _sizes(self) -> Iterator[int]:
        """Return the smallest size, and the others while there is time."""
        smallest, *others = self._plan.sizes
        yield smallest
        for size in others:
            if not self._report.is_hurried:
                yield size

    def _cost(
        self,
        office: Office,
        school: School,
        *,
        writer: Committer,
        lots: int = 0,
        earlier: int = 0,
    ) -> float:
        """Return microseconds for one exchange of a learner who has all this."""
        found = []
        for number in range(_REPEATS):
            if number and self._report.is_hurried:
                break
            self._owner += 1
            self._drafts(office, school, count=lots)
            before = self._drafts(office, school, count=earlier)
            for start in range(0, earlier, _GROUP):
                commit(writer, before[start : start + _GROUP])
            drafts = self._drafts(office, school, count=_COUNTED)
            spent = time.thread_time()
            for draft in drafts:
                commit(writer, [draft])
            found.append((time.thread_time() - spent) / _COUNTED * 1e6)
        return statistics.median(found)

    def _drafts(
        self, office: Office, school: School, *, count: int
    ) -> list[Submission]:
        """Award so many lots to the learner; return a request for each."""
        awards, requests = self._college.requests(school, [self._owner] * count)
        for raw in awards:
            office.take(raw)
        return [office.receive(raw) for raw in requests]

    def _tell(self, name: str, size: int, *, cost: float) -> None:
        point = (f"exchange, {name}", self._databases.name, size)
        self._report.curve.append((*point, f"{rounded(cost)} us CPU"))


def commit(writer: Committer, drafts: Sequence[Submission]) -> None:
    """Have a writer take submissions as one group.

    Raises what is wrong with one.
    """
    group = [Waiting(submission=one, future=Future()) for one in drafts]
    writer.commit(group)
    for one in group:
        one.future.result()
