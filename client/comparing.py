"""A member's own records held against the bank's lines of a period.

Both are summed by exchange and root: how a bank cuts them into lines is its own affair.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Final

from client.errors import InputError
from client.imports.cells import plain
from client.imports.encodings import detect_encoding
from client.imports.faults import CellError, FaultList
from client.imports.source import read_records
from client.imports.texts import Code
from client.reconciliation import LineView
from ledger.domain.types import credits_milli, credits_text

ROWS_MAX: Final = 200_000
_COLUMNS: Final[Mapping[str, str]] = MappingProxyType(
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
_NEEDED: Final = frozenset({"exchange_id", "root", "credits"})
Key = tuple[str, str]
"""An exchange and a root."""


class ComparedFileError(InputError):
    """The file is not a list of recognised credits; ``reason`` says why."""

    code = "compared-file"
    text = "{path}: {reason}"


class Kind(StrEnum):
    """How a record differs."""

    MISSING_IN_BANK = "missing_in_bank"
    MISSING_IN_FILE = "missing_in_file"
    OTHER_AMOUNT = "other_amount"
    OTHER_CATEGORY = "other_category"
    OTHER_PERIOD = "other_period"
    DUPLICATE = "duplicate"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One difference: what the file says, and what the bank does."""

    kind: Kind
    exchange_id: str
    root: str
    row: int | None = None
    in_file: str | None = None
    in_bank: str | None = None


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
        name = _COLUMNS.get(plain(text))
        if name in columns:
            reason = f"the column {name} stands twice"
            raise ComparedFileError(path=str(path), reason=reason)
        if name is not None:
            columns[name] = place
    missing = sorted(_NEEDED - columns.keys())
    if missing:
        reason = f"columns are missing: {', '.join(missing)}"
        raise ComparedFileError(path=str(path), reason=reason)
    return columns


def _own(
    row: int, record: Sequence[str], *, columns: Mapping[str, int], faults: FaultList
) -> Iterator[Own]:
    cells = {
        name: plain(record[place]) if place < len(record) else ""
        for name, place in columns.items()
    }
    try:
        amount = _amount(cells["credits"])
    except ValueError:
        faults.add(Code.NOT_AN_AMOUNT, row=row, value=cells["credits"][:40])
        return
    yield Own(
        row=row,
        exchange_id=cells["exchange_id"],
        root=cells["root"],
        amount_milli=amount,
        category=cells.get("category", ""),
    )


def _amount(text: str) -> int:
    number = credits_milli(text.removeprefix("-"))
    return -number if text.startswith("-") else number


@dataclass(frozen=True, slots=True, kw_only=True)
class _Booked:
    amount_milli: int
    category: str
    stands: bool


def compare(
    own: Iterable[Own],
    lines: Iterable[LineView],
    *,
    elsewhere: Callable[[str], Iterable[LineView]],
) -> list[Difference]:
    """Return every difference, in the order of the file, then of the bank.

    ``elsewhere`` yields an exchange's lines of all periods: what is not in this one may
    have fallen into another.
    """
    booked = _sums(lines)
    seen: set[Key] = set()
    found: list[Difference] = []
    for one in own:
        if one.key in seen:
            found.append(_difference(Kind.DUPLICATE, one))
        elif one.key not in booked:
            found.append(_absent(one, elsewhere(one.exchange_id)))
        else:
            found.extend(_differences(one, booked[one.key]))
        seen.add(one.key)
    for key, bank in booked.items():
        if key not in seen and bank.stands:
            found.append(
                Difference(
                    kind=Kind.MISSING_IN_FILE,
                    exchange_id=key[0],
                    root=key[1],
                    in_bank=_text(bank.amount_milli),
                )
            )
    return found


def _sums(lines: Iterable[LineView]) -> dict[Key, _Booked]:
    groups: dict[Key, list[LineView]] = {}
    for line in lines:
        groups.setdefault((line.exchange_id, line.root), []).append(line)
    sums: dict[Key, _Booked] = {}
    for key, group in groups.items():
        amount = sum(_amount(line.credits) for line in group)
        # Recognised and taken back within the period: there is nothing to book. What
        # was recognised without credits is booked all the same.
        undone = any(line.type == "exchange.reversed.v1" for line in group)
        sums[key] = _Booked(
            amount_milli=amount,
            category=group[0].category,
            stands=bool(amount) or not undone,
        )
    return sums


def _absent(one: Own, others: Iterable[LineView]) -> Difference:
    periods = sorted({line.period for line in others if line.root == one.root})
    if periods:
        return _difference(Kind.OTHER_PERIOD, one, in_bank=", ".join(periods))
    return _difference(Kind.MISSING_IN_BANK, one)


def _differences(one: Own, bank: _Booked) -> Iterator[Difference]:
    if one.amount_milli != bank.amount_milli:
        yield _difference(Kind.OTHER_AMOUNT, one, in_bank=_text(bank.amount_milli))
    if one.category and one.category != bank.category:
        yield Difference(
            kind=Kind.OTHER_CATEGORY,
            exchange_id=one.exchange_id,
            root=one.root,
            row=one.row,
            in_file=one.category,
            in_bank=bank.category,
        )


def _difference(kind: Kind, one: Own, *, in_bank: str | None = None) -> Difference:
    return Difference(
        kind=kind,
        exchange_id=one.exchange_id,
        root=one.root,
        row=one.row,
        in_file=_text(one.amount_milli),
        in_bank=in_bank,
    )


def _text(amount_milli: int) -> str:
    sign = "-" if amount_milli < 0 else ""
    return sign + credits_text(abs(amount_milli))
