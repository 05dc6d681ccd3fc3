"""What a bank does by itself: says what is due, and sweeps the vault."""

import logging
import threading
from typing import Final, Protocol

from api.duties import Speaker, perform_duties
from ledger.domain.state import StatementRecord
from ledger.domain.types import instant_of
from ledger.store.reader import StoreUnavailableError
from ledger.vault.vault import Claim, Vault, VaultUnavailableError

SWEEP_SECONDS: Final = 3600
_LOG = logging.getLogger(__name__)


class Keeper(Speaker, Protocol):
    """A bank that can say something itself, and has a vault."""

    vault: Vault


class Upkeep:
    """A thread in which this is done, in one process of a bank only."""

    def __init__(self, bank: Keeper) -> None:
        """Do nothing before ``start``."""
        self._bank = bank
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="upkeep", daemon=True)

    def start(self) -> None:
        """Begin at once, and again every hour."""
        self._thread.start()

    def stop(self) -> None:
        """Begin nothing more."""
        self._stop.set()

    def close(self) -> None:
        """Wait for what was begun."""
        self.stop()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        perform_duties(self._bank)
        while not self._stop.wait(SWEEP_SECONDS):
            perform_duties(self._bank)
            try:
                removed = sweep_vault(self._bank)
            except (StoreUnavailableError, VaultUnavailableError) as error:
                _LOG.warning("the vault was not swept", exc_info=error)
            else:
                _LOG.info("%d unclaimed disclosures removed", removed)


def sweep_vault(bank: Keeper) -> int:
    """Remove what expired and no entry claims; return how many statements went.

    A bank that was restored and not compared yet keeps all: a newer backup may be
    found, whose log claims what this one does not.

    Raises:
        StoreUnavailableError: the log does not answer.
        VaultUnavailableError: the rest is swept the next time.
    """
    if bank.store.awaiting_comparison() is not None:
        return 0

    def is_recorded(claim: Claim) -> bool:
        key = (claim.iss, claim.statement_id)
        found = bank.store.load("statements", [key]).get(key)
        same = claim.payload_hash
        return isinstance(found, StatementRecord) and found.payload_hash == same

    now = instant_of(bank.clock.now())
    return bank.vault.sweep(now=now, is_recorded=is_recorded)
