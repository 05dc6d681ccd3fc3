"""The columns of an import file: their English and Chinese names, and a file's own."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from client.imports.faults import FaultList, shown
from client.imports.texts import Code


class Column(StrEnum):
    """What a column is about; the value is its English name."""

    STUDENT_NUMBER = "student_number"
    LEARNER_ID = "learner_id"
    NAME = "name"
    IDENTITY_NUMBER = "identity_number"
    REFERENCE = "reference"
    REVISION = "revision"
    ACHIEVEMENT = "achievement"
    VERSION = "version"
    CREDITS = "credits"
    WORKLOAD = "workload"
    WORKLOAD_UNIT = "workload_unit"
    PASSED = "passed"
    LEARNED_FROM = "learned_from"
    LEARNED_TO = "learned_to"
    ASSESSED_ON = "assessed_on"
    VALID_UNTIL = "valid_until"
    CALENDAR = "calendar"
    TERM = "term"
    ATTEMPT = "attempt"
    LEVEL_FRAMEWORK = "level_framework"
    LEVEL = "level"
    SCORE = "score"
    GRADE = "grade"
    EVIDENCE = "evidence"
    BASIS = "basis"
    CERTIFICATE_SCHEME = "certificate_scheme"
    CERTIFICATE_NUMBER = "certificate_number"
    VERIFICATION_METHOD = "verification_method"
    VERIFICATION_SOURCE = "verification_source"
    VERIFIED_ON = "verified_on"
    CLAIM = "claim"


CHINESE: Final[Mapping[Column, tuple[str, ...]]] = MappingProxyType(
    {
        Column.STUDENT_NUMBER: ("学号",),
        Column.LEARNER_ID: ("学分账户号", "账户号"),
        Column.NAME: ("姓名",),
        Column.IDENTITY_NUMBER: ("身份证号", "身份证件号"),
        Column.REFERENCE: ("成绩编号", "业务编号", "记录编号"),
        Column.REVISION: ("修订号",),
        Column.ACHIEVEMENT: ("成果编码", "课程代码", "课程编号"),
        Column.VERSION: ("版本",),
        Column.CREDITS: ("学分",),
        Column.WORKLOAD: ("学时", "工作量"),
        Column.WORKLOAD_UNIT: ("学时单位", "工作量单位"),
        Column.PASSED: ("是否通过", "是否合格"),
        Column.LEARNED_FROM: ("学习开始日期", "开始日期"),
        Column.LEARNED_TO: ("学习结束日期", "结束日期"),
        Column.ASSESSED_ON: ("考核日期", "考试日期"),
        Column.VALID_UNTIL: ("有效期至",),
        Column.CALENDAR: ("校历",),
        Column.TERM: ("学期",),
        Column.ATTEMPT: ("考试性质",),
        Column.LEVEL_FRAMEWORK: ("等级标准",),
        Column.LEVEL: ("等级",),
        Column.SCORE: ("成绩", "分数"),
        Column.GRADE: ("等第",),
        Column.EVIDENCE: ("佐证摘要",),
        Column.BASIS: ("存入依据",),
        Column.CERTIFICATE_SCHEME: ("证书类别",),
        Column.CERTIFICATE_NUMBER: ("证书编号",),
        Column.VERIFICATION_METHOD: ("核验方式",),
        Column.VERIFICATION_SOURCE: ("核验来源",),
        Column.VERIFIED_ON: ("核验日期",),
        Column.CLAIM: ("申报业务号",),
    }
)
"""The Chinese names of each column; the first is the one that messages use."""

PERSONAL: Final = frozenset(
    {Column.STUDENT_NUMBER, Column.NAME, Column.IDENTITY_NUMBER}
)
"""Columns whose values no message repeats."""

_NEEDED: Final = (
    (Column.STUDENT_NUMBER, Column.LEARNER_ID),
    (Column.REFERENCE,),
    (Column.ACHIEVEMENT,),
    (Column.CREDITS, Column.WORKLOAD),
)
_NO_SIGNS: Final = str.maketrans("", "", " _*\u3000\t")
_OTHER_SEPARATORS: Final = MappingProxyType({";": "semicolons", "\t": "tabs"})


def _spelling(name: str) -> str:
    """Return a column's name without case, width, spaces, ``_`` and ``*``."""
    return unicodedata.normalize("NFKC", name).casefold().translate(_NO_SIGNS)


_BY_SPELLING: Final[Mapping[str, Column]] = MappingProxyType(
    {
        _spelling(name): column
        for column, chinese in CHINESE.items()
        for name in (column.value, *chinese)
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """How a file's owner calls columns, and what holds for all rows.

    ``names`` maps our column to the file's own name; ``defaults`` gives the value of a
    column that the file does not have.
    """

    names: Mapping[Column, str] = field(default_factory=dict)
    defaults: Mapping[Column, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where each column stands in the file at hand."""

    header: tuple[str, ...]
    places: Mapping[Column, int]
    defaults: Mapping[Column, str]

    @property
    def ignored(self) -> tuple[str, ...]:
        """The file's columns that mean nothing here."""
        used = set(self.places.values())
        return tuple(n for i, n in enumerate(self.header) if n and i not in used)

    def cells(self, row: Sequence[str]) -> dict[Column, str]:
        """Return the row's filled cells by column, stripped, with the defaults."""
        found = {c: text for c, i in self.places.items() if (text := row[i].strip())}
        absent = {c: t for c, t in self.defaults.items() if c not in self.places}
        return {**found, **absent}

    def name(self, column: Column | None) -> str:
        """Return how the file calls a column, with our name if that is another."""
        if column is None:
            return ""
        if column not in self.places:
            return str(column)
        own = self.header[self.places[column]]
        return own if own == column else f"{own} ({column})"


def read_layout(
    header: Sequence[str], wording: Wording, *, faults: FaultList
) -> Layout:
    """Find every column in the file's first row; note what is missing or twice."""
    names = tuple(name.strip() for name in header)
    places: dict[Column, int] = {}
    wanted = {_spelling(own): column for column, own in wording.names.items()}
    for index, name in enumerate(names):
        spelling = _spelling(name)
        column = wanted.get(spelling) or _BY_SPELLING.get(spelling)
        if column is None or (column in wording.names and spelling not in wanted):
            continue
        if column in places:
            faults.add(Code.REPEATED_COLUMN, row=1, column=name)
        places[column] = index
    for column, own in wording.names.items():
        if column not in places:
            faults.add(Code.MAPPED_COLUMN, row=1, value=shown(own))
    _check_needed(names, {*places, *wording.defaults}, faults=faults)
    return Layout(header=names, places=places, defaults=wording.defaults)


def _check_needed(
    header: tuple[str, ...], known: set[Column], *, faults: FaultList
) -> None:
    if len(header) == 1:
        for sign, name in _OTHER_SEPARATORS.items():
            if sign in header[0]:
                faults.add(Code.ONE_COLUMN, row=1, value=name)
                return
    for choice in _NEEDED:
        if known.isdisjoint(choice):
            wanted = " / ".join(f"{CHINESE[column][0]} ({column})" for column in choice)
            faults.add(Code.MISSING_COLUMN, row=1, wanted=wanted)
