"""Draws how cost grows: ``python -m bench.plots GROWTH.json FOLDER``.

One drawing for each kind of cost, as SVG. Both axes count in powers of ten: what does
not grow is level, what grows as the ledger does rises by the same again and again.
"""

import math
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

from bench.databases import POSTGRESQL
from bench.figures import table
from bench.growth import Point, growth_rows, read_points

KINDS: Final = {
    "writing": ("single", "batch-1000", "fill"),
    "reading": ("balance-read",),
    "answers": (
        *("balance-read p50", "balance-read p99", "options p95"),
        *("proof over HTTP p50", "proof p50"),
    ),
    "processor": (
        *("single CPU", "batch-1000 CPU", "balance-read CPU", "proof over HTTP CPU"),
        *("projection CPU", "audit-batch CPU", "replay CPU"),
    ),
    "auditing": ("projection", "publishing", "audit-batch", "replay"),
    "memory": (
        *(
            "memory, writer",
            "memory, server",
            "memory, projecting",
            "memory, publishing",
        ),
        *("memory, audit verify", "memory, replay"),
    ),
    "starting": ("start after a crash, read", "start after a crash, CPU"),
    "storage": (
        *("storage, database", "storage, projections", "storage, state"),
        *("storage, events", "storage, tiles", "storage, files"),
        "batch-1000 written",
    ),
}
"""What one drawing shows; the order is that of the colours."""
_COLOURS: Final = (
    *("#0b6e99", "#b3261e", "#3a7d34", "#8a4fbf", "#b06a00", "#4d5566", "#c2408f"),
)
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 510, 50, 350
_LINE_HEIGHT: Final = 19
_HEAD: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 400"'
    ' font-family="sans-serif"><rect width="100%" height="100%" fill="#fff"/>'
)

_Places = Sequence[tuple[float, float]]


class _Axis:
    """Whole powers of ten around some values, between two places of the drawing."""

    def __init__(self, values: Sequence[float], *, start: float, end: float) -> None:
        self._low = math.floor(math.log10(min(values)))
        self._high = max(math.ceil(math.log10(max(values))), self._low + 1)
        self._start, self._end = start, end

    def ticks(self) -> list[float]:
        return [10.0**power for power in range(self._low, self._high + 1)]

    def place(self, value: float) -> float:
        part = (math.log10(value) - self._low) / (self._high - self._low)
        return self._start + part * (self._end - self._start)


def draw(kind: str, points: Iterable[Point]) -> str:
    """Return a drawing of the values of one kind, on every database."""
    names = KINDS[kind]
    shown = [one for one in points if one.name in names and one.value > 0]
    across = _Axis([one.entries for one in shown], start=_LEFT, end=_RIGHT)
    up = _Axis([one.value for one in shown], start=_BOTTOM, end=_TOP)
    units = ", ".join(dict.fromkeys(one.unit for one in shown))
    parts = [_text(f"{kind}, in {units}", x=_LEFT, y=24, size=16), *_grid(across, up)]
    lines: dict[tuple[str, str, str], list[Point]] = {}
    for one in sorted(shown, key=lambda one: (names.index(one.name), one.entries)):
        lines.setdefault(one.line, []).append(one)
    for number, ((name, database, _), line) in enumerate(lines.items()):
        style = f'stroke="{_COLOURS[names.index(name)]}"'
        style += ' stroke-dasharray="6 4"' if database == POSTGRESQL else ""
        y = _TOP + number * _LINE_HEIGHT
        places = [(across.place(one.entries), up.place(one.value)) for one in line]
        parts += [_path(places, style), *(_dot(place, style) for place in places)]
        parts.append(_path([(_RIGHT + 20, y), (_RIGHT + 50, y)], style))
        parts.append(_text(f"{name}; {database}", x=_RIGHT + 56, y=y + 4))
    return "\n".join([_HEAD, *parts, "</svg>", ""])


def _grid(across: _Axis, up: _Axis) -> Iterator[str]:
    style = 'stroke="#d5d9e0"'
    for tick in across.ticks():
        x = across.place(tick)
        yield _path([(x, _TOP), (x, _BOTTOM)], style)
        yield _text(f"{tick:,.0f}", x=x - 20, y=_BOTTOM + 18)
    for tick in up.ticks():
        y = up.place(tick)
        yield _path([(_LEFT, y), (_RIGHT, y)], style)
        yield _text(f"{tick:,.10g}", x=8, y=y + 4)
    yield _text("entries of the ledger", x=_LEFT, y=_BOTTOM + 38)


def _path(places: _Places, style: str) -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    return f'<polyline points="{path}" fill="none" stroke-width="2" {style}/>'


def _dot(place: tuple[float, float], style: str) -> str:
    return f'<circle cx="{place[0]:.1f}" cy="{place[1]:.1f}" r="2" {style}/>'


def _text(said: str, *, x: float, y: float, size: int = 11) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}">{escape(said)}</text>'


def main(file: str, folder: str) -> None:
    """Draw all kinds of which there are points, and write them as one table."""
    points, place = read_points(Path(file)), Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    for kind, names in KINDS.items():
        if any(one.name in names for one in points):
            drawn = draw(kind, points)
            (place / f"{kind}.svg").write_text(drawn, encoding="utf-8")
    days = sorted({one.on for one in points})
    cores = sorted({one.cores for one in points})
    head = f"Measured on {' and '.join(days)}, on {', '.join(map(str, cores))} cores.\n"
    text = f"{head}\n{table(growth_rows(points))}"
    (place / "table.txt").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
