"""A learner's plan over HTTP: many lots, and many rules in force around them.

Each lot is of a course of its own, with a rule of its own. What may be converted is
less than what there is, so that a choice has to be made.
"""

import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from bench.college import COLLEGE, Body, College
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
    course,
    learner,
)
from bench.serving import Progress, Sender, bank_served

LOTS: Final = 200
GOAL_MS: Final = 2_000
ENROLMENT: Final = "11111111-1111-4111-8111-111111111111"
OWNER: Final = learner(1)
_PROGRAMME: Final = f"{COLLEGE}/PLAN"
_REQUIREMENTS: Final = 6
_ASKED: Final = 40


class Planning:
    """Measures how long a plan takes, as the rules in force grow."""

    def __init__(
        self, databases: Databases, *, folder: Path, plan: Plan, report: Report
    ) -> None:
        """Measure into a report."""
        self._databases = databases
        self._folder = folder
        self._plan = plan
        self._report = report
        self._college = College()
        self._rules = 0

    def measure(self) -> None:
        """Measure at every size; the last one is the figure."""
        self._folder.mkdir()
        found: Result = {}
        for number, size in enumerate(self._sizes()):
            folder = self._folder / str(number)
            folder.mkdir()
            self._college, self._rules = College(), size
            school = admitted(self._databases, folder, learners=1, then=self._grow)
            found = self._ask(school)
            told = f"p50 {rounded(found['p50_ms'])} ms, p95 {rounded(found['p95_ms'])}"
            point = ("plan, rules in force", self._databases.name, size)
            self._report.curve.append((*point, f"{told} ms"))
        figure = Figure(
            name="plan",
            database=self._databases.name,
            value=found["p95_ms"],
            unit="ms p95",
            cpu_us=found["cpu_us"],
        )
        goal = f"the goal of {GOAL_MS:,} ms; a small ratio is good"
        self._report.add(figure, reference=GOAL_MS, against=goal)

    def _sizes(self) -> Iterator[int]:
        smallest, *others = self._plan.sizes
        yield smallest
        for size in others:
            if not self._report.is_hurried:
                yield size

    def _grow(self, office: Office, school: School) -> None:
        college, codes = self._college, [f"P-{n}" for n in range(self._rules)]
        college.settle(office, school)
        office.say(college.key, "programme.published", body=_programme())
        # At home with the college, which may then count for the learner.
        opened = {"learner_id": OWNER, "mode": "provisional"}
        office.say(college.key, "account.opened", body=opened)
        enrolment = {
            "enrolment_id": ENROLMENT,
            "learner_id": OWNER,
            "programme": f"{_PROGRAMME}@1",
            "cohort": "2026",
            "started_on": "2026-01-01",
        }
        office.say(college.key, "enrolment.opened", body=enrolment)
        courses = [course(code) for code in codes]
        college.take(office, school.key, name="achievement.published", bodies=courses)
        rules = [_rule(code, number) for number, code in enumerate(codes)]
        college.agree(office, school, proposals=rules)
        awards = [
            award_body(OWNER, b"plan %d" % number)
            | {"achievement": f"{SCHOOL}/{codes[number % len(codes)]}@1"}
            for number in range(LOTS)
        ]
        college.take(office, school.key, name="credit.awarded", bodies=awards)

    def _ask(self, school: School) -> Result:
        sender = Sender(
            folder=school.folder,
            connections=1,
            status=200,
            seconds_max=self._plan.peer_seconds,
        )
        asked = get(f"/v1/learners/{OWNER}/plan?enrolment={ENROLMENT}")
        progress = Progress(school)
        with bank_served(school, school.folder) as bank:
            drain(progress)
            # The first reads every rule once, and is not counted.
            sender.send([asked], bank)
            count = max(2, min(_ASKED, self._plan.reads))
            runs = [sender.send([asked] * count, bank)]
        progress.close()
        return {name: statistics.median(run[name] for run in runs) for name in runs[0]}


def _programme() -> Body:
    needs = [
        {
            "code": f"R-{number}",
            "title": f"要求{number}",
            "nature": "compulsory" if number else "elective",
            "module": "basic",
            "credits": "20",
        }
        for number in range(_REQUIREMENTS)
    ]
    half = {"code": "half", "share": {"numerator": 1, "denominator": 2}}
    return {
        "code": "PLAN",
        "version": 1,
        "title": "转换方案",
        "credits": "120",
        "requirements": needs,
        "limits": [{**half, "share_of": "programme_credits"}],
    }


def _rule(code: str, number: int) -> Body:
    """Return a rule of one course; some give the whole, some half."""
    aim = {"programme": _PROGRAMME, "code": f"R-{number % _REQUIREMENTS}"}
    ratio = {"numerator": 1, "denominator": 1 + number % 2}
    terms = {
        "title": "课程互认",
        "recogniser": COLLEGE,
        "parties": [SCHOOL, COLLEGE],
        "valid_from": "2026-01-01",
        "source": {
            "groups": [{"components": [{"of": {"achievement": f"{SCHOOL}/{code}"}}]}]
        },
        "targets": [{"outcome": "course_credit", "requirement": aim}],
        "effect": "consume",
        "conversion": {"method": "ratio", "ratio": ratio},
        "limits": [{"code": "eight", "at_most": "8", "within": "rule"}],
    }
    return {"code": code, "version": 1, "terms": terms}
