"""Reads the data set's files, and refuses what the demo could not post.

A fault names its file and, counted as a spreadsheet does, its row. It is found before a
bank is founded.
"""

import csv
import gzip
import re
import zlib
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Final, NoReturn

Row = Mapping[str, str]
Length = Mapping[tuple[str, str], int]

RESULTS: Final = "results-2013.csv.gz"
ASSESSMENTS: Final = "assessment-scores-2013.csv.gz"
COURSES: Final = "courses.csv"

_OUTCOME: Final = "Pass|Distinction|Fail|Withdrawn"
_PRESENTATION: Final = r"20\d\d[BJ]"
_NUMBER: Final = r"[0-9]{1,12}"
FORMS: Final[Mapping[str, Mapping[str, str]]] = {
    COURSES: {
        "code_module": r"[A-Z]{3}",
        "code_presentation": _PRESENTATION,
        "module_presentation_length": r"[1-9]\d{0,2}",
    },
    RESULTS: {
        "code_module": r"[A-Z]{3}",
        "code_presentation": _PRESENTATION,
        "id_student": _NUMBER,
        "final_result": _OUTCOME,
    },
    ASSESSMENTS: {
        "code_module": r"[A-Z]{3}",
        "code_presentation": _PRESENTATION,
        "id_assessment": _NUMBER,
        "assessment_type": r"TMA|CMA|Exam",
        "weight": r"\d{1,3}(\.\d+)?",
        "id_student": _NUMBER,
        "date_submitted": r"-?\d{1,3}",
        "score": r"(\d{1,3}(\.\d+)?)?",
    },
}
"""The columns of each file that are read, and what each may hold."""

_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    COURSES: ("code_module", "code_presentation"),
    RESULTS: ("code_module", "code_presentation", "id_student"),
    ASSESSMENTS: ("id_assessment", "id_student"),
}


class DataFolderError(Exception):
    """The folder does not hold the data set, or not in one piece."""

    def __init__(self, file: str, reason: str, *, row: int | None = None) -> None:
        """Say where and why."""
        where = file if row is None else f"{file}, row {row}"
        super().__init__(f"{where}: {reason}")


def read_lengths(folder: Path) -> Length:
    """Return how many days each module's presentation lasts.

    Raises:
        DataFolderError: the file is missing or damaged.
    """
    return {
        (row["code_module"], row["code_presentation"]): int(
            row["module_presentation_length"]
        )
        for _, row in _checked(folder / COURSES)
    }


def read_results(
    folder: Path, name: str, *, lengths: Length, known: Mapping[str, str]
) -> list[Row]:
    """Return the rows of a file about students.

    Raises:
        DataFolderError: it is missing or damaged, or names a module that is not among
            those known or a presentation whose length is not.
    """
    rows = []
    for number, row in _checked(folder / name):
        module, presentation = row["code_module"], row["code_presentation"]
        if module not in known:
            _fail(
                folder / name,
                number,
                reason=f"no credits are known for module {module}",
            )
        if (module, presentation) not in lengths:
            _fail(
                folder / name,
                number,
                reason=f"{module} {presentation} is not in {COURSES}",
            )
        rows.append(row)
    return rows


def is_passed(score: str, *, at: int) -> bool:
    """Tell whether a score is there and reaches ``at``."""
    return bool(score) and Decimal(score) >= at


def _checked(path: Path) -> Iterator[tuple[int, Row]]:
    seen: dict[tuple[str, ...], int] = {}
    forms = FORMS[path.name]
    patterns = {column: re.compile(form) for column, form in forms.items()}
    for number, row in _read(path):
        missing = [column for column in forms if row.get(column) is None]
        if missing:
            _fail(path, number, reason=f"no column {', '.join(missing)}")
        for column, pattern in patterns.items():
            if not pattern.fullmatch(row[column]):
                _fail(
                    path, number, reason=f"column {column} holds {row[column][:30]!r}"
                )
        key = tuple(row[column] for column in _KEYS[path.name])
        first = seen.setdefault(key, number)
        if first != number:
            _fail(path, number, reason=f"the same as row {first}")
        yield number, row


def _read(path: Path) -> Iterator[tuple[int, Row]]:
    number = 0
    is_compressed = path.suffix == ".gz"
    try:
        with (
            gzip.open(path, "rt", encoding="utf-8", newline="")
            if is_compressed
            else path.open(encoding="utf-8", newline="")
        ) as file:
            reader = csv.DictReader(file, strict=True)
            absent = set(FORMS[path.name]) - set(reader.fieldnames or ())
            if absent:
                _fail(path, 1, reason=f"no column {', '.join(sorted(absent))}")
            for number, row in enumerate(reader, start=2):  # told on failure
                yield number, row
    except OSError as error:
        reason = error.strerror or str(error)
        raise DataFolderError(path.name, reason) from error
    except (EOFError, UnicodeDecodeError, csv.Error, zlib.error) as error:
        _fail(path, number + 1, reason=str(error))


def _fail(path: Path, row: int, *, reason: str) -> NoReturn:
    raise DataFolderError(path.name, reason, row=row)
