"""The state of an audit: records as they are, and what passed lines have made.

What a line has made becomes a record when somebody asks for it, and may change then. So
a record goes before what its line says.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, cast

import orjson
from typing_extensions import override

from ledger.audit.blocks import ACCOUNTS, LOTS, SAID, Block
from ledger.audit.passed import LINES_IN_MEMORY_MAX, PassedLines
from ledger.audit.ports import SourceEntry
from ledger.audit.replay import Replay
from ledger.audit.spilling import IN_MEMORY_MAX, Known, Ref, SpillingState, explaining
from ledger.audit.stretches import Stretch
from ledger.domain.state import AccountRecord, Record

_OPEN_MAX: Final = 100_000
"""So many accounts are known to be open; of others it is asked anew."""
_PAGE: Final = 1_000
_AT_ONCE_MAX: Final = 1 << 16
_FEWER: Final = 8
_NAMES: Final = "SELECT name FROM records WHERE kind = ?"


class _KnownBesides(Known):
    """Records, with passed lines behind them."""

    def __init__(self, lines: PassedLines) -> None:
        super().__init__()
        self._lines = lines

    @override
    def _bring(self, ref: object) -> bool:
        if super()._bring(ref):
            return True
        found = self._lines.find(cast("Ref", ref))
        if found is None:
            return False
        self[cast("Ref", ref)] = found
        # What it says is known already.
        self.unchanged.add(cast("Ref", ref))
        return True

    def has_none_of(self, refs: Iterable[Ref]) -> bool:
        """Tell whether there is no record under these; what lines made is not asked."""
        asked = list(refs)
        if not self.keys().isdisjoint(asked):
            return False
        return self.file is None or not any(map(super()._bring, asked))

    def names_of(self, record: type[Record]) -> Iterator[object]:
        """Return the key of each record of a kind; in a file that is not open, none."""
        if self.file is None:
            return (key for kind, key in self if kind is record)
        rows = self.file.execute(_NAMES, (record.kind,))
        return (orjson.loads(name) for (name,) in rows)


class PassingState(SpillingState):
    """The whole state; what was not put, and no line has made, is absent."""

    __slots__ = ("_besides", "_lines", "_open")

    def __init__(
        self,
        in_memory_max: int = IN_MEMORY_MAX,
        *,
        lines_in_memory_max: int = LINES_IN_MEMORY_MAX,
    ) -> None:
        """Start empty, and keep so many records and lines in memory."""
        self._lines = PassedLines(lines_in_memory_max)
        self._besides = _KnownBesides(self._lines)
        self._open: set[str] = set()
        super().__init__(in_memory_max, records=self._besides)

    @override
    def put(self, records: Iterable[Record]) -> None:
        changed = tuple(records)
        for one in changed:
            if isinstance(one, AccountRecord):
                self._open.discard(one.learner_id)
        super().put(changed)

    def pass_lines(self, block: Block) -> bool:
        """Take what lines make as made; False, and nothing has changed, if one is.

        Or if one is an award to an account that is not open.

        Raises:
            NoRoomError: the file cannot be written or read.
        """
        names, ids = block.names, block.columns.ids
        if not (
            len(set(names)) == len(names)
            and len(set(ids)) == len(ids)
            and not self._lines.count_among(block.kind, names)
            and not self._lines.count_among(SAID, ids)
            and all(map(self._besides.has_none_of, block.refs()))
        ):
            return False
        if block.kind == LOTS and not self._are_open(set(block.columns.learner_ids)):
            return False
        self._lines.add(block)
        return True

    @override
    def count(self, record: type[Record]) -> int:
        """Return how many records there are of a kind whose key is text.

        Raises:
            NoRoomError: the file cannot be written or read.
        """
        count, made = super().count(record), self._lines.count(record.kind)
        if not made:
            return count
        with explaining():
            for names in _paged(self._besides.names_of(record)):
                count -= self._lines.count_among(record.kind, names)
        return count + made

    @override
    def close(self) -> None:
        super().close()
        self._lines.close()

    def _are_open(self, learner_ids: Collection[str]) -> bool:
        asked = set(learner_ids) - self._open
        if not all(map(self._is_open, asked)):
            return False
        if len(self._open) > _OPEN_MAX:
            self._open.clear()
        self._open |= asked
        return True

    def _is_open(self, learner_id: str) -> bool:
        if self._besides.has_none_of([(AccountRecord, learner_id)]):
            # Nothing has changed an account that a line has opened.
            return self._lines.count_among(ACCOUNTS, [learner_id]) == 1
        account = self.find(AccountRecord, learner_id)
        if account is None or account.closed:
            return False
        return account.merged_into is None


class LinesAtOnce:
    """Applies lines in their turn, many at once, as long as all assumed of them is so.

    Where not all of some hold, fewer are tried, down to one; and then more again.
    """

    def __init__(self, replay: Replay, state: PassingState) -> None:
        """Apply to this state and its books."""
        self._replay = replay
        self._state = state
        self._at_once = _AT_ONCE_MAX

    def take(
        self, stretch: Stretch, entries: Sequence[SourceEntry], *, start: int, end: int
    ) -> int:
        """Apply lines from ``start`` on; return how many: fewer if one does not hold.

        ``entries`` are all of the stretch. Nothing is changed by one that does not.
        """
        for pattern in stretch.patterns:
            if not self._replay.is_unchanged(stretch.as_of, pattern.looked_at):
                return 0
        at = start
        while at < end:
            until = _alike(stretch, start=at, end=min(end, at + self._at_once))
            if self._pass(stretch, entries, start=at, end=until):
                at = until
                self._at_once = min(2 * self._at_once, _AT_ONCE_MAX)
            elif until == at + 1:
                self._at_once = 1
                break
            else:
                self._at_once = max((until - at) // _FEWER, 1)
        return at - start

    def _pass(
        self, stretch: Stretch, entries: Sequence[SourceEntry], *, start: int, end: int
    ) -> bool:
        block: Block | None = Block.of(stretch, start=start, end=end)
        if block is not None and not stretch.is_filed:
            block = block.filed(entries[start:end])
        if block is None or not self._state.pass_lines(block):
            return False
        for number, count in Counter(block.which).items():
            self._replay.books.add_balanced(
                stretch.patterns[number].awarded_milli, count
            )
        return True


def _alike(stretch: Stretch, *, start: int, end: int) -> int:
    """Return up to where lines make the same kind as the one at ``start``."""
    patterns, which = stretch.patterns, stretch.which
    kinds = [one.own.record for one in patterns]
    if len(set(kinds)) == 1:
        return end
    kind = kinds[which[start]]
    others = (at for at in range(start, end) if kinds[which[at]] is not kind)
    return next(others, end)


def _paged(names: Iterator[object]) -> Iterator[list[str]]:
    while page := list(islice(names, _PAGE)):
        yield [one for one in page if isinstance(one, str)]
