"""The figures of the consortium and its trail: read from tables of many awards.

Rows are filled in directly, as the projections would have written them: what is timed
is reading. Against the same at a small size, since what counts is that it stays flat.
"""

import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from time import perf_counter, process_time
from typing import Final

from sqlalchemy import Connection, insert

from bench.school import SCHOOL, learner
from ledger.database import open_engine
from ledger.domain.state import Key, Record
from projections.moments import Window
from projections.overview.projection import AWARDED, AWARDS, CREDITS, MONTHS, STATES
from projections.overview.queries import overview, read_figures
from projections.overview.records import DESKS, EXCHANGES, joined
from projections.overview.tables import overview as figures
from projections.overview.tables import overview_learners
from projections.rows import insert_rows
from projections.tables import awards, cursor, metadata
from projections.trail.queries import Sought, search
from projections.trail.tables import trail, trail_about, trail_names

_CHUNK: Final = 20_000
_PER_LEARNER: Final = 20
_RARE_EVERY: Final = 1_000
_MEMBERS: Final = 60
_OTHER: Final = "south-college"
_RULE: Final = f"{_OTHER}/HALF@1"
_AWARD: Final = "credit.awarded.v1"
_RARE: Final = "exchange.declined.v1"
_TODAY: Final = "2026-11-23"
_PAGE: Final = 101
_NEWEST: Final = 2**53
_ACTOR: Final = '["r7","registrar",null]'
_FIXED: Final = (
    *(("member", SCHOOL), ("member", _OTHER), ("rule", _RULE)),
    *(("type", _AWARD), ("type", _RARE)),
    *(("key", f"{SCHOOL}#{'k' * 43}"), ("actor", _ACTOR)),
)
_NUMBERS: Final = {name: number for number, (_, name) in enumerate(_FIXED, start=1)}


class NoKeys:
    """A state without keyrings: nothing is in doubt."""

    def load(self, kind: str, keys: Sequence[Key]) -> dict[Key, Record]:
        """Return nothing."""
        del kind, keys
        return {}

    def scan(self, kind: str, **where: str | int) -> Iterator[Record]:
        """Return nothing."""
        del kind, where
        return iter(())


def measure(*, url: str, size: int, reads: int) -> dict[str, float]:
    """Fill a new database with so many awards, and ask; a task."""
    engine = open_engine(url)
    metadata.create_all(engine)
    with engine.begin() as connection:
        _fill_figures(connection, size)
        for start in range(0, size, _CHUNK):
            _fill(connection, range(start, min(start + _CHUNK, size)))
    asked: Mapping[str, tuple[Sought, int]] = {
        "learner": (Sought(learner_ids=(learner(1),)), -1),
        "member": (Sought(member=SCHOOL), size // 2),
        "rule": (Sought(rule=_RULE, member=SCHOOL), -1),
        "rare": (Sought(member=SCHOOL, types=(_RARE,)), -1),
    }
    found: dict[str, float] = {}
    with engine.connect() as connection:

        def ask() -> object:
            return overview(read_figures(connection), today=_TODAY)

        found |= _timed("", ask, reads=reads)
        for name, (sought, after) in asked.items():
            page = _asking(connection, sought, after=after)
            found |= _timed(f"{name}_", page, reads=reads)
    engine.dispose()
    return found


def _asking(
    connection: Connection, sought: Sought, *, after: int
) -> Callable[[], object]:
    def ask() -> object:
        return search(
            NoKeys(),
            connection,
            sought=sought,
            window=Window(after=after, limit=_PAGE),
            position=_NEWEST,
        )

    return ask


def _timed(name: str, ask: Callable[[], object], *, reads: int) -> dict[str, float]:
    times, cpu = [], process_time()
    for _ in range(reads):
        start = perf_counter()
        ask()
        times.append(perf_counter() - start)
    spent = process_time() - cpu
    times.sort()
    return {
        f"{name}p50_ms": statistics.median(times) * 1e3,
        f"{name}p95_ms": times[len(times) * 95 // 100] * 1e3,
        f"{name}cpu_us": spent / reads * 1e6,
    }


def _fill_figures(connection: Connection, size: int) -> None:
    members = [f"member-{number}" for number in range(_MEMBERS)]
    keys = [
        *((AWARDS, joined(one, kind)) for one in members for kind in ("a", "b", "c")),
        *((AWARDED, joined(one, kind)) for one in members for kind in ("a", "b", "c")),
        *((CREDITS, joined(state, one)) for one in members for state in STATES),
        *((EXCHANGES, joined(one, "accepted")) for one in members),
        *(
            (DESKS, joined(one, "dean", f"2026-11-{day:02d}"))
            for one in members
            for day in range(1, 29)
        ),
        *((MONTHS, joined("awards", f"20{year}-05")) for year in range(10, 27)),
    ]
    rows = [{"figure": figure, "key": key, "amount": size} for figure, key in keys]
    insert_rows(connection, figures, rows=rows)
    connection.execute(insert(cursor).values(name="all", position=size - 1))
    named = [
        {"id": number, "kind": kind, "name": name}
        for number, (kind, name) in enumerate(_FIXED, start=1)
    ]
    insert_rows(connection, trail_names, rows=named)
    learners = range(max(1, size // _PER_LEARNER))
    for start in range(0, len(learners), _CHUNK):
        chunk = learners[start : start + _CHUNK]
        names = [
            {"id": _number(one), "kind": "learner", "name": learner(one)}
            for one in chunk
        ]
        insert_rows(connection, trail_names, rows=names)
        marks = [
            {"learner_id": learner(one), "mode": "self", "marks": 1} for one in chunk
        ]
        insert_rows(connection, overview_learners, rows=marks)


def _number(learner_number: int) -> int:
    return len(_FIXED) + 1 + learner_number


def _fill(connection: Connection, positions: range) -> None:
    entries, pairs, made = [], [], []
    for position in positions:
        one = position // _PER_LEARNER
        is_rare = position % _RARE_EVERY == 0
        kind = _NUMBERS[_RARE if is_rare else _AWARD]
        about = [_number(one), _NUMBERS[SCHOOL]]
        about += [_NUMBERS[_OTHER], _NUMBERS[_RULE]] if is_rare else []
        entries.append(_entry(position, kind, about=about))
        pairs += [
            {"name_id": name, "type_id": kind, "position": position} for name in about
        ]
        made.append(_award(position, learner(one)))
    insert_rows(connection, trail, rows=entries)
    insert_rows(connection, trail_about, rows=pairs)
    insert_rows(connection, awards, rows=made)


def _entry(position: int, kind: int, *, about: list[int]) -> dict[str, object]:
    return {
        "position": position,
        "recorded_at": "2026-11-23T08:00:00.000Z",
        "type_id": kind,
        "key_id": _NUMBERS[f"{SCHOOL}#{'k' * 43}"],
        "actor_id": _NUMBERS[_ACTOR],
        "statement_id": f"{position:036d}",
        "about": " ".join(map(str, about)),
        "details": '{"credits":"3","passed":true}',
    }


def _award(position: int, learner_id: str) -> dict[str, object]:
    return {
        "award_id": f"award_{position:036d}",
        "learner_id": learner_id,
        "issuer": SCHOOL,
        "replaces": None,
        "exchange_id": None,
        "position": position,
        "amount_milli": 3_000,
        "recorded_on": _TODAY,
        "assessed_on": None,
        "learned_to": None,
    }
