"""Compares a restored ledger with checkpoints that others hold, before it signs again.

A bank that resumes from an older backup would sign a second history over positions that
members and witnesses hold receipts for. What is checked of every checkpoint given:

1. A checkpoint key of this ledger signed it, over this ledger's origin.
2. It covers no more entries than were restored. If it covers more, entries were lost.
3. The restored entries lead to its root at its size. If not, it is another history.

Roots are worked out from the entries themselves: the tiles beside them are derived,
and whoever made them up could make this comparison say anything.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from ledger.backup.errors import (
    EntriesLostError,
    EvidenceError,
    ForkError,
    LogDamagedError,
    LossDiffersError,
    NoLedgerError,
)
from ledger.database import IMMEDIATE
from ledger.domain.state import KeyringRecord, LedgerRecord
from ledger.domain.statements.members import KeyUse
from ledger.integrity.checkpoints import Checkpoint, read_checkpoint
from ledger.integrity.errors import CheckpointError
from ledger.integrity.keys import PublicKey, read_public_key
from ledger.integrity.merkle import EMPTY, leaf_hash
from ledger.store.application import LedgerStore
from ledger.store.restores import Compared, note_compared, note_restored

PAGE: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A signed note, and from whom it comes."""

    name: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """How many entries a witness has seen, by its own word, and whether of this log."""

    name: str
    size: int
    agrees: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What a ledger of ``size`` entries was found to agree with.

    ``known`` is the size of the largest checkpoint given, and ``largest`` is who gave
    it.
    """

    size: int
    known: int
    largest: str

    @property
    def lost(self) -> int:
        """Return how many entries the largest checkpoint proves to be missing."""
        return max(0, self.known - self.size)


def confirm(
    store: LedgerStore,
    evidence: Sequence[Evidence],
    *,
    now: str,
    accepted_loss: int,
    seen: Sequence[Seen] = (),
) -> Agreement:
    """Compare, and if nothing speaks against it let the bank sign again.

    ``accepted_loss`` is how many entries the operator gives up: it must be the very
    number that the checkpoints prove to be missing, which is mostly 0. ``seen`` is what
    witnesses say; their word suffices to keep the bank mute.

    A database that was brought back by its own means does not know it. If a checkpoint
    speaks against it, it is noted as restored now, and signs no more.

    Raises:
        NoLedgerError, EvidenceError, LogDamagedError, ForkError: as ``compare``.
        EntriesLostError: entries are missing, and were not given up.
        LossDiffersError: another number of entries was given up than is missing.
    """
    try:
        agreement = compare(store, evidence, seen=seen)
    except ForkError:
        _mute(store, now=now)
        raise
    if agreement.lost:
        _mute(store, now=now)
    if agreement.lost and not accepted_loss:
        raise EntriesLostError(
            agreement.largest, size=agreement.size, known=agreement.known
        )
    if agreement.lost != accepted_loss:
        raise LossDiffersError(agreement.lost)
    compared = Compared(at=now, size=agreement.known, lost=agreement.lost)
    with _writing(store) as connection:
        note_compared(connection, compared)
    return agreement


def _mute(store: LedgerStore, *, now: str) -> None:
    """Note that a ledger was restored, unless it is noted already."""
    head = store.read_head()
    if head is None or store.awaiting_comparison() is not None:
        return
    with _writing(store) as connection:
        note_restored(
            connection, restored_at=now, made_at=now, size=head.size, root=head.root
        )


@contextmanager
def _writing(store: LedgerStore) -> Iterator[Connection]:
    with store.engine.connect() as connection:
        writing = connection.execution_options(**{IMMEDIATE: True})
        with writing.begin():
            yield writing


def compare(
    store: LedgerStore, evidence: Sequence[Evidence], *, seen: Sequence[Seen] = ()
) -> Agreement:
    """Compare a ledger with checkpoints that others hold; nothing is written.

    Raises:
        NoLedgerError: there is no ledger.
        EvidenceError: nothing was given, or no key of this ledger signed it.
        LogDamagedError: the entries do not lead to the ledger's own newest checkpoint.
        ForkError: a checkpoint was signed over another history, or a witness saw one.
    """
    if not evidence and not seen:
        raise EvidenceError
    signed = _signed(store, evidence)
    head = store.read_head()
    if head is None:
        raise NoLedgerError
    sizes = {one.size for _, one in signed if one.size <= head.size}
    roots = _roots(store, sizes | {head.size})
    if roots.get(head.size) != head.root:
        raise LogDamagedError
    for name, one in signed:
        if one.size <= head.size and roots[one.size] != one.root:  # 3
            raise ForkError(name, one.size)
    for told in seen:
        if told.size <= head.size and not told.agrees:
            raise ForkError(told.name, told.size)
    sizes_by = [(one.size, name) for name, one in signed]
    sizes_by += [(told.size, told.name) for told in seen]
    known, largest = max(sizes_by, key=lambda pair: pair[0])  # 2
    return Agreement(size=head.size, known=known, largest=largest)


def _signed(
    store: LedgerStore, evidence: Sequence[Evidence]
) -> list[tuple[str, Checkpoint]]:
    """Return the checkpoints, each with its name, all of them signed."""
    origin, keys = _origin_and_keys(store)
    return [(one.name, _read(one, origin=origin, keys=keys)) for one in evidence]


def _origin_and_keys(store: LedgerStore) -> tuple[str, list[PublicKey]]:
    ledger = store.load("ledger", [0]).get(0)
    if not isinstance(ledger, LedgerRecord):
        raise NoLedgerError
    ring = store.load("keyrings", [ledger.operator]).get(ledger.operator)
    found = ring.keys if isinstance(ring, KeyringRecord) else ()
    keys = [
        read_public_key(key.jwk.model_dump(exclude_none=True), algorithm=key.alg)
        for key in found
        if key.use is KeyUse.CHECKPOINT
    ]
    return ledger.origin, keys


def _read(one: Evidence, *, origin: str, keys: Iterable[PublicKey]) -> Checkpoint:
    for key in keys:  # 1
        with suppress(CheckpointError):
            return read_checkpoint(one.note, origin=origin, key=key)
    raise EvidenceError(one.name)


def _roots(store: LedgerStore, sizes: Iterable[int]) -> dict[int, bytes]:
    """Return the root over the first entries, for each size that the log has."""
    roots: dict[int, bytes] = {}
    frontier = EMPTY
    for size in sorted(sizes):
        while frontier.size < size:
            limit = min(PAGE, size - frontier.size)
            page = store.read_entries(after=frontier.size - 1, limit=limit)
            if not page:
                return roots
            frontier = frontier.extend(leaf_hash(entry.raw) for entry in page)
        roots[size] = frontier.root()
    return roots
