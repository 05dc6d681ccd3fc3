"""What a row leaves out comes back, and what it spells shorter comes back whole."""

from collections.abc import Mapping
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection

from ledger.domain.state import KINDS, LotRecord, Record, Root
from ledger.domain.state.record import Usual
from ledger.domain.statements.awards import Basis
from ledger.store.state_tables import Bounds, StateTables
from tests.unit.store.test_short_ids import TEXTS


def _is_own(values: Mapping[str, Any]) -> bool:  # Any: fields of a record.
    return bool(values["names"] == (values["name"],))


def _own(values: Mapping[str, Any]) -> tuple[str, ...]:  # Any: as above.
    return (values["name"],)


class Kept(Record):
    """A record of which little is written."""

    kind: ClassVar[str] = "kept"
    key_fields: ClassVar[tuple[str, ...]] = ("name",)
    indexes: ClassVar[tuple[tuple[str, ...], ...]] = (("other",),)
    ids: ClassVar[frozenset[str]] = frozenset({"name", "other"})
    usual: ClassVar[Mapping[str, Usual]] = {"names": Usual(_is_own, _own)}

    name: str
    other: str | None = None
    count: int = 0
    parts: tuple[str, ...] = ()
    all_parts: tuple[str, ...]
    names: tuple[str, ...]


TABLES = StateTables({"kept": Kept})
# PostgreSQL has no text with a zero in it; no statement has one either.
NAMES = TEXTS.filter(lambda text: "\0" not in text and text.isprintable())
SOME = st.lists(NAMES, max_size=2).map(tuple)
RECORDS = st.builds(
    Kept,
    name=NAMES,
    other=st.none() | NAMES,
    count=st.integers(0, 2),
    parts=SOME,
    all_parts=SOME,
    names=SOME,
)
AWARD = "award_6305fc30-0d65-572f-8959-ff74bb4fc212"
LEARNER = f"learner_{'0f' * 16}"
PLAIN = Kept(name=AWARD, all_parts=(), names=(AWARD,))


@given(RECORDS, st.booleans())
def test_every_record_comes_back_from_its_row(
    record: Kept,
    is_usual: bool,  # noqa: FBT001  # drawn
) -> None:
    """Whether its fields are as usual, empty, or neither."""
    made = record.replacing(names=(record.name,)) if is_usual else record
    form = TABLES["kept"].form

    for is_sqlite in (True, False):
        row = form.row(made, is_sqlite=is_sqlite)
        assert form.record(row) == made
        assert (row[-1] is None) == (made.names == (made.name,))


def test_nothing_is_written_of_what_is_as_usual(connection: Connection) -> None:
    """And no column is taken for what it says only in part."""
    TABLES.put(connection, [PLAIN])

    rows = connection.exec_driver_sql(
        "SELECT name, other, count, parts, all_parts, other_names FROM state_kept"
    ).all()

    assert [tuple(row) for row in rows] == [
        ("*NkMwB-p_Kmy8LUxoioz13V", None, None, None, "[]", None)
    ]


def test_ids_are_asked_for_as_statements_name_them(connection: Connection) -> None:
    """One by one, by value, and from one on."""
    records = [
        PLAIN,
        Kept(name=LEARNER, other=AWARD, count=2, all_parts=("a",), names=()),
        Kept(name="*", other="=", parts=("b",), all_parts=(), names=("x", "y")),
    ]
    TABLES.put(connection, records)
    table, (first, second, third) = TABLES["kept"], records

    found = table.load(connection, [AWARD, "*", "nobody"])
    assert found == {AWARD: first, "*": third}
    assert list(table.scan(connection, {"other": AWARD})) == [second]
    assert list(table.scan(connection, {"other": "="})) == [third]
    bounds = Bounds(above={"name": ""}, below={"name": AWARD[:-1] + "3"})
    assert list(table.scan(connection, {}, bounds=bounds)) == [first]
    names = ["name", "other", "count", "parts"]
    assert table.columns(connection, names, where={"other": AWARD}) == [
        (LEARNER, AWARD, 2, ())
    ]
    assert table.columns(connection, names, where={"name": AWARD}) == [
        (AWARD, None, 0, ())
    ]


@pytest.mark.parametrize("name", ["count", "parts", "names"])
def test_what_may_be_left_out_is_not_asked_for_by_value(
    connection: Connection, name: str
) -> None:
    """Nothing would be found where most of it is."""
    table = TABLES["kept"]
    with pytest.raises(KeyError, match=name):
        table.scan(connection, {name: 0})
    with pytest.raises(KeyError, match=name):
        table.columns(connection, ["name"], where={name: 0})


def test_what_follows_from_others_is_read_with_them(connection: Connection) -> None:
    """Alone it would look empty."""
    with pytest.raises(KeyError, match="names"):
        TABLES["kept"].columns(connection, ["names"], where={"name": AWARD})


@pytest.mark.parametrize("record", KINDS.values(), ids=list(KINDS))
def test_what_a_kind_says_of_its_fields_it_has(record: type[Record]) -> None:
    """An id is a text, which may be absent."""
    fields = record.model_fields
    assert record.usual.keys() <= fields.keys()
    assert not record.usual.keys() & {*record.key_fields, *sum(record.indexes, ())}
    for name in record.ids:
        assert fields[name].annotation in {str, str | None}


def lot(**changes: object) -> LotRecord:
    """Return a lot that no exchange made."""
    plain: dict[str, object] = dict.fromkeys(LotRecord.model_fields)
    defaults = {
        name: one.default
        for name, one in LotRecord.model_fields.items()
        if not one.is_required()
    }
    given: dict[str, object] = {
        "award_id": AWARD,
        "learner_id": LEARNER,
        "issuer": "north",
        "basis": Basis.ISSUED,
        "passed": True,
        "awarded_milli": 3000,
        "available_milli": 3000,
        "revision": 1,
        "position": 4,
        "recorded_at": "2026-09-01T08:00:00.000Z",
        "recorded_on": "2026-09-01",
        "kid": "north#k",
        "body_hash": "",
        "roots": (Root(award_id=AWARD, amount_milli=3000),),
        "path": ("north",),
    }
    return LotRecord.model_validate({**plain, **defaults, **given, **changes})


@pytest.mark.parametrize(
    ("changes", "unusual"),
    [
        ({}, set()),
        ({"roots": ()}, {"roots"}),
        ({"roots": (Root(award_id=AWARD, amount_milli=1),)}, {"roots"}),
        ({"roots": (Root(award_id="award_1", amount_milli=3000),)}, {"roots"}),
        ({"roots": (Root(award_id=AWARD, amount_milli=3000),) * 2}, {"roots"}),
        ({"path": ("north", "south")}, {"path"}),
        ({"path": ()}, {"path"}),
    ],
)
def test_a_lot_usually_goes_back_to_itself_and_to_its_issuer(
    changes: dict[str, object], unusual: set[str]
) -> None:
    """Whatever else it goes back to is written."""
    made = lot(**changes)
    values = dict(made)

    for name, usual in LotRecord.usual.items():
        assert usual.holds(values) == (name not in unusual)
        assert (usual.make(values) == values[name]) == (name not in unusual)
