"""Whoever asks from an event loop is told at once, or that it must ask elsewhere."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Timer

import psycopg
import pytest

from ledger.database import open_engine
from projections.balances import lookout as watching
from projections.balances.lookout import CONNECTIONS, Lookout, lookout
from tests.databases import open_store
from tests.lookouts import ask

NOBODY = "learner_" + "f" * 32
UNKNOWN = (None, None, "[]", "[]", "[]")
"""A ledger without entries, and an account that is not there."""
OF_OTHERS = (
    "FROM pg_stat_activity WHERE datname = current_database()"
    " AND pid <> pg_backend_pid()"
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return an empty ledger in a file, of a name that an address must quote."""
    path = tmp_path / "ledger #1.db"
    open_store(f"sqlite:///{tmp_path}/plain.db").close()
    (tmp_path / "plain.db").rename(path)
    return path


@pytest.fixture
def server(postgres_url: str) -> Iterator[psycopg.Connection]:
    """Return a connection to an empty ledger's server."""
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        yield connection


def of_server(url: str) -> Lookout:
    """Watch it; its engine is never connected."""
    return lookout(open_engine(url))


def others(server: psycopg.Connection) -> int:
    """Return how many else are connected."""
    found = server.execute(f"SELECT COUNT(*) {OF_OTHERS}".encode()).fetchone()
    assert found is not None
    return int(found[0])


def test_a_file_is_asked_in_the_loop_itself(file: Path) -> None:
    """And let go of in the end."""
    watch = lookout(open_engine(f"sqlite:///{file}"))

    assert asyncio.run(ask(watch, NOBODY)) == UNKNOWN
    watch.close()
    with closing(sqlite3.connect(file)) as after:
        assert after.execute("PRAGMA journal_mode = DELETE").fetchone() == ("delete",)


def test_a_file_that_is_kept_locked_is_not_waited_for(file: Path) -> None:
    """Whoever waited would be answered as soon as the lock goes, two seconds later."""
    watch = lookout(open_engine(f"sqlite:///{file}"))
    keeping = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    keeping.execute("PRAGMA locking_mode = EXCLUSIVE")
    keeping.execute("BEGIN EXCLUSIVE")
    later = Timer(2, keeping.close)
    later.start()

    assert asyncio.run(ask(watch, NOBODY)) is None

    later.join()
    assert asyncio.run(ask(watch, NOBODY)) == UNKNOWN
    watch.close()


def test_a_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    """Whoever asks elsewhere is told what is wrong."""
    path = tmp_path / "none.db"
    engine = open_engine(f"sqlite:///{path}")
    path.unlink()

    assert asyncio.run(ask(lookout(engine), NOBODY)) is None
    assert not path.exists()


def test_a_server_is_asked_by_a_few_connections_that_are_kept(
    postgres_url: str, server: psycopg.Connection
) -> None:
    """However many ask at once; all of them are let go of."""
    watch = of_server(postgres_url)

    async def told() -> list[object]:
        async with asyncio.TaskGroup() as group:
            asked = [group.create_task(ask(watch, NOBODY)) for _ in range(40)]
        kept.append(others(server))
        watch.close()
        return [one.result() for one in asked]

    kept: list[int] = []
    answers = asyncio.run(told())
    assert {answer[0] for answer in answers if isinstance(answer, tuple)} == {None}
    assert len(answers) == 40
    assert 1 <= kept[0] <= CONNECTIONS
    while others(server):
        # It notices in its own time.
        continue


def test_whoever_asks_again_comes_after_those_who_wait(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else some would wait for as long as others go on asking."""
    monkeypatch.setattr(watching, "CONNECTIONS", 1)
    watch, order = of_server(postgres_url), []

    async def asking(*names: str) -> None:
        for name in names:
            await ask(watch, NOBODY)
            order.append(name)

    async def told() -> None:
        await asyncio.gather(asking("first", "again"), asking("other"))
        watch.close()

    asyncio.run(told())
    assert order == ["first", "other", "again"]


def test_connections_that_a_server_has_ended_are_made_anew(
    postgres_url: str, server: psycopg.Connection
) -> None:
    """Whoever met the end asks elsewhere, the next one here again."""
    watch = of_server(postgres_url)

    async def told() -> list[bool]:
        found = []
        for _ in range(2):
            found.append(await ask(watch, NOBODY) is None)
            server.execute(f"SELECT pg_terminate_backend(pid) {OF_OTHERS}".encode())
            found.append(await ask(watch, NOBODY) is None)
        watch.close()
        return found

    assert asyncio.run(told()) == [False, True, False, True]


def test_a_server_that_does_not_answer_is_not_waited_for(
    postgres_url: str, server: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody keeps a connection for good that is stuck."""
    monkeypatch.setattr(watching, "ANSWER_SECONDS_MAX", 0.2)
    watch = of_server(postgres_url)

    async def told() -> list[bool]:
        many = 2 * CONNECTIONS
        asked = await asyncio.gather(*(ask(watch, NOBODY) for _ in range(many)))
        server.execute("ROLLBACK")
        after = await asyncio.gather(*(ask(watch, NOBODY) for _ in range(many)))
        watch.close()
        return [one is None for one in (*asked, *after)]

    server.execute("BEGIN")
    server.execute("LOCK TABLE state_lots IN ACCESS EXCLUSIVE MODE")
    found = asyncio.run(told())
    many = 2 * CONNECTIONS
    assert found == [True] * many + [False] * many


def test_whoever_waits_for_a_server_that_does_not_answer_is_told_with_the_first(
    postgres_url: str, server: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not one after the other, each after as long: it answers as soon as one knows."""
    for name, value in {"CONNECTIONS": 1, "LEARNERS_MAX": 1}.items():
        monkeypatch.setattr(watching, name, value)
    monkeypatch.setattr(watching, "ANSWER_SECONDS_MAX", 0.2)
    watch = of_server(postgres_url)

    async def first() -> bool:
        found = await ask(watch, NOBODY)
        server.execute("ROLLBACK")
        return found is None

    async def told() -> list[bool]:
        asked = [asyncio.create_task(first())]
        await asyncio.sleep(0)
        others = await asyncio.gather(*(ask(watch, NOBODY) for _ in range(3)))
        after = await ask(watch, NOBODY)
        watch.close()
        return [await asked[0], *(one is None for one in (*others, after))]

    server.execute("BEGIN")
    server.execute("LOCK TABLE state_lots IN ACCESS EXCLUSIVE MODE")
    assert asyncio.run(told()) == [True, True, True, True, False]


def test_an_answer_that_cannot_be_taken_keeps_nobody_waiting(
    postgres_url: str,
) -> None:
    """Those who are asked about together are nobody else's fault."""
    watch, failed = of_server(postgres_url), []

    def fail(_row: object) -> None:
        raise LookupError(NOBODY)

    async def told() -> object:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, told: failed.append(told["exception"]))
        watch.look(NOBODY, fail)
        found = await ask(watch, NOBODY)
        watch.close()
        return found

    assert asyncio.run(told()) == (None, None, None, None, None)
    assert [type(one) for one in failed] == [LookupError]


def test_a_question_that_is_given_up_leaves_its_place_to_others(
    postgres_url: str, server: psycopg.Connection
) -> None:
    """As many as there are places are cancelled while they wait."""
    watch = of_server(postgres_url)

    async def told() -> bool:
        asked = [asyncio.create_task(ask(watch, NOBODY)) for _ in range(CONNECTIONS)]
        await asyncio.sleep(0.2)
        for one in asked:
            one.cancel()
        await asyncio.wait(asked)
        server.execute("ROLLBACK")
        found = await ask(watch, NOBODY)
        watch.close()
        return found is not None

    server.execute("BEGIN")
    server.execute("LOCK TABLE state_lots IN ACCESS EXCLUSIVE MODE")
    assert asyncio.run(told())


def test_a_server_that_is_not_there_is_told_elsewhere() -> None:
    """It says nothing here."""
    watch = of_server("postgresql://127.0.0.1:1/none")

    assert asyncio.run(ask(watch, NOBODY)) is None
    watch.close()
