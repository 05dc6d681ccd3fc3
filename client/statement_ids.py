"""The ids of a member's own statements, from its receipts or from a spreadsheet."""

import re
from pathlib import Path
from typing import Final

from client.errors import StatementFileError
from client.imports.cells import plain
from client.imports.encodings import detect_encoding
from client.imports.faults import CellError
from client.imports.source import read_records

IDS_MAX: Final = 5_000_000
_COLUMNS: Final = frozenset({"statement_id", "id", "业务流水号"})
_RECEIPT: Final = ".receipt.json"
_ID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_WANTED: Final = "a folder of receipts, or a CSV file with a column statement_id"


def read_statement_ids(path: Path) -> frozenset[str]:
    """Return the ids of statements and batches that a member has records of.

    Raises:
        StatementFileError: the path holds nothing of that kind.
        OSError: it cannot be read.
    """
    if path.is_dir():
        names = (one.name.removesuffix(_RECEIPT) for one in path.glob(f"*{_RECEIPT}"))
        found = {name for name in names if _ID.fullmatch(name)}
    else:
        try:
            found = _read_csv(path)
        except CellError as error:
            raise StatementFileError(wanted=_WANTED, found=error.code) from error
    return frozenset(found)


def _read_csv(path: Path) -> set[str]:
    records = read_records(path, detect_encoding(path))
    header = [plain(text) for text in next(records, (1, []))[1]]
    places = [place for place, name in enumerate(header) if name in _COLUMNS]
    if len(places) != 1:
        raise StatementFileError(wanted=_WANTED, found="its columns")
    found: set[str] = set()
    for row, record in records:
        cell = plain(record[places[0]]).lower() if places[0] < len(record) else ""
        if not cell:
            continue
        if not _ID.fullmatch(cell) or len(found) >= IDS_MAX:
            raise StatementFileError(wanted=_WANTED, found=f"row {row}")
        found.add(cell)
    return found
