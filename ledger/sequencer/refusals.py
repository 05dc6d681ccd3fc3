"""Remembers refusals until they expire, so that the bank cannot say two things.

The memory is bounded, with a quota per member of refusals and of the faults they name:
a member that posts rubbish forgets its own refusals first, and nobody else's.
"""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from ledger.intake import Fault, LinesRefusedError
from ledger.integrity.refusals import Refusal, RefusedFault
from ledger.sequencer.group import Group
from ledger.sequencer.outcomes import RefusedError, faults_of
from ledger.sequencer.waiting import Waiting

QUOTA_PER_MEMBER: Final = 1_000
FAULTS_PER_MEMBER: Final = 4_000
"""A refused batch names up to a thousand faults: the newest four are always kept."""
MEMBERS_MAX: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Remembered:
    payload_hash: str
    expires_at: str
    refusal: RefusedError


class _Own:
    """The refusals of one member, oldest first, and how many faults they name."""

    def __init__(self) -> None:
        self.by_id: OrderedDict[str, _Remembered] = OrderedDict()
        self.faults = 0

    def keep(self, identity: str, one: _Remembered) -> None:
        self._forget(self.by_id.pop(identity, None))
        self.by_id[identity] = one
        self.faults += len(one.refusal.faults)

    def forget_oldest(self) -> None:
        self._forget(self.by_id.popitem(last=False)[1])

    def _forget(self, one: _Remembered | None) -> None:
        self.faults -= 0 if one is None else len(one.refusal.faults)


class RefusalMemory:
    """Refusals by member and statement id, the newest kept."""

    def __init__(
        self,
        *,
        quota_per_member: int = QUOTA_PER_MEMBER,
        faults_per_member: int = FAULTS_PER_MEMBER,
        members_max: int = MEMBERS_MAX,
    ) -> None:
        """Start empty."""
        self._quota = quota_per_member
        self._members_max = members_max
        self._faults = faults_per_member
        self._members: OrderedDict[str, _Own] = OrderedDict()
        self._lock = threading.Lock()

    def remember(self, one: Waiting, refusal: RefusedError) -> None:
        """Keep a refusal until what was signed expires."""
        iss, identity, expires_at = one.name()
        with self._lock:
            own = self._members.setdefault(iss, _Own())
            self._members.move_to_end(iss)
            own.keep(
                identity,
                _Remembered(
                    payload_hash=one.submission.payload_hash,
                    expires_at=expires_at,
                    refusal=refusal,
                ),
            )
            while len(own.by_id) > self._quota or own.faults > self._faults:
                own.forget_oldest()
            while len(self._members) > self._members_max:
                self._members.popitem(last=False)

    def find(self, one: Waiting, *, now: str) -> RefusedError | None:
        """Return the refusal of these very bytes."""
        iss, identity, _ = one.name()
        found = self._find(iss, identity, now=now)
        if found is None or found.payload_hash != one.submission.payload_hash:
            return None
        return found.refusal

    def look_up(self, iss: str, identity: str, *, now: str) -> RefusedError | None:
        """Return the newest refusal of an id."""
        found = self._find(iss, identity, now=now)
        return None if found is None else found.refusal

    def _find(self, iss: str, identity: str, *, now: str) -> _Remembered | None:
        with self._lock:
            own = self._members.get(iss)
            found = None if own is None else own.by_id.get(identity)
        return None if found is None or now >= found.expires_at else found


def refused(one: Waiting, error: Fault | LinesRefusedError, *, group: Group) -> Refusal:
    """Return what the bank signs when it refuses a submission."""
    iss, identity, _ = one.name()
    return Refusal(
        iss=iss,
        id=identity,
        payload_hash=one.submission.payload_hash,
        errors=tuple(
            RefusedFault(
                code=fault.error.code, pointer=fault.error.pointer, line=fault.line
            )
            for fault in faults_of(error)
        ),
        decided_at_position=group.next_position - 1,
        at=group.recorded_at,
    )
