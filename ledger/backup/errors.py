"""What can be wrong with a backup, or with the databases it comes from or goes to."""


class BackupError(Exception):
    """Nothing was saved, or nothing was restored."""


class NotABackupError(BackupError):
    """No manifest: the folder is no backup, or one that was never finished."""


class BackupDamagedError(BackupError):
    """A file is not the one that was saved. ``path`` is relative to the backup."""

    def __init__(self, path: str) -> None:
        """Name the file."""
        super().__init__(path)
        self.path = path


class BackupExistsError(BackupError):
    """There is something of this name already."""


class AnotherReleaseError(BackupError):
    """A table has another form than in this release."""

    def __init__(self, table: str) -> None:
        """Name the table."""
        super().__init__(table)
        self.table = table


class NotEmptyError(BackupError):
    """The database to restore into holds rows already."""

    def __init__(self, table: str) -> None:
        """Name a table that has rows."""
        super().__init__(table)
        self.table = table


class NoLedgerError(BackupError):
    """There is no ledger in the database."""


class LogDamagedError(BackupError):
    """The entries do not lead to the root that was signed for them."""


class EvidenceError(BackupError):
    """What was given holds no checkpoint that this ledger's keys signed."""

    def __init__(self, name: str | None = None) -> None:
        """Name what was given, None if nothing was."""
        super().__init__(name)
        self.name = name


class ForkError(BackupError):
    """A checkpoint was signed over another history than the one restored."""

    def __init__(self, name: str, size: int) -> None:
        """Name the evidence, and the size at which the roots differ."""
        super().__init__(name, size)
        self.name = name
        self.size = size


class EntriesLostError(BackupError):
    """Checkpoints cover entries that the restored log lacks."""

    def __init__(self, name: str, *, size: int, known: int) -> None:
        """Name the evidence, the log's own size, and the size that was signed."""
        super().__init__(name, size, known)
        self.name = name
        self.size = size
        self.known = known
        self.missing = known - size


class LossDiffersError(BackupError):
    """Another number of entries was given up than is missing."""

    def __init__(self, missing: int) -> None:
        """Keep how many are missing."""
        super().__init__(missing)
        self.missing = missing
