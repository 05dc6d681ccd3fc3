"""Brings a backup into empty databases, all of it or nothing.

Both databases are filled in one transaction each. They are committed one after the
other, the vault first: a ledger that is there is a bank that can be served, and must
not be without its disclosures. If the ledger's commit then fails, the vault is emptied
again. The note that nothing may be signed is part of the ledger's transaction.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Final

from sqlalchemy import (
    Connection,
    Engine,
    MetaData,
    Table,
    exc,
    func,
    insert,
    literal,
    select,
)

from ledger.backup.errors import AnotherReleaseError, LogDamagedError, NotEmptyError
from ledger.backup.manifest import Manifest
from ledger.backup.opened import Backup
from ledger.backup.rows import Row
from ledger.backup.tables import Part, ledger_tables
from ledger.backup.views import newest_head, tables_in
from ledger.database import IMMEDIATE
from ledger.integrity.encoding import b64encode
from ledger.store.restores import note_restored
from ledger.store.schema import SCHEMA_VERSION, schema_version
from ledger.store.state_tables import state_tables
from ledger.vault.tables import metadata as vault_metadata

ROWS_MAX: Final = 1_000
"""Rows that are inserted at once."""
BYTES_MAX: Final = 8 * 1024 * 1024
"""And what they may hold together: the last one goes beyond it."""


def restore_backup(
    backup: Backup,
    *,
    ledger: Engine,
    vault: Engine | None,
    restored_at: str,
    before_commit: Callable[[], None],
) -> None:
    """Restore into databases that are empty, and stay so if this fails.

    Audit the backup first: here its files are only held against its manifest. Without
    a vault only the ledger comes back. ``before_commit`` runs when all is in place.

    Raises:
        NotEmptyError: a database holds rows.
        AnotherReleaseError: the database is a newer release's, or no state comes back.
        BackupDamagedError: a file is not the one that was saved.
        LogDamagedError: what came back is not what the manifest says.
        DBAPIError: a database refused.
    """
    with ExitStack() as opened:
        into_ledger = opened.enter_context(_writing(ledger))
        into_vault = None
        if vault is not None:
            into_vault = opened.enter_context(_writing(vault))
            _fill_vault(into_vault, backup)
        _fill_ledger(into_ledger, backup)
        _note(into_ledger, backup.manifest, restored_at=restored_at)
        before_commit()
        if into_vault is not None:
            into_vault.commit()
        try:
            into_ledger.commit()
        except exc.DBAPIError:
            # Whether it took effect is unknown: the ledger itself tells.
            if _has_come_back(ledger):
                return
            if vault is not None:
                vault_metadata.drop_all(vault)
            raise


def require_empty(engine: Engine, *, is_vault: bool) -> None:
    """Look before a long audit whether a database could be restored into.

    Raises:
        NotEmptyError: it holds rows.
    """
    with engine.connect() as connection:
        _require_none(connection, (vault_metadata,) if is_vault else ledger_tables())


def _has_come_back(ledger: Engine) -> bool:
    """Tell whether a database holds a ledger's rows."""
    try:
        require_empty(ledger, is_vault=False)
    except NotEmptyError:
        return True
    return False


@contextmanager
def _writing(engine: Engine) -> Iterator[Connection]:
    """Open a connection for writing; what is not committed is rolled back."""
    with engine.connect() as connection:
        yield connection.execution_options(**{IMMEDIATE: True})


def _fill_vault(connection: Connection, backup: Backup) -> None:
    _create(connection, (vault_metadata,))
    _fill(connection, backup, parts=backup.vault)


def _fill_ledger(connection: Connection, backup: Backup) -> None:
    _create(connection, ledger_tables())
    _fill(connection, backup, parts=backup.ledger)
    if backup.is_without_state:
        state_tables().fill(connection, backup.state())
    _set_version(connection)


def _create(connection: Connection, described: Sequence[MetaData]) -> None:
    """Create the tables that are missing; those that are there must be empty."""
    _require_none(connection, described)
    for metadata in described:
        metadata.create_all(connection)


def _require_none(connection: Connection, described: Iterable[MetaData]) -> None:
    there = tables_in(connection) - {schema_version.name}
    for metadata in described:
        for table in metadata.sorted_tables:
            query = select(literal(1)).select_from(table).limit(1)
            if table.name in there and connection.execute(query).first() is not None:
                raise NotEmptyError(table.name)


def _fill(connection: Connection, backup: Backup, *, parts: Iterable[Part]) -> None:
    for part in parts:
        for rows in _bundles(backup.rows(part)):
            connection.execute(insert(part.table), rows)
        continue_numbers(connection, part.table)


def continue_numbers(connection: Connection, table: Table) -> None:
    """Let a database that numbers a table's rows itself go on behind the restored.

    SQLite does; PostgreSQL counts apart from the rows and knows nothing of them.
    """
    column = table.autoincrement_column
    if column is None or connection.dialect.name != "postgresql":
        return
    newest = connection.execute(select(func.max(column))).scalar()
    if newest is not None:
        sequence = func.pg_get_serial_sequence(table.name, column.name)
        connection.execute(select(func.setval(sequence, newest)))


def _bundles(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Gather rows, as many as memory may hold."""
    bundle: list[Row] = []
    held = 0
    for row in rows:
        bundle.append(row)
        held += sum(len(v) for v in row.values() if isinstance(v, (bytes, str)))
        if len(bundle) >= ROWS_MAX or held >= BYTES_MAX:
            yield bundle
            bundle, held = [], 0
    if bundle:
        yield bundle


def _set_version(connection: Connection) -> None:
    found = connection.execute(select(schema_version.c.version)).scalar()
    if found is None:
        connection.execute(insert(schema_version).values(version=SCHEMA_VERSION))
    elif found > SCHEMA_VERSION:
        raise AnotherReleaseError(schema_version.name)


def _note(connection: Connection, manifest: Manifest, *, restored_at: str) -> None:
    """Note the restore, if the newest head is the one that the manifest names.

    Raises:
        LogDamagedError: it is another one.
    """
    head = newest_head(connection)
    if head is None or (head.size, b64encode(head.root), head.note) != (
        manifest.size,
        manifest.root,
        manifest.checkpoint,
    ):
        raise LogDamagedError
    note_restored(
        connection,
        restored_at=restored_at,
        made_at=manifest.made_at,
        size=head.size,
        root=head.root,
    )
