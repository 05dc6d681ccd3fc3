"""Looks ahead at the lines of a batch: one by one, or by the pattern of those before.

A line is read and decided by itself the first times that its like comes. One that then
differs from them only in what is its own follows their pattern.
"""

from collections.abc import Callable
from functools import partial
from typing import Final, NamedTuple

from ledger.audit.cutting import Cut, Own, Rest, allow, cut, own_of
from ledger.audit.foreseeing import Shared, foresee
from ledger.audit.parsing import LINE_HEADER, Bank, Foreseen, Taken
from ledger.audit.patterns import Example, Pattern, learn, values_of
from ledger.audit.stretches import Columns, Stretch
from ledger.intake import Draft, read_recorded
from ledger.integrity.entries import seal_batch_line
from ledger.integrity.merkle import leaf_hash

PATTERNS_MAX: Final = 64
"""So many rests of one batch are told apart; lines with others are read one by one."""


class Cutting(NamedTuple):
    """A line that was cut up; ``words`` are what its member said."""

    raw: bytes
    words: bytes
    found: Cut
    own: Own


class Glance:
    """Looks at the lines of one batch, as of so many changes of shared records."""

    def __init__(self, shared: Shared, *, as_of: int, header: Taken) -> None:
        """Stand behind a header that was read."""
        self._shared = shared
        self._as_of = as_of
        self._header = header
        # None where the first of a rest was seen, or where it has no pattern.
        self._patterns: dict[Rest, Pattern | None] = {}
        self._stretch: Stretch | None = None

    def cut(self, raw: bytes, *, bank: Bank, index: int) -> Cutting | None:
        """Cut up the line of this number; None if it is not plainly that.

        ``bank`` is the header's own line.
        """
        start = seal_batch_line(
            b"",
            header=bank.position,
            index=index,
            recorded_at=bank.recorded_at,
            tags=None,
        )
        if not raw.startswith(start):
            return None
        words = raw[len(start) :]
        found = cut(words)
        own = None if found is None else own_of(found)
        if found is None or own is None:
            return None
        return Cutting(raw, words, found, own)

    def follow(self, line: Cutting, *, bank: Bank, index: int) -> Stretch | None:
        """Return the stretch that a line was added to, None if it follows no pattern."""
        pattern = self._patterns.get(line.found.rest)
        if pattern is None:
            return None
        if not allow(exp=line.own.exp, iat=line.own.iat, at=bank.recorded_at):
            return None
        stretch = self._stretch
        position = bank.position + 1 + index
        if stretch is None:
            stretch = self._stretch = self._begin(pattern, bank, position=position)
        stretch.add(
            pattern,
            values_of(
                pattern,
                line.own,
                position=position,
                words=line.words,
                body_end=line.found.body_end,
            ),
            leaf=leaf_hash(line.raw),
            line_leaf=leaf_hash(line.words),
        )
        return stretch

    def read(self, taken: Taken, line: Cutting | None) -> Taken:
        """Foresee a line by itself; learn its pattern where its like came before."""
        self._stretch = None
        foreseen = self._foresee(taken)
        if line is None or foreseen.foreseen is None or taken.said is None:
            return foreseen
        rest = line.found.rest
        if rest not in self._patterns:
            if len(self._patterns) < PATTERNS_MAX:
                self._patterns[rest] = None
            return foreseen
        example = Example(
            line.words, line.found.body_end, taken.said, taken, foreseen.foreseen
        )
        self._patterns[rest] = learn(
            example, rest, line.own, read=_READ, decide=self._decide
        )
        return foreseen

    def _begin(self, pattern: Pattern, bank: Bank, *, position: int) -> Stretch:
        return Stretch(
            self._as_of,
            pattern.iss,
            pattern.kid,
            bank.position,
            bank.recorded_at,
            pattern.recorded_on,
            [],
            [],
            [],
            [],
            Columns.begin(position),
        )

    def _foresee(self, taken: Taken) -> Taken:
        return foresee(taken, self._shared, as_of=self._as_of, header=self._header)

    def _decide(self, taken: Taken) -> Foreseen | None:
        return self._foresee(taken).foreseen


_READ: Final[Callable[[bytes], Draft]] = partial(read_recorded, LINE_HEADER)
