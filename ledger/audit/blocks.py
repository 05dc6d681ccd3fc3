"""What lines in a row have made: kept as columns, and written down as such.

A record is put together of its form and of what its line has of its own, only if
somebody asks for it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import repeat
from types import MappingProxyType
from typing import Final, NamedTuple

import orjson

from ledger.audit.forms import Columns, Form
from ledger.audit.patterns import Pattern
from ledger.audit.ports import EntryRow, SourceEntry
from ledger.audit.spilling import Ref, StreamRecord
from ledger.audit.stretches import Stretch
from ledger.domain.state import AccountRecord, LotRecord, Record, StatementRecord

LOTS: Final = LotRecord.kind
ACCOUNTS: Final = AccountRecord.kind
SAID: Final = StatementRecord.kind
_KINDS: Final[Mapping[str, type[Record]]] = MappingProxyType(
    {one.kind: one for one in (LotRecord, AccountRecord, StatementRecord, StreamRecord)}
)


class Made(NamedTuple):
    """What lines of one pattern make: the same as its ``Pattern`` says."""

    prefix: str
    topic: str
    own: Form
    said: Form
    stream: Form

    @classmethod
    def of(cls, pattern: Pattern) -> "Made":
        """Return what lines of a pattern make."""
        return cls(
            pattern.prefix, pattern.topic, pattern.own, pattern.said, pattern.stream
        )


class Block(NamedTuple):
    """Lines in a row that all make lots, or all open accounts: of this ``kind``.

    Line ``n`` makes what ``which[n]`` counts to. Only where a source tells how it filed
    them do they begin streams.
    """

    kind: str
    iss: str
    is_filed: bool
    made: list[Made]
    which: Sequence[int]
    columns: Columns

    @classmethod
    def of(cls, stretch: Stretch, *, start: int, end: int) -> "Block":
        """Return what these lines of a stretch make, filed as they should be."""
        lines = slice(start, end)
        which = stretch.which[lines]
        first = stretch.patterns[which[0]]
        return cls(
            first.own.record.kind,
            stretch.iss,
            is_filed=True,
            made=[Made.of(one) for one in stretch.patterns],
            which=which,
            columns=stretch.columns.part(lines),
        )

    @property
    def names(self) -> list[str]:
        """The names of the lots or accounts."""
        columns = self.columns
        return columns.award_ids if self.kind == LOTS else columns.learner_ids

    def streams(self) -> list[str]:
        """Return the name of the stream that each line begins."""
        if len(self.made) == 1:
            prefix = self.made[0].prefix
            return [prefix + name for name in self.names]
        made = self.made
        return [
            made[number].prefix + name
            for number, name in zip(self.which, self.names, strict=True)
        ]

    def refs(self) -> Iterator[Iterable[Ref]]:
        """Return, kind by kind, by what the records of these lines are known."""
        own = _KINDS[self.kind]
        yield ((own, name) for name in self.names)
        yield ((StatementRecord, (self.iss, one)) for one in self.columns.ids)
        if self.is_filed:
            yield ((StreamRecord, stream) for stream in self.streams())

    def filed(self, entries: Sequence[SourceEntry]) -> "Block | None":
        """Return these lines as a source has filed them; None if one is elsewhere."""
        numbers = [one.position for one in entries]
        is_told = any(one is not None for one in numbers)
        if is_told and numbers != list(self.columns.positions):
            return None
        places = [(one.stream, one.version, one.topic) for one in entries]
        if not any(stream is not None for stream, _, _ in places):
            return self._replace(is_filed=False)
        return self if places == self.places() else None

    def places(self) -> list[tuple[str, int, str]]:
        """Return stream, version and topic of each line where it belongs."""
        topics = [self.made[number].topic for number in self.which]
        return list(zip(self.streams(), repeat(1), topics, strict=False))

    def find(self, ref: Ref) -> Record | None:
        """Return the record of this kind and key, None if no line makes it."""
        record, key = ref
        columns, names, name = self.columns, self.names, name_of(ref)
        if record is StatementRecord:
            names = columns.ids
        elif not (
            self.is_filed if record is StreamRecord else record.kind == self.kind
        ):
            return None
        if name not in names:
            return None
        at = names.index(name)
        made = self.made[self.which[at]]
        form = {StatementRecord: made.said, StreamRecord: made.stream}.get(
            record, made.own
        )
        found = record.model_validate_json(form.filled_at(columns, at))
        return found if found.key == key else None


def name_of(ref: Ref) -> str:
    """Return what a line calls a record that it makes."""
    record, key = ref
    if isinstance(key, tuple):
        return str(key[-1])
    return str(key).rpartition(":")[2] if record is StreamRecord else str(key)


def are_filed(stretch: Stretch, rows: Sequence[EntryRow]) -> bool:
    """Tell whether a store files lines in a row where they belong.

    Whoever is not told so looks at them again.
    """
    patterns, which = stretch.patterns, stretch.which
    if len({patterns[number].own.record for number in set(which)}) > 1:
        return False
    block = Block.of(stretch, start=0, end=len(which))
    positions = stretch.columns.positions
    numbers = range(positions.start + 1, positions.stop + 1)
    return [row[0] for row in rows] == list(numbers) and [
        row[1:4] for row in rows
    ] == block.places()


def write_block(block: Block) -> bytes:
    """Return a block as it is written down."""
    positions = block.columns.positions
    columns = (*block.columns[:3], [positions[0]], *block.columns[4:])
    made = [
        (one.prefix, one.topic, *map(_form_text, (one.own, one.said, one.stream)))
        for one in block.made
    ]
    return orjson.dumps(
        (block.kind, block.iss, block.is_filed, made, block.which, columns)
    )


def read_block(text: bytes) -> Block:
    """Read a block that was written down."""
    kind, iss, is_filed, made, which, columns = orjson.loads(text)
    (first,) = columns[3]
    columns[3] = range(first, first + len(which))
    found = [Made(*said[:2], *map(_read_form, said[2:])) for said in made]
    return Block(kind, iss, is_filed, found, which, Columns(*columns))


def _form_text(form: Form) -> tuple[str, str, tuple[int, ...]]:
    return form.record.kind, form.text, form.gaps


def _read_form(said: tuple[str, str, list[int]]) -> Form:
    kind, text, gaps = said
    return Form(_KINDS[kind], text, tuple(gaps))
