"""Why a source of history cannot be read."""


class NotALedgerError(Exception):
    """The source is not a ledger's database."""


class UnreadableSourceError(Exception):
    """The database of a ledger cannot be read from ``position`` on."""

    def __init__(self, position: int) -> None:
        """Name the first entry that cannot be read."""
        super().__init__(position)
        self.position = position
