"""What a witness remembers and keeps, request by request."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from ledger.database import open_engine
from ledger.integrity.checkpoints import Checkpoint, sign_checkpoint
from ledger.integrity.cosignatures import Cosignature
from ledger.integrity.keys import KeyUse, SigningKey
from ledger.integrity.proofs import ConsistencyProof, roots_of
from ledger.integrity.witnessing import (
    REQUEST_BYTES_MAX,
    AddCheckpointError,
    Verdict,
    read_request,
    write_request,
)
from ledger.store.application import LedgerStore
from ledger.witnessing.kept import Kept
from ledger.witnessing.memory import Memory
from tests.witnesses import HONEST, LOG_KEY, LOGS, ORIGIN, Log

FORKED: Final = Log(forked_at=2)
STRANGER: Final = Log(key=SigningKey.generate("operator", KeyUse.CHECKPOINT))
NO_TREE: Final = sign_checkpoint(
    Checkpoint(origin=ORIGIN, size=0, root=bytes(32)), LOG_KEY
)


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Memory]:
    """Remember a log of five entries."""
    opened = Memory(open_engine(f"sqlite:///{tmp_path / 'witness.db'}"), LOGS)
    assert opened.consider(HONEST.request(0, 5), seconds=1).size == 5
    yield opened
    opened.close()


def test_every_request_has_its_verdict(memory: Memory) -> None:
    """In the order in which the checks are made, the last sent first."""
    note = HONEST.note(8)
    expected = {
        Log(origin="bank.example/other").body(5, 8): Verdict.UNKNOWN_ORIGIN,
        STRANGER.body(5, 8): Verdict.UNTRUSTED,
        HONEST.body(9, 8): Verdict.MALFORMED,
        write_request(0, (), note=NO_TREE): Verdict.MALFORMED,
        HONEST.body(3, 8): Verdict.STALE,
        write_request(5, (), note=note): Verdict.BAD_PROOF,
        write_request(5, (bytes(31) + b"1",), note=note): Verdict.BAD_PROOF,
        HONEST.body(5, 8): Verdict.COSIGN,
        HONEST.body(8, 8): Verdict.COSIGN,
    }

    for body, verdict in expected.items():
        assert memory.consider(read_request(body), seconds=2).verdict is verdict

    assert memory.seen(ORIGIN).size == 8
    assert [one.proven for one in memory.evidence()] == [False]


def test_a_first_checkpoint_needs_no_proof(tmp_path: Path) -> None:
    """And must not have one."""
    memory = Memory(open_engine(f"sqlite:///{tmp_path / 'new.db'}"), LOGS)
    request = read_request(write_request(0, (bytes(32),), note=HONEST.note(5)))

    assert memory.consider(request, seconds=1).verdict is Verdict.BAD_PROOF
    memory.close()


@pytest.mark.parametrize(("old", "size"), [(5, 5), (3, 5), (5, 8), (5, 9)])
def test_a_fork_stops_the_witness_until_a_person_says_so(
    memory: Memory, old: int, size: int
) -> None:
    """Whether the root or the proof shows it; both notes stay."""
    fork = FORKED.request(old, size)

    assert memory.consider(fork, seconds=7).verdict is Verdict.FORK
    assert memory.consider(HONEST.request(5, 8), seconds=8).verdict is Verdict.STOPPED

    (kept,) = memory.evidence()
    assert (kept.proven, kept.found_at, kept.seen_note) == (True, 7, HONEST.note(5))
    assert kept.request.encode() == FORKED.body(old, size)
    assert memory.resume(ORIGIN)
    assert not memory.resume(ORIGIN)
    assert memory.consider(HONEST.request(5, 8), seconds=9).verdict is Verdict.COSIGN


MALFORMED: Final = {
    "empty": b"",
    "old-size": HONEST.body(5, 8).replace(b"old 5", b"old 05"),
    "no-checkpoint": b"old 5\n\n",
    "not-utf-8": HONEST.body(5, 8).replace(b"bank", b"b\xffnk"),
    "short-hash": HONEST.body(5, 8).replace(b"\n\n", b"\nAAAA\n\n", 1),
    "no-hash": HONEST.body(5, 8).replace(b"\n\n", b"\nA\n\n", 1),
    "many-hashes": write_request(5, (bytes(32),) * 64, note=HONEST.note(8)),
    "too-large": b"A" * (REQUEST_BYTES_MAX + 1),
}


@pytest.mark.parametrize("raw", MALFORMED.values(), ids=MALFORMED.keys())
def test_another_form_is_no_request(raw: bytes) -> None:
    """Nothing of it is judged."""
    with pytest.raises(AddCheckpointError):
        read_request(raw)


def test_a_path_leads_to_two_roots_or_nowhere() -> None:
    """Too long, or from nothing, it leads nowhere."""
    root = HONEST.request(0, 8).checkpoint.root
    path = HONEST.path(5, 8)
    lead = ConsistencyProof(first=5, second=8, path=path)
    long = ConsistencyProof(first=5, second=8, path=path * 4)
    none = ConsistencyProof(first=0, second=8, path=path)

    assert roots_of(lead, first_root=root) == (
        HONEST.request(0, 5).checkpoint.root,
        root,
    )
    assert roots_of(long, first_root=root) is None
    assert roots_of(none, first_root=root) is None


def test_the_first_cosignature_of_a_size_stays(sqlite_url: str) -> None:
    """Two processes of one bank may be given two: either is good."""
    store = LedgerStore(open_engine(sqlite_url))
    kept = Kept(store.engine)
    first, second = (
        Cosignature(name="north", seconds=at, line=f"{at}\n") for at in (1, 2)
    )

    kept.keep(5, first)
    kept.keep(5, second)

    assert kept.at(5) == [first]
    store.close()
