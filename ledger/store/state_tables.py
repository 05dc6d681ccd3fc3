"""One table per kind of state record, made from the record's own fields.

Writing is an upsert of many rows in one statement; reading is one statement per kind,
whatever the number of keys.
"""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from operator import itemgetter
from typing import Any, Final

import orjson
from sqlalchemy import (
    Connection,
    MetaData,
    Row,
)

from ledger.domain.state import KINDS, Key, Record
from ledger.store.arrays import ARRAYS, COLUMNS
from ledger.store.short_ids import short_id
from ledger.store.state_columns import Field, field_of
from ledger.store.state_lists import NewRows, insert
from ledger.store.state_rows import Row as Values
from ledger.store.state_rows import RowForm
from ledger.store.state_shapes import table_of

Columns = Sequence[Sequence[str | int]]
"""The parts of many keys, each part by itself."""

SCAN_ROWS: Final = 500
"""Rows that a scan takes from the database at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Columns that lie below or above a value, neither of them included."""

    below: Mapping[str, str | int] = field(default_factory=dict)
    above: Mapping[str, str | int] = field(default_factory=dict)
    limit: int | None = None


class StateTable:
    """The table of one kind of record, on either database."""

    def __init__(self, record: type[Record], metadata: MetaData) -> None:
        """Derive columns, statements and conversions from the record's fields."""
        self.record = record
        self.name = f"state_{record.kind}"
        self.fields = [field_of(record, name) for name in record.model_fields]
        self.keys = record.key_fields
        self._by_name = {field.name: field for field in self.fields}
        self.table = table_of(record, self.fields, metadata=metadata)
        self._columns = ", ".join(f'"{field.column_name}"' for field in self.fields)
        self.asked_for = {
            one.name for one in self.fields if one.blank is None and one.usual is None
        }
        self.form = RowForm(record, self.fields)
        names = list(record.model_fields)
        self._key_of = itemgetter(*(names.index(name) for name in self.keys))

    def upsert(self, connection: Connection, records: Sequence[Record]) -> None:
        """Put many records with one statement."""
        is_sqlite = connection.dialect.name == "sqlite"
        rows = [self.form.row(record, is_sqlite=is_sqlite) for record in records]
        if self.record.slim:
            # Ids grow with time, but not within a moment. In their order they are added
            # behind the last, and fill its page; else each page is split half full.
            rows.sort(key=self._key_of)
        if is_sqlite:
            self._upsert_held(connection, rows)
            return
        marks = ", ".join(f"%b::{ARRAYS[field.column]}" for field in self.fields)
        sql = f"INSERT INTO {self.name} ({self._columns}) SELECT * FROM unnest({marks})"  # noqa: S608  # own names only
        columns = tuple(
            COLUMNS[ARRAYS[field.column]](column)
            for field, column in zip(self.fields, zip(*rows, strict=True), strict=True)
        )
        connection.exec_driver_sql(f"{sql} {self._on_conflict()}", columns)

    def _upsert_held(self, connection: Connection, rows: Sequence[Values]) -> None:
        """Put rows, and bind only what one of them holds: the rest is nothing then."""
        columns = zip(self.fields, zip(*rows, strict=True), strict=True)
        held = [
            (f'"{one.column_name}"', values)
            for one, values in columns
            if values.count(None) < len(values)
        ]
        names = ", ".join(name for name, _ in held)
        marks = ", ".join("?" for _ in held)
        sql = f"INSERT INTO {self.name} ({names}) VALUES ({marks})"  # noqa: S608  # own names only
        given = [*zip(*(values for _, values in held), strict=True)]
        connection.exec_driver_sql(f"{sql} {self._on_conflict()}", given)

    def load(self, connection: Connection, keys: Sequence[Key]) -> dict[Key, Record]:
        """Return the records under these keys."""
        if not keys:
            return {}
        parts = [key if isinstance(key, tuple) else (key,) for key in keys]
        columns = [
            list(map(short_id, values)) if name in self.record.ids else values
            for name, values in zip(self.keys, zip(*parts, strict=True), strict=True)
        ]
        sql, parameters = (
            self._chosen_by_json(columns)
            if connection.dialect.name == "sqlite"
            else self._chosen_by_arrays(columns)
        )
        # All rows at once: every single one would let go of the interpreter's lock.
        found = connection.exec_driver_sql(sql, parameters).all()
        return {record.key: record for record in self._records(found)}

    def _chosen_by_json(self, columns: Columns) -> tuple[str, tuple[object, ...]]:
        """Return what selects the rows under these keys on SQLite."""
        names = ", ".join(f'"{name}"' for name in self.keys)
        chosen = "value"
        if len(self.keys) > 1:
            places = range(len(self.keys))
            chosen = ", ".join(f"json_extract(value, '$[{n}]')" for n in places)
        wanted = f"SELECT {chosen} FROM json_each(?)"  # noqa: S608  # own names only
        sql = f"SELECT {self._columns} FROM {self.name} WHERE ({names}) IN ({wanted})"  # noqa: S608  # own names only
        asked = columns[0] if len(columns) == 1 else [*zip(*columns, strict=True)]
        return sql, (orjson.dumps(asked).decode(),)

    def _chosen_by_arrays(self, columns: Columns) -> tuple[str, tuple[object, ...]]:
        """Return what selects the rows under these keys on PostgreSQL.

        Each key is looked up by itself: asked for all at once, the planner may go
        through the whole table instead, and does so while it is small.
        """
        arrays = [ARRAYS[self._by_name[name].column] for name in self.keys]
        marks = ", ".join(f"%b::{array}" for array in arrays)
        names = ", ".join(f"k{n}" for n in range(len(arrays)))
        same = " AND ".join(
            f'"{name}" = wanted.k{n}' for n, name in enumerate(self.keys)
        )
        one = f"SELECT {self._columns} FROM {self.name} WHERE {same} LIMIT 1"  # noqa: S608  # own names only
        sql = (
            f"SELECT found.* FROM unnest({marks}) AS wanted({names})"  # noqa: S608  # own names only
            f" CROSS JOIN LATERAL ({one}) AS found"
        )
        pairs = zip(arrays, columns, strict=True)
        return sql, tuple(COLUMNS[array](column) for array, column in pairs)

    def scan(
        self,
        connection: Connection,
        where: Mapping[str, str | int],
        *,
        bounds: Bounds | None = None,
    ) -> Iterator[Record]:
        """Return the records whose columns have these values, in key order.

        Raises:
            KeyError: no such field, or one that is only written if it is unusual.
        """
        is_sqlite = connection.dialect.name == "sqlite"
        mark = "?" if is_sqlite else "%s"
        bounds = bounds or Bounds()
        # SQLite does not know how few lie below a bound: to spare sorting them it would
        # walk the whole table by its keys. A sign before a column keeps it from that.
        plain = "+" if is_sqlite and bounds.below else ""
        parts = (("", "=", where), ("", "<", bounds.below), (plain, ">", bounds.above))
        asked = [
            (before, name, sign, self.spelled(name, value))
            for before, sign, values in parts
            for name, value in values.items()
        ]
        unknown = {one[1] for one in asked} - self.asked_for
        if unknown:
            raise KeyError(*unknown)
        conditions = "".join(
            f' AND {before}"{name}" {sign} {mark}' for before, name, sign, _ in asked
        )
        order = ", ".join(f'{plain}"{name}"' for name in self.keys)
        sql = f"SELECT {self._columns} FROM {self.name} WHERE 1 = 1{conditions}"  # noqa: S608  # own names only
        most = "" if bounds.limit is None else f" LIMIT {bounds.limit:d}"
        found = connection.exec_driver_sql(
            f"{sql} ORDER BY {order}{most}", tuple(one[3] for one in asked)
        )
        # Pages of rows: every single one would let go of the interpreter's lock.
        pages = found.partitions(SCAN_ROWS)
        return self._records(itertools.chain.from_iterable(pages))

    def columns(
        self,
        connection: Connection,
        names: Sequence[str],
        *,
        where: Mapping[str, str | int],
    ) -> list[tuple[Any, ...]]:  # Any: a column's value, whatever its type.
        """Return these columns of the rows with these values, in no order.

        Raises:
            KeyError: no such field, or one that follows from others.
        """
        fields = [self._by_name[name] for name in names]
        if unusual := [one.name for one in fields if one.usual is not None]:
            raise KeyError(*unusual)
        mark = "?" if connection.dialect.name == "sqlite" else "%s"
        chosen = ", ".join(f'"{field.name}"' for field in fields)
        if unknown := where.keys() - self.asked_for:
            raise KeyError(*unknown)
        asked = [f'"{name}" = {mark}' for name in where]
        sql = f"SELECT {chosen} FROM {self.name} WHERE {' AND '.join(asked)}"  # noqa: S608  # own names only
        values = tuple(itertools.starmap(self.spelled, where.items()))
        rows = connection.exec_driver_sql(sql, values).all()
        columns = zip(fields, zip(*rows, strict=True), strict=False)
        return list(zip(*(_read(*one) for one in columns), strict=True))

    def spelled(self, name: str, value: str | int) -> str | int:
        """Return a field's value as its column holds it."""
        is_id = name in self.record.ids and isinstance(value, str)
        return short_id(value) if is_id else value

    def _on_conflict(self) -> str:
        keys = ", ".join(f'"{name}"' for name in self.keys)
        rest = [one.column_name for one in self.fields if one.name not in self.keys]
        sets = ", ".join(f'"{name}" = excluded."{name}"' for name in rest)
        return f"ON CONFLICT ({keys}) DO " + (
            f"UPDATE SET {sets}" if rest else "NOTHING"
        )

    def _records(self, rows: Iterable[Row[Any]]) -> Iterator[Record]:  # Any: columns.
        return map(self.form.record, map(tuple, rows))


def _read(field: Field, column: Sequence[Any]) -> Sequence[Any]:  # Any: as above.
    load, blank = field.load, field.blank
    if load is None and blank is None:
        return column
    return [
        blank if value is None else value if load is None else load(value)
        for value in column
    ]


class StateTables:
    """All state tables, by kind."""

    def __init__(self, kinds: Mapping[str, type[Record]] = KINDS) -> None:
        """Derive one table per kind."""
        self.metadata = MetaData()
        self._tables = {
            kind: StateTable(record, self.metadata) for kind, record in kinds.items()
        }

    def __getitem__(self, kind: str) -> StateTable:
        """Return the table of a kind."""
        return self._tables[kind]

    def put(self, connection: Connection, changes: Iterable[Record | NewRows]) -> None:
        """Put records of any kinds, at most one per key: one statement per kind.

        And one for rows that are new and alike.
        """
        by_kind: dict[str, list[Record]] = {}
        for one in changes:
            if isinstance(one, NewRows):
                insert(connection, self._tables[one.pattern.kind], rows=one)
            else:
                by_kind.setdefault(one.kind, []).append(one)
        for kind, group in by_kind.items():
            self._tables[kind].upsert(connection, group)

    def fill(self, connection: Connection, changes: Iterable[Iterable[Record]]) -> None:
        """Put what is left of changes that were made in this order."""
        pending: dict[tuple[str, Key], Record] = {}
        for records in changes:
            pending.update({(one.kind, one.key): one for one in records})
        self.put(connection, pending.values())


@cache
def state_tables() -> StateTables:
    """Return the tables of all kinds; they hold no state and are derived once."""
    return StateTables()
