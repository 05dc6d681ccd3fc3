"""The accounts that answer for one learner, merges included."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from ledger.domain.rules.envelope import is_contested, member_of
from ledger.domain.state import (
    AccountRecord,
    ConfirmationRecord,
    Key,
    KeyringRecord,
    LotRecord,
    Record,
    Ref,
    Slice,
)


class State(Protocol):
    """The writer's state, as it is now."""

    def load(self, kind: str, keys: Sequence[Key]) -> dict[Key, Record]:
        """Return the records of one kind under these keys."""
        ...

    def scan(self, kind: str, **where: str | int) -> Iterator[Record]:
        """Return the records of one kind with these values."""
        ...


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


def find_holder(state: State, learner_id: str) -> Holder:
    """Return the account that answers for a learner.

    Raises:
        UnknownLearnerError: there is none.
    """
    account = _account(state, learner_id)
    while account.merged_into is not None:
        account = _account(state, account.merged_into)
    absorbed: list[str] = []
    pending = [account.learner_id]
    while pending:
        for record in state.scan("accounts", merged_into=pending.pop()):
            if isinstance(record, AccountRecord):
                absorbed.append(record.learner_id)
                pending.append(record.learner_id)
    return Holder(survivor=account, absorbed=tuple(sorted(absorbed)))


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
    known = Slice(complete=True)
    members = sorted({member_of(lot.kid) for lot in lots})
    rings = [
        ring
        for ring in state.load("keyrings", members).values()
        if isinstance(ring, KeyringRecord)
    ]
    known.put(rings)
    if all(key.contested_since is None for ring in rings for key in ring.keys):
        return frozenset()
    keys: list[Key] = [(member_of(lot.kid), lot.position) for lot in lots]
    for key, record in state.load("confirmations", keys).items():
        known.learn(Ref(ConfirmationRecord, key), record)
    return frozenset(
        lot.award_id
        for lot in lots
        if is_contested(known, kid=lot.kid, position=lot.position)
    )
