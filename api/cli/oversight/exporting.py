"""The trail as a file: CSV for spreadsheets, NDJSON for programs."""

import csv
import io
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import MappingProxyType
from typing import Final

import orjson
import typer

from api.cli.oversight.telling import SHEET, headings, sheet_row
from api.cli.oversight.words import Telling
from client.answers import TrailEvent
from client.files import OWNER_ONLY

_BOM: Final = b"\xef\xbb\xbf"
_FORMULA: Final = (*"=+-@\t\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What makes a spreadsheet calculate, full-width signs too."""

Write = Callable[[Iterable[TrailEvent], Telling], Iterator[bytes]]


def check_export(path: Path) -> None:
    """Refuse a name that says no form, before anything is asked.

    Raises:
        typer.BadParameter: it ends in neither, or the file is there already.
    """
    if path.suffix not in _FORMS:
        hint = f"{path.name}: the name must end in .csv or .ndjson"
        raise typer.BadParameter(hint, param_hint="--export")
    if path.exists():
        hint = f"{path} exists already; nothing is overwritten"
        raise typer.BadParameter(hint, param_hint="--export")


def export(path: Path, events: Iterable[TrailEvent], *, speech: Telling) -> int:
    """Write all events; return how many. What failed half-way leaves no such file."""
    count = 0

    def counted() -> Iterator[TrailEvent]:
        nonlocal count
        for event in events:
            count += 1
            yield event

    unfinished = path.with_name(path.name + ".part")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    with os.fdopen(os.open(unfinished, flags, OWNER_ONLY), "wb") as file:
        for line in _FORMS[path.suffix](counted(), speech):
            file.write(line)
    unfinished.replace(path)
    return count


def _csv(events: Iterable[TrailEvent], speech: Telling) -> Iterator[bytes]:
    # Without the mark a spreadsheet takes Chinese for something else.
    yield _BOM + _line(headings(SHEET, speech))
    for event in events:
        yield _line(sheet_row(event, speech))


def _line(cells: Iterable[str]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer).writerow([inert(cell) for cell in cells])
    return buffer.getvalue().encode()


def inert(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    # Some look past spaces; a tab or return at the start counts by itself.
    signs = cell.startswith(_FORMULA) or cell.lstrip().startswith(_FORMULA)
    return f"'{cell}" if signs else cell


def _ndjson(events: Iterable[TrailEvent], _: Telling) -> Iterator[bytes]:
    for event in events:
        yield orjson.dumps(event.model_dump(exclude_none=True)) + b"\n"


_FORMS: Final = MappingProxyType[str, Write]({".csv": _csv, ".ndjson": _ndjson})
