"""A member's own records of recognised credits, as a spreadsheet holds them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from client.errors import InputError
from client.imports.cells import plain
from client.imports.encodings import detect_encoding
from client.imports.faults import CellError, FaultList, shown
from client.imports.source import read_records
from client.imports.texts import Code
from ledger.domain.types import credits_milli

ROWS_MAX: Final = 200_000
COLUMNS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "exchange_id": "exchange_id",
        "业务编号": "exchange_id",
        "root": "root",
        "原始成果编号": "root",
        "credits": "credits",
        "学分": "credits",
        "category": "category",
        "类别": "category",
    }
)
CATEGORIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "课程": "course",
        "职业技能证书": "skill_certificate",
        "培训": "training",
        "实习": "internship",
        "竞赛": "competition",
        "项目": "project",
    }
)
"""The kinds of achievement as a registrar writes them; codes are understood, too."""
_NEEDED: Final = ("credits", "exchange_id", "root")
Key = tuple[str, str]
"""An exchange and a root."""


class ComparedFileError(InputError):
    """The file is not a list of recognised credits; ``reason`` says why."""

    code = "compared-file"
    text = "{path}: {reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """One row of the member's own records, as a spreadsheet counts rows."""

    row: int
    exchange_id: str
    root: str
    amount_milli: int
    category: str = ""

    @property
    def key(self) -> Key:
        """Return what the row is compared by."""
        return self.exchange_id, self.root


def read_own(path: Path) -> list[Own]:
    """Read a member's own records: CSV in UTF-8 or GB18030, columns in any order.

    Raises:
        ComparedFileError: a column is missing or twice, or there are too many rows.
        FileFaultsError: cells that cannot be read; all are named.
    """
    faults = FaultList()
    found: list[Own] = []
    try:
        records = read_records(path, detect_encoding(path))
        columns = _columns(path, next(records, (1, []))[1])
        for row, record in records:
            if len(found) == ROWS_MAX:
                reason = f"more than {ROWS_MAX} rows"
                raise ComparedFileError(path=str(path), reason=reason)
            if any(map(str.strip, record)):
                found.extend(_own(row, record, columns=columns, faults=faults))
    except CellError as error:
        faults.add_error(error, row=int(error.facts.get("line", 0)))
    faults.check(str(path))
    return found


def _columns(path: Path, header: Sequence[str]) -> dict[str, int]:
    columns: dict[str, int] = {}
    for place, text in enumerate(header):
        name = COLUMNS.get(plain(text))
        if name in columns:
            reason = f"the column {name} stands twice"
            raise ComparedFileError(path=str(path), reason=reason)
        if name is not None:
            columns[name] = place
    missing = [name for name in _NEEDED if name not in columns]
    if missing:
        reason = f"columns are missing: {', '.join(missing)}"
        raise ComparedFileError(path=str(path), reason=reason)
    return columns


def _own(
    row: int, record: Sequence[str], *, columns: Mapping[str, int], faults: FaultList
) -> Iterator[Own]:
    # A quotation mark before a cell only tells a spreadsheet that it is text.
    cells = {
        name: plain(record[place]).removeprefix("'") if place < len(record) else ""
        for name, place in columns.items()
    }
    empty = [name for name in _NEEDED if not cells[name]]
    for name in empty:
        faults.add(Code.EMPTY_CELL, row=row, column=name)
    if empty:
        return
    try:
        amount = signed_milli(cells["credits"])
    except ValueError:
        value = shown(cells["credits"])
        faults.add(Code.NOT_AN_AMOUNT, row=row, column="credits", value=value)
        return
    category = cells.get("category", "")
    yield Own(
        row=row,
        # Ids are written in small letters, whatever a spreadsheet made of them.
        exchange_id=cells["exchange_id"].lower(),
        root=cells["root"].lower(),
        amount_milli=amount,
        category=CATEGORIES.get(category, category.lower()),
    )


def signed_milli(text: str) -> int:
    """Return thousandths; a minus stands before what is taken back.

    Raises:
        ValueError: no amount.
    """
    number = credits_milli(text.removeprefix("-"))
    return -number if text.startswith("-") else number
