"""A backup that was opened: what is read is held against its manifest."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from ledger.backup.errors import AnotherReleaseError, BackupDamagedError
from ledger.backup.files import digest_of, read_lines
from ledger.backup.manifest import MANIFEST, SavedFile, read_manifest
from ledger.backup.rows import Row, RowForm, RowFormError
from ledger.backup.tables import (
    ENTRIES,
    HEADS,
    LEDGER,
    VAULT,
    Part,
    ledger_parts,
    vault_parts,
)
from ledger.domain.state import Record
from ledger.store.heads import StoredHead
from ledger.store.reader import StoredEntry
from ledger.store.schema import SCHEMA_VERSION, cosignatures, schema_version

_STATE: Final = f"{LEDGER}/state_"

Rebuild = Callable[[Iterable[bytes]], Iterable[Iterable[Record]]]
"""Returns the records that each entry of a log changes."""


class Backup:
    """A backup in a folder.

    Its state may have another form than in this release: then it is left out, and made
    anew from the entries.
    """

    def __init__(
        self, folder: Path, *, with_vault: bool = True, rebuild: Rebuild | None = None
    ) -> None:
        """Read the manifest, and find the parts; no file is read yet.

        Without ``with_vault`` the vault's files are neither needed nor looked at.
        Without ``rebuild`` a backup whose state was left out can be read, not restored.

        Raises:
            NotABackupError: there is no manifest.
            BackupDamagedError: the manifest is not as it was written.
            AnotherReleaseError: a table has another form than in this release, and is
                none of the state.
        """
        self.folder = folder
        self._rebuild = rebuild
        self.manifest = read_manifest(folder)
        if self.manifest.schema_version > SCHEMA_VERSION:
            raise AnotherReleaseError(schema_version.name)
        files = {file.path: file for file in self.manifest.files}
        if not {HEADS, ENTRIES} <= files.keys():
            raise BackupDamagedError(MANIFEST)
        self._files = files
        known = {part.path: part for part in (*ledger_parts(), *vault_parts())}
        differing = [one for one in files.values() if _differs(one, known)]
        for file in differing:
            if not _is_state(file):
                raise AnotherReleaseError(file.table)
        self.is_without_state = bool(differing)
        parts = [
            known[path]
            for path, file in files.items()
            if not (differing and _is_state(file))
        ]
        self.ledger = [part for part in parts if part.database == LEDGER]
        self.vault = [part for part in parts if part.database == VAULT]
        if not with_vault:
            self.vault = []

    def check_files(self) -> None:
        """Hold every file against its digest.

        Raises:
            BackupDamagedError: one is missing or was changed.
        """
        for part in (*self.ledger, *self.vault):
            file = self._files[part.path]
            try:
                found = digest_of(self.folder / file.path)
            except OSError as error:
                raise BackupDamagedError(file.path) from error
            if found != file.digest():
                raise BackupDamagedError(file.path)

    def state(self) -> Iterable[Iterable[Record]]:
        """Return the records that each entry changes, where the state was left out.

        Raises:
            AnotherReleaseError: nothing is there to work them out.
        """
        if self._rebuild is None:
            table = next(one.table for one in self.manifest.files if _is_state(one))
            raise AnotherReleaseError(table)
        return self._rebuild(entry.raw for entry in self.entries())

    def rows(self, part: Part) -> Iterator[Row]:
        """Return the rows of a part.

        Raises:
            BackupDamagedError: the file is not the one that was saved; known for sure
                only once the last row was read.
        """
        file, form = self._files[part.path], RowForm(part.table)
        count = 0
        for line in read_lines(self.folder, file.path, expected=file.digest()):
            try:
                row = form.read(line)
            except RowFormError as error:
                raise BackupDamagedError(file.path) from error
            # A few bytes can unpack to rows without end.
            if count == file.rows:
                raise BackupDamagedError(file.path)
            count += 1
            yield row
        if count != file.rows:
            raise BackupDamagedError(file.path)

    def entries(self) -> Iterator[StoredEntry]:
        """Return all entries as they were filed, in position order.

        Raises:
            BackupDamagedError: the file is not the one that was saved.
        """
        for row in self.rows(self._part(ENTRIES)):
            yield StoredEntry(
                position=row["notification_id"] - 1,
                stream=row["originator_id"],
                version=row["originator_version"],
                topic=row["topic"],
                raw=row["state"],
            )

    def heads(self) -> Iterator[StoredHead]:
        """Return all heads as they were filed, in version order.

        Raises:
            BackupDamagedError: the file is not the one that was saved.
        """
        for row in self.rows(self._part(HEADS)):
            yield StoredHead(
                version=row["originator_version"],
                number=row["notification_id"],
                topic=row["topic"],
                state=row["state"],
            )

    def cosignatures(self) -> Iterator[tuple[int, str]]:
        """Return size and line of each cosignature, in order of size.

        Raises:
            BackupDamagedError: the file is not the one that was saved.
        """
        wanted = (one for one in self.ledger if one.table.name == cosignatures.name)
        for part in wanted:
            for row in self.rows(part):
                yield row["size"], row["line"]

    def _part(self, path: str) -> Part:
        return next(part for part in self.ledger if part.path == path)


def _is_state(file: SavedFile) -> bool:
    return file.path.startswith(_STATE)


def _differs(file: SavedFile, known: Mapping[str, Part]) -> bool:
    part = known.get(file.path)
    if part is None:
        return True
    return (part.table.name, part.columns) != (file.table, file.columns)
