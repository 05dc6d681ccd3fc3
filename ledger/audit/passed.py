"""What lines that were passed have made: found by name, with no record for each.

All of it is in a temporary file without a name: the lines as their columns, and which
line has made what. A name is a UUID there, of 16 bytes.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from ledger.audit.lines import SAID, Block, Lines
from ledger.audit.names import Filter, Names
from ledger.audit.packed import name_of, names_of
from ledger.audit.spilling import Ref, StreamRecord, explaining, nameless
from ledger.audit.stretches import Stretch
from ledger.domain.state import AccountRecord, Key, LotRecord, Record

LINES_IN_MEMORY_MAX: Final = 20_000
"""Names of a kind that are kept in memory before they are written down."""
LOTS: Final = LotRecord.kind
ACCOUNTS: Final = AccountRecord.kind
_OTHERS: Final = "others"
_KINDS: Final = (LOTS, ACCOUNTS, SAID, _OTHERS)


class Named(NamedTuple):
    """The names of the lots or accounts that lines make, and of the ids they use."""

    kind: str
    own: Sequence[bytes]
    said: Sequence[bytes]

    @classmethod
    def of(cls, stretch: Stretch, lines: range) -> "Named":
        """Return those of lines that make one kind."""
        columns = stretch.columns.part(slice(lines.start, lines.stop))
        kind = stretch.patterns[stretch.which[lines.start]].own.record.kind
        own = columns.award_ids if kind == LOTS else columns.learner_ids
        return cls(kind, names_of(own), names_of(columns.ids))

    def are_each_once(self) -> bool:
        """Tell whether all have names, and none has another's."""
        return all(
            len(set(names)) == len(names) and all(names)
            for names in (self.own, self.said)
        )


class PassedLines:
    """Lots, accounts and used ids of lines that were passed.

    Names of what others have made are noted beside them.
    """

    def __init__(self, in_memory_max: int = LINES_IN_MEMORY_MAX) -> None:
        """Know none; of itself it has a file only once there is something to write."""
        self._names = {one: Names(one, in_memory_max=in_memory_max) for one in _KINDS}
        self._filter = Filter()
        self._lines = Lines()
        self._next = 0
        self._totals = Counter[str]()
        self._file: sqlite3.Connection | None = None

    def are_new(self, named: Named) -> bool:
        """Tell whether nothing is known by one of these names.

        Raises:
            NoRoomError: the file cannot be read.
        """
        for kind, names in ((named.kind, named.own), (SAID, named.said)):
            suspects = self._filter.suspects(names)
            if any(self.count_among(one, suspects) for one in (kind, _OTHERS)):
                return False
        return True

    def count_among(self, kind: str, names: Iterable[bytes]) -> int:
        """Return how many of these names, each there once, lines have made of a kind.

        Raises:
            NoRoomError: the file cannot be read.
        """
        suspects = self._filter.suspects(names)
        if self._file is None or not suspects:
            return 0
        with explaining():
            return self._names[kind].count_among(self._file, suspects)

    def others_among(self, names: Iterable[bytes]) -> set[bytes]:
        """Return the names that were noted as others'.

        Raises:
            NoRoomError: the file cannot be read.
        """
        suspects = self._filter.suspects(names)
        return {one for one in suspects if self.count_among(_OTHERS, [one])}

    def note_others(self, names: Iterable[bytes]) -> None:
        """Note names of what no line has made.

        Raises:
            NoRoomError: the file cannot be written.
        """
        asked = {*names} - {b""}
        new = list(asked - self.others_among(asked))
        if new:
            with explaining():
                self._add(self._file or self._open(), _OTHERS, names=new)

    def add(
        self, stretch: Stretch, lines: range, *, named: Named, is_filed: bool
    ) -> None:
        """Add lines that make one kind, and of which none is there.

        Where they are filed they have begun streams.

        Raises:
            NoRoomError: the file cannot be written.
        """
        with explaining():
            file = self._file or self._open()
            self._lines.add(
                file, stretch, lines=lines, number=self._next, is_filed=is_filed
            )
            self._add(file, named.kind, names=named.own)
            self._add(file, SAID, names=named.said)
        self._next += len(lines)

    def find(self, ref: Ref) -> Record | None:
        """Return the record that a line has made, None if none has.

        Raises:
            NoRoomError: the file cannot be read.
        """
        record, key = ref
        if record is StreamRecord:
            # A stream has the name of what has begun it.
            found = (self._locate(kind, key) for kind in (LOTS, ACCOUNTS))
            streams = [one[0].stream(one[1]) for one in found if one is not None]
            return record(stream=key, version=1) if key in streams else None
        line = self._locate(record.kind, key) if record.kind in self._names else None
        if line is None:
            return None
        block, at = line
        if block.keys(record.kind)[at] != key:
            return None
        return record.model_validate_json(block.text(record.kind, at))

    def count(self, kind: str) -> int:
        """Return how many of a kind there are."""
        return self._totals[kind]

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()

    def _locate(self, kind: str, key: Key) -> tuple[Block, int] | None:
        """Return the line that may have made a record, and its block."""
        names = self._filter.suspects([name_of_key(key)])
        if self._file is None or not names:
            return None
        with explaining():
            number = self._names[kind].find(self._file, names[0])
            if number is None:
                return None
            return self._lines.locate(self._file, kind, number=number)

    def _add(
        self, file: sqlite3.Connection, kind: str, *, names: Sequence[bytes]
    ) -> None:
        self._names[kind].add(file, names, first=self._next)
        self._filter.note(names)
        self._totals[kind] += len(names)

    def _open(self) -> sqlite3.Connection:
        self._file = nameless()
        return self._file


def name_of_key(key: Key) -> bytes:
    """Return the name in a record's key, empty if there is none of a line's form."""
    return name_of(str(key[-1] if isinstance(key, tuple) else key))
