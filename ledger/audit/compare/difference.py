"""What a comparison tells: one thing that is shown and is not what the log gives."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One cell, or row, that is not what the log gives. None stands for no row.

    ``column`` is empty where a whole row, or table, is missing or too many.
    """

    table: str
    key: str
    column: str
    shown: str | None
    recomputed: str | None

    def __str__(self) -> str:
        """Name place and both values in one line."""
        place = ".".join(part for part in (self.table, self.column) if part)
        shown, recomputed = (
            "no row" if value is None else value
            for value in (self.shown, self.recomputed)
        )
        return f"{place} [{self.key}]: shown {shown}, recomputed {recomputed}"
