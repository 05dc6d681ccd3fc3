"""``skillbank project``: what is derived from the log is made anew from the log."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Annotated, Final

import typer
from sqlalchemy import text
from sqlalchemy.engine import make_url

from api.bank import NotFoundedError
from api.cli.folders import HERE, FolderOption, bank_at, check_exists, fail
from api.cli.options import JsonOption
from api.cli.terminal import answering, show_json
from api.settings import Settings
from ledger.audit.rebuild import UnreadableHistoryError, rebuild
from ledger.database import open_engine, open_for_reading
from ledger.store.application import LedgerStore
from projections.runner import Runner

_PAGE: Final = 1_000
_ALONE_SECONDS: Final = 1.0
"""A connection that was closed just now may be listed for a moment more."""
_OTHERS: Final = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND pid <> pg_backend_pid() AND usename IS NOT NULL"
)
"""Without a user's name it is a worker of PostgreSQL's own, such as autovacuum."""


def project(
    *,
    data: FolderOption = HERE,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Drop them and start from entry 0.")
    ] = False,
    rebuild_state: Annotated[
        bool,
        typer.Option(
            "--rebuild-state",
            help="Before that, empty the writer's own tables and fill them again from "
            "the log; the bank must be stopped.",
        ),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Bring the projections up to the log, or make them anew (重建查询库)."""
    with answering(as_json=as_json), bank_at(data):
        settings = Settings.from_environment(data)
        check_exists(settings.database_url)
        if rebuild_state:
            _check_alone(settings.database_url)
        store = LedgerStore(open_engine(settings.database_url), any_state=rebuild_state)
        runner = Runner(store, open_engine(settings.projections_url))
        try:
            if store.read_head() is None:
                raise NotFoundedError
            if rebuild_state:
                _rebuild_state(store)
            position = runner.rebuild() if rebuild else runner.catch_up()
        finally:
            runner.close()
            store.close()
        if as_json:
            done = {"rebuilt": rebuild, "state_rebuilt": rebuild_state}
            show_json({"position": position, **done})
            return
        if rebuild_state:
            typer.echo("The writer's tables were made anew from the log.")
        typer.echo(f"The projections are true for position {position}.")


def _rebuild_state(store: LedgerStore) -> None:
    """Make the writer's tables anew; they are left as they were if that fails.

    Raises:
        typer.Exit: the log cannot be read back.
    """
    try:
        store.rebuild_state(rebuild(_entries(store)))
    except UnreadableHistoryError as error:
        fail(
            f"entry {error.position} cannot be read back, and nothing was changed: "
            "find out more with `skillbank audit verify`"
        )


def _entries(store: LedgerStore) -> Iterator[bytes]:
    after = -1
    while page := store.read_entries(after=after, limit=_PAGE):
        for entry in page:
            yield entry.raw
        after = page[-1].position


def _check_alone(url: str) -> None:
    """Refuse while anything has the ledger's database open: it may be a bank.

    A writer that commits meanwhile would have its rows overwritten by older ones.

    Raises:
        typer.Exit: something has it open.
    """
    deadline = time.monotonic() + _ALONE_SECONDS
    while not _is_alone(url):
        if time.monotonic() > deadline:
            fail(
                "something has the ledger's database open, perhaps the bank: stop it, "
                "and do this again"
            )
        time.sleep(0.05)


def _is_alone(url: str) -> bool:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _is_alone_in(Path(parsed.database or ""))
    engine = open_for_reading(url)
    try:
        with engine.connect() as connection:
            others: int = connection.execute(_OTHERS).scalar_one()
            return others == 0
    finally:
        engine.dispose()


def _is_alone_in(file: Path) -> bool:
    # In WAL mode a connection keeps a shared lock on the file for as long as it lives,
    # so that the exclusive one says whether there is any.
    with closing(sqlite3.connect(file, timeout=0, isolation_level=None)) as connection:
        try:
            connection.execute("PRAGMA locking_mode=EXCLUSIVE")
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return False
        connection.execute("ROLLBACK")
        return True
