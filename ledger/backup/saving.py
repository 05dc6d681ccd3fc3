"""Saves a ledger and its vault while the bank goes on working.

The order is what makes a backup whole. The log is looked at first, the vault after it:
disclosures reach the vault before the log has the statement, so a later view of the
vault holds whatever an earlier view of the log needs. What it holds beyond that, no
entry of the backup claims, and it is swept as always. The other way round, a statement
accepted between the two views would come back without its disclosures.

Everything is written under another name and brought to the disk, the manifest last. The
folder gets its own name in the end. What a crash leaves under the other name has no
manifest and is not restored, unless all was written but the name.
"""

import os
import secrets
import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, select

from ledger.backup.errors import (
    BackupExistsError,
    LogDamagedError,
    NoLedgerError,
)
from ledger.backup.files import (
    OWNER_ONLY_FOLDER,
    open_new,
    sync_folder,
    writing_lines,
)
from ledger.backup.manifest import MANIFEST, Manifest, SavedFile, write_manifest
from ledger.backup.rows import RowForm
from ledger.backup.tables import (
    ENTRIES,
    LEDGER,
    VAULT,
    Part,
    ledger_parts,
    vault_parts,
)
from ledger.backup.views import newest_head, pages_of, tables_in, view_of
from ledger.domain.state import LedgerRecord
from ledger.integrity.encoding import b64encode
from ledger.integrity.merkle import EMPTY, leaf_hash
from ledger.store.heads import Head
from ledger.store.schema import schema_version, stored_events
from ledger.store.state_tables import state_tables

_NUMBER: Final = list(stored_events.c.keys()).index("notification_id")
_STATE: Final = list(stored_events.c.keys()).index("state")

Page = Sequence[Sequence[Any]]  # Any: the values of a row's columns.


def save_backup(
    folder: Path, *, ledger: Engine, vault: Engine, made_at: str
) -> Manifest:
    """Save into a folder that does not exist yet.

    Raises:
        BackupExistsError: it exists.
        NoLedgerError: the database holds no ledger.
        LogDamagedError: the entries do not lead to the newest checkpoint.
        OSError: the folder cannot be written.
    """
    if os.path.lexists(folder):
        raise BackupExistsError
    unfinished = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.unfinished")
    unfinished.mkdir(mode=OWNER_ONLY_FOLDER)
    try:
        manifest = _save(unfinished, ledger=ledger, vault=vault, made_at=made_at)
        _rename(unfinished, folder)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    return manifest


def _rename(unfinished: Path, folder: Path) -> None:
    try:
        unfinished.rename(folder)
    except OSError as error:
        # Somebody was faster: a folder with something in it is never replaced.
        if os.path.lexists(folder):
            raise BackupExistsError from error
        raise
    sync_folder(folder.parent)


def _save(folder: Path, *, ledger: Engine, vault: Engine, made_at: str) -> Manifest:
    (folder / LEDGER).mkdir(mode=OWNER_ONLY_FOLDER)
    (folder / VAULT).mkdir(mode=OWNER_ONLY_FOLDER)
    with view_of(ledger) as connection:
        version, head, name = _identity(connection)
        saved = _save_parts(connection, folder, parts=ledger_parts(), head=head)
    # Only now: see above.
    with view_of(vault) as connection:
        saved += _save_parts(connection, folder, parts=vault_parts(), head=head)
    manifest = Manifest(
        ledger=name,
        size=head.size,
        root=b64encode(head.root),
        checkpoint=head.note,
        made_at=made_at,
        schema_version=version,
        files=tuple(saved),
    )
    for inner in (LEDGER, VAULT):
        sync_folder(folder / inner)
    with open_new(folder / MANIFEST) as file:
        file.write(write_manifest(manifest))
        file.flush()
        os.fsync(file.fileno())
    sync_folder(folder)
    return manifest


def _identity(connection: Connection) -> tuple[int, Head, str]:
    """Return the form of the tables, the newest head, and the ledger's name."""
    if not {stored_events.name, schema_version.name} <= tables_in(connection):
        raise NoLedgerError
    version = connection.execute(select(schema_version.c.version)).scalar()
    head = newest_head(connection)
    record = state_tables()["ledger"].load(connection, [0]).get(0)
    if version is None or head is None or not isinstance(record, LedgerRecord):
        raise NoLedgerError
    return version, head, record.name


def _save_parts(
    connection: Connection, folder: Path, *, parts: Iterable[Part], head: Head
) -> list[SavedFile]:
    there, saved = tables_in(connection), []
    for part in parts:
        # A table that came with a later release may not be there yet.
        if part.table.name not in there:
            continue
        pages: Iterator[Page] = pages_of(connection, part)
        if part.path == ENTRIES:
            pages = _leading_to(pages, head)
        saved.append(_save_part(part, folder, pages=pages))
    return saved


def _save_part(part: Part, folder: Path, *, pages: Iterable[Page]) -> SavedFile:
    form = RowForm(part.table)
    with writing_lines(folder / part.path) as lines:
        for page in pages:
            for row in page:
                lines.add(form.write(row))
    digest = lines.digest()
    return SavedFile(
        path=part.path,
        table=part.table.name,
        columns=part.columns,
        rows=lines.rows,
        length_bytes=digest.length_bytes,
        sha256=digest.sha256,
    )


def _leading_to(pages: Iterable[Page], head: Head) -> Iterator[Page]:
    """Hand entries on, and require that they lead to the newest checkpoint.

    A backup of a log that lost an entry must not take the place of a better one.
    """
    frontier = EMPTY
    for page in pages:
        expected = range(frontier.size + 1, frontier.size + 1 + len(page))
        if [row[_NUMBER] for row in page] != list(expected):
            raise LogDamagedError
        frontier = frontier.extend(leaf_hash(bytes(row[_STATE])) for row in page)
        yield page
    if (frontier.size, frontier.root()) != (head.size, head.root):
        raise LogDamagedError
