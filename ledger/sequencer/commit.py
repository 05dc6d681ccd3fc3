"""Decides, appends and answers one group.

What can go wrong, and what then:

* One submission is refused, or meets a programming error: it alone is answered so.
  If the error comes when the group is written, the group is taken apart.
* Another writer was faster: the head is read again and the whole group decided anew.
* The store does not say whether it committed: the head tells. Our own root is there:
  acknowledge. It is not: decide anew. It cannot be read: the clients must ask.
* The ledger was restored from a backup and not compared yet: nothing is decided.
* The vault does not answer: nothing is written, and whoever waits comes again.

No checkpoint leaves this module before the commit that carries it.
"""

import logging
from collections.abc import Sequence
from typing import Final, assert_never

from ledger.domain.errors import RejectionError
from ledger.domain.state import Slice
from ledger.intake import LinesRefusedError
from ledger.integrity.checkpoints import Checkpoint, sign_checkpoint
from ledger.integrity.errors import IntegrityError
from ledger.integrity.jws import STATEMENT_TYP, sign_jws
from ledger.integrity.merkle import EMPTY, Frontier, leaf_hash
from ledger.integrity.refusals import sign_refusal
from ledger.integrity.tiles import TileEdge
from ledger.sequencer.clock import ClockJumpError, WriterClock
from ledger.sequencer.filing import filed, followed
from ledger.sequencer.framing import Placed, Repeated
from ledger.sequencer.group import Group
from ledger.sequencer.outcomes import (
    Accepted,
    BusyError,
    InternalFaultError,
    NotComparedError,
    RefusedError,
    UncertainError,
    faults_of,
)
from ledger.sequencer.receipts import NewReceipts, OldReceipts
from ledger.sequencer.refusals import RefusalMemory, refused
from ledger.sequencer.register import Register
from ledger.sequencer.vaulting import DisclosureVault, disclosed
from ledger.sequencer.waiting import BankKeys, Outcome, Waiting
from ledger.store.application import (
    AmbiguousCommitError,
    LedgerStore,
    NewEntry,
    VersionConflictError,
)
from ledger.store.asking import StoreUnavailableError
from ledger.store.heads import Head
from ledger.store.snapshot import Snapshot
from ledger.vault.vault import VaultUnavailableError

ATTEMPTS_MAX: Final = 20
Tried = dict[tuple[tuple[str, str, str], str], RefusedError]
"""What one attempt refused: by issuer, id, expiry and payload hash."""
_LOG = logging.getLogger(__name__)


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
        self._register = Register()

    def find_refusal(self, *, iss: str, identity: str) -> RefusedError | None:
        """Return a refusal that is still remembered."""
        return self._refusals.look_up(iss, identity, now=self.clock.now())

    def commit(self, group: Sequence[Waiting]) -> None:
        """Answer every future of the group, whatever happens."""
        self._commit(
            [one for one in group if one.future.set_running_or_notify_cancel()]
        )

    def _commit(self, waiting: Sequence[Waiting]) -> None:
        failure = self._try(waiting)
        if failure is None:
            return
        left = [one for one in waiting if not one.future.done()]
        if isinstance(failure, InternalFaultError) and len(left) > 1:
            # Whose fault it was shows alone. What was committed is only answered.
            for one in left:
                self._commit([one])
            return
        for one in left:
            one.future.set_exception(failure)

    def _try(self, waiting: Sequence[Waiting]) -> Exception | None:
        """Write the group; return what kept it from being written."""
        for _ in range(ATTEMPTS_MAX):
            try:
                self._attempt(waiting)
            except VersionConflictError:
                self._forget_head()
            except (ClockJumpError, NotComparedError, UncertainError) as error:
                return error
            except VaultUnavailableError as error:
                _LOG.warning("the vault did not answer", exc_info=error)
                return BusyError()
            except StoreUnavailableError as error:
                _LOG.warning("the store did not answer", exc_info=error)
                self._forget_head()
                return UncertainError()
            except Exception as error:  # noqa: BLE001  # the writer must not die of it
                _LOG.exception("writing a group failed")
                self._forget_head()
                return InternalFaultError(type(error).__name__)
            else:
                return None
        return BusyError()

    def _attempt(self, waiting: Sequence[Waiting]) -> None:
        with self._store.snapshot() as snapshot:
            head = self._head_at(snapshot)
            group = Group(
                loader=snapshot,
                service=self._keys.service.kid,
                next_position=0 if head is None else head.size,
                recorded_at=self.clock.instant(
                    after=None if head is None else head.recorded_at
                ),
                base=Slice(self._register.state),
            )
            group.preload(one.submission for one in waiting)
            tried: Tried = {}
            outcomes = [self._decide(one, group, tried=tried) for one in waiting]
            versions = snapshot.stream_versions(followed(group))
        group.sign(self._sign)
        before = EMPTY if head is None else head.frontier
        note, leaves = "", [leaf_hash(entry.raw) for entry in group.entries]
        if group.entries:
            entries = filed(group, versions)
            note = self._append(group, entries, before=before, leaves=leaves)
        # Only now: had the commit failed, nothing of the group would be true.
        self._register.keep(group.base, group.layer)
        new = NewReceipts(group, before, leaves=leaves, note=note)
        for one, outcome in zip(waiting, outcomes, strict=True):
            self._answer(one, outcome, new=new)

    def _decide(self, one: Waiting, group: Group, *, tried: Tried) -> Outcome:
        try:
            # What another writer accepted since counts for more than what we refused.
            return (
                group.find_repeated(one.submission)
                # The very bytes, refused in this group: its end remembers that.
                or tried.get((one.name(), one.submission.payload_hash))
                or self._refusals.find(one, now=group.recorded_at)
                or group.add(one.submission)
            )
        except (RejectionError, IntegrityError, LinesRefusedError) as error:
            refusal = refused(one, error, group=group)
            answer = RefusedError(
                faults_of(error),
                decided_at_position=refusal.decided_at_position,
                evidence=sign_refusal(refusal, self._keys.service),
            )
            tried[one.name(), one.submission.payload_hash] = answer
            return answer
        except StoreUnavailableError:
            raise
        except Exception as error:  # noqa: BLE001  # it alone is answered with 500
            _LOG.exception("deciding a statement failed")
            return InternalFaultError(type(error).__name__)

    def _sign(self, payload: bytes) -> bytes:
        return sign_jws(self._keys.service, payload, typ=STATEMENT_TYP)

    def _append(
        self,
        group: Group,
        entries: Sequence[NewEntry],
        *,
        before: Frontier,
        leaves: Sequence[bytes],
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
            self._store.append(head, entries, changes=group.changes(), tiles=tiles)
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

    def _answer(self, one: Waiting, outcome: Outcome, *, new: NewReceipts) -> None:
        _, identity, _ = one.name()
        match outcome:
            case Placed():
                receipt = new.receipt(outcome, identity=identity)
                one.future.set_result(Accepted(receipt=receipt))
            case Repeated(position=position):
                self._answer_again(one, position)
            case RefusedError():
                self._refusals.remember(one, outcome)
                one.future.set_exception(outcome)
            case InternalFaultError():
                one.future.set_exception(outcome)
            case _:
                assert_never(outcome)

    def _answer_again(self, one: Waiting, position: int) -> None:
        _, identity, _ = one.name()
        try:
            receipt = self._old.receipt(position, identity=identity)
        except StoreUnavailableError as error:
            _LOG.warning("an old receipt could not be read", exc_info=error)
            one.future.set_exception(UncertainError())
        except Exception as error:  # noqa: BLE001  # its neighbours are not harmed
            _LOG.exception("an old receipt could not be made")
            one.future.set_exception(InternalFaultError(type(error).__name__))
        else:
            one.future.set_result(Accepted(receipt=receipt, replayed=True))

    def _head_at(self, snapshot: Snapshot) -> Head | None:
        version = snapshot.head_version()
        if version == 0:
            return None
        if self._head is None or self._head.version != version:
            self._forget_head()
            # A head that this writer did not write may come from a backup.
            if snapshot.awaiting_comparison() is not None:
                raise NotComparedError
            self._head = self._store.read_head_version(version)
        return self._head

    def _read_edge(self, size: int) -> TileEdge:
        if self._edge is None:
            self._edge = TileEdge(size=size, read_tile=self._store.log.tree.read_tile)
        return self._edge

    def _forget_head(self) -> None:
        self._head, self._edge = None, None
        self._register.forget()
