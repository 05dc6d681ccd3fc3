"""A row of the file becomes a learner's result in the member's own words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeVar

from client.imports import cells
from client.imports.columns import Column, Layout
from client.imports.faults import CellError, FaultList
from client.imports.texts import Code
from client.results import Fields, Result

T = TypeVar("T")
Cells = Mapping[Column, str]

_DATES: Final = (
    Column.LEARNED_FROM,
    Column.LEARNED_TO,
    Column.ASSESSED_ON,
    Column.VALID_UNTIL,
)
_DISCLOSED: Final = (Column.SCORE, Column.GRADE, Column.EVIDENCE, Column.REFERENCE)
_PERSONAL: Final = (Column.NAME, Column.STUDENT_NUMBER, Column.IDENTITY_NUMBER)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRow:
    """One row. ``result`` lacks its learner until the student number is resolved.

    ``personal`` is what goes to the bank's vault if the account is opened.
    """

    row: int
    student_number: str | None
    learner_id: str | None
    result: Result
    personal: Fields = field(default_factory=dict)


@dataclass(slots=True)
class _Cells:
    """The filled cells of one row, read one by one; what is wrong is noted."""

    row: int
    cells: Cells
    layout: Layout
    faults: FaultList
    is_right: bool = field(default=True)

    def note(
        self, code: str, column: Column | None = None, /, **facts: str | int
    ) -> None:
        """Note a fault of this row."""
        self.is_right = False
        name = self.layout.name(column)
        self.faults.add(code, row=self.row, column=name, **facts)

    def text(self, column: Column) -> str | None:
        """Return a cell's text, None if it is empty or not there."""
        return self.cells.get(column)

    def needed(self, column: Column) -> str:
        """Return a cell's text; an empty cell is a fault."""
        found = self.cells.get(column)
        if found is None:
            self.note(Code.EMPTY_CELL, column)
        return found or ""

    def read(self, column: Column, reader: Callable[[str], T]) -> T | None:
        """Return what a cell says, None if it is empty or wrong."""
        text = self.cells.get(column)
        if text is None:
            return None
        try:
            return reader(text)
        except CellError as error:
            self.note(error.code, column, **error.facts)
            return None


def read_row(
    row: int, found: Cells, *, layout: Layout, member_id: str, faults: FaultList
) -> ImportRow | None:
    """Read one row; None if anything in it is wrong, all of which is noted."""
    source = _Cells(row=row, cells=found, layout=layout, faults=faults)
    student = source.text(Column.STUDENT_NUMBER)
    learner = source.read(Column.LEARNER_ID, cells.read_learner_id)
    if student is None and Column.LEARNER_ID not in found:
        source.note(Code.LEARNER_MISSING)
    result = Result(
        reference=source.needed(Column.REFERENCE),
        revision=source.read(Column.REVISION, cells.read_whole) or 0,
        learner_id=learner or "",
        achievement=_read_achievement(source, member_id),
        passed=_read_passed(source),
        basis=_read_basis(source),
        public=_read_public(source, member_id),
        disclosed=_read_disclosed(source),
    )
    if not source.is_right:
        return None
    personal = {str(c): text for c in _PERSONAL if (text := source.text(c))}
    return ImportRow(
        row=row,
        student_number=student,
        learner_id=learner,
        result=result,
        personal=personal,
    )


def _read_achievement(source: _Cells, member_id: str) -> str:
    version = source.read(Column.VERSION, cells.read_whole) or 1
    if not source.needed(Column.ACHIEVEMENT):
        return ""
    found = source.read(
        Column.ACHIEVEMENT,
        lambda text: cells.read_achievement(text, member_id=member_id, version=version),
    )
    return found or ""


def _read_passed(source: _Cells) -> bool:
    # A file without the column lists what was passed; an empty cell says nothing.
    if Column.PASSED not in source.layout.places and not source.text(Column.PASSED):
        return True
    if not source.needed(Column.PASSED):
        return False
    return source.read(Column.PASSED, cells.read_passed) or False


def _read_basis(source: _Cells) -> str:
    given = source.read(Column.BASIS, lambda text: cells.read_choice(text, cells.BASES))
    outside = source.text(Column.CERTIFICATE_NUMBER) is not None
    return given or ("attested" if outside else "issued")


def _read_public(source: _Cells, member_id: str) -> Fields:
    public: dict[str, object] = {
        "credits": source.read(Column.CREDITS, cells.read_amount),
        "workload": _read_workload(source),
        "attempt": source.read(
            Column.ATTEMPT, lambda text: cells.read_choice(text, cells.ATTEMPTS)
        ),
        "term": _read_term(source, member_id),
        "level": _read_level(source),
        "verification": _read_verification(source),
        "claim": source.text(Column.CLAIM),
    }
    public |= {str(column): source.read(column, cells.read_date) for column in _DATES}
    return {name: value for name, value in public.items() if value is not None}


def _read_workload(source: _Cells) -> Fields | None:
    value = source.read(Column.WORKLOAD, cells.read_amount)
    unit = source.read(
        Column.WORKLOAD_UNIT, lambda text: cells.read_choice(text, cells.UNITS)
    )
    return None if value is None else {"value": value, "unit": unit or "hour"}


def _read_term(source: _Cells, member_id: str) -> Fields | None:
    code, calendar = source.text(Column.TERM), source.text(Column.CALENDAR)
    if code is None:
        return None
    if calendar is None:
        source.note(Code.CALENDAR_MISSING, Column.TERM)
        return None
    own = calendar if "/" in calendar else f"{member_id}/{calendar}"
    return {"calendar": own, "code": code}


def _read_level(source: _Cells) -> Fields | None:
    code, framework = source.text(Column.LEVEL), source.text(Column.LEVEL_FRAMEWORK)
    if code is None:
        return None
    if framework is None:
        source.note(Code.FRAMEWORK_MISSING, Column.LEVEL)
        return None
    return {"framework": framework, "code": code}


def _read_verification(source: _Cells) -> Fields | None:
    method = source.read(
        Column.VERIFICATION_METHOD, lambda text: cells.read_choice(text, cells.METHODS)
    )
    origin = source.text(Column.VERIFICATION_SOURCE)
    verified_on = source.read(Column.VERIFIED_ON, cells.read_date)
    given = {"method": method, "source": origin, "verified_on": verified_on}
    if None not in given.values():
        return given
    columns = (
        Column.VERIFICATION_METHOD,
        Column.VERIFICATION_SOURCE,
        Column.VERIFIED_ON,
    )
    if any(source.text(column) for column in columns):
        for column in columns:
            source.needed(column)
    return None


def _read_disclosed(source: _Cells) -> Fields:
    disclosed: dict[str, object] = {
        str(column): text for column in _DISCLOSED if (text := source.text(column))
    }
    scheme = source.text(Column.CERTIFICATE_SCHEME)
    number = source.text(Column.CERTIFICATE_NUMBER)
    if scheme is not None and number is not None:
        disclosed["certificate"] = {"scheme": scheme, "number": number}
    elif scheme is not None or number is not None:
        source.note(Code.CERTIFICATE_NOT_DISCLOSED)
    return disclosed
