"""What is sent to another process to be taken apart, and what comes back of it.

Entries are sent as they are; or only where they stand, and whoever takes them apart
reads them. Of those it sends back what it has read, if they are no lines in a row.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple, Protocol, TypeVar, overload

from typing_extensions import override

from ledger.audit.errors import UnreadableSourceError
from ledger.audit.foreseeing import News
from ledger.audit.packing import Packed, pack, unpack
from ledger.audit.parsing import Taken
from ledger.audit.ports import EntryRange, EntryRow, SourceEntry
from ledger.audit.reading import Reader
from ledger.audit.stretches import Stretch


class HasBytes(Protocol):
    """What has the bytes of an entry."""

    @property
    def raw(self) -> bytes:
        """Return them."""
        ...


S = TypeVar("S", bound=HasBytes)
T_co = TypeVar("T_co", bound=HasBytes, covariant=True)

Piece = tuple[Sequence[S], Taken | Stretch]
"""One entry that was taken apart, or lines in a row."""


class Order(NamedTuple):
    """How a ``worker`` is to take entries apart, and what it was not sent yet.

    No two workers have one number, nor had they in the audits that this process ran.
    Lines that are alike come back ``in_stretches`` where they are asked for. Whoever is
    ``trusting`` has no signature verified.
    """

    worker: int
    news: News
    in_stretches: bool = False
    trusting: bool = False

    def reader(self) -> Reader:
        """Return the worker's own reader, which knows now what it was not sent yet."""
        reader = Reader.numbered(self.worker, trusting=self.trusting)
        reader.shared.learn(self.news.records)
        return reader


class Span(NamedTuple):
    """Entries to take apart."""

    raws: list[bytes]
    order: Order


class Sent(Protocol[T_co]):
    """Entries that a worker is sent."""

    # Any: what the function takes and returns is between it and ``pieces``.
    def sent(self, order: Order) -> tuple[Callable[[Any], Any], Any]:
        """Return what the worker is to call, and with what."""
        ...

    def pieces(self, found: Any) -> Iterator[Piece[T_co]]:  # noqa: ANN401  # as it returned
        """Return the entries, taken apart."""
        ...


class SentEntries(Sent[S]):
    """Entries that are sent as they are."""

    def __init__(self, entries: Sequence[S]) -> None:
        """Send these."""
        self._entries = entries

    @override
    def sent(self, order: Order) -> tuple[Callable[[Span], list[Packed]], Span]:
        return take_span, Span([one.raw for one in self._entries], order)

    @override
    def pieces(self, found: list[Packed]) -> Iterator[Piece[S]]:
        return pieces_of(self._entries, unpack(found))


def take_span(span: Span) -> list[Packed]:
    """Take entries apart, verify signatures whose keys are known, and look ahead."""
    order = span.order
    reader, as_of = order.reader(), order.news.as_of
    if order.in_stretches:
        return pack(reader.read_in_stretches(span.raws, as_of=as_of))
    return pack(reader.read(span.raws, as_of=as_of))


def pieces_of(
    entries: Sequence[S], taken: Iterable[Taken | Stretch]
) -> Iterator[Piece[S]]:
    """Yield entries with what they are.

    Raises:
        ValueError: there is not one for each.
    """
    start = 0
    for found in taken:
        end = start + count_of(found)
        yield entries[start:end], found
        start = end
    if start != len(entries):
        raise ValueError(start)


def count_of(found: Taken | Stretch) -> int:
    """Return how many entries these are."""
    return len(found.leaves) if isinstance(found, Stretch) else 1


class Reading(NamedTuple):
    """Entries that a worker has read and taken apart; ``rows`` are those read alone."""

    found: list[Packed]
    rows: list[EntryRow]


class SentRange(Sent[SourceEntry]):
    """Entries that the worker reads itself."""

    def __init__(self, entries: EntryRange) -> None:
        """Send where these stand."""
        self._entries = entries

    @override
    def sent(
        self, order: Order
    ) -> tuple[Callable[[tuple[EntryRange, Order]], Reading], tuple[EntryRange, Order]]:
        return take_range, (self._entries, order)

    @override
    def pieces(self, found: Reading) -> Iterator[Piece[SourceEntry]]:
        alone, start, whole = iter(found.rows), 0, _Again(self._entries)
        for one in unpack(found.found):
            end = start + count_of(one)
            if isinstance(one, Stretch):
                yield _Rows(whole, start=start, end=end), one
            else:
                yield [SourceEntry.of(next(alone))], one
            start = end


def take_range(sent: tuple[EntryRange, Order]) -> Reading:
    """Read entries, and take them apart as ``take_span`` does.

    Raises:
        UnreadableSourceError: the source fails.
    """
    entries, order = sent
    rows = entries.read()
    found = order.reader().read_in_stretches(
        [row[-1] for row in rows], as_of=order.news.as_of, rows=rows
    )
    alone, start = [], 0
    for one in found:
        if not isinstance(one, Stretch):
            alone.append(rows[start])
        start += count_of(one)
    return Reading(pack(found), alone)


class _Again:
    """Reads a range once more, if one of its lines must be read by itself."""

    def __init__(self, entries: EntryRange) -> None:
        self._entries = entries
        self._rows: Sequence[EntryRow] | None = None

    def read(self, start: int, end: int) -> list[SourceEntry]:
        if self._rows is None:
            self._rows = self._entries.read()
        found = list(map(SourceEntry.of, self._rows[start:end]))
        if len(found) != end - start:
            # Somebody takes entries away while they are read.
            raise UnreadableSourceError(start)
        return found


class _Rows(Sequence[SourceEntry]):
    """Entries that are read if somebody looks at them."""

    def __init__(self, whole: _Again, *, start: int, end: int) -> None:
        self._whole = whole
        self._start = start
        self._end = end
        self._read: list[SourceEntry] = []

    @override
    def __len__(self) -> int:
        return self._end - self._start

    @overload
    def __getitem__(self, at: int) -> SourceEntry: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[SourceEntry]: ...

    @override
    def __getitem__(self, at: int | slice) -> SourceEntry | Sequence[SourceEntry]:
        if not self._read:
            self._read = self._whole.read(self._start, self._end)
        return self._read[at]
