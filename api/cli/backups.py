"""A backup as a source of history, whole or found to be damaged."""

from collections.abc import Iterator
from pathlib import Path

from ledger.audit.cosigned import cosigned_in
from ledger.audit.errors import UnreadableSourceError
from ledger.audit.ports import CosignedNote, SourceEntry
from ledger.backup.errors import BackupDamagedError
from ledger.backup.manifest import MANIFEST
from ledger.backup.opened import Backup
from ledger.store.heads import StoredHead


class BackupSource:
    """A backup as a source of history: entries and heads as they were filed."""

    def __init__(self, backup: Backup) -> None:
        """Read from an opened backup."""
        self._backup = backup

    def entries(self) -> Iterator[SourceEntry]:
        """Return all entries in position order."""
        for entry in self._backup.entries():
            yield SourceEntry(
                raw=entry.raw,
                position=entry.position,
                stream=entry.stream,
                version=entry.version,
                topic=entry.topic,
            )

    def heads(self) -> Iterator[StoredHead]:
        """Return all heads in version order."""
        return self._backup.heads()

    def cosigned(self) -> Iterator[CosignedNote]:
        """Return what witnesses cosigned, in order of size."""
        return cosigned_in(self.heads(), self._backup.cosignatures())

    def size(self) -> int:
        """Return how many entries the manifest says there are."""
        return self._backup.manifest.size

    def checkpoint(self) -> str | None:
        """Return nothing: the heads say it all."""
        return None


class BackupFolderSource(BackupSource):
    """A backup's folder as an auditor gets it; the vault in it is left alone."""

    def __init__(self, folder: Path) -> None:
        """Open a folder.

        Raises:
            UnreadableSourceError: its manifest is not as it was written.
            AnotherReleaseError: a table has another form than in this release.
        """
        self._reached = 0
        try:
            super().__init__(Backup(folder, with_vault=False))
        except BackupDamagedError as error:
            raise UnreadableSourceError(0) from error

    @staticmethod
    def is_folder(folder: Path) -> bool:
        """Tell whether this is the folder of a finished backup."""
        return (folder / MANIFEST).is_file()

    def entries(self) -> Iterator[SourceEntry]:
        """Return all entries in position order.

        Raises:
            UnreadableSourceError: the file is not the one that was saved.
        """
        self._reached = 0
        try:
            for entry in super().entries():
                yield entry
                self._reached += 1
        except BackupDamagedError as error:
            raise UnreadableSourceError(self._reached) from error

    def heads(self) -> Iterator[StoredHead]:
        """Return all heads in version order.

        Raises:
            UnreadableSourceError: the file is not the one that was saved.
        """
        try:
            yield from super().heads()
        except BackupDamagedError as error:
            raise UnreadableSourceError(self._reached) from error

    def cosigned(self) -> Iterator[CosignedNote]:
        """Return what witnesses cosigned, in order of size.

        Raises:
            UnreadableSourceError: a file is not the one that was saved.
        """
        try:
            yield from super().cosigned()
        except BackupDamagedError as error:
            raise UnreadableSourceError(self._reached) from error
