"""Statements with lists of objects are read off their spelling, too."""

import pytest

from ledger.domain.errors import RejectionError
from ledger.domain.statements import read_statement, recognise
from ledger.domain.statements.envelope import Body, Statement
from ledger.domain.statements.spelling import Spelling
from ledger.integrity import canonical
from tests.property.test_spelling import PART, REQUEST, statement


@pytest.mark.traced
@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("award_id", "award_"),
        ("credits", "03"),
        ("component", 64),
        ("component", "0"),
        ("more", "x"),
    ],
)
def test_a_wrong_field_in_a_list_is_left_to_the_checks_that_name_it(
    place: str, value: object
) -> None:
    """Neither here are faults known."""
    lots = [{**PART, "component": 0}, {**PART, "component": 1, place: value}]
    body = {**REQUEST, "lots": lots}
    raw = canonical.dumps(statement("exchange.requested.v1", body))

    assert recognise(raw) is None
    with pytest.raises(RejectionError):
        read_statement(raw, type_name="exchange.requested.v1")


@pytest.mark.traced
def test_a_list_longer_than_it_may_be_is_not_recognised() -> None:
    """Its own checks would refuse it, too."""
    body = {**REQUEST, "lots": [{**PART, "component": 0}] * 65}

    assert recognise(canonical.dumps(statement("exchange.requested.v1", body))) is None


class Knot(Body):
    """A body that holds bodies like itself, without an end."""

    left: tuple["Knot", ...]
    right: tuple["Knot", ...]


class Knotted(Statement):
    """A statement of such a body."""

    body: Knot


@pytest.mark.traced
def test_what_stands_in_itself_has_no_spelling() -> None:
    """A pattern of it would have no end."""
    with pytest.raises(LookupError):
        Spelling(Knotted)
