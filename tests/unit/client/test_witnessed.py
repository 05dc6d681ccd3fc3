"""A school holds what its bank answers against witnesses that it chose itself."""

from dataclasses import dataclass

import orjson
import pytest

from client.bank import Bank as RemoteBank
from client.errors import BankFaultError, NoQuorumError, WitnessesDifferError
from ledger.integrity.batch import read_batch
from ledger.integrity.encoding import b64encode
from ledger.integrity.proofs import prove_consistency
from ledger.store.heads import Head
from tests.bank import SCHOOL, Bank
from tests.tampering.cosigned import NAMES, POLICY, cosignature
from tests.unit.client.simulator import Face, reply


@dataclass
class Posted:
    """A statement that is in the log, and a head that covers it."""

    bank: Bank
    face: Face
    raw: bytes
    identity: str
    position: int

    @property
    def head(self) -> Head:
        """Return the bank's newest head."""
        found = self.bank.store.read_head()
        assert found is not None
        return found

    def show(self, *names: str, note: str | None = None) -> None:
        """Let the bank answer with what these witnesses cosigned of its newest head."""
        head, first = self.head, self.position + 1
        read_node = self.bank.store.node_reader()
        path = prove_consistency(first, head.size, read_node=read_node).path
        lines = "".join(cosignature(head, name) for name in names)
        witnessed = {
            "size": head.size,
            "checkpoint": (note or head.note) + lines,
            "consistency_proof": [b64encode(one) for one in path],
        }
        self._answer(witnessed=witnessed)

    def show_nothing(self) -> None:
        """Let the bank answer that no quorum covers it yet."""
        self._answer()

    def _answer(self, **more: object) -> None:
        path = f"/v1/statements/{SCHOOL}/{self.identity}"
        self.face.answers.pop(path, None)
        plain = self.face.get(f"http://127.0.0.1{path}").content
        self.face.answers[path] = reply(orjson.loads(plain) | more)


@pytest.fixture
def posted(bank: Bank, face: Face, remote: RemoteBank) -> Posted:
    """Post an award, and let the log grow."""
    statement = bank.award("r1")
    raw = bank.sign(statement)
    position = remote.post(raw).receipt.position
    bank.submit(bank.receive(bank.sign(bank.award("r2")))).result()
    identity = str(statement["id"])
    face.outcomes[identity] = position
    remote.witnesses = POLICY
    return Posted(bank, face, raw, identity, position)


def test_a_receipt_that_was_given_before_is_held_against_witnesses(
    posted: Posted, remote: RemoteBank
) -> None:
    """By posting again, or by asking what became of it; before quorum by nobody."""
    posted.show_nothing()
    assert remote.post(posted.raw).witnesses is None

    posted.show("north", "south")

    assert remote.post(posted.raw).witnesses == frozenset({"north", "south"})
    outcome = remote.statement(SCHOOL, posted.identity, sent=posted.raw)
    assert outcome.witnesses == frozenset({"north", "south"})
    remote.witnesses = None
    assert remote.post(posted.raw).witnesses is None
    outcome = remote.statement(SCHOOL, posted.identity, sent=posted.raw)
    assert outcome.witnesses is None


def test_a_receipt_that_contradicts_what_was_cosigned_is_told_apart(
    posted: Posted, remote: RemoteBank
) -> None:
    """From too few witnesses, and from a cosignature that does not hold."""
    posted.show("north", "south")
    path = f"/v1/statements/{SCHOOL}/{posted.identity}"
    answer = orjson.loads(posted.face.answers[path].content)
    answer["witnessed"]["consistency_proof"] = ["A" * 43]
    posted.face.answers[path] = reply(answer)
    with pytest.raises(WitnessesDifferError, match="show both to an auditor"):
        remote.post(posted.raw)

    posted.show("north")
    with pytest.raises(NoQuorumError, match="north"):
        remote.post(posted.raw)

    older = posted.bank.store.closing(posted.position)[1]
    posted.show(*NAMES, note=older)
    with pytest.raises(BankFaultError):
        remote.statement(SCHOOL, posted.identity, sent=posted.raw)


def test_a_batch_is_held_against_witnesses_as_well(
    posted: Posted, bank: Bank, remote: RemoteBank
) -> None:
    """By the checkpoint that closed it."""
    raw = bank.batch_bytes(SCHOOL, [bank.award("b1"), bank.award("b2")])
    assert remote.post_batch(raw).witnesses is None
    identity = read_batch(raw).payload.id
    batch = Posted(bank, posted.face, raw, identity, posted.head.size - 1)
    posted.face.outcomes[identity] = batch.position
    batch.show("east", "south")

    assert remote.post_batch(raw).witnesses == frozenset({"east", "south"})


def test_a_proof_is_under_the_newest_checkpoint_that_has_quorum(
    posted: Posted, face: Face, remote: RemoteBank
) -> None:
    """And under the newest of all while there is none."""
    first = posted.head
    with_quorum = first.note + cosignature(first, "north") + cosignature(first, "east")
    posted.bank.submit(
        posted.bank.receive(posted.bank.sign(posted.bank.award("r3")))
    ).result()
    newest = posted.head
    notes = [newest.note + cosignature(newest, "north"), "no note", with_quorum]
    shown = [{"checkpoint": note} for note in notes]
    face.answers["/v1/checkpoints"] = reply({"checkpoints": shown})

    assert remote.proof(posted.position).checkpoint == with_quorum
    assert remote.proof(newest.size - 1).checkpoint == newest.note
    face.answers["/v1/checkpoints"] = reply({"checkpoints": []})
    assert remote.proof(posted.position).checkpoint == newest.note
