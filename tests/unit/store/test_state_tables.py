"""Records become rows and rows the same records, on either database."""

from enum import Enum
from typing import ClassVar

import pytest
from sqlalchemy import Connection, inspect

from ledger.database import close_engine, open_engine
from ledger.domain.state import KINDS, Record
from ledger.domain.types import Wire
from ledger.store.state_tables import StateTables, state_tables


class Colour(Enum):
    """A closed set."""

    RED = "red"


class Part(Wire):
    """A value inside a record."""

    name: str
    amount: int | None


class Everything(Record):
    """A record with a field of each kind, under a key of two."""

    kind: ClassVar[str] = "everything"
    key_fields: ClassVar[tuple[str, ...]] = ("owner", "number")
    indexes: ClassVar[tuple[tuple[str, ...], ...]] = (("text", "flag"),)

    owner: str
    number: int
    text: str | None = None
    flag: bool = False
    colour: Colour | None = None
    parts: tuple[Part, ...] = ()
    part: Part | None = None


class Mark(Record):
    """A record that is nothing but its key."""

    kind: ClassVar[str] = "marks"
    key_fields: ClassVar[tuple[str, ...]] = ("name",)

    name: str


TABLES = StateTables({one.kind: one for one in (Everything, Mark)})
PLAIN = Everything(owner="a", number=1)
FULL = Everything(
    owner="学校 \"'%s\\",
    number=2**53 - 1,
    text="",
    flag=True,
    colour=Colour.RED,
    parts=(Part(name="焊接", amount=None), Part(name="?", amount=-1)),
    part=Part(name="$[0]", amount=0),
)


def test_records_come_back_as_they_were(connection: Connection) -> None:
    """Under their keys, and those that are not there are left out."""
    TABLES.put(connection, [PLAIN, Mark(name="m"), FULL])

    wanted = [PLAIN.key, ("nobody", 1), FULL.key]
    found = TABLES["everything"].load(connection, wanted)

    assert found == {PLAIN.key: PLAIN, FULL.key: FULL}
    assert TABLES["marks"].load(connection, ["m", "n"]) == {"m": Mark(name="m")}


def test_a_record_that_is_put_again_replaces_the_first(connection: Connection) -> None:
    """There is one row per key."""
    later = Everything(owner="a", number=1, text="later", flag=True)
    TABLES.put(connection, [PLAIN, Mark(name="m")])

    TABLES.put(connection, [later, Mark(name="m")])

    assert list(TABLES["everything"].scan(connection, {})) == [later]
    assert list(TABLES["marks"].scan(connection, {})) == [Mark(name="m")]


def test_a_record_that_is_put_again_leaves_nothing_of_the_first(
    connection: Connection,
) -> None:
    """Also where it holds nothing now."""
    bare = Everything(owner=FULL.owner, number=FULL.number)
    TABLES.put(connection, [FULL])

    TABLES.put(connection, [bare])

    assert list(TABLES["everything"].scan(connection, {})) == [bare]


def test_nothing_is_found_under_no_key(connection: Connection) -> None:
    """And nothing is asked."""
    TABLES.put(connection, [PLAIN])

    assert TABLES["everything"].load(connection, []) == {}


def test_a_scan_finds_what_has_these_values_in_key_order(
    connection: Connection,
) -> None:
    """All conditions hold."""
    records = [
        Everything(owner=owner, number=number, text=text)
        for owner, number, text in [("b", 1, "x"), ("a", 2, "x"), ("a", 1, "y")]
    ]
    TABLES.put(connection, records)
    b1, a2, a1 = records

    table = TABLES["everything"]
    assert list(table.scan(connection, {})) == [a1, a2, b1]
    assert list(table.scan(connection, {"text": "x"})) == [a2, b1]
    assert list(table.scan(connection, {"text": "x", "number": 1})) == [b1]


def test_a_scan_by_an_unknown_field_is_a_mistake(connection: Connection) -> None:
    """A name never reaches the database unless it is a column's."""
    with pytest.raises(KeyError, match="1 = 1"):
        TABLES["everything"].scan(connection, {"1 = 1; --": 1})


def test_columns_are_read_as_in_the_whole_record(connection: Connection) -> None:
    """What is empty stays empty, and what has no row gives none."""
    TABLES.put(connection, [PLAIN, FULL])
    table, names = TABLES["everything"], [*Everything.model_fields]

    for record in (PLAIN, FULL):
        (row,) = table.columns(connection, names, where={"owner": record.owner})
        assert Everything(**dict(zip(names, row, strict=True))) == record
    where: dict[str, str | int] = {"owner": "a", "number": 1}
    assert table.columns(connection, ["flag", "text"], where=where) == [(False, None)]
    assert table.columns(connection, names, where={"owner": "nobody"}) == []


@pytest.mark.parametrize("names", [["owner"], ["1; --"]])
def test_columns_by_an_unknown_field_are_a_mistake(
    connection: Connection, names: list[str]
) -> None:
    """Neither what is read nor what it is found by is anything but a column."""
    with pytest.raises(KeyError, match="1; --"):
        TABLES["everything"].columns(connection, names, where={"1; --": 1})


def test_every_kind_has_a_table_with_its_key_and_indexes(database_url: str) -> None:
    """The tables of the bank itself can be made on either database."""
    engine = open_engine(database_url)
    StateTables().metadata.create_all(engine)

    found = inspect(engine)
    for kind, record in KINDS.items():
        key = found.get_pk_constraint(f"state_{kind}")["constrained_columns"]
        assert key == list(record.key_fields)
        indexes = [one["column_names"] for one in found.get_indexes(f"state_{kind}")]
        assert sorted(indexes) == sorted(list(one) for one in record.indexes)
    close_engine(engine)


def test_the_banks_tables_are_derived_once() -> None:
    """Deriving them takes longer than opening a database."""
    assert state_tables() is state_tables()
    derived = state_tables.__wrapped__()
    assert {f"state_{kind}" for kind in KINDS} == set(derived.metadata.tables)
