"""A witness never cosigns two checkpoints that do not fit, whatever it is sent."""

from itertools import pairwise
from pathlib import Path
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from ledger.database import open_engine
from ledger.integrity.merkle import EMPTY
from ledger.integrity.witnessing import (
    NOTHING_SEEN,
    AddCheckpointError,
    Seen,
    Verdict,
    judge,
    read_request,
    write_request,
)
from ledger.witnessing.memory import Memory
from tests.witnesses import HONEST, LOGS, Log

SIZES: Final = st.integers(0, 20)
FORKS: Final = st.integers(0, 20)


def is_prefix(log: Log, size: int, *, other: Log, of: int) -> bool:
    """Tell whether one log's tree is a prefix of the other's, by its leaves."""
    return log.leaves(size) == other.leaves(of)[:size]


@given(st.lists(st.tuples(FORKS, SIZES, SIZES, st.booleans()), min_size=1, max_size=12))
def test_what_was_cosigned_is_one_history(
    sent: list[tuple[int, int, int, bool]],
) -> None:
    """Each tree cosigned is a prefix of the next, under any sequence of requests."""
    seen, cosigned = NOTHING_SEEN, []
    for forked_at, old, size, current in sent:
        log = Log(forked_at=forked_at)
        start = seen.size if current else old
        request = log.request(start, size)
        verdict = judge(request, seen, logs=LOGS)
        if verdict is Verdict.COSIGN:
            cosigned.append((log, size))
            seen = Seen(size=size, root=request.checkpoint.root)
        if verdict is Verdict.FORK:
            assert not is_prefix(
                *cosigned[-1], other=log, of=max(size, cosigned[-1][1])
            )

    for (log, size), (later, of) in pairwise(cosigned):
        assert size <= of
        assert is_prefix(log, size, other=later, of=of)


@given(st.integers(1, 40), st.integers(0, 40))
def test_an_honest_log_is_always_cosigned(first: int, more: int) -> None:
    """From whichever size to whichever other."""
    root = EMPTY.extend(HONEST.leaves(first)).root()
    seen = Seen(size=first, root=root)

    assert judge(HONEST.request(first, first + more), seen, logs=LOGS) is Verdict.COSIGN


@given(st.binary(max_size=200))
def test_any_bytes_are_a_request_or_malformed(raw: bytes) -> None:
    """And what is read is written the same."""
    body = HONEST.body(3, 7)
    at = len(raw) % len(body)

    try:
        request = read_request(body[:at] + raw + body[at:])
    except AddCheckpointError:
        return
    again = write_request(request.old, request.path, note=request.note)
    assert again == body[:at] + raw + body[at:]


def test_a_restarted_witness_remembers(tmp_path: Path) -> None:
    """Another process sees what was cosigned, and cosigns no other tree."""
    url = f"sqlite:///{tmp_path / 'witness.db'}"
    memory = Memory(open_engine(url), LOGS)
    assert memory.consider(HONEST.request(0, 5), seconds=1).verdict is Verdict.COSIGN

    again = Memory(open_engine(url), LOGS)
    verdict = again.consider(Log(forked_at=2).request(0, 5), seconds=2).verdict
    memory.close()
    again.close()

    assert verdict is Verdict.FORK
