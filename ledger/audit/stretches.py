"""Lines in a row of one batch that follow patterns: sent and applied as columns.

A worker finds them; whoever goes through history in order holds each against the state
and the place it stands at, and keeps of it what its records have of their own. A record
is written down, or read, only if somebody asks for it.
"""

from collections.abc import Sequence
from typing import NamedTuple, cast

from ledger.audit.patterns import Form, Pattern, Values
from ledger.audit.ports import SourceEntry
from ledger.audit.replay import Replay
from ledger.audit.spilling import SpillingState, StreamRecord
from ledger.domain.state import AccountRecord, Key, Record, StatementRecord


class Columns(NamedTuple):
    """What lines have of their own, one list for each; ``first`` is a position.

    An award id is empty where no award is made.
    """

    first: int
    learner_ids: list[str]
    ids: list[str]
    award_ids: list[str]
    payload_hashes: list[str]
    body_hashes: list[str]
    digests: list[str]

    @classmethod
    def begin(cls, first: int) -> "Columns":
        """Return columns without a line."""
        return cls(first, [], [], [], [], [], [])

    def add(self, values: Values) -> None:
        """Add the next line."""
        self.learner_ids.append(values.learner_id)
        self.ids.append(values.id)
        self.award_ids.append(values.award_id)
        self.payload_hashes.append(values.payload_hash)
        self.body_hashes.append(values.body_hash)
        self.digests.append(values.digests)

    def values(self, at: int) -> Values:
        """Return what a line has of its own."""
        return Values(
            self.learner_ids[at],
            self.ids[at],
            self.award_ids[at],
            self.first + at,
            self.payload_hashes[at],
            self.body_hashes[at],
            self.digests[at],
        )


class Stretch(NamedTuple):
    """Lines in a row: line ``n`` follows the pattern that ``which[n]`` counts to.

    ``batch`` is where their header stands. They were foreseen as of so many changes of
    shared records.
    """

    as_of: int
    iss: str
    kid: str
    batch: int
    recorded_at: str
    recorded_on: str
    patterns: list[Pattern]
    which: list[int]
    leaves: list[bytes]
    line_leaves: list[bytes]
    columns: Columns

    def add(
        self, pattern: Pattern, values: Values, *, leaf: bytes, line_leaf: bytes
    ) -> None:
        """Add the line behind the last one."""
        number = next(
            (n for n, one in enumerate(self.patterns) if one is pattern), None
        )
        if number is None:
            number = len(self.patterns)
            self.patterns.append(pattern)
        self.which.append(number)
        self.leaves.append(leaf)
        self.line_leaves.append(line_leaf)
        self.columns.add(values)


class Unread:
    """A record that a line makes, put together only if somebody asks for it."""

    __slots__ = ("_at", "_columns", "_form")

    def __init__(self, form: Form, columns: Columns, at: int) -> None:
        """Keep where its values are."""
        self._form = form
        self._columns = columns
        self._at = at

    @property
    def kind(self) -> str:
        """The kind of the record."""
        return self._form.record.kind

    @property
    def shared(self) -> bool:
        """Tell whether the record is of a shared kind."""
        return self._form.record.shared

    @property
    def key(self) -> Key:
        """The key of the record."""
        return self.read().key

    def model_dump_json(self) -> str:
        """Return the record's text, as the record itself would."""
        return self._form.filled(self._columns.values(self._at))

    def read(self) -> Record:
        """Read the record."""
        return self._form.record.model_validate_json(self.model_dump_json())


class LinesInOrder:
    """Applies lines in their turn, as long as what was assumed of them is so."""

    def __init__(self, replay: Replay, state: SpillingState) -> None:
        """Apply to this state and its books."""
        self._replay = replay
        self._state = state
        self._known = state.known

    def take(
        self, stretch: Stretch, entries: Sequence[SourceEntry], *, start: int, end: int
    ) -> int:
        """Apply lines from ``start`` on; return how many: fewer if one does not hold.

        ``entries`` are all of the stretch. Nothing is changed by one that does not.
        """
        for pattern in stretch.patterns:
            if not self._replay.is_unchanged(stretch.as_of, pattern.looked_at):
                return 0
        at, books = start, self._replay.books
        while at < end:
            pattern = stretch.patterns[stretch.which[at]]
            if not self._holds(stretch, pattern, entries[at], at=at):
                break
            self._put(
                pattern, stretch.columns, at, filed=entries[at].stream is not None
            )
            books.add_balanced(pattern.awarded_milli)
            at += 1
        self._state.bound()
        return at - start

    def _holds(
        self, stretch: Stretch, pattern: Pattern, stored: SourceEntry, *, at: int
    ) -> bool:
        """Tell whether a line is filed in its place, and makes what is not there."""
        known, columns = self._known, stretch.columns
        learner_id = columns.learner_ids[at]
        name = columns.award_ids[at] or learner_id
        position = columns.first + at
        if stored.position not in {None, position}:
            return False
        if stored.stream is not None:
            stream = pattern.prefix + name
            filed = (stored.stream, stored.version, stored.topic)
            if filed != (stream, 1, pattern.topic) or (StreamRecord, stream) in known:
                return False
        elif stored.version is not None or stored.topic is not None:
            return False
        if (pattern.own.record, name) in known:
            return False
        if (StatementRecord, (pattern.iss, columns.ids[at])) in known:
            return False
        return pattern.awarded_milli is None or self._is_open(learner_id)

    def _is_open(self, learner_id: str) -> bool:
        ref = (AccountRecord, learner_id)
        if type(dict.get(self._known, ref)) is Unread:
            # Nothing has changed it since it was opened.
            return True
        found = self._state.find(AccountRecord, learner_id)
        return found is not None and not found.closed and found.merged_into is None

    def _put(self, pattern: Pattern, columns: Columns, at: int, *, filed: bool) -> None:
        known = cast("dict[object, Unread]", self._known)
        name = columns.award_ids[at] or columns.learner_ids[at]
        known[pattern.own.record, name] = Unread(pattern.own, columns, at)
        key = (pattern.iss, columns.ids[at])
        known[StatementRecord, key] = Unread(pattern.said, columns, at)
        if filed:
            stream = pattern.prefix + name
            known[StreamRecord, stream] = Unread(pattern.stream, columns, at)
