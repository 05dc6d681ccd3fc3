"""Lines in a row of one batch that follow patterns: sent and applied as columns.

A worker finds them; whoever goes through history in order holds each against the state
and the place it stands at, and keeps of it what its records have of their own. A record
is written down, or read, only if somebody asks for it.
"""

from collections.abc import Container, Sequence
from typing import NamedTuple, cast

from ledger.audit.forms import Columns, Form
from ledger.audit.patterns import Pattern
from ledger.audit.ports import SourceEntry
from ledger.audit.replay import Replay
from ledger.audit.spilling import Known, SpillingState, StreamRecord
from ledger.domain.state import AccountRecord, Key, Record, StatementRecord


class Stretch(NamedTuple):
    """Lines in a row: line ``n`` follows the pattern that ``which[n]`` counts to.

    ``batch`` is where their header stands, None if they are singles with signatures
    that were verified. They were foreseen as of so many changes of
    shared records. Where whoever read them has seen that a store filed each where it
    belongs, ``is_filed`` says so.
    """

    as_of: int
    iss: str
    kid: str
    batch: int | None
    recorded_at: str
    recorded_on: str
    patterns: list[Pattern]
    which: Sequence[int]
    leaves: Sequence[bytes]
    line_leaves: Sequence[bytes]
    columns: Columns
    is_filed: bool = False

    def is_current(self, replay: Replay) -> bool:
        """Tell whether all that the patterns rest on is what it was."""
        return all(
            replay.is_unchanged(self.as_of, one.looked_at) for one in self.patterns
        )


class Unread(NamedTuple):
    """A record that a line makes, put together only if somebody asks for it."""

    key: Key
    form: Form
    columns: Columns
    at: int

    @property
    def kind(self) -> str:
        """The kind of the record."""
        return self.form.record.kind

    @property
    def shared(self) -> bool:
        """Tell whether the record is of a shared kind."""
        return self.form.record.shared

    def model_dump_json(self) -> str:
        """Return the record's text, as the record itself would."""
        return self.form.filled_at(self.columns, self.at)

    def read(self) -> Record:
        """Read the record."""
        return self.form.record.model_validate_json(self.model_dump_json())


class LinesInOrder:
    """Applies lines in their turn, as long as what was assumed of them is so."""

    def __init__(self, replay: Replay, state: SpillingState) -> None:
        """Apply to this state and its books."""
        self._replay = replay
        self._state = state
        self._known = state.known
        self._books = replay.books

    def take(
        self, stretch: Stretch, entries: Sequence[SourceEntry], *, start: int, end: int
    ) -> int:
        """Apply lines from ``start`` on; return how many: fewer if one does not hold.

        ``entries`` are all of the stretch. Nothing is changed by one that does not.
        """
        if not stretch.is_current(self._replay):
            return 0
        at = start
        there = self._there()
        while at < end and self._put(stretch, entries[at], at=at, there=there):
            at += 1
        self._state.bound()
        return at - start

    def _there(self) -> Container[object]:
        """Return what tells what records there are."""
        known = self._known
        # Where nothing was written down yet, what is in memory is all there is.
        in_memory = isinstance(known, Known) and known.file is None
        return known.keys() if in_memory else known

    def _put(
        self,
        stretch: Stretch,
        stored: SourceEntry,
        *,
        at: int,
        there: Container[object],
    ) -> bool:
        """Apply a line; False if it is filed elsewhere, or makes what is there."""
        pattern, columns = stretch.patterns[stretch.which[at]], stretch.columns
        learner_id, award_id = columns.learner_ids[at], columns.award_ids[at]
        name = award_id or learner_id
        own = (pattern.own.record, name)
        said = (StatementRecord, (stretch.iss, columns.ids[at]))
        if own in there or said in there:
            return False
        if award_id and not self._is_open(learner_id):
            return False
        position, stream = stored.position, stored.stream
        if position is not None and position != columns.positions[at]:
            return False
        known = cast("dict[object, Unread]", self._known)
        if stream is not None:
            filed = (StreamRecord, stream)
            place = (pattern.prefix + name, 1, pattern.topic)
            if (stream, stored.version, stored.topic) != place or filed in there:
                return False
            known[filed] = Unread(stream, pattern.stream, columns, at)
        known[own] = Unread(name, pattern.own, columns, at)
        known[said] = Unread(said[1], pattern.said, columns, at)
        self._books.add_balanced(pattern.awarded_milli)
        return True

    def _is_open(self, learner_id: str) -> bool:
        # Not as records are asked for: those are read.
        known = cast("dict[object, object]", self._known)
        if type(dict.get(known, (AccountRecord, learner_id), None)) is Unread:
            # Nothing has changed it since it was opened.
            return True
        account = self._state.find(AccountRecord, learner_id)
        if account is None or account.closed:
            return False
        return account.merged_into is None
