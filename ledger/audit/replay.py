"""Runs acts through the writer's own rules, over a state rebuilt from nothing.

What history accepted is applied even where a rule now says it should not have been:
the fault is reported, and what follows is judged by what really happened.
"""

from collections.abc import Iterable, Iterator
from typing import Protocol

from ledger.audit.books import Books, Moves, broken_lots, moves_of
from ledger.audit.findings import Finding
from ledger.audit.foreseeing import News
from ledger.audit.parsing import Foreseen, RefKey, Taken
from ledger.audit.spilling import SpillingState
from ledger.domain import rules
from ledger.domain.errors import RejectionError
from ledger.domain.rules.act import Act
from ledger.domain.rules.batches import (
    BatchAct,
    batch_stream,
    decide_batch,
    evolve_batch,
)
from ledger.domain.rules.envelope import member_of
from ledger.domain.state import (
    AccountRecord,
    KeyringRecord,
    Record,
    RegisteredKey,
    Slice,
)
from ledger.domain.statements.envelope import Statement

BATCH_TOPIC = "batch.v1"

AnyAct = Act[Statement] | BatchAct


def place_of(act: AnyAct) -> tuple[str, str]:
    """Return the stream and topic under which an act is filed."""
    if isinstance(act, BatchAct):
        return batch_stream(iss=act.iss, identity=act.id), BATCH_TOPIC
    return rules.stream_of(act.statement), act.statement.type


class Passing(Protocol):
    """Who goes through history in order."""

    def pass_by(self, taken: Taken, foreseen: Foreseen, *, position: int) -> bool:
        """Go past an entry if it is where it was foreseen to be."""
        ...


class Replay:
    """The state and the books after the acts applied so far."""

    def __init__(self, state: Slice | None = None, *, verified: bool = False) -> None:
        """Stand before entry 0, with a complete and empty state.

        Of a ``verified`` log only that is asked which tells what an entry does, and not
        whether it might do it.
        """
        self._verified = verified
        self.state = Slice(complete=True, concluding=True) if state is None else state
        self.books = Books()
        self._changes = 0
        self._changed_at: dict[RefKey, int] = {}
        self._news: list[Record] = []
        self._note(self.state.known.values())

    def signing_key(self, act: AnyAct) -> RegisteredKey | None:
        """Return the key that an act names, as registered before it."""
        ring = self.state.find(KeyringRecord, member_of(act.kid))
        return None if ring is None else ring.find(act.kid)

    def take_news(self) -> News:
        """Return the shared records that changed since this was asked last."""
        news, self._news = self._news, []
        return News(self._changes, tuple(news))

    def holds(self, foreseen: Foreseen) -> bool:
        """Tell whether what was assumed to foresee what an entry does is so."""
        find = self.state.find
        if not self.is_unchanged(foreseen.as_of, foreseen.looked_at):
            return False
        if self._verified:
            return True
        for one in foreseen.made:
            if find(one.record, one.key) is not None:
                return False
        if foreseen.learner_id is None:
            return True
        account = find(AccountRecord, foreseen.learner_id)
        if account is None:
            return False
        return not account.closed and account.merged_into is None

    def is_unchanged(self, as_of: int, looked_at: Iterable[RefKey]) -> bool:
        """Tell whether shared records are what they were so many changes ago."""
        if as_of == self._changes:
            return True
        changed = self._changed_at
        return not any(changed.get(ref, 0) > as_of for ref in looked_at)

    def apply_foreseen(self, foreseen: Foreseen) -> None:
        """Apply what an entry does, as it was foreseen and holds."""
        self.books.add_balanced(foreseen.awarded_milli)
        if isinstance(self.state, SpillingState):
            self.state.put_new(foreseen.made)
        else:
            self.state.put(one.read() for one in foreseen.made)

    def take_foreseen(self, taken: Taken, position: int, *, reader: Passing) -> bool:
        """Apply an entry as it was foreseen; False if it must be read and decided.

        Then nothing has changed, here or in the reader.
        """
        foreseen = taken.foreseen
        if foreseen is None or not self.holds(foreseen):
            return False
        if not reader.pass_by(taken, foreseen, position=position):
            return False
        self.apply_foreseen(foreseen)
        return True

    def apply(self, act: AnyAct, moves: Moves | None = None) -> Iterator[Finding]:
        """Decide and apply one act; yield what is wrong with it.

        ``moves`` are its postings, where they were worked out already.
        """
        try:
            self._decide(act)
        except RejectionError as error:
            detail = f"{error.code} {error.pointer}".rstrip()
            yield Finding(position=act.position, code="not-allowed", detail=detail)
        except LookupError as error:
            yield Finding(
                position=act.position, code="not-decidable", detail=str(error)
            )
        try:
            changes = self.evolve(act, moves)
        except (LookupError, RejectionError) as error:
            yield Finding(position=act.position, code="no-subject", detail=str(error))
            return
        for broken in broken_lots(changes):
            yield Finding(position=act.position, code="lot-unsound", detail=broken)

    def evolve(self, act: AnyAct, moves: Moves | None = None) -> tuple[Record, ...]:
        """Apply one act without deciding it; return the records it changed."""
        if isinstance(act, BatchAct):
            header = evolve_batch(act)
            self.state.put(header)
            return header
        changes = rules.evolve(act, self.state)
        posted = moves_of(act, self.state) if moves is None else moves
        self.books.post(act, posted)
        self.books.weigh(changes, self.state)
        self.state.put(changes)
        self._note(changes)
        return changes

    def _note(self, changes: Iterable[Record | None]) -> None:
        for one in changes:
            if one is not None and one.shared:
                self._changes += 1
                self._changed_at[type(one), one.key] = self._changes
                self._news.append(one)

    def _decide(self, act: AnyAct) -> None:
        if isinstance(act, BatchAct):
            decide_batch(act, self.state)
        else:
            rules.decide(act, self.state)
