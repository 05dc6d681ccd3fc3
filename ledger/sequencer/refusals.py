"""Remembers refusals until they expire, so that the bank cannot say two things.

The memory is bounded, with a quota per member: a member that posts rubbish forgets
its own refusals first, and nobody else's.
"""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from ledger.sequencer.outcomes import RefusedError

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

    def remember(
        self,
        refusal: RefusedError,
        *,
        iss: str,
        identity: str,
        payload_hash: str,
        expires_at: str,
    ) -> None:
        """Keep a refusal until ``expires_at``."""
        with self._lock:
            own = self._members.setdefault(iss, OrderedDict())
            self._members.move_to_end(iss)
            own[identity] = _Remembered(
                payload_hash=payload_hash, expires_at=expires_at, refusal=refusal
            )
            while len(own) > self._quota:
                own.popitem(last=False)
            while len(self._members) > self._members_max:
                self._members.popitem(last=False)

    def find(
        self, *, iss: str, identity: str, now: str, payload_hash: str | None = None
    ) -> RefusedError | None:
        """Return the refusal of this id (and of these bytes, if given)."""
        with self._lock:
            own = self._members.get(iss)
            found = None if own is None else own.get(identity)
        if found is None or now >= found.expires_at:
            return None
        if payload_hash is not None and found.payload_hash != payload_hash:
            return None
        return found.refusal
