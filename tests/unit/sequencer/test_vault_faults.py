"""The vault and the log are two databases: what if only one of them was reached?"""

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ledger.database import open_engine
from ledger.vault.vault import Claim, Vault
from tests.bank import LEARNER, Bank
from tests.unit.sequencer.faults import failing_nth
from tests.unit.sequencer.writing import (
    SCORE,
    commit,
    committer_of,
    disclosing,
    failures,
)

LONG_AFTER = "2026-09-03T08:00:00.000Z"
KILLED = """
import os, signal, sys
from concurrent.futures import Future
from ledger.database import open_engine
from ledger.store.application import LedgerStore
from ledger.vault.vault import Vault
from tests.bank import Bank
from tests.unit.sequencer.writing import commit, committer_of

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

bank = Bank(sys.argv[1])
bank.ledger = sys.argv[3]
vault = Vault(open_engine(sys.argv[2]), bytes(32))
draft = bank.receive(sys.stdin.buffer.read())
LedgerStore.append = die
commit(committer_of(bank, vault), [draft])
"""


@pytest.mark.parametrize("when", ["before", "after"])
def test_whatever_the_vault_fails_at_the_log_has_all_of_a_statement_or_nothing(
    database_url: str, tmp_path: Path, when: str
) -> None:
    """Disclosures are kept before the group commits, and once."""
    with Bank(database_url) as bank:
        number, seen = 0, ["the first"]
        while len(seen) >= number:
            number += 1
            # A new vault each time: it makes the learner's key as well.
            engine = open_engine(f"sqlite:///{tmp_path / f'vault-{number}.db'}")
            vault = Vault(engine, bytes(32))
            committer, draft = committer_of(bank, vault), disclosing(bank, str(number))
            with failing_nth(engine, number, when=when) as seen:
                (answer,) = commit(committer, [draft])

            failed = answer.exception() is not None
            assert failures([answer]) == ["BusyError" if failed else ""]
            assert bank.check_log().awards == number - failed
            (again,) = commit(committer, [draft])
            assert again.result().replayed is not failed
            assert len(vault.read(LEARNER)) == 1
            vault.close()

        assert number > 6


def test_a_kill_between_vault_and_log_leaves_a_row_that_is_swept(
    database_url: str, tmp_path: Path
) -> None:
    """The process dies when its disclosures are kept and its group is not."""
    with Bank(database_url) as bank:
        vault_url = f"sqlite:///{tmp_path / 'vault.db'}"
        command = [sys.executable, "-c", KILLED, database_url, vault_url, bank.ledger]
        raw = bank.sign(bank.award("1", _sd=[SCORE.digest]), disclosures=[SCORE])

        died = subprocess.run(command, input=raw, check=False, timeout=300)  # noqa: S603  # our own

        assert died.returncode == -signal.SIGKILL
        assert bank.check_log().entries == 4
        vault = Vault(open_engine(vault_url), bytes(32))
        (kept,) = vault.read(LEARNER)
        assert kept.disclosures == (SCORE,)
        swept = vault.sweep(now=LONG_AFTER, is_recorded=in_log(bank))
        assert swept == 1
        assert vault.read(LEARNER) == []
        (accepted,) = commit(committer_of(bank, vault), [bank.receive(raw)])
        assert not accepted.result().replayed
        assert vault.sweep(now=LONG_AFTER, is_recorded=in_log(bank)) == 0
        assert len(vault.read(LEARNER)) == 1
        vault.close()


def in_log(bank: Bank) -> Callable[[Claim], bool]:
    """Return who knows what the log holds."""

    def is_recorded(claim: Claim) -> bool:
        key = (claim.iss, claim.statement_id)
        return key in bank.store.load("statements", [key])

    return is_recorded
