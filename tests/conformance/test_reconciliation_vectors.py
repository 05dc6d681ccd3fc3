"""Lines take and give back what anybody computes, and days fall into one period."""

from sqlalchemy import create_engine, insert

from ledger.domain.rules.shares import taken_back
from ledger.domain.state import PeriodRecord
from projections.cases.tables import record_versions
from projections.reconciliation.queries import periods_at
from projections.tables import metadata
from tests.conformance.vectors_of import read_vectors

VECTORS = read_vectors("reconciliation.json")


def test_what_is_taken_back_is_apportioned_by_what_is_left() -> None:
    """To the last thousandth, and never beyond it."""
    for one in VECTORS["taken_back"]:
        assert taken_back(one["left"], amount=one["amount"]) == one["off"]


def test_every_day_falls_into_one_period() -> None:
    """The first reaches back to the beginning; what none holds is open."""
    given = VECTORS["periods"]
    engine = create_engine("sqlite://")
    metadata.create_all(engine)
    with engine.begin() as connection:
        for number, one in enumerate(given["closed"], start=1):
            record = PeriodRecord(**one, number=number, position=number)
            row = {"kind": record.kind, "key": record.code, "position": number}
            document = {"learner_id": None, "document": record.model_dump_json()}
            connection.execute(insert(record_versions).values(row | document))
        periods = periods_at(connection, 100)
    engine.dispose()

    for day, code in given["days"].items():
        assert [one.code for one in periods if one.holds(day)] == [code]
