"""Decides the lines of a batch, in order: what many of them have in common, once.

A line that is like an example is decided by what both have in common and by its own
names, as long as nothing refuses it. Every other one is read, and decided by its rule.
What is decided between them may change what they have in common.
"""

from collections.abc import Callable
from typing import Any, Protocol

from ledger.domain import rules
from ledger.domain.errors.exchanges import NotInABatchError
from ledger.domain.rules.act import Act
from ledger.domain.rules.alike import Alike
from ledger.domain.rules.awards import award_stream
from ledger.domain.rules.listed_awards import OwnOfAward, evolve_plain, plain_alike
from ledger.domain.state import Slice
from ledger.domain.statements.exchanges import ExchangeRequested
from ledger.integrity.entries import seal_batch_line
from ledger.lists.cutting import allow
from ledger.lists.drafts import Draft
from ledger.lists.listed import Drafts, Listed
from ledger.sequencer.framing import FramedEntry, framed_line


class Deciding(Protocol):
    """Whoever decides a group."""

    recorded_at: str

    # Any: each rule takes its own statement type.
    def act(self, draft: Draft, position: int) -> Act[Any]:
        """Return a statement at its place."""
        ...

    # Any: what is asked, and what it is told.
    def loading(self, ask: Callable[..., Any], *args: object, **kwargs: object) -> Any:  # noqa: ANN401  # as above
        """Ask; look up what it says it misses, and ask again."""
        ...


class BatchLines:
    """The lines of one batch behind its header, decided on a layer of their own."""

    def __init__(
        self, drafts: Drafts, deciding: Deciding, *, header: int, trial: Slice
    ) -> None:
        """Stand behind the header."""
        self._drafts = drafts
        self._deciding = deciding
        self._header = header
        self._trial = trial
        self._common: dict[int, Alike | None] = {}

    def decide(self, index: int) -> FramedEntry:
        """Decide the next line; its records lie on the layer then.

        Raises:
            RejectionError: it is refused.
        """
        line = self._drafts.lines[index]
        if isinstance(line, Listed):
            framed = self._decide_listed(line, index)
            if framed is not None:
                return framed
        return self._decide_read(self._drafts.read(line), index)

    def _decide_read(self, draft: Draft, index: int) -> FramedEntry:
        _check_in_batch(draft)
        deciding, trial = self._deciding, self._trial
        act = deciding.act(draft, self._header + 1 + index)
        deciding.loading(rules.decide, act, trial)
        records = deciding.loading(rules.evolve, act, trial)
        trial.put(records)
        if any(one.shared for one in records):
            # What others have in common may follow from it.
            self._common.clear()
        return framed_line(
            draft, header=self._header, index=index, recorded_at=deciding.recorded_at
        )

    def _decide_listed(self, line: Listed, index: int) -> FramedEntry | None:
        at, which = self._deciding.recorded_at, line.which
        if which not in self._common:
            self._common[which] = self._in_common(line, index)
        common = self._common[which]
        if common is None or not allow(exp=line.exp, iat=line.iat, at=at):
            return None
        position = self._header + 1 + index
        own = OwnOfAward(
            line.id,
            line.award_id,
            line.learner_id,
            position,
            line.payload_hash,
            line.body_hash,
            line.sd(),
        )
        example, trial = self._drafts.examples[which], self._trial
        records = self._deciding.loading(
            evolve_plain, common, own, iss=example.iss, state=trial
        )
        if records is None:
            return None
        trial.put(records)
        raw = seal_batch_line(
            line.member_bytes,
            header=self._header,
            index=index,
            recorded_at=at,
            tags=None,
        )
        return FramedEntry(position, award_stream(line.award_id), example.type, raw)

    def _in_common(self, line: Listed, index: int) -> Alike | None:
        example = self._drafts.examples[line.which]
        hashes = line.payload_hash, line.body_hash
        # But for its own values this is the line.
        draft = Draft(line.member_bytes, example, self._drafts.kid, *hashes)
        act = self._deciding.act(draft, self._header + 1 + index)
        found: Alike | None = self._deciding.loading(plain_alike, act, self._trial)
        return found


def _check_in_batch(draft: Draft) -> None:
    # The bank's answer would stand between two lines, which have no gap.
    if isinstance(draft.statement, ExchangeRequested):
        raise NotInABatchError(pointer="/type")
