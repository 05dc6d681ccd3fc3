"""A witness over HTTP: each status of C2SP tlog-witness, races, and a kill."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import pytest
from starlette.testclient import TestClient

from api.witness_app import Cosigner, create_witness
from ledger.database import open_engine
from ledger.integrity.cosignatures import name_key, read_answer
from ledger.integrity.keys import KeyUse, SigningKey
from ledger.integrity.witnessing import write_request
from ledger.witnessing.memory import Memory
from tests.witnesses import HONEST, LOGS, ORIGIN, Log

NAME: Final = "witness.example/north"
KEY: Final = SigningKey.generate("north", KeyUse.WITNESS)
WITNESS: Final = name_key(NAME, KEY.public)
NOW: Final = 1_790_000_000
FORKED: Final = Log(forked_at=2)
STRANGER: Final = Log(key=SigningKey.generate("operator", KeyUse.CHECKPOINT))


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Memory]:
    """Remember in a new file."""
    opened = Memory(open_engine(f"sqlite:///{tmp_path / 'witness.db'}"), LOGS)
    yield opened
    opened.close()


@pytest.fixture
def witness(memory: Memory) -> Iterator[TestClient]:
    """Run a witness that has cosigned the first five entries."""
    cosigner = Cosigner(name=NAME, key=KEY, memory=memory, seconds=lambda: NOW)
    with TestClient(create_witness(cosigner)) as client:
        assert send(client, HONEST.body(0, 5)) == (200, "text/plain; charset=utf-8")
        yield client


def send(client: TestClient, body: bytes) -> tuple[int, str]:
    """Return status and media type of an answer."""
    answer = client.post("/add-checkpoint", content=body)
    return answer.status_code, answer.headers["content-type"]


def test_a_consistent_checkpoint_is_cosigned(witness: TestClient) -> None:
    """At the witness's time, and again when the answer was lost."""
    answers = [
        witness.post("/add-checkpoint", content=HONEST.body(old, 8)) for old in (5, 8)
    ]

    for answer in answers:
        found = read_answer(
            answer.text, HONEST.request(5, 8).checkpoint, witness=WITNESS
        )
        assert found is not None
        assert found.seconds == NOW


REFUSED: Final = {
    "no-request": (b"", 400),
    "no-old-size": (b"\n\n" + HONEST.note(8).encode(), 400),
    "leading-zero": (HONEST.body(5, 8).replace(b"old 5", b"old 05"), 400),
    "old-size-larger": (HONEST.body(9, 8), 400),
    "stray-line": (HONEST.body(5, 8).replace(b"\n\n", b"\nAAAA\n\n", 1), 400),
    "64-proof-lines": (
        write_request(5, (bytes(32),) * 64, note=HONEST.note(8)),
        400,
    ),
    "not-utf-8": (HONEST.body(5, 8).replace(b"bank", b"b\xffnk"), 400),
    "too-large": (b"old 5\n" + b"A" * 131_072, 413),
    "stranger": (STRANGER.body(5, 8), 403),
    "other-origin": (Log(origin="bank.example/other").body(5, 8), 404),
    "wrong-proof": (write_request(5, (bytes(32),) * 3, note=HONEST.note(8)), 422),
    "no-proof": (write_request(5, (), note=HONEST.note(8)), 422),
    "fork-by-proof": (FORKED.body(5, 8), 409),
    "fork-of-one-size": (FORKED.body(5, 5), 409),
    "fork-of-one-size-from-elsewhere": (FORKED.body(3, 5), 409),
}


@pytest.mark.parametrize(("body", "status"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_growth_is_refused(
    witness: TestClient, memory: Memory, body: bytes, status: int
) -> None:
    """With the status that tells the log why, and nothing is remembered of it."""
    assert send(witness, body) == (status, "text/plain; charset=utf-8")

    assert memory.seen(ORIGIN).size == 5


@pytest.mark.parametrize(("old", "size"), [(0, 8), (3, 8), (7, 8), (3, 4)])
def test_a_stale_size_is_answered_with_the_size(
    witness: TestClient, old: int, size: int
) -> None:
    """So that the log proves from there."""
    answer = witness.post("/add-checkpoint", content=HONEST.body(old, size))

    assert (answer.status_code, answer.text) == (409, "5\n")
    assert answer.headers["content-type"] == "text/x.tlog.size"


def test_a_fork_is_kept_and_stops_the_witness(
    witness: TestClient, memory: Memory
) -> None:
    """Both notes are evidence; nothing is cosigned until a person says so."""
    witness.post("/add-checkpoint", content=FORKED.body(5, 8))

    assert send(witness, HONEST.body(5, 8))[0] == 409
    (kept,) = witness.get("/evidence").json()["evidence"]
    assert (kept["origin"], kept["proven"]) == (ORIGIN, True)
    assert kept["seen_note"] == HONEST.note(5)
    assert kept["request"].encode() == FORKED.body(5, 8)

    assert memory.resume(ORIGIN)
    assert not memory.resume(ORIGIN)
    assert send(witness, HONEST.body(5, 8))[0] == 200
    assert len(memory.evidence()) == 1


def test_a_wrong_proof_stops_nobody(witness: TestClient, memory: Memory) -> None:
    """Anyone can send one with a published note: only the last is kept."""
    for number in range(3):
        path = (bytes([number]) * 32,)
        witness.post(
            "/add-checkpoint", content=write_request(5, path, note=HONEST.note(8))
        )

    assert [one.proven for one in memory.evidence()] == [False]
    assert send(witness, HONEST.body(5, 8))[0] == 200


def test_of_concurrent_requests_one_wins(tmp_path: Path) -> None:
    """Two processes on one file from one old size: never two different trees."""
    url = f"sqlite:///{tmp_path / 'shared.db'}"
    memories = [Memory(open_engine(url), LOGS) for _ in range(2)]
    for memory in memories[:1]:
        memory.consider(HONEST.request(0, 5), seconds=NOW)
    requests = [HONEST.request(5, 6 + at) for at in range(8)]

    with ThreadPoolExecutor(8) as pool:
        judged = list(
            pool.map(
                lambda at: memories[at % 2].consider(requests[at], seconds=NOW),
                range(8),
            )
        )

    verdicts = [str(one.verdict) for one in judged]
    assert sorted(verdicts) == ["cosign"] + ["stale"] * 7
    assert memories[0].seen(ORIGIN).size == 6 + verdicts.index("cosign")
    for memory in memories:
        memory.close()
