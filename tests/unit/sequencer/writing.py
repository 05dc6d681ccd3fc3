"""Writes groups of a bank without its thread, and vaults that misbehave."""

import threading
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from ledger.intake import Submission
from ledger.integrity.disclosures import make_disclosure
from ledger.sequencer import Accepted, BankKeys, Committer, WriterClock
from ledger.sequencer.vaulting import DisclosureVault
from ledger.sequencer.waiting import Waiting
from ledger.store.application import LedgerStore
from ledger.vault.vault import Disclosed, VaultUnavailableError
from tests.bank import ORIGIN, Bank

SCORE = make_disclosure("score", "91", salt="s" * 22)


@dataclass
class GateVault:
    """A vault whose first writer waits until it is let through."""

    reached: threading.Event = field(default_factory=threading.Event)
    opened: threading.Event = field(default_factory=threading.Event)

    def put(self, disclosed: Sequence[Disclosed]) -> None:
        """Wait at the gate."""
        if disclosed:
            self.reached.set()
            assert self.opened.wait(30)


@dataclass
class FaultyVault:
    """A vault that fails as it is told, for the statements it is told."""

    error: Exception
    statement_ids: frozenset[str] | None = None
    kept: list[Disclosed] = field(default_factory=list)

    def put(self, disclosed: Sequence[Disclosed]) -> None:
        """Keep what is asked, or fail."""
        ids = self.statement_ids
        if any(ids is None or one.statement_id in ids for one in disclosed):
            raise self.error
        self.kept.extend(disclosed)


def away() -> FaultyVault:
    """Return a vault that does not answer."""
    return FaultyVault(VaultUnavailableError("OperationalError"))


def committer_of(
    bank: Bank,
    vault: DisclosureVault | None = None,
    *,
    store: LedgerStore | None = None,
) -> Committer:
    """Return another writer of the bank's ledger, without a thread of its own."""
    keys = BankKeys(origin=ORIGIN, service=bank.service, checkpoint=bank.checkpoint)
    clock = WriterClock(bank.clock)
    kept = bank.vault if vault is None else vault
    return Committer(store or bank.store, keys, vault=kept, clock=clock)


def commit(
    committer: Committer, submissions: Sequence[Submission]
) -> list[Future[Accepted]]:
    """Write the submissions as one group; return their answers in order."""
    group = [Waiting(submission=one, future=Future()) for one in submissions]
    committer.commit(group)
    assert all(one.future.done() for one in group)
    return [one.future for one in group]


def failures(answers: Sequence[Future[Accepted]]) -> list[str]:
    """Return the name of each answer's error, or nothing."""
    errors = [one.exception() for one in answers]
    return ["" if one is None else type(one).__name__ for one in errors]


def disclosing(bank: Bank, reference: str) -> Submission:
    """Return an award that discloses its score."""
    statement = bank.award(reference, _sd=[SCORE.digest])
    return bank.receive(bank.sign(statement, disclosures=[SCORE]))


def awarding(bank: Bank, reference: str, **changes: object) -> Submission:
    """Return an award that discloses nothing."""
    return bank.receive(bank.sign(bank.award(reference, **changes)))


def heads(bank: Bank) -> int:
    """Return how many groups the log has."""
    head = bank.store.read_head()
    return 0 if head is None else head.version


def identity_of(submission: Submission) -> str:
    """Return the id of what was signed."""
    _, identity, _ = Waiting(submission=submission, future=Future()).name()
    return identity
