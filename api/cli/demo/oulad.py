"""Real results: the Open University Learning Analytics Dataset, presentations of 2013.

Kuzilek, Hlosta, Zdrahal, Scientific Data 4:170171 (2017), CC BY 4.0. One member per
module; every Pass or Distinction is an award. With assessments, every assessment passed
at 40 or more is a micro-achievement of zero credits: its module's credits count once.
"""

import itertools
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from api.cli.demo.consortium import Consortium, NewMember
from api.cli.demo.oulad_files import (
    ASSESSMENTS,
    RESULTS,
    DataFolderError,
    Row,
    is_passed,
    read_lengths,
    read_results,
)
from api.cli.demo.story import Story
from client.ids import learner_id
from client.results import Content, Result, account_content, award_content
from ledger.sequencer import SystemClock

CREDITS: Final[Mapping[str, str]] = {
    "AAA": "60",
    "BBB": "60",
    "DDD": "60",
    "EEE": "30",
    "FFF": "60",
    "GGG": "30",
}
"""A module's own value is not in the data. It cannot exceed the smallest load of any
student who took it, which is 60, or 30 for EEE and GGG; modules count 30 or 60."""

PASSED_AT: Final = 40
_STARTS: Final = {"B": (2, 1), "J": (10, 1)}
_PASSED: Final = frozenset({"Pass", "Distinction"})


class Oulad:
    """The data set as a source of the demo."""

    def __init__(self, folder: Path, *, assessments: bool) -> None:
        """Read the files.

        Raises:
            DataFolderError: one is missing or damaged, or nobody passed.
        """
        self.clock = SystemClock()
        lengths = self._lengths = read_lengths(folder)
        results = read_results(folder, RESULTS, lengths=lengths, known=CREDITS)
        self._results = [row for row in results if row["final_result"] in _PASSED]
        if not self._results:
            raise DataFolderError(RESULTS, "nobody passed anything")
        scored: list[Row] = []
        if assessments:
            scored = read_results(folder, ASSESSMENTS, lengths=lengths, known=CREDITS)
        self._assessments = [
            row for row in scored if is_passed(row["score"], at=PASSED_AT)
        ]

    def play(self, consortium: Consortium) -> Story:
        """Admit the modules as members, and post everything."""
        every = itertools.chain(self._results, self._assessments)
        modules = sorted({row["code_module"] for row in every})
        for module in modules:
            name = f"Module {module}"
            member = NewMember(
                member_id=module.lower(),
                kind="school",
                name=f"{module} 课程组",
                name_en=name,
            )
            consortium.admit(member)
        learners = self._open_accounts(consortium)
        self._publish(consortium)
        for module in modules:
            rows = (row for row in self._results if row["code_module"] == module)
            desk = consortium.desks[module.lower()]
            desk.post_all(
                award_content(self._result(row, learners), desk.secret) for row in rows
            )
        for module, micro in _by_module(self._assessments):
            desk = consortium.desks[module.lower()]
            desk.post_all(
                award_content(self._micro(row, learners), desk.secret) for row in micro
            )
        return self._story(consortium, learners)

    def _open_accounts(self, consortium: Consortium) -> dict[str, str]:
        learners: dict[str, str] = {}
        homes: dict[str, list[Content]] = {}
        for row in itertools.chain(self._results, self._assessments):
            student = row["id_student"]
            if student in learners:
                continue
            learners[student] = learner_id()
            home = row["code_module"].lower()
            secret = consortium.desks[home].secret
            opened = account_content(
                learners[student],
                secret,
                mode="provisional",
                disclosed={"student_number": student},
            )
            homes.setdefault(home, []).append(opened)
        for home, contents in homes.items():
            consortium.desks[home].post_all(contents)
        return learners

    def _publish(self, consortium: Consortium) -> None:
        catalogue: dict[tuple[str, str], dict[str, object]] = {}
        for row in self._results:
            module, code = row["code_module"], _course_code(row)
            catalogue[module, code] = {
                "title": f"Module {module}, presentation {row['code_presentation']}",
                "kind": "course",
                "credits": CREDITS[module],
            }
        for row in self._assessments:
            module, code = row["code_module"], _micro_code(row)
            kind = row["assessment_type"]
            catalogue[module, code] = {
                "title": f"{module} {row['code_presentation']}: {kind} "
                f"{row['id_assessment']}, weight {row['weight']}",
                "kind": "course",
                "credits": "0",
            }
        for (module, code), fields in catalogue.items():
            desk = consortium.desks[module.lower()]
            desk.say("achievement.published.v1", code=code, version=1, **fields)

    def _result(self, row: Row, learners: Mapping[str, str]) -> Result:
        start, end = self._dates(row)
        module, code = row["code_module"], _course_code(row)
        return Result(
            reference=f"{code}-{row['id_student']}",
            learner_id=learners[row["id_student"]],
            achievement=f"{module.lower()}/{code}@1",
            public={
                "credits": CREDITS[module],
                "learned_from": start.isoformat(),
                "learned_to": end.isoformat(),
            },
            disclosed={"grade": row["final_result"]},
        )

    def _micro(self, row: Row, learners: Mapping[str, str]) -> Result:
        start, _ = self._dates(row)
        day = start + timedelta(days=int(row["date_submitted"]))
        return Result(
            reference=f"{row['id_assessment']}-{row['id_student']}",
            learner_id=learners[row["id_student"]],
            achievement=f"{row['code_module'].lower()}/{_micro_code(row)}@1",
            public={"credits": "0", "assessed_on": day.isoformat()},
            disclosed={"score": row["score"]},
        )

    def _dates(self, row: Row) -> tuple[date, date]:
        presentation = row["code_presentation"]
        month, day = _STARTS[presentation[4]]
        start = date(int(presentation[:4]), month, day)
        length = self._lengths[row["code_module"], presentation]
        return start, start + timedelta(days=length)

    def _story(self, consortium: Consortium, learners: Mapping[str, str]) -> Story:
        results: dict[str, list[Row]] = {}
        for row in self._results:
            results.setdefault(row["id_student"], []).append(row)
        student = max(results, key=lambda one: (len(results[one]), one))
        first = results[student][0]
        secret = consortium.desks[first["code_module"].lower()].secret
        return Story(
            title="Open University results of 2013",
            source="OULAD (Kuzilek et al. 2017, CC BY 4.0), one member per module",
            learner=learners[student],
            learner_about="the student who passed most modules",
            award=self._result(first, learners).award_id(secret),
            events=(),
        )


def _course_code(row: Row) -> str:
    return f"{row['code_module']}-{row['code_presentation']}"


def _micro_code(row: Row) -> str:
    return f"{_course_code(row)}-{row['id_assessment']}"


def _by_module(rows: Iterable[Row]) -> Iterator[tuple[str, Iterator[Row]]]:
    ordered = sorted(rows, key=lambda row: row["code_module"])
    return itertools.groupby(ordered, key=lambda row: row["code_module"])
