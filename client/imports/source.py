"""The file itself: read as a stream, twice, and the same both times."""

import csv
import hashlib
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from client.imports.columns import Column, Layout, Wording, read_layout
from client.imports.encodings import detect_encoding
from client.imports.faults import CellError, FaultList
from client.imports.rows import ImportRow, read_row
from client.imports.texts import Code

CELL_CHARACTERS_MAX: Final = 2000
_SUSPICIOUS: Final = frozenset({"Cc", "Cs"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One file whose encoding and columns are known.

    ``stamp`` is its size and time of change when it was opened.
    """

    path: Path
    encoding: str
    layout: Layout
    member_id: str
    stamp: tuple[int, int]

    @classmethod
    def open(
        cls,
        path: Path,
        wording: Wording,
        *,
        member_id: str,
        encoding: str | None = None,
    ) -> Self:
        """Find out the file's encoding and columns.

        Raises:
            FileFaultsError: the file cannot be understood at all.
            OSError: it cannot be opened.
        """
        faults = FaultList()
        try:
            found = encoding or detect_encoding(path)
            header = next(read_records(path, found), (1, []))[1]
        except CellError as error:
            faults.add_error(error, row=int(error.facts.get("line", 0)))
            faults.check(str(path))
            raise
        if not any(header):
            faults.add(Code.EMPTY_FILE)
            faults.check(str(path))
        layout = read_layout(header, wording, faults=faults)
        faults.check(str(path))
        return cls(
            path=path,
            encoding=found,
            layout=layout,
            member_id=member_id,
            stamp=_stamp(path),
        )

    def rows(self, faults: FaultList) -> Iterator[ImportRow]:
        """Yield every right row; what is wrong with the others is noted."""
        first_rows: dict[bytes, int] = {}
        records = read_records(self.path, self.encoding)
        try:
            for row, record in records:
                if row == 1 or not any(map(str.strip, record)):
                    continue
                cells = self._cells(row, record, faults=faults)
                if cells is None or self._repeats(
                    row, cells, first_rows=first_rows, faults=faults
                ):
                    continue
                found = read_row(
                    row,
                    cells,
                    layout=self.layout,
                    member_id=self.member_id,
                    faults=faults,
                )
                if found is not None:
                    yield found
        except CellError as error:
            faults.add_error(error, row=int(error.facts["line"]))

    def is_unchanged(self) -> bool:
        """Tell whether the file is still the one that was opened."""
        return _stamp(self.path) == self.stamp

    def _cells(
        self, row: int, record: Sequence[str], *, faults: FaultList
    ) -> dict[Column, str] | None:
        width = len(self.layout.header)
        if len(record) != width and any(record[width:] or [len(record) < width]):
            code = Code.ROW_TOO_SHORT if len(record) < width else Code.ROW_TOO_LONG
            faults.add(code, row=row, found=len(record), wanted=width)
            return None
        cells = self.layout.cells(record)
        return cells if self._are_plain(row, cells, faults=faults) else None

    def _repeats(
        self,
        row: int,
        cells: dict[Column, str],
        *,
        first_rows: dict[bytes, int],
        faults: FaultList,
    ) -> bool:
        reference = cells.get(Column.REFERENCE)
        if reference is None:
            return False
        # Sixteen bytes per row: a million rows fit into memory.
        named = f"{reference}\n{cells.get(Column.REVISION, '0')}".encode()
        first = first_rows.setdefault(hashlib.sha256(named).digest()[:16], row)
        if first == row:
            return False
        faults.add(Code.DUPLICATE_ROW, row=row, first=first)
        return True

    def _are_plain(
        self, row: int, cells: dict[Column, str], *, faults: FaultList
    ) -> bool:
        before = faults.count
        for column, text in cells.items():
            name = self.layout.name(column)
            if len(text) > CELL_CHARACTERS_MAX:
                limit = CELL_CHARACTERS_MAX
                faults.add(Code.TOO_LONG, row=row, column=name, limit=limit)
            elif not text.isprintable() and not _SUSPICIOUS.isdisjoint(
                map(unicodedata.category, text)
            ):
                faults.add(Code.CONTROL_CHARACTER, row=row, column=name)
        return faults.count == before


def read_records(path: Path, encoding: str) -> Iterator[tuple[int, list[str]]]:
    """Yield every record with its row number, as a spreadsheet counts.

    Raises:
        CellError: from there on the text is not CSV, or not in this encoding.
    """
    row = 0
    with path.open("r", encoding=encoding, newline="") as file:
        try:
            for record in csv.reader(file, strict=True):
                row += 1
                yield row, record
        except csv.Error as error:
            raise CellError(Code.BROKEN_CSV, line=row + 1, reason=str(error)) from None
        except UnicodeDecodeError:
            raise CellError(Code.UNKNOWN_ENCODING, line=row + 1) from None


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns
