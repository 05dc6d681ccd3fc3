"""What a row of state is: found by its key, put but never deleted."""

from typing import ClassVar

from ledger.domain.types import Wire

Key = str | int | tuple[str | int, ...]


class Record(Wire):
    """One row of state. ``key_fields`` name it, ``indexes`` serve queries."""

    kind: ClassVar[str]
    key_fields: ClassVar[tuple[str, ...]]
    indexes: ClassVar[tuple[tuple[str, ...], ...]] = ()

    @property
    def key(self) -> Key:
        """The bare value of a single key field, else their tuple."""
        values = tuple(getattr(self, field) for field in self.key_fields)
        return values[0] if len(values) == 1 else values
