"""The part of the state that a decision looks at."""

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Final, NamedTuple, Protocol, TypeVar

from typing_extensions import override

from ledger.domain.state.record import Key, Record

R = TypeVar("R", bound=Record)
T = TypeVar("T")

CONCLUSIONS_MAX: Final = 4_096
"""So many are kept; then they are worked out anew."""


_UNKNOWN: Final = object()


class Ref(NamedTuple):
    """Names one record, whether it exists or not."""

    record: type[Record]
    key: Key


Place = tuple[type[Record], Key]
"""What a reference says, as a slice keeps it."""


class Unmade(Protocol):
    """Records that many statements made, put together when somebody asks for one."""

    def make(self, place: Place) -> Record:
        """Return the record under a key."""
        ...


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
    not known is absent. A ``concluding`` one keeps what follows from shared records,
    and so does every layer over it: while one lies there, only the layer changes.
    Of what is ``unmade`` only that is known which was changed later.
    """

    __slots__ = ("_conclusions", "base", "complete", "known", "unmade")

    def __init__(
        self,
        base: "Slice | None" = None,
        *,
        complete: bool = False,
        concluding: bool = False,
    ) -> None:
        """Start empty over ``base``."""
        self.known: dict[Place, Record | None] = {}
        self.unmade: dict[Place, Unmade] = {}
        self.base = base
        self.complete = complete
        # Shared with what lies below for as long as both know the same.
        self._conclusions: dict[Hashable, object] | None = (
            {} if concluding else None if base is None else base._conclusions  # noqa: SLF001  # its like
        )

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
            if layer.unmade and ref in layer.unmade:
                return layer.unmade[ref].make(ref)  # type: ignore[return-value]  # as above
            if layer.complete:
                return None
            layer = layer.base
        raise NotLoadedError(Ref(record, key))

    def unknown(self, record: type[Record], keys: Iterable[Key]) -> list[Key]:
        """Return those of the keys that were never looked up."""
        left = list(keys)
        layer: Slice | None = self
        while layer is not None and left:
            known = layer.known
            left = (
                []
                if layer.complete
                else [one for one in left if (record, one) not in known]
            )
            layer = layer.base
        return left

    def met(self, places: Mapping[Place, object]) -> set[Place]:
        """Return those of many places that anything is known about."""
        found: set[Place] = set()
        layer: Slice | None = self
        while layer is not None:
            # The shorter of two is gone through.
            for met in (layer.known, layer.unmade):
                if met:
                    found |= met.keys() & places.keys()
            layer = layer.base
        return found

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
            if record.shared:
                self.conclude_anew()

    def put_unmade(self, places: Iterable[Place], unmade: Unmade) -> None:
        """Lay records on top that are made when they are asked for.

        None of them is known to be there, nor of a shared kind.
        """
        self.unmade.update(dict.fromkeys(places, unmade))

    def conclude_anew(self) -> None:
        """Keep no conclusion any more: a shared record has changed here."""
        if self._conclusions is not None:
            # What lies below has not changed, and keeps its own.
            self._conclusions = {}

    def conclude_as(self, layer: "Slice") -> None:
        """Keep what a layer concluded, now that its changes are made here."""
        self._conclusions = layer._conclusions  # noqa: SLF001  # its like

    def take(self, layer: "Slice") -> None:
        """Merge down a layer that lies over this slice, with all that it knows."""
        self.known.update(layer.known)
        self.unmade.update(layer.unmade)
        self.conclude_as(layer)

    def once(self, key: Hashable, work: Callable[["Slice"], T]) -> T:
        """Return what follows from the key and from records of shared kinds.

        Many statements have so much in common: in a concluding slice it is worked out
        once, as long as none of those records changes. ``work`` is given a slice that
        finds no others.
        """
        kept = self._conclusions
        if kept is None:
            return work(_Shared(self))
        found = kept.get(key, _UNKNOWN)
        if found is _UNKNOWN:
            found = work(_Shared(self))
            if len(kept) >= CONCLUSIONS_MAX:
                kept.clear()
            kept[key] = found
        return found  # type: ignore[return-value]  # what the same work returned


class _Shared(Slice):
    """What a slice knows of shared kinds: conclusions rest on nothing else.

    And on what is put there, which must follow from the conclusion's key.
    """

    __slots__ = ()

    @override
    def find(self, record: type[R], key: Key) -> R | None:
        if not record.shared and (record, key) not in self.known:
            raise TypeError(record)
        return super().find(record, key)
