"""The state of an audit: records as they are, and what passed lines have made.

What a line has made becomes a record when somebody asks for it, and may change then. So
a record goes before what its line says.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, cast

import orjson
from typing_extensions import override

from ledger.audit.packed import name_of, names_of
from ledger.audit.passed import (
    ACCOUNTS,
    LINES_IN_MEMORY_MAX,
    LOTS,
    Named,
    PassedLines,
    name_of_key,
)
from ledger.audit.places import find_filed
from ledger.audit.ports import SourceEntry
from ledger.audit.replay import Replay
from ledger.audit.spilling import (
    Known,
    Ref,
    SpillingState,
    StreamRecord,
    Written,
    explaining,
)
from ledger.audit.stretches import Stretch
from ledger.domain.state import AccountRecord, LotRecord, Record, StatementRecord

IN_MEMORY_MAX: Final = 5_000
"""Records that are kept in memory: lines have none, and few others are asked for."""
_OPEN_MAX: Final = 20_000
"""So many accounts are known to be open; of others it is asked anew."""
_PAGE: Final = 1_000
_AT_ONCE_MAX: Final = 1 << 16
_FEWER: Final = 8
_NAMES: Final = "SELECT name FROM records WHERE kind = ?"
_NAMED: Final = frozenset({LotRecord, AccountRecord, StatementRecord, StreamRecord})
"""What lines make, too: its names are noted."""


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

    def note_all(self, refs: Iterable[Ref]) -> None:
        """Note what is about to be put: no line makes it again."""
        held, same = self.keys(), self.unchanged
        self._lines.note_others(
            name_of_key(ref[1])
            for ref in refs
            # What was brought here may be what a line has made.
            if ref[0] in _NAMED and (ref not in held or ref in same)
        )

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
        self._open: set[bytes] = set()
        super().__init__(in_memory_max, records=self._besides)

    @override
    def put(self, records: Iterable[Record]) -> None:
        changed = tuple(records)
        for one in changed:
            if isinstance(one, AccountRecord):
                self._open.discard(name_of(one.learner_id))
        self._besides.note_all((type(one), one.key) for one in changed)
        super().put(changed)

    @override
    def put_new(self, records: Iterable[Written]) -> None:
        new = tuple(records)
        self._besides.note_all((one.record, one.key) for one in new)
        super().put_new(new)

    def pass_lines(self, stretch: Stretch, lines: range, *, is_filed: bool) -> bool:
        """Take what lines of one kind make as made; where they are filed, as begun.

        False, and nothing has changed, if some of it is there, or if one is an award to
        an account that is not open.

        Raises:
            NoRoomError: the file cannot be written or read.
        """
        named = Named.of(stretch, lines)
        if not (named.are_each_once() and self._lines.are_new(named)):
            return False
        learner_ids = stretch.columns.learner_ids[lines.start : lines.stop]
        if named.kind == LOTS and not self._are_open(names_of(learner_ids)):
            return False
        self._lines.add(stretch, lines, named=named, is_filed=is_filed)
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
                count -= self._lines.count_among(record.kind, map(name_of, names))
        return count + made

    @override
    def close(self) -> None:
        super().close()
        self._lines.close()

    def _are_open(self, learners: Iterable[bytes]) -> bool:
        asked = set(learners) - self._open
        others = self._lines.others_among(asked)
        # Nothing has changed an account that a line has opened, and nobody noted.
        made = asked - others
        if self._lines.count_among(ACCOUNTS, made) != len(made):
            return False
        if not all(map(self._is_open, others)):
            return False
        if len(self._open) > _OPEN_MAX:
            self._open.clear()
        self._open |= asked
        return True

    def _is_open(self, learner: bytes) -> bool:
        account = self.find(AccountRecord, f"learner_{learner.hex()}")
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
        if not stretch.is_current(self._replay):
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
        lines = range(start, end)
        is_filed = stretch.is_filed or find_filed(stretch, lines, entries=entries)
        if is_filed is None:
            return False
        if not self._state.pass_lines(stretch, lines, is_filed=is_filed):
            return False
        for number, count in Counter(stretch.which[start:end]).items():
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
