"""Options read over HTTP: a learner with many lots, among ever more rules in force.

Every lot is of a course of its own. As many rules as ``REACHED`` could use one of them
each; all further rules are about courses that nobody took.
"""

from pathlib import Path
from typing import Final

from api.bank import Bank
from bench.college import College, enrolment_of
from bench.databases import Databases
from bench.figures import Figure, Report, rounded
from bench.ingest import drain
from bench.load import get
from bench.plan import Plan
from bench.processes import Result
from bench.school import (
    SCHOOL,
    Office,
    School,
    admitted,
    award_body,
    batches,
    course,
    learner,
)
from bench.serving import Progress, Sender, bank_served
from ledger.integrity.disclosures import make_disclosure

LOTS: Final = 200
REACHED: Final = 40
_OWNER: Final = 0
_GOAL_MS: Final = 50


class Options:
    """One learner's options on one kind of database."""

    def __init__(
        self, databases: Databases, *, folder: Path, plan: Plan, report: Report
    ) -> None:
        """Found a bank with two colleges and one learner."""
        folder.mkdir()
        self._databases = databases
        self._plan = plan
        self._report = report
        self._college = College()
        self._taken = 0
        offices: list[Office] = []

        def settle(office: Office, school: School) -> None:
            offices.append(office)
            self._college.settle(office, school)
            self._award_others(office, school)

        self._school = admitted(databases, folder, learners=1, then=settle)
        self._founded = offices[0].founded

    @property
    def school(self) -> School:
        """The school whose learner asks."""
        return self._school

    def _award_others(self, office: Office, school: School) -> None:
        """Award the learner what no rule is about."""
        codes = [f"FREE-{number}" for number in range(LOTS - REACHED)]
        said = [("achievement.published", course(code)) for code in codes]
        said += [("credit.awarded", _award(code)) for code in codes]
        for raw in batches(school.key, said, aud=school.ledger):
            office.take(raw)

    def run(self) -> None:
        """Measure at every size; the last is the figure.

        Raises:
            MeasureError: an answer was wrong, or took far too long.
        """
        for size in self._plan.sizes:
            self.grow(size)
            found = self._read()
            shown = f"p50 {rounded(found['p50_ms'])} ms, p95 {rounded(found['p95_ms'])}"
            point = ("options, rules in force", self._databases.name, size)
            self._report.curve.append((*point, f"{shown} ms"))
            if size == max(self._plan.sizes):
                self._tell(found, size)

    def _tell(self, found: Result, size: int) -> None:
        figure = Figure(
            name="options-p95",
            database=self._databases.name,
            value=found["p95_ms"],
            unit="ms",
            cpu_us=found["cpu_us"],
        )
        against = f"the goal; {LOTS} lots, {size:,} rules"
        self._report.add(figure, reference=_GOAL_MS, against=against)

    def grow(self, size: int) -> None:
        """Agree on rules up to a number, and let the learner take their courses."""
        school = self._school
        bank = Bank(school.settings)
        try:
            office = Office(bank, self._founded, keys=school.settings.keys)
            more = size - self._college.rules
            self._college.agree_on_others(office, school, count=more)
            first, self._taken = self._taken, min(size, REACHED)
            codes = [f"OTHER-{number}" for number in range(first, self._taken)]
            awards = [("credit.awarded", _award(code)) for code in codes]
            for raw in batches(school.key, awards, aud=school.ledger):
                office.take(raw)
        finally:
            bank.close()

    def request(self) -> bytes:
        """Return the learner's question."""
        path = f"/v1/learners/{learner(_OWNER)}/options"
        return get(f"{path}?enrolment={enrolment_of(_OWNER)}")

    def _read(self) -> Result:
        request = self.request()
        sender = Sender(
            folder=self._school.folder,
            connections=1,
            status=200,
            seconds_max=self._plan.run_seconds * self._plan.runs,
        )
        progress = Progress(self._school)
        with bank_served(self._school, self._school.folder) as bank:
            # What was said before the server began is projected in its own time.
            drain(progress)
            # The first question reads the school's rules, once for all.
            first = sender.send([request], bank)
            found = sender.send([request] * self._plan.reads, bank)
        progress.close()
        self._report.notes.append(
            f"options on {self._databases.name}: {self._college.rules:,} rules in "
            f"force, {self._taken} in reach; the first answer of a server took "
            f"{rounded(first['p50_ms'])} ms; {rounded(found['count'])} answers after."
        )
        return found


def _award(code: str) -> dict[str, object]:
    body = award_body(learner(_OWNER), code.encode())
    score = make_disclosure("score", "87.5", salt="s" * 22)
    return {**body, "achievement": f"{SCHOOL}/{code}@1", "_sd": [score.digest]}
