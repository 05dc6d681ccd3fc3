"""The accounts that answer for one learner, merges included."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from ledger.domain.rules.envelope import is_contested, member_of
from ledger.domain.rules.keys import NEVER
from ledger.domain.state import (
    AccountRecord,
    ConfirmationRecord,
    Key,
    KeyringRecord,
    LotRecord,
    MergeRecord,
    Record,
    Slice,
)
from projections.follower import Recorded


class State(Protocol):
    """The writer's state, as it is now."""

    def load(self, kind: str, keys: Sequence[Key]) -> dict[Key, Record]:
        """Return the records of one kind under these keys."""
        ...

    def scan(self, kind: str, **where: str | int) -> Iterator[Record]:
        """Return the records of one kind with these values."""
        ...


class Ledger(State, Recorded, Protocol):
    """The writer's state, and the log itself."""


class UnknownLearnerError(Exception):
    """No account was opened for this learner id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """The account that answers, and those it absorbed."""

    survivor: AccountRecord
    absorbed: tuple[str, ...]

    @property
    def learner_ids(self) -> tuple[str, ...]:
        """Return every learner id whose lots count."""
        return (self.survivor.learner_id, *self.absorbed)

    def as_object(self) -> dict[str, object]:
        """Return the account as answers show it."""
        return {
            "survivor": self.survivor.learner_id,
            "absorbed": list(self.absorbed),
            "home": self.survivor.home,
            "mode": self.survivor.mode.value,
            "claimed": self.survivor.claimed,
            "closed": self.survivor.closed,
        }


def find_holder(state: State, learner_id: str, *, position: int = NEVER) -> Holder:
    """Return the account that answered for a learner at a position.

    Raises:
        UnknownLearnerError: there is none.
    """
    account = _account(state, learner_id)
    if position == NEVER and account.merged_into is None and not account.absorbed:
        # As most are, and as it says of itself for the present.
        return Holder(survivor=account, absorbed=())
    while merges := _held(state, position, absorbed=account.learner_id):
        account = _account(state, merges[0].survivor)
    absorbed: list[str] = []
    pending = [account.learner_id]
    while pending:
        for merge in _held(state, position, survivor=pending.pop()):
            absorbed.append(merge.absorbed)
            pending.append(merge.absorbed)
    return Holder(survivor=account, absorbed=tuple(sorted(absorbed)))


def _held(state: State, position: int, **where: str) -> list[MergeRecord]:
    return [
        record
        for record in state.scan("merges", **where)
        if isinstance(record, MergeRecord)
        and record.merged_position is not None
        and record.merged_position <= position
        and position < (record.unmerged_position or NEVER + 1)
    ]


def _account(state: State, learner_id: str) -> AccountRecord:
    record = state.load("accounts", [learner_id]).get(learner_id)
    if not isinstance(record, AccountRecord):
        raise UnknownLearnerError
    return record


def lots_of(state: State, holder: Holder) -> list[LotRecord]:
    """Return the lots of all a holder's accounts, in the order they were recorded."""
    lots = [
        record
        for learner_id in holder.learner_ids
        for record in state.scan("lots", learner_id=learner_id)
        if isinstance(record, LotRecord)
    ]
    return sorted(lots, key=lambda lot: lot.position)


def contested_of(state: State, lots: Sequence[LotRecord]) -> frozenset[str]:
    """Return the ids of the lots whose entries are in doubt."""
    doubts = doubtful(state, [(lot.kid, lot.position) for lot in lots])
    return frozenset(lot.award_id for lot in lots if (lot.kid, lot.position) in doubts)


def doubtful(
    state: State, entries: Collection[tuple[str, int]]
) -> frozenset[tuple[str, int]]:
    """Return those entries, each a key id and a position, that are in doubt."""
    known = Slice(complete=True)
    members = sorted({member_of(kid) for kid, _ in entries})
    rings = [
        ring
        for ring in state.load("keyrings", members).values()
        if isinstance(ring, KeyringRecord)
    ]
    known.put(rings)
    if all(key.contested_since is None for ring in rings for key in ring.keys):
        return frozenset()
    pending: list[Key] = [(member_of(kid), position) for kid, position in entries]
    while pending:
        found = state.load("confirmations", pending)
        known.put(found.values())
        # What was confirmed stands only if the confirmation itself is not in doubt.
        pending = [
            (record.member_id, record.position)
            for record in found.values()
            if isinstance(record, ConfirmationRecord)
        ]
    return frozenset(
        (kid, position)
        for kid, position in entries
        if is_contested(known, kid=kid, position=position)
    )
