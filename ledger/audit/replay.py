"""Runs acts through the writer's own rules, over a state rebuilt from nothing.

What history accepted is applied even where a rule now says it should not have been:
the fault is reported, and what follows is judged by what really happened.
"""

from collections.abc import Iterator

from ledger.audit.books import Books, Moves, broken_lots, moves_of
from ledger.audit.findings import Finding
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
from ledger.domain.state import KeyringRecord, Record, RegisteredKey, Slice
from ledger.domain.statements.envelope import Statement

BATCH_TOPIC = "batch.v1"

AnyAct = Act[Statement] | BatchAct


def place_of(act: AnyAct) -> tuple[str, str]:
    """Return the stream and topic under which an act is filed."""
    if isinstance(act, BatchAct):
        return batch_stream(iss=act.iss, identity=act.id), BATCH_TOPIC
    return rules.stream_of(act.statement), act.statement.type


class Replay:
    """The state and the books after the acts applied so far."""

    def __init__(self, state: Slice | None = None) -> None:
        """Stand before entry 0, with a complete and empty state."""
        self.state = Slice(complete=True, concluding=True) if state is None else state
        self.books = Books()
        self._keyrings: list[KeyringRecord] = []

    def signing_key(self, act: AnyAct) -> RegisteredKey | None:
        """Return the key that an act names, as registered before it."""
        ring = self.state.find(KeyringRecord, member_of(act.kid))
        return None if ring is None else ring.find(act.kid)

    def take_keyrings(self) -> list[KeyringRecord]:
        """Return the keyrings that changed since this was asked last."""
        changed, self._keyrings = self._keyrings, []
        return changed

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
        self._keyrings += [one for one in changes if isinstance(one, KeyringRecord)]
        for broken in broken_lots(changes):
            yield Finding(position=act.position, code="lot-unsound", detail=broken)

    def evolve(self, act: AnyAct, moves: Moves | None = None) -> tuple[Record, ...]:
        """Apply one act without deciding it; return the records it changed."""
        if isinstance(act, BatchAct):
            changes = evolve_batch(act)
            self.state.put(changes)
            return changes
        changes = rules.evolve(act, self.state)
        posted = moves_of(act, self.state) if moves is None else moves
        self.books.post(act, posted)
        self.books.weigh(changes, self.state)
        self.state.put(changes)
        return changes

    def _decide(self, act: AnyAct) -> None:
        if isinstance(act, BatchAct):
            decide_batch(act, self.state)
        else:
            rules.decide(act, self.state)
