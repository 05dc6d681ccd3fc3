"""What an audit keeps does not grow with the log: a process of its own is looked at."""

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from multiprocessing import get_context
from os import urandom
from pathlib import Path

import pytest

from ledger.audit.forms import Columns
from ledger.audit.names import Names
from ledger.audit.ordered import OrderedState
from ledger.audit.packed import NAME_BYTES, AwardIds, LearnerIds, Uuids
from ledger.audit.passed import LINES_IN_MEMORY_MAX
from ledger.audit.passing import PassingState
from ledger.audit.spilling import nameless
from ledger.audit.stretches import Stretch
from ledger.domain.state import StatementRecord
from tests.unit.audit.test_passing import turn

LINES = 1_000
ROUNDS = 60
"""Each opens accounts and awards to them, under two headers."""
IN_MEMORY_MAX = 2_000
GROWTH_MB_MAX = 2
"""What the second half of the rounds may add."""
RUNS = 25
NOTED_MB_MAX = 12
"""The runs themselves are as large: what is kept of them is to be less."""


def resident_mb() -> float:
    """Return what this process has resident that is no file's."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    (line,) = (one for one in status.splitlines() if one.startswith("RssAnon"))
    return int(line.split()[1]) / 1024


Like = tuple[Stretch, Stretch]
"""Lines that open accounts, and lines that award."""


def rounds(like: Like) -> Iterator[tuple[Stretch, Stretch, list[StatementRecord]]]:
    """Yield lines that open accounts, lines that award to each of them, and headers."""
    opened, awarded = like
    for number in range(ROUNDS):
        learner_ids = LearnerIds(urandom(LINES * NAME_BYTES))
        first = 2 * LINES * number
        accounts = named(opened, learner_ids, first=first)
        awards = named(awarded, learner_ids, first=first + LINES)
        headers = [
            StatementRecord(
                iss="school",
                id=f"{number}-{one}",
                payload_hash="p" * 43,
                position=number,
            )
            for one in range(LINES // 10)
        ]
        yield accounts, awards, headers


def named(like: Stretch, learner_ids: LearnerIds, *, first: int) -> Stretch:
    """Return lines like those of a stretch, with names of their own."""
    was = like.columns
    columns = Columns(
        learner_ids,
        Uuids(urandom(LINES * NAME_BYTES)),
        AwardIds(urandom(LINES * NAME_BYTES)) if was.award_ids[0] else [""] * LINES,
        range(first, first + LINES),
        [was.payload_hashes[0]] * LINES,
        [was.body_hashes[0]] * LINES,
        [was.digests[0]] * LINES,
    )
    return like._replace(columns=columns, which=bytes(LINES), is_filed=True)


def note(_like: Like) -> float:
    """Note names, run after run; return the megabytes that this takes."""
    names = Names("kind", in_memory_max=LINES_IN_MEMORY_MAX)
    before = resident_mb()
    with closing(nameless()) as file:
        for _ in range(RUNS):
            new = [urandom(NAME_BYTES) for _ in range(LINES_IN_MEMORY_MAX + 1)]
            names.add(file, new, first=0)
        return resident_mb() - before


def verify(like: Like) -> float:
    """Pass lines as an audit does; return the megabytes that the second half adds."""
    state = PassingState(IN_MEMORY_MAX, lines_in_memory_max=IN_MEMORY_MAX)
    with closing(state):
        half = 0.0
        for number, (accounts, awards, headers) in enumerate(rounds(like)):
            for stretch in (accounts, awards):
                assert state.pass_lines(stretch, range(LINES), is_filed=True)
            state.put(headers)
            if number == ROUNDS // 2:
                half = resident_mb()
        return resident_mb() - half


def replay(like: Like) -> float:
    """Keep lines as a replay does; return the megabytes that the second half adds."""
    with closing(OrderedState(IN_MEMORY_MAX)) as state:
        half = 0.0
        for number, (accounts, awards, headers) in enumerate(rounds(like)):
            for stretch in (accounts, awards):
                state.put_lines(stretch, range(LINES))
            state.put(headers)
            if number == ROUNDS // 2:
                half = resident_mb()
        return resident_mb() - half


@pytest.mark.parametrize(
    ("work", "most_mb"),
    [(note, NOTED_MB_MAX), (verify, GROWTH_MB_MAX), (replay, GROWTH_MB_MAX)],
)
def test_what_is_kept_of_a_log_does_not_grow_with_it(
    work: Callable[[Like], float], most_mb: float
) -> None:
    """Not names, records, open accounts, nor what the driver holds of them."""
    opened, awarded = turn(of_awards=False)[2], turn()[2]
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        assert process.submit(work, (opened, awarded)).result() < most_mb
