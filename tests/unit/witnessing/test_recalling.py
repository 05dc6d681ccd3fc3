"""A restored bank asks witnesses what they saw, and takes no other answer for one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.integrity.cosignatures import name_key
from ledger.integrity.keys import KeyUse, SigningKey
from ledger.store.heads import Head
from ledger.witnessing.gatherer import SIZE_TYPE, Answer
from ledger.witnessing.recalling import Asked, Recalled, Standing, recall
from tests.bank import Bank
from tests.gathering import Gathering, gathering_from
from tests.witnesses import Log


@pytest.fixture
def gathering(tmp_path: Path) -> Iterator[Gathering]:
    """Open a bank with one witness, which cosigned its newest checkpoint."""
    urls = {one: f"sqlite:///{tmp_path / one}.db" for one in ("north", "south")}
    with (
        Bank(f"sqlite:///{tmp_path / 'ledger.db'}") as bank,
        gathering_from(bank, urls=urls) as found,
    ):
        yield found


def asked(found: Gathering, *, head: Head | None = None) -> Recalled:
    """Ask the witness about a head, by default the bank's newest."""
    newest = head or found.bank.store.read_head()
    assert newest is not None
    north = found.gatherer.policy.witnesses["north"]
    return recall(
        Asked(name="north", url=north.url, key=north.key),
        newest,
        read_node=found.bank.store.node_reader(),
        asking=found.network,
    )


def said(standing: Standing, size: int = 0, *, reason: str = "") -> Recalled:
    """Return what the witness is expected to say."""
    return Recalled(name="north", standing=standing, size=size, reason=reason)


def test_a_witness_of_the_same_entries_agrees(gathering: Gathering) -> None:
    """Whether the bank has as many as it saw, or more; once it was asked it saw all."""
    found = gathering
    assert found.asker("north").ask_once()
    size = found.size()
    assert asked(found) == said(Standing.AGREES, size)
    found.award("r1")

    assert asked(found) == said(Standing.AGREES, size)
    assert asked(found) == said(Standing.AGREES, size + 1)


def test_a_witness_that_saw_more_is_ahead(gathering: Gathering) -> None:
    """What the bank signed since is lost."""
    found = gathering
    older = found.bank.store.read_head()
    found.award("r1")
    assert found.asker("north").ask_once()

    assert asked(found, head=older) == said(Standing.AHEAD, found.size())


@pytest.mark.parametrize("size", [1, 3, 4])
def test_a_witness_of_another_history_differs(gathering: Gathering, size: int) -> None:
    """Whatever size it saw; asked again it has stopped, and differs still."""
    found = gathering
    other = Log(key=found.bank.checkpoint)
    witness = found.network.witnesses["north"]
    assert witness.answer(other.body(0, size)).status_code == 200

    assert asked(found) == said(Standing.DIFFERS, size)
    assert asked(found).standing is Standing.DIFFERS


def test_all_else_is_silence_with_its_reason(gathering: Gathering) -> None:
    """Nothing seen, no answer, another status, no size, another's cosignature."""
    found = gathering
    assert asked(found) == said(
        Standing.SILENT, reason="it has seen nothing of this log"
    )
    answers = {
        "it answers 404": Answer(status=404, media_type="text/plain", text="no"),
        "it answers 409": Answer(status=409, media_type=SIZE_TYPE, text="many"),
        "it names another size each time": Answer(
            status=409, media_type=SIZE_TYPE, text="2\n"
        ),
        "it answers no cosignature of its own": Answer(
            status=200, media_type="text/plain", text="\u2014 a aGVsbG8=\n"
        ),
    }
    for reason, answer in answers.items():
        found.network.says["north"] = answer
        assert asked(found) == said(Standing.SILENT, reason=reason)
    found.network.says["north"] = Answer(status=200, media_type="", text="no line")
    assert asked(found).reason == "it answers no cosignature of its own"
    found.network.dead.add("north")
    assert asked(found) == said(Standing.SILENT, reason="no answer")


def test_without_its_key_a_witness_is_taken_at_its_word(gathering: Gathering) -> None:
    """Its operator chose whom to ask; a key that is another one is not passed over."""
    found = gathering
    assert found.asker("north").ask_once()
    head = found.bank.store.read_head()
    assert head is not None
    url = found.gatherer.policy.witnesses["north"].url
    key = SigningKey.generate("north", KeyUse.WITNESS).public
    read_node = found.bank.store.node_reader()
    bare = Asked(name="north", url=url)
    other = Asked(name="north", url=url, key=name_key("north.example", key))

    plain = recall(bare, head, read_node=read_node, asking=found.network)
    wrong = recall(other, head, read_node=read_node, asking=found.network)

    assert plain == said(Standing.AGREES, head.size)
    assert wrong.standing is Standing.SILENT
