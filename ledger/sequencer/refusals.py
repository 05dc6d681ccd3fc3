"""Remembers refusals until they expire, so that the bank cannot say two things.

The memory is bounded, with a quota per member: a member that posts rubbish forgets
its own refusals first, and nobody else's.
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
MEMBERS_MAX: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Remembered:
    payload_hash: str
    expires_at: str
    refusal: RefusedError


class RefusalMemory:
    """Refusals by member and statement id, the newest kept."""

    def __init__(
        self,
        *,
        quota_per_member: int = QUOTA_PER_MEMBER,
        members_max: int = MEMBERS_MAX,
    ) -> None:
        """Start empty."""
        self._quota = quota_per_member
        self._members_max = members_max
        self._members: OrderedDict[str, OrderedDict[str, _Remembered]] = OrderedDict()
        self._lock = threading.Lock()

    def remember(self, one: Waiting, refusal: RefusedError) -> None:
        """Keep a refusal until what was signed expires."""
        iss, identity, expires_at = one.name()
        with self._lock:
            own = self._members.setdefault(iss, OrderedDict())
            self._members.move_to_end(iss)
            own[identity] = _Remembered(
                payload_hash=one.submission.payload_hash,
                expires_at=expires_at,
                refusal=refusal,
            )
            own.move_to_end(identity)
            while len(own) > self._quota:
                own.popitem(last=False)
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
            found = None if own is None else own.get(identity)
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
