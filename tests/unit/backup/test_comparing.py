"""A restored bank reads, and signs nothing until it agrees with what others hold."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy import delete, select

from ledger.backup.comparing import Evidence, Seen, compare, confirm
from ledger.backup.errors import (
    EntriesLostError,
    EvidenceError,
    ForkError,
    LogDamagedError,
    LossDiffersError,
    NoLedgerError,
)
from ledger.integrity.checkpoints import Checkpoint, sign_checkpoint
from ledger.integrity.keys import KeyUse, SigningKey
from ledger.sequencer import NotComparedError
from ledger.store.schema import log_restores, stored_events
from tests.backing import RESTORED_AT, NewUrl, VaultedBank, bring_back
from tests.bank import OPERATOR, ORIGIN

NOW = "2026-09-03T09:00:00.000Z"


@dataclass(frozen=True, kw_only=True)
class Apart:
    """A bank that went on after it was saved, and its restored backup, still mute."""

    bank: VaultedBank
    restored: VaultedBank
    older: Evidence
    newer: Evidence


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Apart]:
    """Save a bank, restore it, and post twice more; nobody confirms this one."""
    folder = tmp_path_factory.mktemp("apart")
    urls = [f"sqlite:///{folder / name}.db" for name in ("a", "b", "c", "d")]
    with VaultedBank(*urls[:2]) as bank:
        older = bank.evidence("older")
        bank.save(folder / "backup")
        bring_back(folder / "backup", url=urls[2], vault_url=urls[3])
        bank.award_disclosed("R-1", score="1")
        bank.award_disclosed("R-2", score="2")
        restored = bank.again(*urls[2:])
        yield Apart(
            bank=bank, restored=restored, older=older, newer=bank.evidence("newer")
        )
        restored.__exit__()


def size_of(bank: VaultedBank) -> int:
    """Return how many entries there are."""
    return len(list(bank.raw_entries()))


def post(bank: VaultedBank) -> None:
    """Post one award."""
    bank.award_disclosed("R-2", score="1")


def test_nothing_is_signed_before_the_comparison(
    bank: VaultedBank, restored: VaultedBank
) -> None:
    """Not by this writer, nor by another, nor after a restart; and then it is."""
    size = size_of(restored)
    for _ in range(2):
        with pytest.raises(NotComparedError):
            post(restored)
    restored.sequencer.close()
    restored.sequencer = restored.open_sequencer()
    with pytest.raises(NotComparedError):
        post(restored)
    waiting = restored.store.awaiting_comparison()
    assert size_of(restored) == size
    assert waiting is not None
    assert (waiting.size, waiting.restored_at) == (size, RESTORED_AT)

    confirm(restored.store, [bank.evidence()], now=NOW, accepted_loss=0)
    post(restored)

    assert restored.store.awaiting_comparison() is None
    assert restored.check_log().entries == size + 1


def test_every_checkpoint_of_the_log_agrees_with_it(apart: Apart) -> None:
    """The newest says the most; an old one is told apart."""
    size = size_of(apart.restored)
    heads = list(apart.restored.store.log.read_heads())
    for stored in heads:
        head = apart.bank.store.read_head_version(stored.version)
        assert head is not None
        old = Evidence(name=str(head.size), note=head.note)

        found = compare(apart.restored.store, [old])

        assert (found.size, found.known, found.lost) == (size, head.size, 0)
        assert found.largest == str(head.size)
    assert len(heads) > 3


def test_a_larger_checkpoint_proves_a_loss(apart: Apart) -> None:
    """The bank stays mute, and learns how many entries are missing and who knows."""
    size = size_of(apart.restored)

    with pytest.raises(EntriesLostError) as refused:
        confirm(
            apart.restored.store,
            [apart.newer, apart.older],
            now=NOW,
            accepted_loss=0,
        )

    assert (refused.value.missing, refused.value.name) == (2, "newer")
    assert (refused.value.size, refused.value.known) == (size, size + 2)
    with pytest.raises(NotComparedError):
        post(apart.restored)


def test_a_loss_is_given_up_only_by_its_very_number(
    bank: VaultedBank, restored: VaultedBank
) -> None:
    """Then members post again what the log lacks, and it is on record."""
    lost = bank.award_disclosed("R-2", score="lost")
    newer = bank.evidence()
    for accepted in (2, 5):
        with pytest.raises(LossDiffersError) as refused:
            confirm(restored.store, [newer], now=NOW, accepted_loss=accepted)
        assert refused.value.missing == 1

    found = confirm(restored.store, [newer], now=NOW, accepted_loss=1)
    again = restored.award_disclosed("R-2", score="lost")

    assert found.lost == 1
    assert not again.replayed
    assert again.receipt.checkpoint != lost.receipt.checkpoint
    restored.check_log()
    with restored.store.engine.connect() as connection:
        (row,) = connection.execute(select(log_restores)).all()
    assert (row.lost, row.compared_size) == (1, found.known)


def test_nothing_is_given_up_that_is_not_missing(apart: Apart) -> None:
    """A loss that nobody proved is not accepted in advance."""
    with pytest.raises(LossDiffersError):
        confirm(apart.restored.store, [apart.older], now=NOW, accepted_loss=1)

    assert apart.restored.store.awaiting_comparison() is not None


@pytest.mark.parametrize("size", [1, 3])
def test_another_root_at_a_size_is_another_history(apart: Apart, size: int) -> None:
    """No loss that is accepted makes it right, and it is told before any loss."""
    other = Checkpoint(origin=ORIGIN, size=size, root=b"x" * 32)
    note = sign_checkpoint(other, apart.bank.checkpoint)
    given = [apart.newer, Evidence(name="forked", note=note)]

    for accepted in (0, 2):
        with pytest.raises(ForkError) as refused:
            confirm(apart.restored.store, given, now=NOW, accepted_loss=accepted)
        assert (refused.value.name, refused.value.size) == ("forked", size)
    assert apart.restored.store.awaiting_comparison() is not None


def test_only_the_ledgers_own_checkpoints_count(apart: Apart) -> None:
    """Nothing at all, another key's, another origin's and a changed one do not."""
    store, own = apart.restored.store, apart.bank.checkpoint
    head = store.read_head()
    assert head is not None
    same = Checkpoint(origin=ORIGIN, size=head.size, root=head.root)
    stranger = SigningKey.generate(OPERATOR, KeyUse.CHECKPOINT)
    elsewhere = Checkpoint(origin="bank.example/b", size=head.size, root=head.root)
    notes = {
        "another key": sign_checkpoint(same, stranger),
        "another origin": sign_checkpoint(elsewhere, own),
        "changed": head.note.replace(f"\n{head.size}\n", f"\n{head.size - 1}\n"),
        "no note": "",
    }

    with pytest.raises(EvidenceError):
        confirm(store, [], now=NOW, accepted_loss=0)
    for name, note in notes.items():
        given = [apart.older, Evidence(name=name, note=note)]
        with pytest.raises(EvidenceError) as refused:
            confirm(store, given, now=NOW, accepted_loss=0)
        assert refused.value.name == name
    assert store.awaiting_comparison() is not None


@pytest.mark.parametrize("gone", ["the last entry", "a middle one"])
def test_a_log_that_lacks_an_entry_is_not_compared(
    bank: VaultedBank, restored: VaultedBank, gone: str
) -> None:
    """Its own newest checkpoint says so already."""
    number = size_of(restored) if gone == "the last entry" else 2
    with restored.store.engine.begin() as connection:
        connection.execute(
            delete(stored_events).where(stored_events.c.notification_id == number)
        )

    with pytest.raises(LogDamagedError):
        compare(restored.store, [bank.evidence()])


def test_an_empty_database_is_not_compared(bank: VaultedBank, new_url: NewUrl) -> None:
    """There is no ledger in it, whatever others hold."""
    empty = VaultedBank(new_url("sqlite"), new_url("sqlite"))

    with pytest.raises(NoLedgerError):
        compare(empty.store, [bank.evidence()])

    empty.__exit__()


def test_a_ledger_without_any_checkpoint_is_not_compared(
    bank: VaultedBank, restored: VaultedBank
) -> None:
    """Its state alone is no log."""
    with restored.store.engine.begin() as connection:
        connection.execute(delete(stored_events))

    with pytest.raises(NoLedgerError):
        compare(restored.store, [bank.evidence()])


def test_a_note_that_a_witness_cosigned_is_taken_as_well(apart: Apart) -> None:
    """Its signature stands beside the log's own, which is the one that counts."""
    note = f"{apart.older.note}\u2014 witness.example AAAAAAA=\n"

    found = compare(apart.restored.store, [Evidence(name="witness", note=note)])

    assert found.largest == "witness"
    assert found.known == found.size


def test_the_word_of_witnesses_counts_as_checkpoints_do(apart: Apart) -> None:
    """One that saw more tells of a loss, one that saw other entries of a fork."""
    store, size = apart.restored.store, size_of(apart.restored)
    same = Seen(name="north", size=size, agrees=True)
    ahead = Seen(name="south", size=size + 2, agrees=True)
    other = Seen(name="west", size=2, agrees=False)

    found = compare(store, [], seen=[same])
    lost = compare(store, [apart.older], seen=[same, ahead])
    with pytest.raises(ForkError) as refused:
        compare(store, [apart.older], seen=[same, other])

    assert (found.known, found.largest, found.lost) == (size, "north", 0)
    assert (lost.lost, lost.largest) == (2, "south")
    assert (refused.value.name, refused.value.size) == ("west", 2)
