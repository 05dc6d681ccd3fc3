"""Cosignatures and alarms in the bank's own store. What stands here was verified."""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Engine, Select, exc, func, insert, select

from ledger.database import IMMEDIATE
from ledger.integrity.cosignatures import Cosignature
from ledger.store.asking import asking
from ledger.store.schema import cosignatures, witness_alarms

ALARMS_MAX: Final = 10
"""How many alarms of one witness are kept: the first ones tell what happened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """What a witness answered, and to what; ``found_at`` is POSIX time."""

    witness: str
    found_at: int
    size: int
    request: str
    answer: str


class Kept:
    """The cosignatures of one ledger's checkpoints."""

    def __init__(self, engine: Engine) -> None:
        """Use the engine's connections."""
        self._engine = engine
        self._writing = engine.execution_options(**{IMMEDIATE: True})

    def keep(self, size: int, cosignature: Cosignature) -> None:
        """Keep the first cosignature of a witness for a size.

        Raises:
            StoreUnavailableError: the database did not answer.
        """
        values = {
            "size": size,
            "witness": cosignature.name,
            "seconds": cosignature.seconds,
            "line": cosignature.line,
        }

        def ask() -> None:
            try:
                with self._writing.begin() as connection:
                    connection.execute(insert(cosignatures).values(values))
            except exc.IntegrityError:
                # Another process was asked the same: the first line is as good.
                return

        asking(ask)

    def at(self, size: int) -> list[Cosignature]:
        """Return the cosignatures of one checkpoint, by witness."""
        table = cosignatures.c
        query = select(table.witness, table.seconds, table.line)
        rows = self._read(query.where(table.size == size).order_by(table.witness))
        return [Cosignature(name=one[0], seconds=one[1], line=one[2]) for one in rows]

    def largest(self, witness: str) -> int:
        """Return the largest size that a witness cosigned, 0 if none."""
        query = select(func.max(cosignatures.c.size))
        rows = self._read(query.where(cosignatures.c.witness == witness))
        return rows[0][0] or 0

    def sizes(self, *, below: int, limit: int) -> list[int]:
        """Return sizes that somebody cosigned, largest first."""
        table = cosignatures.c
        query = select(table.size).where(table.size < below).distinct()
        rows = self._read(query.order_by(table.size.desc()).limit(limit))
        return [one[0] for one in rows]

    def sizes_from(self, size: int, *, limit: int) -> list[int]:
        """Return sizes of at least ``size`` that somebody cosigned, smallest first."""
        table = cosignatures.c
        query = select(table.size).where(table.size >= size).distinct()
        rows = self._read(query.order_by(table.size).limit(limit))
        return [one[0] for one in rows]

    def sound(self, alarm: Alarm) -> None:
        """Keep an alarm, unless the witness has sounded very many.

        Raises:
            StoreUnavailableError: the database did not answer.
        """
        if len(self.alarms(alarm.witness)) >= ALARMS_MAX:
            return
        values = {
            "witness": alarm.witness,
            "found_at": alarm.found_at,
            "size": alarm.size,
            "request": alarm.request,
            "answer": alarm.answer,
        }

        def ask() -> None:
            with self._writing.begin() as connection:
                connection.execute(insert(witness_alarms).values(values))

        asking(ask)

    def alarms(self, witness: str | None = None) -> list[Alarm]:
        """Return the alarms of one witness, or of all, oldest first."""
        table = witness_alarms.c
        query = select(
            table.witness, table.found_at, table.size, table.request, table.answer
        ).order_by(table.number)
        if witness is not None:
            query = query.where(table.witness == witness)
        return [
            Alarm(
                witness=one[0],
                found_at=one[1],
                size=one[2],
                request=one[3],
                answer=one[4],
            )
            for one in self._read(query)
        ]

    def _read(self, query: Select[Any]) -> list[tuple[Any, ...]]:  # Any: a row.
        def ask() -> list[tuple[Any, ...]]:  # Any: a row's columns.
            with self._engine.connect() as connection:
                return [tuple(row) for row in connection.execute(query)]

        return asking(ask)
