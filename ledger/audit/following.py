"""What follows the patterns of those before it, and what is worked out of many at once.

A statement is read and decided by itself the first times that its like comes. One that
then differs from them only in what is its own follows their pattern.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from hashlib import sha256
from typing import Final, NamedTuple

from ledger.audit.foreseeing import Shared, foresee
from ledger.audit.forms import Columns
from ledger.audit.packed import Digests, Hashes, LearnerIds, Uuids
from ledger.audit.parsing import LINE_HEADER, Foreseen, Taken
from ledger.audit.patterns import Example, Pattern, learn, moved
from ledger.audit.stretches import Stretch
from ledger.intake import read_recorded
from ledger.lists.cutting import (
    AFTER_BODY,
    Own,
    Rest,
    allow,
    are_each_once,
    cut,
    form_of,
    own_of,
)
from ledger.lists.drafts import Draft

PATTERNS_MAX: Final = 64
"""So many rests are told apart, and so many patterns: others are read one by one."""
_EXP: Final = 4
_TIMES: Final = slice(3, 5)
_AFTER_BODY_BYTES: Final = len(AFTER_BODY)
_BEFORE_LEAF: Final = b"\0"

Line = tuple[bytes, bytes, int, int, tuple[str, ...]]
"""An entry and its words, its form's number, where its body ends, and its own."""


class Form(NamedTuple):
    """A pattern, and what finds the texts that follow it; ``number`` tells it apart."""

    number: int
    find: Callable[[str], re.Match[str] | None]
    pattern: Pattern


class Known(NamedTuple):
    """What is known of a rest elsewhere: its form there, if it has one, and when."""

    at: str
    form: Form | None = None


class Following:
    """Statements under one key at one instant, and the patterns that they follow.

    ``header`` is that of their batch, if they are lines of one.
    """

    def __init__(
        self,
        shared: Shared,
        *,
        as_of: int,
        at: str,
        header: Taken | None = None,
        seen: dict[Rest, Known] | None = None,
    ) -> None:
        """Know no pattern yet.

        Of rests that were ``seen`` at other instants one more is enough.
        """
        self._shared = shared
        self._as_of = as_of
        self._at = at
        self._header = header
        self._seen: dict[Rest, Known] = {} if seen is None else seen
        self._known: dict[Rest, Form | None] = {}
        self._forms: list[Form] = []
        self._last: Form | None = None
        self._allowed: set[tuple[str, ...]] = set()

    @property
    def has_patterns(self) -> bool:
        """Tell whether there is any pattern to follow."""
        return self._last is not None

    def line(self, raw: bytes, words: bytes) -> Line | None:
        """Return what an entry has of its own, None if it follows no pattern."""
        # One letter per byte: where something stands is the same in both.
        text, form = words.decode("latin-1"), self._last
        found = None if form is None else form.find(text)
        if found is None or form is None:
            form = self._form_of(words)
            found = None if form is None else form.find(text)
            if found is None or form is None:
                return None
            self._last = form
        own = found.groups()
        if not self._are_in_order(own):
            return None
        body_end = found.start(_EXP) - _AFTER_BODY_BYTES
        return raw, words, form.number, body_end, own

    def read(self, taken: Taken, words: bytes) -> Taken:
        """Foresee an entry by itself; learn its pattern where its like came before."""
        ahead = self.foresee(taken)
        found = None if ahead.foreseen is None else cut(words)
        own = None if found is None else own_of(found)
        said, place, foreseen = taken.said, taken.bank, ahead.foreseen
        if (
            found is None
            or own is None
            or said is None
            or place is None
            or foreseen is None
        ):
            return ahead
        example = Example(words, found.body_end, said, place, taken, foreseen)
        self._learn(example, found.rest, own=own)
        return ahead

    def foresee(self, taken: Taken) -> Taken:
        """Foresee an entry by itself."""
        return foresee(taken, self._shared, as_of=self._as_of, header=self._header)

    def stretch(
        self, lines: Sequence[Line], *, first: int, batch: int | None
    ) -> Stretch:
        """Return lines in a row, the first of which stands at this position."""
        patterns = [one.pattern for one in self._forms]
        raws, words, which, _, _ = zip(*lines, strict=True)
        pattern, in_batch = patterns[which[0]], batch is not None
        return Stretch(
            self._as_of,
            pattern.iss,
            pattern.kid,
            batch,
            self._at,
            pattern.recorded_on,
            patterns,
            bytes(which),
            _leaves(raws),
            _leaves(words if in_batch else ()),
            _columns(lines, patterns, first=first),
        )

    def _learn(self, example: Example, rest: Rest, *, own: Own) -> None:
        known = self._seen.get(rest)
        told_apart = self._seen if known is None else self._forms
        if len(told_apart) >= PATTERNS_MAX:
            return
        if known is None:
            self._seen[rest] = Known(self._at)
            return
        pattern, find = None, None
        if known.form is not None:
            # The rules have decided the example at this instant, too.
            find, before = known.form.find, known.form.pattern
            pattern = moved(before, example, own=own, before=known.at)
        if pattern is None:
            pattern = learn(example, rest, own=own, read=_READ, decide=self._decide)
        first = self._forms[0].pattern if self._forms else pattern
        if pattern is None or first is None or pattern.iss != first.iss:
            return
        find = find or form_of(rest, own).fullmatch
        form = self._last = self._known[rest] = Form(len(self._forms), find, pattern)
        self._forms.append(form)
        self._seen[rest] = Known(self._at, form)

    def _form_of(self, words: bytes) -> Form | None:
        found = cut(words)
        return None if found is None else self._known.get(found.rest)

    def _are_in_order(self, own: tuple[str, ...]) -> bool:
        times = own[_TIMES]
        if times not in self._allowed:
            exp, iat = times
            if not allow(exp=exp, iat=iat, at=self._at):
                return False
            self._allowed.add(times)
        return are_each_once(own[0])

    def _decide(self, taken: Taken) -> Foreseen | None:
        return self.foresee(taken).foreseen


def _leaves(raws: Iterable[bytes]) -> Digests:
    return Digests(b"".join([sha256(_BEFORE_LEAF + one).digest() for one in raws]))


def _columns(lines: Sequence[Line], patterns: list[Pattern], *, first: int) -> Columns:
    _, words, which, ends, owns = zip(*lines, strict=True)
    digests, learner_ids, references, _, _, ids = zip(*owns, strict=True)
    starts = [one.body_start for one in patterns]
    bodies = [
        one[starts[number] : end]
        for one, number, end in zip(words, which, ends, strict=True)
    ]
    return Columns(
        LearnerIds.of(learner_ids),
        Uuids.of(ids),
        _award_ids(patterns, which, references=references),
        range(first, first + len(lines)),
        Hashes(b"".join([sha256(one).digest() for one in words])),
        Hashes(b"".join([sha256(one).digest() for one in bodies])),
        digests,
    )


def _award_ids(
    patterns: list[Pattern], which: Sequence[int], *, references: Sequence[str]
) -> Sequence[str]:
    pattern = patterns[which[0]]
    # Patterns differ in what else is said of an award, and rarely in this.
    if len({patterns[number].revision for number in set(which)}) == 1:
        return pattern.awards(references)
    return [
        patterns[number].award(reference)
        for number, reference in zip(which, references, strict=True)
    ]


_READ: Final[Callable[[bytes], Draft]] = partial(read_recorded, LINE_HEADER)
