"""A bank's databases, held table by table against those made anew from the log."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, Table, exc, func, inspect, select

from api.cli.replaying.workplace import projected_tables
from api.settings import LEDGER_FILE, PROJECTIONS_FILE
from ledger.audit.compare.difference import Difference
from ledger.audit.compare.rows import compare_table, read_loosely
from ledger.audit.compare.tables import derived_tables
from ledger.audit.errors import NotALedgerError
from ledger.database import DatabaseUrlError, open_for_reading
from ledger.store.schema import stored_events
from projections.tables import cursor
from projections.trail.tables import EVERYTHING, trail_runs

_SQLITE: Final = "sqlite:///"


@dataclass(frozen=True, slots=True, kw_only=True)
class Urls:
    """Where a bank keeps its log and state, and what is projected of them."""

    ledger: str
    projections: str | None


def urls_of(shown: str, projections: str | None) -> Urls:
    """Return the databases that a folder, a file or a URL stands for.

    Raises:
        NotALedgerError: there is no such file.
    """
    if "://" in shown and not shown.startswith(_SQLITE):
        return Urls(ledger=shown, projections=projections)
    path = Path(shown.removeprefix(_SQLITE))
    file = path / LEDGER_FILE if path.is_dir() else path
    if not file.is_file():
        raise NotALedgerError
    beside = file.with_name(PROJECTIONS_FILE)
    if projections is None and beside.is_file():
        projections = f"{_SQLITE}{beside}"
    return Urls(ledger=f"{_SQLITE}{file}", projections=projections)


@dataclass(slots=True, kw_only=True)
class Shown:
    """What a bank's databases show, as it was when they were opened.

    ``size`` is how many entries the state is true for; ``projected`` is the newest
    position of the projections, None if they are not looked at.
    """

    ledger: Connection
    projections: Connection | None
    size: int
    projected: int | None
    compared: list[str] = field(default_factory=list)


@contextmanager
def opened(urls: Urls) -> Iterator[Shown]:
    """Open one view of each database.

    Raises:
        NotALedgerError: one of them is no database of a bank.
        exc.DBAPIError: a database does not answer.
    """
    with ExitStack() as closing:
        # The projections first: what they are true for, the log has by then.
        projections = _view(urls.projections, closing, wanted=cursor)
        ledger = _view(urls.ledger, closing, wanted=stored_events)
        if ledger is None:
            raise NotALedgerError
        newest = func.max(stored_events.c.notification_id)
        size = max(0, ledger.execute(select(newest)).scalar() or 0)
        yield Shown(
            ledger=ledger,
            projections=projections,
            size=size,
            projected=_projected(projections, size),
        )


def _view(url: str | None, closing: ExitStack, *, wanted: Table) -> Connection | None:
    if url is None:
        return None
    try:
        engine = open_for_reading(url)
    except DatabaseUrlError as error:
        raise NotALedgerError from error
    closing.callback(engine.dispose)
    if wanted.name not in _tables(engine):
        raise NotALedgerError
    connection = closing.enter_context(engine.connect())
    if engine.dialect.name == "sqlite":
        # The driver begins a transaction only before it writes.
        connection.exec_driver_sql("BEGIN")
        read_loosely(connection)
        return connection
    return connection.execution_options(isolation_level="REPEATABLE READ")


def _tables(engine: Engine) -> frozenset[str]:
    try:
        return frozenset(inspect(engine).get_table_names())
    except exc.DatabaseError as error:
        if isinstance(error, exc.OperationalError) and engine.dialect.name != "sqlite":
            raise
        raise NotALedgerError from error


def _projected(connection: Connection | None, size: int) -> int | None:
    """Return what the projections are true for, whatever their cursor says.

    A cursor that was set back would hide rows, and one set forward would miss some.
    """
    if connection is None:
        return None
    said = connection.execute(select(cursor.c.position)).scalar()
    told = -1
    if trail_runs.name in inspect(connection).get_table_names():
        newest = select(func.max(trail_runs.c.last))
        newest = newest.where(trail_runs.c.name_id == EVERYTHING)
        told = connection.execute(newest).scalar() or -1
    position = max(said if isinstance(said, int) else -1, told)
    return min(position, size - 1)


def compare_databases(
    shown: Shown, *, ledger: Connection, projections: Connection | None, heads: bool
) -> Iterator[Difference]:
    """Yield every row and cell that differs, table by table."""
    yield from _all(
        shown, derived_tables(heads=heads), connection=shown.ledger, made=ledger
    )
    if shown.projections is not None and projections is not None:
        tables = projected_tables()
        yield from _all(shown, tables, connection=shown.projections, made=projections)


def _all(
    shown: Shown, tables: Sequence[Table], *, connection: Connection, made: Connection
) -> Iterator[Difference]:
    there = set(inspect(connection).get_table_names())
    for table in tables:
        shown.compared.append(table.name)
        if table.name in there:
            yield from compare_table(table, shown=connection, recomputed=made)
            continue
        yield Difference(
            table=table.name, key="", column="", shown=None, recomputed="a table"
        )
