"""The figures of the consortium and its trail: read from tables of many awards.

Rows are filled in directly, as the projections would have written them: what is timed
is reading. Against the same at a small size, since what counts is that it stays flat.
"""

import statistics
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from time import perf_counter, process_time
from typing import Final

from sqlalchemy import Connection, insert

from bench.school import SCHOOL, award_body, learner, statement_of
from ledger.database import open_engine
from ledger.domain.state import Key, Record
from ledger.integrity import canonical
from ledger.integrity.entries import BankLine, seal_entry
from ledger.integrity.jws import STATEMENT_TYP, sign_jws
from ledger.integrity.keys import KeyUse, SigningKey
from ledger.store.reader import StoredEntry
from projections.memory import Memory
from projections.moments import Window
from projections.overview.projection import AWARDED, AWARDS, CREDITS, MONTHS, STATES
from projections.overview.queries import overview, read_figures
from projections.overview.records import DESKS, EXCHANGES, joined
from projections.overview.tables import overview as figures
from projections.overview.tables import overview_learners
from projections.rows import insert_rows, insert_tuples
from projections.tables import awards, cursor, metadata
from projections.tables import names as names_table
from projections.trail.queries import Sought, search
from projections.trail.runs import Span, write_runs
from projections.trail.tables import trail, trail_about

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
_RECORDED_AT: Final = "2026-11-23T08:00:00.000Z"
_FIXED: Final = (
    *(("member", SCHOOL), ("member", _OTHER), ("rule", _RULE)),
    *(("type", _AWARD), ("type", _RARE)),
)
_NUMBERS: Final = {name: number for number, (_, name) in enumerate(_FIXED, start=1)}
_ABOUT_RARE: Final = [str(_NUMBERS[name]) for name in (SCHOOL, _OTHER, _RULE)]


class Archive:
    """A log that says the same at every position, and a state without keyrings."""

    def __init__(self) -> None:
        """Sign the award and the refusal that are said again and again."""
        key = SigningKey.generate(SCHOOL, KeyUse.MEMBER)
        declined = {"exchange_id": str(uuid.UUID(int=1, version=4))}
        declined["reason_code"] = "evidence_not_accepted"
        said: Mapping[str, Mapping[str, object]] = {
            _AWARD: award_body(learner(1), b"1"),
            _RARE: declined,
        }
        self._signed = {
            name: sign_jws(
                key, canonical.dumps(_statement(name, body)), typ=STATEMENT_TYP
            )
            for name, body in said.items()
        }

    def read_at(self, positions: Collection[int]) -> list[StoredEntry]:
        """Return the entries at these positions, oldest first."""
        return [self._entry(position) for position in sorted(positions)]

    def _entry(self, position: int) -> StoredEntry:
        topic = _RARE if position % _RARE_EVERY == 0 else _AWARD
        line = BankLine(position=position, recorded_at=_RECORDED_AT)
        raw = seal_entry(line, self._signed[topic])
        return StoredEntry(
            position=position, stream="", version=1, topic=topic, raw=raw
        )

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
    archive = Archive()

    def ask() -> object:
        return search(
            archive,
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
    insert_rows(connection, names_table, rows=named)
    learners = range(max(1, size // _PER_LEARNER))
    for start in range(0, len(learners), _CHUNK):
        chunk = learners[start : start + _CHUNK]
        names = [
            {"id": _number(one), "kind": "learner", "name": learner(one)}
            for one in chunk
        ]
        insert_rows(connection, names_table, rows=names)
        marks = [{"name_id": _number(one), "mode": "self", "marks": 1} for one in chunk]
        insert_rows(connection, overview_learners, rows=marks)


def _number(learner_number: int) -> int:
    return len(_FIXED) + 1 + learner_number


def _fill(connection: Connection, positions: range) -> None:
    pairs, made, spans = [], [], []
    for position in positions:
        one = position // _PER_LEARNER
        if position % _RARE_EVERY == 0:
            names = (_number(one), _NUMBERS[_RULE])
            pairs += [(name, _NUMBERS[_RARE], position) for name in names]
            members = [_NUMBERS[SCHOOL], _NUMBERS[_OTHER]]
            spans.append(Span(_NUMBERS[_RARE], members, position, position))
        else:
            members = [_NUMBERS[SCHOOL]]
            spans.append(Span(_NUMBERS[_AWARD], members, position, position))
            made.append(_award(position, one))
    about = [
        (position, f"{_number(position // _PER_LEARNER)} {' '.join(_ABOUT_RARE)}")
        for position in positions
        if position % _RARE_EVERY == 0
    ]
    insert_tuples(connection, trail, rows=about)
    insert_tuples(connection, trail_about, rows=pairs)
    insert_tuples(connection, awards, rows=made)
    write_runs(connection, spans, memory=Memory())


def _statement(name: str, body: Mapping[str, object]) -> Mapping[str, object]:
    return statement_of(name.removesuffix(".v1"), body, iss=SCHOOL, aud="bench")


def _award(position: int, learner_number: int) -> tuple[object, ...]:
    key = position.to_bytes(16, "big")
    school = _NUMBERS[SCHOOL]
    owner = _number(learner_number)
    return position, 3_000, owner, school, None, key, "course", None
