"""A served bank with a live witness: list, note, upgraded receipt, alarm."""

import time
from pathlib import Path

import orjson
import pytest

from api.cli import sources
from api.cli.sources import BankSource
from api.witness_asking import HttpAsking
from client.errors import BankAnswerError, BankFaultError
from client.pinning import pin
from client.witnessed import check_witnessed
from ledger.audit.parts import HeldAgainst
from ledger.audit.verify import verify
from ledger.audit.witnessed import Witnesses
from ledger.database import open_engine
from ledger.integrity.checkpoints import Checkpoint, read_checkpoint
from ledger.witnessing.gatherer import Asker, Gatherer, UnreachableError
from ledger.witnessing.kept import Alarm, Kept
from ledger.witnessing.memory import Memory
from tests.bank import ORIGIN, SCHOOL
from tests.e2e.http_bank import HERE, HttpBank, serving
from tests.e2e.live_witness import policy_at, witness_at


def test_a_receipt_is_upgraded_when_its_checkpoint_is_witnessed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a member's system sees it, which chose whose cosignatures suffice."""
    monkeypatch.setattr(sources, "PAGE", 1)
    with serving(tmp_path, f"sqlite:///{tmp_path / 'ledger.db'}") as bank:
        statement = bank.award("r1")
        receipt = bank.send(bank.sign(statement)).json()
        path = f"/v1/statements/{SCHOOL}/{statement['id']}"
        assert "witnessed" not in bank.read(path)
        assert bank.read("/v1/checkpoints")["checkpoints"] == []
        bank.award_now("r2")

        gather(bank, tmp_path)

        content = orjson.dumps(bank.read(path))
        pinned = pin(next(iter(bank.raw_entries())), ledger=bank.ledger)
        first = read_checkpoint(
            receipt["checkpoint"], origin=ORIGIN, key=bank.checkpoint.public
        )
        policy = policy_at("http://127.0.0.1:1")
        signers = check_witnessed(content, first, pinned=pinned, policy=policy)
        assert signers == frozenset({"north"})
        other = Checkpoint(origin=ORIGIN, size=first.size, root=bytes(32))
        with pytest.raises(BankFaultError):
            check_witnessed(content, other, pinned=pinned, policy=policy)
        with pytest.raises(BankAnswerError):
            check_witnessed(b"[]", first, pinned=pinned, policy=policy)
        assert check_witnessed(b"{}", first, pinned=pinned, policy=policy) is None
        check_what_is_shown(bank)
        check_what_an_auditor_reads(bank)


def gather(bank: HttpBank, folder: Path) -> None:
    """Have the bank ask a live witness once, by HTTP."""
    logs = {ORIGIN: bank.checkpoint.public}
    memory = Memory(open_engine(f"sqlite:///{folder / 'witness.db'}"), logs)
    with witness_at(memory) as url:
        bank.served.gatherer = Gatherer(
            policy_at(url),
            Kept(bank.store.engine),
            log=bank.store,
            published=bank.store.read_head,
            asking=HttpAsking(timeout_seconds=5),
        )
        witness = bank.served.gatherer.policy.witnesses["north"]
        asker = Asker(bank.served.gatherer, witness, seconds=lambda: int(time.time()))
        assert asker.ask_once()
        bank.award_now("r3")
        assert asker.ask_once()
    bank.award_now("r4")
    with pytest.raises(UnreachableError):
        asker.ask_once()
    memory.close()


def check_what_is_shown(bank: HttpBank) -> None:
    """The list in pages, the newest note without lines, and the alarms."""
    size = bank.size()
    pages = list(bank.pages("/v1/checkpoints", "checkpoints", limit=1))
    shown = [one for page in pages for one in page]
    assert [(one["size"], one["quorum"]) for one in shown] == [
        (size - 1, True),
        (size - 2, True),
    ]
    assert str(shown[0]["checkpoint"]).count("\u2014 ") == 2
    # It is published a moment after it was signed, and is waited for.
    newest = bank.get("/log/checkpoint", min_position=size - 1)
    assert newest.text.count("\u2014 ") == 1
    gatherer = bank.served.gatherer
    assert gatherer is not None
    assert bank.read("/readyz")["witness_alarms"] == 0
    gatherer.kept.sound(
        Alarm(witness="north", found_at=1, size=size, request="r", answer="409 fork")
    )
    assert bank.read("/readyz")["witness_alarms"] == 1
    metrics = bank.get("/metrics").text
    assert "skillbank_witness_alarms 1\n" in metrics
    assert f'skillbank_witnessed_entries{{witness="north"}} {size - 1}\n' in metrics


def check_what_an_auditor_reads(bank: HttpBank) -> None:
    """Every cosigned checkpoint that the bank lists, under a policy of one's own.

    Its witness lives by today's clock and the bank by another: all is cosigned late.
    """
    source = BankSource(HERE, transport=bank.client._transport)  # noqa: SLF001  # no socket
    policy = policy_at("http://127.0.0.1:1")
    against = HeldAgainst(witnesses=Witnesses(policy=policy))
    size = bank.size()

    report = verify(source, ledger=bank.ledger, against=against)
    source.close()

    assert report.witnesses is not None
    assert report.witnesses.seen == {"north": size - 1}
    assert (report.witnesses.cosigned, report.witnesses.quorum_size) == (2, size - 1)
    (late,) = report.findings
    assert late.code in {"cosigned-late", "cosigned-early"}
    assert (late.position, late.last) == (0, size - 2)
