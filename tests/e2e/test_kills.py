"""Processes die while they write, and disks refuse: nothing acknowledged is lost.

``make soak`` kills hundreds of times (``tests/killing``).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.engine import make_url

from ledger.sequencer import UncertainError
from tests.bank import SCHOOL, Bank
from tests.killing.answers import post_through_losses
from tests.killing.campaign import (
    FEW,
    FEW_SECONDS_MAX,
    IN_SUITE,
    ROOM_MAX,
    campaign,
    killing,
    killing_server,
    stalling,
)
from tests.killing.servers import mortal_server
from tests.unit.sequencer.writing import awarding, commit, committer_of, failures

KILLS = 2
LOSSES = 40
FULL = """
    CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full';
    END $$
"""


@pytest.mark.parametrize("name", sorted(IN_SUITE))
def test_a_writer_killed_anywhere_loses_nothing_it_acknowledged(
    request: pytest.FixtureRequest, name: str
) -> None:
    """Fifty of them; the next accepts the rest, or tells that it is there already."""
    is_sqlite = name == "sqlite"
    url = request.getfixturevalue("sqlite_url" if is_sqlite else "postgres_url")
    with campaign(url, seed=1, writers=1 + is_sqlite, each=FEW) as going:
        kill = killing(going.chance, seconds_max=FEW_SECONDS_MAX)
        acknowledged = going.run_until_killed(IN_SUITE[name], kill=kill)

        assert acknowledged == len(going.sent)


def test_a_writer_that_slept_while_another_wrote_loses_nothing(
    database_url: str,
) -> None:
    """It wakes up in the middle of what it did, and finds another head."""
    with campaign(database_url, seed=5, writers=2) as going:
        acknowledged = going.run(KILLS, kill=stalling(going.chance))

        assert acknowledged == len(going.sent)


def test_a_server_killed_under_a_writer_loses_nothing_that_was_acknowledged() -> None:
    """PostgreSQL dies with all its processes, and starts again on the same files."""
    with (
        mortal_server() as server,
        campaign(server.new_database(), seed=7) as going,
    ):
        acknowledged = going.run(KILLS, kill=killing_server(server, going))

        assert acknowledged == len(going.sent)


def test_what_is_lost_on_the_way_is_sent_again_and_counts_once(tmp_path: Path) -> None:
    """Requests and answers get lost, and some of what was answered comes again."""
    posting = post_through_losses(tmp_path, LOSSES, seed=1)

    assert posting.told == LOSSES


@contextmanager
def refusing(bank: Bank, pragma: str) -> Iterator[None]:
    """Let SQLite refuse to write on every connection that is opened meanwhile."""
    engine = bank.store.engine

    def refuse(connection: object, _record: object) -> None:
        connection.execute(pragma)  # type: ignore[attr-defined]  # the driver's own

    engine.dispose()
    event.listen(engine, "connect", refuse)
    try:
        yield
    finally:
        event.remove(engine, "connect", refuse)
        engine.dispose()


@pytest.mark.parametrize("pragma", ["max_page_count = 1", "query_only = ON"])
def test_a_full_disk_or_one_that_cannot_be_written_loses_nothing(
    sqlite_url: str, pragma: str
) -> None:
    """Whoever sends is told that it is not known; later the same bytes are accepted.

    The first lets the database grow no further, as a full disk does.
    """
    with Bank(sqlite_url) as bank:
        lines = [bank.award(f"line-{number}") for number in range(200)]
        batch = bank.receive_batch(bank.batch_bytes(SCHOOL, lines))
        group = [awarding(bank, "1"), batch]
        committer = committer_of(bank)

        with refusing(bank, f"PRAGMA {pragma}"):
            answers = commit(committer, group)

        assert {type(one.exception()) for one in answers} == {UncertainError}
        assert bank.check_log().entries == 4
        assert failures(commit(committer, group)) == ["", ""]
        assert bank.check_log().awards == 201


@pytest.mark.parametrize("table", ["stored_events", "log_groups", "state_lots"])
def test_a_server_whose_disk_is_full_loses_nothing(
    postgres_url: str, table: str
) -> None:
    """It says so where a table cannot grow; ``make soak`` fills a real small disk."""
    with Bank(postgres_url) as bank:
        draft, committer = awarding(bank, "1"), committer_of(bank)
        execute(bank, FULL)
        execute(
            bank,
            f"CREATE TRIGGER full_disk BEFORE INSERT ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION full_disk()",
        )
        assert failures(commit(committer, [draft])) == ["UncertainError"]

        execute(bank, f"DROP TRIGGER full_disk ON {table}")
        assert failures(commit(committer, [draft])) == [""]
        assert bank.check_log().awards == 1


def execute(bank: Bank, command: str) -> None:
    """Have the server do something behind the writer's back."""
    with bank.store.engine.begin() as connection:
        connection.exec_driver_sql(command)


def test_a_database_that_became_read_only_loses_nothing(postgres_url: str) -> None:
    """As PostgreSQL is while another machine takes over."""
    with Bank(postgres_url) as bank:
        engine, name = bank.store.engine, make_url(postgres_url).database
        draft, committer = awarding(bank, "1"), committer_of(bank)

        for read_only, expected in (("on", "UncertainError"), ("off", "")):
            with engine.connect() as connection:
                connection.exec_driver_sql("SET default_transaction_read_only = off")
                connection.commit()
                connection.exec_driver_sql(
                    f'ALTER DATABASE "{name}" '
                    f"SET default_transaction_read_only = {read_only}"
                )
                connection.commit()
            engine.dispose()
            assert failures(commit(committer, [draft])) == [expected]

        assert bank.check_log().awards == 1


def test_a_disk_that_fills_while_it_is_written_loses_nothing(sqlite_url: str) -> None:
    """Wherever the limit is met: in the write-ahead log, or when it is tidied up."""
    with campaign(sqlite_url, seed=3, room_max=ROOM_MAX) as going:
        acknowledged = going.run(KILLS, kill=lambda _: None)

        assert acknowledged == len(going.sent)
