"""The whole state of a replay, in bounded memory, to be gone through kind by kind."""

from collections.abc import Iterable, Iterator
from typing import Final, cast

import orjson
from typing_extensions import override

from ledger.audit.lines import Segment
from ledger.audit.numbered import BY_NAME, BY_NUMBER, Numbered
from ledger.audit.spilling import Ref, SpillingState, Written, explaining
from ledger.audit.stretches import Stretch
from ledger.domain.state import (
    AccountRecord,
    Key,
    R,
    Record,
    StatementRecord,
)

IN_MEMORY_MAX: Final = 4_000
"""Records kept in memory: of a long log all are written anyhow, and few asked for."""

_OPEN_MAX: Final = 20_000
"""Accounts known to be open; of others it is asked anew."""


class OrderedState(SpillingState):
    """The whole state; what was not put is absent.

    Of a ``verified`` log nothing is put that is there, unless it was found before.
    """

    __slots__ = ("_numbered", "_open", "_verified")

    def __init__(
        self, in_memory_max: int | None = None, *, verified: bool = False
    ) -> None:
        """Start empty, and keep about so many records in memory."""
        self._numbered = Numbered()
        self._verified = verified
        self._open: set[str] = set()
        most = IN_MEMORY_MAX if in_memory_max is None else in_memory_max
        super().__init__(most, records=self._numbered)

    @override
    def put(self, records: Iterable[Record]) -> None:
        changed, known = tuple(records), self._numbered
        for record in changed:
            if isinstance(record, AccountRecord):
                self._open.discard(record.learner_id)
            ref = (type(record), record.key)
            is_there = dict.__contains__(known, ref) if self._verified else ref in known
            if not is_there:
                known.number(ref)
        super().put(changed)

    @override
    def put_new(self, records: Iterable[Written]) -> None:
        new = tuple(records)
        for one in new:
            self._numbered.number((one.record, one.key))
        super().put_new(new)

    def put_lines(self, stretch: Stretch, lines: range) -> None:
        """Keep what lines of a stretch make, which is not there.

        Raises:
            NoRoomError: the file cannot be written.
        """
        self._numbered.add_lines(stretch, lines)
        self.bound()

    def fitting(self, stretch: Stretch, lines: range) -> range:
        """Return the lines before one that makes what is there.

        Or that awards to an account that is not open; all of a verified log are fit.

        Raises:
            NoRoomError: the file cannot be read.
        """
        if self._verified:
            return lines
        made: set[Ref] = set()
        for at in lines:
            pattern, columns = stretch.patterns[stretch.which[at]], stretch.columns
            learner_id, award_id = columns.learner_ids[at], columns.award_ids[at]
            new: tuple[Ref, ...] = (
                (pattern.own.record, award_id or learner_id),
                (StatementRecord, (stretch.iss, columns.ids[at])),
            )
            if any(one in made or one in self.known for one in new):
                return range(lines.start, at)
            if award_id and not self._is_open(learner_id):
                return range(lines.start, at)
            made.update(new)
        return lines

    def _is_open(self, learner_id: str) -> bool:
        if learner_id in self._open:
            return True
        if self._numbered.is_as_made((AccountRecord, learner_id)):
            # Nothing has closed it since it was opened.
            if len(self._open) >= _OPEN_MAX:
                self._open.clear()
            self._open.add(learner_id)
            return True
        account = self.find(AccountRecord, learner_id)
        return account is not None and not (account.closed or account.merged_into)

    def all_of(self, record: type[R]) -> Iterator[R]:
        """Yield every record of a kind, in the order in which they came into being.

        Nothing may be put meanwhile.

        Raises:
            NoRoomError: the file cannot be written or read.
        """
        yield from self._all(record, order=BY_NUMBER)

    def all_by_key(self, record: type[R]) -> Iterator[R]:
        """Yield every record of a kind, in the order of its key as JSON.

        Nothing may be put meanwhile.

        Raises:
            NoRoomError: the file cannot be written or read.
        """
        yield from self._all(record, order=BY_NAME)

    def pieces_of(self, record: type[R]) -> Iterator[R | Segment]:
        """Yield what ``all_of`` yields, with what lines in a row have made unread.

        The kind is one of which a line makes one that is its own.

        Raises:
            NoRoomError: the file cannot be written or read.
        """
        records = self._numbered
        if records.file is None:
            yield from self.all_of(record)
            return
        records.spill()
        with explaining():
            for piece in records.read_pieces(records.file, record.kind):
                if isinstance(piece, Segment):
                    yield piece
                else:
                    yield record.model_validate_json(piece.text)

    def _all(self, record: type[R], *, order: str) -> Iterator[R]:
        records = self._numbered
        if records.file is None or record.shared:
            # All of them are in memory.
            held = [(ref[1], one) for ref, one in records.items() if ref[0] is record]
            if order == BY_NAME:
                held.sort(key=_name_of)
            for _, one in held:
                found = one if one is None or isinstance(one, Record) else one.read()
                yield cast("R", found)
            return
        # Then the file knows all, and holds them in order.
        records.spill()
        with explaining():
            for row in records.read_all(records.file, record.kind, order=order):
                yield record.model_validate_json(row.text)


def _name_of(held: tuple[Key, Record | Written | None]) -> bytes:
    return orjson.dumps(held[0])
