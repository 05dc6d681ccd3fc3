"""A restored bank asks its witnesses before it signs, and believes no silence."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import orjson

from ledger.database import open_engine
from ledger.integrity.witnessing import write_request
from ledger.witnessing.memory import Memory
from tests.bank import ORIGIN
from tests.e2e.live_witness import policy_text, witness_at
from tests.e2e.lost_bank import Lost, run
from tests.witnesses import Log


@contextmanager
def witness_of(lost: Lost, file: Path, *, body: bytes) -> Iterator[str]:
    """Run a witness that has cosigned what this request asks for."""
    logs = {ORIGIN: lost.bank.checkpoint.public}
    memory = Memory(open_engine(f"sqlite:///{file}"), logs)
    with witness_at(memory) as url:
        assert httpx2.post(f"{url}add-checkpoint", content=body).status_code == 200
        yield url
    memory.close()


def closed_port() -> str:
    """Return an address at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return f"http://127.0.0.1:{free.getsockname()[1]}/"


def test_a_bank_signs_when_its_witnesses_have_seen_no_more(
    lost: Lost, tmp_path: Path
) -> None:
    """Not when they are silent, saw more, or saw other entries."""
    folder, policy = tmp_path / "bank", tmp_path / "policy.toml"
    run("restore", lost.backup, "--data", folder)
    before, after = (orjson.loads(one.read_bytes()) for one in lost.receipts)
    older = write_request(0, (), note=before["checkpoint"])
    newer = write_request(0, (), note=after["receipt"]["checkpoint"])
    forked = Log(key=lost.bank.checkpoint).body(0, 3)
    words = ("confirm", "--data", folder, "--json")

    nobody = run(*words, "--witness", closed_port())
    policy.write_text(policy_text(closed_port()))
    no_quorum = run(*words, lost.receipts[0], SKILLBANK_WITNESS_POLICY=str(policy))
    with witness_of(lost, tmp_path / "newer.db", body=newer) as url:
        ahead = run(*words, lost.receipts[0], "--witness", url)
        dead = ("--witness", closed_port(), "--accept-loss", "1")
        given_up = run(*words, "--witness", url, *dead)
    with witness_of(lost, tmp_path / "forked.db", body=forked) as url:
        other = run(*words, lost.receipts[0], "--witness", url)
    with witness_of(lost, tmp_path / "older.db", body=older) as url:
        policy.write_text(policy_text(url))
        signs = run(*words, SKILLBANK_WITNESS_POLICY=str(policy))

    for silent in (nobody, no_quorum, given_up):
        assert (silent.code, error_of(silent.out)) == (4, "witnesses-silent")
        assert "says nothing: no answer" in silent.err
    assert (ahead.code, error_of(ahead.out)) == (1, "entries-lost")
    assert "more than there are here" in ahead.err
    assert (other.code, error_of(other.out)) == (1, "another-history")
    assert signs.figures()["signs"] is True
    assert "the same ones" in signs.err


def error_of(out: str) -> str:
    """Return the code that a command printed."""
    return str(orjson.loads(out)["error"])


def test_nothing_given_and_nobody_to_ask_proves_nothing(
    lost: Lost, tmp_path: Path
) -> None:
    """The bank stays mute."""
    run("restore", lost.backup, "--data", tmp_path / "bank")

    ran = run("confirm", "--data", tmp_path / "bank", "--json")

    assert (ran.code, error_of(ran.out)) == (2, "nothing-given")
    assert "give a checkpoint" in ran.err
