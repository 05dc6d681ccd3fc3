"""Values made of checked parts are the values that checking would have made."""

from collections.abc import Callable

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ledger.domain.state import LotRecord
from ledger.making import altered, maker, remaker
from tests.builders import Ledger
from tests.scenario import lives


class Point(BaseModel):
    """A frozen value with a default."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    x: int
    name: str = "origin"
    y: int


class Listed(BaseModel):
    """A value whose default is made anew each time."""

    parts: list[int] = Field(default_factory=list)


def test_what_is_made_is_the_checked_value() -> None:
    """Equal, of the same fields in the same order, and with the same ones given."""
    made, checked = maker(Point)(y=2, x=1), Point(x=1, y=2)

    assert made == checked
    assert hash(made) == hash(checked)
    assert repr(made) == repr(checked)
    assert made.model_dump_json() == checked.model_dump_json()
    assert made.model_fields_set == checked.model_fields_set


def test_what_is_made_is_frozen() -> None:
    """Records are shared."""
    made = maker(Point)(x=1, y=2)

    with pytest.raises(ValidationError):
        made.x = 3  # type: ignore[misc]  # what nobody may do


def test_two_values_have_nothing_in_common() -> None:
    """What one was given is not told of another."""
    make = maker(Point)
    first, second = make(x=1, y=2), make(x=1, y=2)

    first.model_fields_set.add("name")

    assert second.model_fields_set == {"x", "y"}
    assert make(x=1, y=2, name="n").name == "n"
    assert make(x=1, y=2).name == "origin"


def test_fields_are_neither_missing_nor_unknown() -> None:
    """A record that a rule forgot a part of must not come into being."""
    make = maker(Point)

    with pytest.raises(TypeError):
        make(x=1)  # type: ignore[call-arg]  # on purpose
    with pytest.raises(TypeError):
        make(x=1, y=2, z=3)  # type: ignore[call-arg]  # on purpose
    with pytest.raises(TypeError):
        make(1, y=2)  # type: ignore[call-arg]  # on purpose


def test_only_models_with_shared_defaults_have_makers() -> None:
    """A default that is made anew would be one list for all."""
    with pytest.raises(TypeError):
        maker(Listed)
    with pytest.raises(TypeError):
        maker(test_what_is_made_is_frozen)  # type: ignore[type-var]  # on purpose


def test_values_like_another_are_made_of_what_is_their_own() -> None:
    """The rest is the pattern's, which stays as it is."""
    pattern = Point(x=1, y=2)
    like = remaker(pattern, ["x"])

    made, checked = like(x=5), Point(x=5, y=2)

    assert made == checked
    assert repr(made) == repr(checked)
    assert made.model_fields_set == checked.model_fields_set
    assert pattern.x == 1


def test_what_is_their_own_is_neither_missing_nor_more() -> None:
    """A lot that kept its pattern's id would be another's."""
    like = remaker(Point(x=1, y=2), ["x", "y"])

    for wrong in ({"x": 1}, {"x": 1, "name": "n"}, {"x": 1, "y": 2, "z": 3}):
        with pytest.raises(TypeError):
            like(**wrong)
    with pytest.raises(TypeError):
        remaker(Point(x=1, y=2), ["name"])


def test_an_altered_value_is_the_checked_one() -> None:
    """With the field that was changed among those that were given."""
    before = Point(x=1, y=2)

    made, checked = altered(before, name="n"), Point(x=1, y=2, name="n")

    assert made == checked
    assert repr(made) == repr(checked)
    assert made.model_fields_set == checked.model_fields_set
    assert before.name == "origin"
    with pytest.raises(TypeError):
        altered(before, z=3)


@pytest.mark.parametrize(
    "live",
    [lives.requested, lives.accepted, lives.automatic, lives.redeemed],
    ids=["requested", "accepted", "automatic", "redeemed"],
)
def test_records_pass_the_checks_that_were_saved(live: Callable[[], Ledger]) -> None:
    """Each record that rules made of checked parts is one that checking lets pass."""
    known = live().state.known.values()
    records = [record for record in known if record is not None]

    for record in records:
        values = {name: getattr(record, name) for name in type(record).model_fields}
        assert type(record)(**values) == record
        assert list(vars(record)) == list(values)
    assert any(isinstance(record, LotRecord) for record in records)
