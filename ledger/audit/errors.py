"""Why a source of history cannot be read."""

from enum import StrEnum


class Instead(StrEnum):
    """What a source is instead of a ledger."""

    ABSENT = "there is no such file or folder"
    ASTRAY = "it is no path that can be followed"
    FOLDER = "it is a folder without a ledger's files"
    PART = "it is a bundle of a part of one"
    ADDRESS = "it is no address of a database"
    DATABASE = "it is a database without a ledger's tables"
    NO_CHECKPOINT = "what it gives for the log's checkpoint is none"
    UNKNOWN = "it is something else, or not all of one"


class NotALedgerError(Exception):
    """The source is not a ledger; ``instead`` tells what it is."""

    def __init__(self, instead: Instead = Instead.UNKNOWN) -> None:
        """Say what was found."""
        super().__init__(instead)
        self.instead = instead


class UnreadableSourceError(Exception):
    """What is a ledger cannot be read from ``position`` on.

    ``reason`` tells which part of it, and why, if known.
    """

    def __init__(self, position: int, reason: str = "") -> None:
        """Name the first entry that cannot be read."""
        super().__init__(position, reason)
        self.position = position
        self.reason = reason


class SourceUnreachableError(Exception):
    """The source exists perhaps, but could not be read now."""
