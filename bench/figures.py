"""What was measured, as a table for people and as JSON for programs."""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import orjson
from pydantic import BaseModel, ConfigDict

from bench.growth import Point, growth_rows, write_points

_HEADINGS: Final = (
    ("name", "database", "value", "unit", "reference", "ratio", "cpu us", "against"),
)
_TEXT_COLUMNS: Final = frozenset({0, 1, 3, 7})
GROWTH_FILE: Final = "growth.json"
_EXACT_FROM: Final = 100.0


class Figure(BaseModel):
    """One measured value.

    ``ratio`` is value by reference; ``cpu_us`` counts microseconds per item.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: str
    database: str
    value: float
    unit: str
    reference: float | None = None
    ratio: float | None = None
    cpu_us: float | None = None


@dataclass(slots=True)
class Report:
    """Everything that one run found, in the order it was found."""

    figures: list[tuple[Figure, str]] = field(default_factory=list)
    peers: list[Figure] = field(default_factory=list)
    curve: list[tuple[str, str, int, str]] = field(default_factory=list)
    growth: list[Point] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    hurried_from: float = math.inf
    """From this moment of the monotonic clock on, nothing is repeated."""

    @property
    def is_hurried(self) -> bool:
        """Tell whether time is up for repeating."""
        return time.monotonic() > self.hurried_from

    def add(self, figure: Figure, *, reference: float | None, against: str) -> None:
        """Take a figure of our own, with what it is compared with."""
        known = reference is not None and reference > 0
        ratio = figure.value / reference if reference and known else None
        told = figure.model_dump() | {"reference": reference, "ratio": ratio}
        self.figures.append((Figure(**told), against))

    def value_of(self, name: str, *, database: str) -> float | None:
        """Return a figure that was taken, None if it was not."""
        known = [*(figure for figure, _ in self.figures), *self.peers]
        for figure in known:
            if (figure.name, figure.database) == (name, database):
                return figure.value
        return None

    def text(self) -> str:
        """Return the tables and notes as they are printed."""
        rows = [(*_cells(figure), against) for figure, against in self.figures]
        rows += [(*_cells(figure), "(peer or floor)") for figure in self.peers]
        parts = [table([*_HEADINGS, *rows])]
        if self.curve:
            head = ("name", "database", "entries", "value")
            points = [(n, d, f"{size:,}", v) for n, d, size, v in self.curve]
            parts.append(table([head, *points]))
        if self.growth:
            parts.append(table(growth_rows(self.growth)))
        parts += [f"- {note}" for note in self.notes]
        parts += [f"! {failure}" for failure in self.failures]
        return "\n".join(parts) + "\n"

    def write(self, path: Path) -> None:
        """Write our own figures as JSON, whole or not at all; the growth beside them.

        A point of the growth is a figure, too, named after its size.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        if self.growth:
            write_points(path.with_name(GROWTH_FILE), self.growth)
        figures = [figure for figure, _ in self.figures]
        figures += [_figure_of(point) for point in self.growth]
        listed = [figure.model_dump() for figure in figures]
        part = path.with_suffix(".part")
        part.write_bytes(orjson.dumps(listed, option=orjson.OPT_INDENT_2))
        part.replace(path)


def rounded(value: float | None) -> str:
    """Return a number with as many places as say something."""
    if value is None:
        return "-"
    return f"{value:,.0f}" if value >= _EXACT_FROM else f"{value:.3g}"


def _figure_of(point: Point) -> Figure:
    return Figure(
        name=f"{point.name}@{point.entries}",
        database=point.database,
        value=point.value,
        unit=point.unit,
    )


def _cells(figure: Figure) -> tuple[str, ...]:
    return (
        figure.name,
        figure.database,
        rounded(figure.value),
        figure.unit,
        rounded(figure.reference),
        "-" if figure.ratio is None else f"{figure.ratio:.2f}",
        rounded(figure.cpu_us),
    )


def table(rows: Sequence[Sequence[str]]) -> str:
    """Return rows under each other, the first of them as headings."""
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [
            cell.ljust(width) if n in _TEXT_COLUMNS else cell.rjust(width)
            for n, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join([*lines, ""])
