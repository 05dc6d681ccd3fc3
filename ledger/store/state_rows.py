"""Between a record and the values of its row."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Final

from ledger.domain.state import Record
from ledger.making import made_of
from ledger.store.state_columns import Convert, Field

FORMS_MAX: Final = 1_024
"""So many combinations of types are remembered of each kind of record."""
KEPT_MAX: Final = 2_048
"""Rows of a table, kept read: finding one costs less."""
_EMPTY: Final = "[]"

Row = tuple[object, ...]


class RowForm:
    """How records of one kind are written, and read back the same.

    Nearly all fields of nearly all records are plain, empty, nothing or as usual: only
    what must be looked at is.
    """

    def __init__(self, record: type[Record], fields: Sequence[Field]) -> None:
        """Sort the fields by what has to be done with them."""
        self._names = [one.name for one in fields]
        self._values = itemgetter(*self._names)
        places = list(enumerate(fields))
        texts = [one for one in places if not one[1].is_tuple]
        tuples = [one for one in places if one[1].is_tuple]
        self._usual = [(n, one.usual) for n, one in places if one.usual is not None]
        self._zeros = [n for n, one in texts if one.blank == 0]
        self._dumps = [(n, one.dump) for n, one in texts if one.dump is not None]
        # The driver takes an integer as it is, and asks around what a truth value is.
        flags: list[tuple[int, Convert]] = [
            (n, int) for n, one in texts if one.column is bool
        ]
        self._sqlite_dumps = [*self._dumps, *flags]
        self._loads = [(n, one.load) for n, one in texts if one.load is not None]
        self._tuples = [
            (n, one.dump, one.load, None if one.blank == () else _EMPTY)
            for n, one in tuples
            if one.dump is not None and one.load is not None
        ]
        self._made = reader_of(record)
        # Records are frozen: whoever reads the same row may share them.
        self.record: Callable[[Row], Record] = (
            lru_cache(KEPT_MAX)(self._record) if record.shared else self._record
        )

    def row(self, record: Record, *, is_sqlite: bool) -> Row:
        """Return the values of a record's row."""
        values = record.__dict__
        row = list(self._values(values))
        for place, usual in self._usual:
            if usual.holds(values):
                row[place] = None
        for place, dump in self._sqlite_dumps if is_sqlite else self._dumps:
            if row[place] is not None:
                row[place] = dump(row[place])
        for place, dump, _, empty in self._tuples:
            # Most are empty, as when they are read.
            if row[place]:
                row[place] = dump(row[place])
            elif row[place] is not None:
                row[place] = empty
        for place in self._zeros:
            row[place] = row[place] or None
        return tuple(row)

    def _record(self, row: Row) -> Record:
        values = list(row)
        for place, load in self._loads:
            if values[place] is not None:
                values[place] = load(values[place])
        for place, _, load, empty in self._tuples:
            # Most are empty: what costs nothing need not be read.
            if values[place] == empty:
                values[place] = ()
            elif values[place] is not None:
                values[place] = load(values[place])
        for place in self._zeros:
            values[place] = values[place] or 0
        named = dict(zip(self._names, values, strict=True))
        for place, usual in self._usual:
            if values[place] is None:
                named[self._names[place]] = usual.make(named)
        return self._made(named)


def reader_of(record: type[Record]) -> Callable[[dict[str, object]], Record]:
    """Return what makes a record of all its fields, in their order, and checks them.

    A field without bounds is right if its type is: of values whose types were let pass
    before, nothing more is asked.
    """
    fields = record.model_fields
    is_bounded = any(one.metadata for one in fields.values())
    passed: set[tuple[type, ...]] = set()

    def read(values: dict[str, object]) -> Record:
        types = tuple(map(type, values.values()))
        if types in passed:
            return made_of(record, values, given=set(fields))
        made = record.model_validate(values)
        if not is_bounded and len(passed) < FORMS_MAX:
            passed.add(types)
        return made

    return read
