"""An update of the program needs no hand: old tables go by themselves."""

from sqlalchemy import select, update

from ledger.database import open_engine
from projections.runner import Runner
from projections.tables import cursor
from projections.trail.tables import EVERYTHING, trail_runs
from tests.bank import Bank


def test_tables_of_another_form_are_made_anew(database_url: str) -> None:
    """Whatever an earlier version left is dropped, and projected once more."""
    with Bank(database_url) as bank:
        target = database_url.replace("ledger.db", "projections.db")
        first = Runner(bank.store, open_engine(target))
        reached = first.catch_up()
        with first.engine.begin() as connection:
            connection.execute(update(cursor).values(name="of another form"))
            connection.exec_driver_sql("DROP TABLE trail")
            connection.exec_driver_sql("CREATE TABLE trail (learner_id TEXT)")
        first.close()

        later = Runner(bank.store, open_engine(target))

        assert later.position() == -1
        assert later.catch_up() == reached
        with later.engine.connect() as connection:
            own = select(trail_runs).where(trail_runs.c.type_id == EVERYTHING)
            (run,) = connection.execute(own).all()
            assert (run.first, run.last) == (0, reached)
        later.close()


def test_tables_of_another_form_that_hold_nothing_are_made_anew(
    database_url: str,
) -> None:
    """A bank that was founded, and updated before anything was said in it."""
    with Bank(database_url) as bank:
        target = database_url.replace("ledger.db", "projections.db")
        first = Runner(bank.store, open_engine(target))
        with first.engine.begin() as connection:
            connection.exec_driver_sql("DROP TABLE trail")
            connection.exec_driver_sql("CREATE TABLE trail (learner_id TEXT NOT NULL)")
        first.close()

        later = Runner(bank.store, open_engine(target))

        assert later.catch_up() >= 0
        later.close()
