"""The part of the state that a decision looks at."""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple, TypeVar

from ledger.domain.state.record import Key, Record

R = TypeVar("R", bound=Record)


_UNKNOWN: Final = object()


class Ref(NamedTuple):
    """Names one record, whether it exists or not."""

    record: type[Record]
    key: Key


class NotLoadedError(Exception):
    """A rule asked for a record that nobody looked up yet: load it, ask again."""

    def __init__(self, ref: Ref) -> None:
        """Name the record."""
        super().__init__(ref)
        self.ref = ref


class Slice:
    """The part of the state that was looked up, with what changed on top.

    ``find`` answers None only for a record known to be absent. A layer over a base
    keeps its changes apart until they are merged down. In a ``complete`` slice what is
    not known is absent.
    """

    __slots__ = ("base", "complete", "known")

    def __init__(self, base: "Slice | None" = None, *, complete: bool = False) -> None:
        """Start empty over ``base``."""
        self.known: dict[tuple[type[Record], Key], Record | None] = {}
        self.base = base
        self.complete = complete

    def find(self, record: type[R], key: Key) -> R | None:
        """Return the record under this key, None if there is none.

        Raises:
            NotLoadedError: it was never looked up.
        """
        ref = (record, key)
        layer: Slice | None = self
        while layer is not None:
            found = layer.known.get(ref, _UNKNOWN)
            if found is not _UNKNOWN:
                return found  # type: ignore[return-value]  # keyed by class
            if layer.complete:
                return None
            layer = layer.base
        raise NotLoadedError(Ref(record, key))

    def knows(self, ref: Ref) -> bool:
        """Tell whether the record was looked up."""
        layer: Slice | None = self
        while layer is not None:
            if layer.complete or ref in layer.known:
                return True
            layer = layer.base
        return False

    def learn(self, ref: Ref, record: Record | None) -> None:
        """Note what one look-up found."""
        self.known[ref.record, ref.key] = record

    def learn_all(
        self, record: type[Record], keys: Iterable[Key], *, found: Mapping[Key, Record]
    ) -> None:
        """Note what a look-up of many found; what it did not is known to be absent."""
        self.known.update({(record, key): found.get(key) for key in keys})

    def put(self, records: Iterable[Record]) -> None:
        """Lay changed records on top."""
        for record in records:
            self.known[type(record), record.key] = record
