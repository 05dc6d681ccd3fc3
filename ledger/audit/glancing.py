"""Looks ahead at the lines of a batch: one by one, or by the pattern of those before.

A line is read and decided by itself the first times that its like comes. One that then
differs from them only in what is its own follows their pattern. What is worked out of
each is worked out of many at once.
"""

import re
from collections.abc import Callable, Sequence
from functools import partial
from hashlib import sha256
from itertools import count
from typing import Final, NamedTuple

from ledger.audit.cutting import (
    AFTER_BODY,
    Cut,
    Own,
    Rest,
    allow,
    are_each_once,
    cut,
    form_of,
    own_of,
)
from ledger.audit.foreseeing import Shared, foresee
from ledger.audit.parsing import LINE_HEADER, Bank, Foreseen, Taken
from ledger.audit.patterns import Columns, Example, Pattern, learn
from ledger.audit.stretches import Stretch
from ledger.intake import Draft, read_recorded
from ledger.integrity.encoding import b64encode_hashes
from ledger.integrity.entries import seal_batch_line, starts_of_batch_lines

PATTERNS_MAX: Final = 64
"""So many rests of one batch are told apart; lines with others are read one by one."""
_EXP: Final = 4
_TIMES: Final = slice(3, 5)
_AFTER_BODY_BYTES: Final = len(AFTER_BODY)
_BEFORE_LEAF: Final = b"\0"


class _Form(NamedTuple):
    """A pattern, and what finds the texts that follow it; ``number`` tells it apart."""

    number: int
    find: Callable[[str], re.Match[str] | None]
    pattern: Pattern


_Line = tuple[bytes, bytes, int, int, tuple[str, ...]]
"""An entry and its words, its form's number, where its body ends, and its own."""


class Glance:
    """Looks at the lines of one batch, as of so many changes of shared records."""

    def __init__(self, shared: Shared, *, as_of: int, header: Taken) -> None:
        """Stand behind a header that was read."""
        self._shared = shared
        self._as_of = as_of
        self._header = header
        # None where the first of a rest was seen, or where it has no pattern.
        self._known: dict[Rest, _Form | None] = {}
        self._forms: list[_Form] = []
        self._last: _Form | None = None
        self._allowed: set[tuple[str, ...]] = set()
        self._lines: list[_Line] = []
        self._first = 0

    def follow(self, raws: Sequence[bytes], *, bank: Bank, index: int) -> int:
        """Take lines from this number on, as long as they follow patterns.

        Returns how many do. ``bank`` is the header's own line.
        """
        form, lines, at = self._last, self._lines, bank.recorded_at
        if form is None:
            return 0
        starts = starts_of_batch_lines(bank.position, count(index), recorded_at=at)
        for raw, start in zip(raws, starts, strict=False):
            if not raw.startswith(start):
                break
            words = raw[len(start) :]
            # One letter per byte: where something stands is the same in both.
            text = words.decode("latin-1")
            found = form.find(text)
            if found is None:
                other = self._form_of(words)
                found = None if other is None else other.find(text)
                if other is None or found is None:
                    break
                self._last = form = other
            own = found.groups()
            if not self._are_in_order(own, at=at):
                break
            body_end = found.start(_EXP) - _AFTER_BODY_BYTES
            lines.append((raw, words, form.number, body_end, own))
        self._first = bank.position + 1 + index
        return len(lines)

    def take_stretch(self, bank: Bank) -> Stretch | None:
        """Return the lines that followed patterns since this was asked last."""
        lines, self._lines = self._lines, []
        if not lines:
            return None
        patterns = [one.pattern for one in self._forms]
        raws, words, which, _, _ = zip(*lines, strict=True)
        pattern = patterns[which[0]]
        return Stretch(
            self._as_of,
            pattern.iss,
            pattern.kid,
            bank.position,
            bank.recorded_at,
            pattern.recorded_on,
            patterns,
            list(which),
            [sha256(_BEFORE_LEAF + one).digest() for one in raws],
            [sha256(_BEFORE_LEAF + one).digest() for one in words],
            _columns(lines, patterns, first=self._first),
        )

    def read(self, taken: Taken, raw: bytes, *, bank: Bank, index: int) -> Taken:
        """Foresee a line by itself; learn its pattern where its like came before."""
        foreseen = self._foresee(taken)
        start = _start(bank, index)
        if foreseen.foreseen is None or not raw.startswith(start):
            return foreseen
        words = raw[len(start) :]
        found = cut(words)
        own = None if found is None else own_of(found)
        said, place = taken.said, taken.bank
        if found is None or own is None or said is None or place is None:
            return foreseen
        if found.rest in self._known:
            example = Example(
                words, found.body_end, said, place, taken, foreseen.foreseen
            )
            self._learn(example, found, own=own)
        elif len(self._known) < PATTERNS_MAX:
            self._known[found.rest] = None
        return foreseen

    def _learn(self, example: Example, found: Cut, *, own: Own) -> None:
        pattern = learn(example, found.rest, own=own, read=_READ, decide=self._decide)
        first = self._forms[0].pattern if self._forms else pattern
        if pattern is None or first is None or pattern.iss != first.iss:
            return
        find = form_of(found.rest, own).fullmatch
        self._last = _Form(len(self._forms), find, pattern)
        self._known[found.rest] = self._last
        self._forms.append(self._last)

    def _form_of(self, words: bytes) -> _Form | None:
        found = cut(words)
        return None if found is None else self._known.get(found.rest)

    def _are_in_order(self, own: tuple[str, ...], *, at: str) -> bool:
        times = own[_TIMES]
        if times not in self._allowed:
            exp, iat = times
            if not allow(exp=exp, iat=iat, at=at):
                return False
            self._allowed.add(times)
        return are_each_once(own[0])

    def _foresee(self, taken: Taken) -> Taken:
        return foresee(taken, self._shared, as_of=self._as_of, header=self._header)

    def _decide(self, taken: Taken) -> Foreseen | None:
        return self._foresee(taken).foreseen


def _start(bank: Bank, index: int) -> bytes:
    """Return what the entry of a line begins with, all but its member's words."""
    return seal_batch_line(
        b"", header=bank.position, index=index, recorded_at=bank.recorded_at, tags=None
    )


def _columns(lines: list[_Line], patterns: list[Pattern], *, first: int) -> Columns:
    _, words, which, ends, owns = zip(*lines, strict=True)
    digests, learner_ids, references, _, _, ids = zip(*owns, strict=True)
    starts = [one.body_start for one in patterns]
    bodies = [
        one[starts[number] : end]
        for one, number, end in zip(words, which, ends, strict=True)
    ]
    return Columns(
        list(learner_ids),
        list(ids),
        _award_ids(patterns, which, references=references),
        range(first, first + len(lines)),
        b64encode_hashes([sha256(one).digest() for one in words]),
        b64encode_hashes([sha256(one).digest() for one in bodies]),
        list(digests),
    )


def _award_ids(
    patterns: list[Pattern], which: Sequence[int], *, references: Sequence[str]
) -> list[str]:
    pattern = patterns[which[0]]
    # Patterns differ in what else is said of an award, and rarely in this.
    if len({patterns[number].revision for number in set(which)}) == 1:
        return pattern.awards(references)
    return [
        patterns[number].award(reference)
        for number, reference in zip(which, references, strict=True)
    ]


_READ: Final[Callable[[bytes], Draft]] = partial(read_recorded, LINE_HEADER)
