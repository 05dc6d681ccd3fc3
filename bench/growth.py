"""What was measured at each size of a growing ledger: one table, and one file.

The file is added to: a later run replaces its own points and leaves the others.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import orjson
from pydantic import BaseModel, ConfigDict, TypeAdapter

_EXACT_FROM: Final = 100.0


class Point(BaseModel):
    """One value of one database at one size of the ledger, in entries.

    ``on`` is the day it was measured; ``cores`` are those of the machine.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: str
    database: str
    entries: int
    value: float
    unit: str
    on: str
    cores: int

    @property
    def line(self) -> tuple[str, str, str]:
        """What it belongs to: the same value at other sizes."""
        return (self.name, self.database, self.unit)


_POINTS: Final = TypeAdapter(tuple[Point, ...])


def read_points(path: Path) -> tuple[Point, ...]:
    """Return what earlier runs wrote, nothing if there is no file."""
    return _POINTS.validate_json(path.read_bytes()) if path.exists() else ()


def write_points(path: Path, points: Sequence[Point]) -> None:
    """Add points to a file, whole or not at all; the newest of a place counts."""
    places = {(*one.line, one.entries): one for one in (*read_points(path), *points)}
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    listed = [one.model_dump() for one in places.values()]
    part.write_bytes(orjson.dumps(listed, option=orjson.OPT_INDENT_2))
    part.replace(path)


def growth_rows(points: Iterable[Point]) -> list[tuple[str, ...]]:
    """Return a table: a line for each value, a column for each size."""
    lines: dict[tuple[str, str, str], dict[int, float]] = {}
    for one in points:
        lines.setdefault(one.line, {})[one.entries] = one.value
    sizes = sorted({size for values in lines.values() for size in values})
    rows = [("at so many entries", "database", "unit", *(f"{one:,}" for one in sizes))]
    for line, values in lines.items():
        rows.append((*line, *(_shown(values.get(size)) for size in sizes)))
    return rows


def _shown(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if value >= _EXACT_FROM else f"{value:.3g}"
