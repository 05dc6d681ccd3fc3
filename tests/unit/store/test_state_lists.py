"""Rows that are new and alike are written, and counted, as if each were by itself."""

from collections.abc import Sequence
from typing import Final

import pytest
from sqlalchemy import Connection, exc

from ledger.domain.state import AccountRecord, LotRecord, Root, StatementRecord
from ledger.domain.statements.accounts import AccountMode
from ledger.domain.statements.awards import Basis
from ledger.store.short_ids import short_id
from ledger.store.state_lists import NewRows, count
from ledger.store.state_tables import state_tables

TABLES: Final = state_tables()


def award(number: int) -> str:
    """Return the id of an award; a higher number stands before a lower one."""
    return f"award_{99 - number:08x}-0000-4000-8000-000000000000"


def learner(number: int) -> str:
    """Return the id of a learner."""
    return f"learner_{number:032x}"


def lot(number: int, *, digests: tuple[str, ...] = ()) -> LotRecord:
    """Return a lot that no exchange made."""
    return LotRecord(
        award_id=award(number),
        learner_id=learner(number),
        issuer="school",
        achievement="school/A-1@1",
        basis=Basis.ISSUED,
        passed=True,
        awarded_milli=3000,
        available_milli=3000,
        revision=0,
        workload=None,
        level=None,
        learned_from=None,
        learned_to=None,
        assessed_on="2026-06-30",
        valid_until=None,
        position=number,
        recorded_at="2026-09-01T08:00:00.000Z",
        recorded_on="2026-09-01",
        kid="school#k",
        body_hash=f"hash {number}",
        roots=(Root(award_id=award(number), amount_milli=3000),),
        path=("school",),
        digests=digests,
    )


def said(number: int) -> StatementRecord:
    """Return that an id is used; a higher number stands before a lower one."""
    return StatementRecord(
        iss="school",
        id=award(number).removeprefix("award_"),
        payload_hash=f"said {number}",
        position=number,
    )


def lots_alike(lots: Sequence[LotRecord]) -> NewRows:
    """Return the rows of lots."""
    told = ['["d","e"]' if one.digests else None for one in lots]
    return NewRows(
        lots[-1],
        {
            "award_id": [short_id(one.award_id) for one in lots],
            "learner_id": [short_id(one.learner_id) for one in lots],
            "position": [one.position for one in lots],
            "body_hash": [one.body_hash for one in lots],
            "digests": told,
        },
    )


def said_alike(used: Sequence[StatementRecord]) -> NewRows:
    """Return the rows of used ids."""
    return NewRows(
        used[0],
        {
            "id": [short_id(one.id) for one in used],
            "payload_hash": [one.payload_hash for one in used],
            "position": [one.position for one in used],
        },
    )


def test_rows_alike_are_the_rows_of_their_records(connection: Connection) -> None:
    """To the last column, whether one of its own holds something or nothing."""
    lots = [lot(1), lot(2, digests=("d", "e")), lot(3)]
    used = [said(1), said(2), said(3)]
    plain = [lot(4), lot(5)]

    TABLES.put(connection, [lots_alike(lots), said_alike(used), lots_alike(plain)])

    assert [*TABLES["lots"].scan(connection, {})] == [*reversed(lots + plain)]
    assert [*TABLES["statements"].scan(connection, {})] == [*reversed(used)]
    written = rows(connection)
    for name in ("state_lots", "state_statements"):
        connection.exec_driver_sql(f"DELETE FROM {name}")  # noqa: S608  # own names
    TABLES.put(connection, [*lots, *plain, *used])
    assert rows(connection) == written


def rows(connection: Connection) -> list[tuple[object, ...]]:
    """Return what stands in the tables."""
    return [
        tuple(row)
        for name in ("lots", "statements")
        for row in connection.exec_driver_sql(
            f"SELECT * FROM state_{name} ORDER BY position"  # noqa: S608  # own names
        )
    ]


def test_a_row_that_is_there_is_not_replaced(connection: Connection) -> None:
    """It was decided that there is none: the database holds it."""
    TABLES.put(connection, [lot(1)])

    with pytest.raises(exc.IntegrityError):
        TABLES.put(connection, [lots_alike([lot(2), lot(1)])])


def account(number: int, **changes: object) -> AccountRecord:
    """Return an account that is open."""
    return AccountRecord.model_validate(
        {
            "learner_id": learner(number),
            "home": "school",
            "mode": AccountMode.COLLECTIVE,
            "claimed": False,
            "closed": False,
            "merged_into": None,
            "opened_position": number,
            **changes,
        }
    )


def test_rows_are_counted_by_what_they_hold(connection: Connection) -> None:
    """One of many texts in a column, and a text, a truth or nothing in others."""
    merged = account(3, merged_into=learner(1))
    accounts = [account(1), account(2, closed=True), merged, account(4)]
    TABLES.put(connection, [*accounts, said(1), said(2)])

    texts = [short_id(learner(number)) for number in (1, 2, 3, 9)]
    wanted, table = ("learner_id", texts), TABLES["accounts"]
    cases: list[tuple[dict[str, str | bool | None], int]] = [
        ({}, 3),
        ({"closed": True}, 1),
        ({"closed": False}, 2),
        ({"closed": False, "merged_into": None}, 1),
        ({"merged_into": learner(1)}, 1),
        ({"home": "another"}, 0),
    ]
    for where, expected in cases:
        assert count(connection, table, wanted=wanted, where=where) == expected

    used = ("id", [short_id(said(1).id)])
    for iss, expected in (("school", 1), ("another", 0)):
        found = count(connection, TABLES["statements"], wanted=used, where={"iss": iss})
        assert found == expected


def test_to_count_by_an_unknown_field_is_a_mistake(connection: Connection) -> None:
    """A name never reaches the database unless it is a column's."""
    for wanted, where in (
        (("1; --", ["a"]), {}),
        (("learner_id", ["a"]), {"1; --": True}),
    ):
        with pytest.raises(KeyError, match="1; --"):
            count(connection, TABLES["accounts"], wanted=wanted, where=where)
