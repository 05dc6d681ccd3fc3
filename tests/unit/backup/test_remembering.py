"""What a ledger was compared with is on record, and goes along wherever it goes."""

from pathlib import Path

import pytest
from sqlalchemy import select

from ledger.backup.comparing import Evidence, confirm
from ledger.backup.errors import EntriesLostError, ForkError
from ledger.integrity.checkpoints import Checkpoint, sign_checkpoint
from ledger.sequencer import NotComparedError
from ledger.store.restores import awaiting_comparison
from ledger.store.schema import log_restores
from tests.backing import NewUrl, VaultedBank, bring_back
from tests.bank import ORIGIN

NOW = "2026-09-03T09:00:00.000Z"


def post(bank: VaultedBank) -> None:
    """Post one award."""
    bank.award_disclosed("R-2", score="1")


def test_what_was_compared_stays_on_record(
    bank: VaultedBank, restored: VaultedBank, tmp_path: Path, new_url: NewUrl
) -> None:
    """It goes along into the next backup, whose restore is a new one."""
    confirm(restored.store, [bank.evidence()], now=NOW, accepted_loss=0)
    restored.save(tmp_path / "next")
    url = new_url("sqlite")
    bring_back(tmp_path / "next", url=url, vault_url=None)

    again = bank.again(url, new_url("sqlite"))
    with again.store.engine.connect() as connection:
        rows = connection.execute(select(log_restores)).all()
        waiting = awaiting_comparison(connection)
    again.__exit__()

    assert [(row.number, row.compared_at, row.lost) for row in rows] == [
        (1, NOW, 0),
        (2, None, None),
    ]
    assert waiting is not None
    assert waiting.number == 2


def test_one_comparison_ends_an_older_restore_too(
    bank: VaultedBank, restored: VaultedBank, tmp_path: Path, new_url: NewUrl
) -> None:
    """A backup of a ledger that was never compared is of the same log."""
    restored.save(tmp_path / "next")
    url = new_url("sqlite")
    bring_back(tmp_path / "next", url=url, vault_url=None)
    again = bank.again(url, new_url("sqlite"))

    confirm(again.store, [bank.evidence()], now=NOW, accepted_loss=0)
    waiting = again.store.awaiting_comparison()
    again.__exit__()

    assert waiting is None


@pytest.mark.parametrize("proof", ["a loss", "another history", "nothing"])
def test_a_database_that_came_back_by_its_own_means_is_compared_too(
    bank: VaultedBank, restored: VaultedBank, proof: str
) -> None:
    """It does not know it, until a checkpoint speaks against it."""
    confirm(restored.store, [bank.evidence()], now=NOW, accepted_loss=0)
    agreed = bank.evidence()
    post(bank)
    other = Checkpoint(origin=ORIGIN, size=2, root=b"x" * 32)
    given = {
        "a loss": bank.evidence(),
        "another history": Evidence(
            name="forked", note=sign_checkpoint(other, bank.checkpoint)
        ),
        "nothing": agreed,
    }

    if proof == "nothing":
        confirm(restored.store, [agreed], now=NOW, accepted_loss=0)
        post(restored)
        return
    with pytest.raises((EntriesLostError, ForkError)):
        confirm(restored.store, [given[proof]], now=NOW, accepted_loss=0)
    restored.sequencer.close()
    restored.sequencer = restored.open_sequencer()
    with pytest.raises(NotComparedError):
        post(restored)
