"""Rows of state are checked whenever they are read, also if their like was before."""

from collections.abc import Iterator
from typing import (
    Annotated,
    ClassVar,
    Literal,
    get_args,
    get_origin,
    get_type_hints,
)

import pytest
from pydantic import Field, ValidationError
from sqlalchemy import Connection

from ledger.domain.state import KINDS, Record
from ledger.domain.types import MemberKind
from ledger.store import state_rows
from ledger.store.state_rows import reader_of
from ledger.store.state_tables import StateTables


class Plain(Record):
    """A record whose fields have no bounds but their types."""

    kind: ClassVar[str] = "plain"
    key_fields: ClassVar[tuple[str, ...]] = ("name",)
    indexes: ClassVar[tuple[tuple[str, ...], ...]] = (("ends_on",), ("name", "ends_on"))
    slim: ClassVar[bool] = True

    name: str
    flag: bool
    colour: MemberKind | None
    parts: tuple[str, ...]
    ends_on: str | None


class Bounded(Record):
    """A record one of whose fields has a bound."""

    kind: ClassVar[str] = "bounded"
    key_fields: ClassVar[tuple[str, ...]] = ("name",)

    name: str
    amount: Annotated[int, Field(ge=0)]


TABLES = StateTables({one.kind: one for one in (Plain, Bounded)})
ROW = {
    "name": "a",
    "flag": True,
    "colour": MemberKind.SCHOOL,
    "parts": ("x",),
    "ends_on": None,
}


def test_what_is_read_is_the_checked_record() -> None:
    """Equal, of the same fields in the same order, whether its like was read or not."""
    read, checked = reader_of(Plain), Plain(**ROW)  # type: ignore[arg-type]  # right

    for _ in range(2):
        made = read(dict(ROW))
        assert made == checked
        assert list(vars(made)) == list(vars(checked))
        assert made.model_fields_set == checked.model_fields_set


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", 1),
        ("name", b"a"),
        ("flag", 1),
        ("colour", "school"),
        ("parts", ["x"]),
        ("ends_on", False),
    ],
)
def test_a_value_of_another_type_is_refused_ever_so_often(
    field: str, value: object
) -> None:
    """That right ones were read before is no reason to let it pass."""
    read = reader_of(Plain)
    read(dict(ROW))

    for _ in range(2):
        with pytest.raises(ValidationError):
            read({**ROW, field: value})


def test_a_bound_is_asked_for_every_time() -> None:
    """Of its type it may be and still be wrong."""
    read = reader_of(Bounded)
    read({"name": "a", "amount": 1})

    with pytest.raises(ValidationError):
        read({"name": "a", "amount": -1})


def test_more_forms_than_are_remembered_are_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """They are checked each time."""
    monkeypatch.setattr(state_rows, "FORMS_MAX", 0)
    read = reader_of(Plain)

    assert read(dict(ROW)) == read(dict(ROW))


def test_truth_values_and_absent_dates_come_back(connection: Connection) -> None:
    """Each database keeps them in its own way."""
    records = [
        Plain(name=name, flag=flag, colour=None, parts=(), ends_on=end)
        for name, flag, end in (
            ("a", True, None),
            ("b", False, "2027-01-01"),
            ("c", True, "2026-01-01"),
        )
    ]
    TABLES.put(connection, records)

    found = TABLES["plain"].load(connection, ["a", "b", "c"])

    assert found == {one.key: one for one in records}
    due = TABLES["plain"].scan(connection, {"ends_on": "2027-01-01"})
    assert [one.key for one in due] == ["b"]


def parts_of(form: object) -> Iterator[object]:
    """Yield a type form and all that it is made of."""
    yield form
    for part in get_args(form):
        yield from parts_of(part)


@pytest.mark.parametrize("kind", KINDS)
def test_of_a_record_no_more_is_said_than_its_types(kind: str) -> None:
    """A bound inside of a union, or a literal, would be checked once and then never."""
    record = KINDS[kind]
    forms = get_type_hints(record, include_extras=True)
    said = [part for name in record.model_fields for part in parts_of(forms[name])]
    checks = record.__pydantic_decorators__

    assert not [one for one in said if get_origin(one) in {Annotated, Literal}]
    assert not {**checks.field_validators, **checks.model_validators}
