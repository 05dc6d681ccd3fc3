"""Decides, appends and answers one group.

What can go wrong, and what then:

* One submission is refused, or meets a programming error: it alone is answered so.
* Another writer was faster: the head is read again and the whole group decided anew.
* The store does not say whether it committed: the head tells. Our own root is there:
  acknowledge. It is not: decide anew. It cannot be read: the clients must ask.

No checkpoint leaves this module before the commit that carries it.
"""

import logging
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Final

from ledger.domain.errors import RejectionError
from ledger.intake import BatchSubmission, Fault, LinesRefusedError, Submission
from ledger.integrity.checkpoints import Checkpoint, sign_checkpoint
from ledger.integrity.errors import IntegrityError
from ledger.integrity.keys import SigningKey
from ledger.integrity.merkle import EMPTY, Frontier, leaf_hash
from ledger.integrity.refusals import Refusal, sign_refusal
from ledger.integrity.refusals import RefusedFault as SignedFault
from ledger.integrity.tiles import TileEdge
from ledger.sequencer.clock import ClockJumpError, WriterClock
from ledger.sequencer.group import Group, Placed, Repeated
from ledger.sequencer.outcomes import (
    Accepted,
    BusyError,
    InternalFaultError,
    RefusedError,
    UncertainError,
    faults_of,
)
from ledger.sequencer.receipts import NewReceipts, OldReceipts
from ledger.sequencer.refusals import RefusalMemory
from ledger.sequencer.vaulting import DisclosureVault, disclosed
from ledger.store.application import (
    AmbiguousCommitError,
    LedgerStore,
    NewEntry,
    VersionConflictError,
)
from ledger.store.heads import Head
from ledger.store.reader import StoreUnavailableError

ATTEMPTS_MAX: Final = 20
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class BankKeys:
    """The bank's own two keys, and the origin its checkpoints are signed for."""

    origin: str
    service: SigningKey
    checkpoint: SigningKey


@dataclass(slots=True, kw_only=True)
class Waiting:
    """A submission and the future that its sender waits on."""

    submission: Submission
    future: Future[Accepted]
    outcome: Placed | Repeated | None = None

    @property
    def entries(self) -> int:
        """How many entries it would take."""
        if isinstance(self.submission, BatchSubmission):
            return 1 + len(self.submission.drafts)
        return 1

    def name(self) -> tuple[str, str, str]:
        """Return issuer, id and expiry of what was signed."""
        signed = (
            self.submission.payload
            if isinstance(self.submission, BatchSubmission)
            else self.submission.statement
        )
        return signed.iss, signed.id, signed.exp


class Committer:
    """Writes groups, one at a time, from one thread."""

    def __init__(
        self,
        store: LedgerStore,
        keys: BankKeys,
        *,
        vault: DisclosureVault,
        clock: WriterClock,
    ) -> None:
        """Read the log's head when the first group comes."""
        self.clock = clock
        self._store = store
        self._keys = keys
        self._vault = vault
        self._refusals = RefusalMemory()
        self._old = OldReceipts(store)
        self._head: Head | None = None
        self._edge: TileEdge | None = None

    def find_refusal(self, *, iss: str, identity: str) -> RefusedError | None:
        """Return a refusal that is still remembered."""
        now = self.clock.now()
        return self._refusals.find(iss=iss, identity=identity, now=now)

    def commit(self, group: Sequence[Waiting]) -> None:
        """Answer every future of the group, whatever happens."""
        waiting = [one for one in group if one.future.set_running_or_notify_cancel()]
        failure: Exception = BusyError()
        for _ in range(ATTEMPTS_MAX):
            try:
                self._attempt([one for one in waiting if not one.future.done()])
            except VersionConflictError:
                self._forget_head()
            except (ClockJumpError, UncertainError) as error:
                failure = error
                break
            except StoreUnavailableError as error:
                _LOG.warning("the store did not answer", exc_info=error)
                self._forget_head()
                break
            else:
                return
        for one in waiting:
            if not one.future.done():
                one.future.set_exception(failure)

    def _attempt(self, waiting: Sequence[Waiting]) -> None:
        head = self._read_head()
        size = 0 if head is None else head.size
        after = None if head is None else head.recorded_at
        group = Group(
            loader=self._store,
            next_position=size,
            recorded_at=self.clock.instant(after=after),
        )
        group.preload(one.submission for one in waiting)
        for one in waiting:
            self._decide(one, group)
        before = EMPTY if head is None else head.frontier
        note, leaves = "", [leaf_hash(entry.raw) for entry in group.entries]
        if group.entries:
            note = self._append(group, before, leaves=leaves)
        new = NewReceipts(group, before, leaves=leaves, note=note)
        for one in waiting:
            self._answer(one, new)

    def _decide(self, one: Waiting, group: Group) -> None:
        iss, identity, _ = one.name()
        remembered = self._refusals.find(
            iss=iss,
            identity=identity,
            now=group.recorded_at,
            payload_hash=one.submission.payload_hash,
        )
        if remembered is not None:
            one.future.set_exception(remembered)
            return
        try:
            one.outcome = group.add(one.submission)
        except (RejectionError, IntegrityError, LinesRefusedError) as error:
            one.future.set_exception(self._refuse(one, group, error))
        except (VersionConflictError, StoreUnavailableError):
            raise
        except Exception as error:  # noqa: BLE001  # it alone is answered with 500
            _LOG.exception("deciding a statement failed")
            one.future.set_exception(InternalFaultError(type(error).__name__))

    def _refuse(
        self, one: Waiting, group: Group, error: Fault | LinesRefusedError
    ) -> RefusedError:
        iss, identity, expires_at = one.name()
        faults = faults_of(error)
        refusal = Refusal(
            iss=iss,
            id=identity,
            payload_hash=one.submission.payload_hash,
            errors=tuple(
                SignedFault(
                    code=one.error.code, pointer=one.error.pointer, line=one.line
                )
                for one in faults
            ),
            decided_at_position=group.next_position - 1,
            at=group.recorded_at,
        )
        refused = RefusedError(
            faults,
            decided_at_position=refusal.decided_at_position,
            evidence=sign_refusal(refusal, self._keys.service),
        )
        self._refusals.remember(
            refused,
            iss=iss,
            identity=identity,
            payload_hash=refusal.payload_hash,
            expires_at=expires_at,
        )
        return refused

    def _append(
        self, group: Group, before: Frontier, *, leaves: Sequence[bytes]
    ) -> str:
        frontier = before.extend(leaves)
        checkpoint = Checkpoint(
            origin=self._keys.origin, size=frontier.size, root=frontier.root()
        )
        version = 1 if self._head is None else self._head.version + 1
        head = Head(
            version=version,
            size=frontier.size,
            root=checkpoint.root,
            note=sign_checkpoint(checkpoint, self._keys.checkpoint),
            frontier=frontier,
            recorded_at=group.recorded_at,
            first_position=before.size,
        )
        edge = self._read_edge(before.size)
        self._edge = None
        tiles = list(edge.extend(leaves))
        self._vault.put(list(disclosed(group.drafts, group.layer)))
        try:
            self._store.append(
                head, self._new_entries(group), changes=group.changes(), tiles=tiles
            )
        except AmbiguousCommitError as error:
            self._resolve(head, error)
        self._head, self._edge = head, edge
        return head.note

    def _resolve(self, head: Head, cause: Exception) -> None:
        self._forget_head()
        try:
            found = self._store.read_head()
        except StoreUnavailableError as error:
            raise UncertainError from error
        if found is None or found.version < head.version:
            raise VersionConflictError from cause
        written = self._store.read_head_version(head.version)
        if written is None or written.root != head.root:
            raise VersionConflictError from cause

    def _new_entries(self, group: Group) -> list[NewEntry]:
        streams = {entry.stream for entry in group.entries}
        versions = dict(self._store.read_stream_versions(streams))
        entries = []
        for entry in group.entries:
            version = versions.get(entry.stream, 0) + 1
            versions[entry.stream] = version
            entries.append(
                NewEntry(
                    position=entry.position,
                    stream=entry.stream,
                    version=version,
                    topic=entry.topic,
                    raw=entry.raw,
                )
            )
        return entries

    def _answer(self, one: Waiting, new: NewReceipts) -> None:
        _, identity, _ = one.name()
        match one.outcome:
            case Placed():
                receipt = new.receipt(one.outcome, identity=identity)
                one.future.set_result(Accepted(receipt=receipt))
            case Repeated(position=position):
                receipt = self._old.receipt(position, identity=identity)
                one.future.set_result(Accepted(receipt=receipt, replayed=True))
            case _:
                return

    def _read_head(self) -> Head | None:
        if self._head is None:
            self._head = self._store.read_head()
        return self._head

    def _read_edge(self, size: int) -> TileEdge:
        if self._edge is None:
            self._edge = TileEdge(size=size, read_tile=self._store.log.tree.read_tile)
        return self._edge

    def _forget_head(self) -> None:
        self._head, self._edge = None, None
