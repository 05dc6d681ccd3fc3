"""Remembers that a ledger was restored, and what it was compared with since.

While the newest restore was not compared, nothing is signed: a bank that goes on from
an older backup would sign two histories. The row is written in the transaction that
brings the log back, so that there is never one without the other, and it is data like
any other: it survives restarts, and goes along into the next backup.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, func, insert, select, update

from ledger.store.schema import log_restores

_restores = log_restores.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """A restore that was not compared yet: ``size`` entries under ``root``.

    ``made_at`` is when the backup was made.
    """

    number: int
    restored_at: str
    made_at: str
    size: int
    root: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """That a restore agrees with what others hold.

    ``size`` is that of the largest checkpoint it was compared with; ``lost`` counts the
    entries that this one proves to be missing, and that the operator gave up.
    """

    at: str
    size: int
    lost: int


def awaiting_comparison(connection: Connection) -> Restored | None:
    """Return the newest restore that was not compared yet, None if there is none."""
    query = (
        select(
            _restores.number,
            _restores.restored_at,
            _restores.made_at,
            _restores.size,
            _restores.root,
        )
        .where(_restores.compared_at.is_(None))
        .order_by(_restores.number.desc())
        .limit(1)
    )
    row = connection.execute(query).first()
    if row is None:
        return None
    number, restored_at, made_at, size, root = row
    return Restored(
        number=number,
        restored_at=restored_at,
        made_at=made_at,
        size=size,
        root=bytes(root),
    )


def note_restored(
    connection: Connection, *, restored_at: str, made_at: str, size: int, root: bytes
) -> None:
    """Note a restore: from now on nothing is signed."""
    newest: int = connection.execute(select(func.max(_restores.number))).scalar() or 0
    row = {
        "number": newest + 1,
        "restored_at": restored_at,
        "made_at": made_at,
        "size": size,
        "root": root,
    }
    connection.execute(insert(log_restores).values(row))


def note_compared(connection: Connection, compared: Compared) -> None:
    """Note what the ledger was compared with: from now on the bank signs again.

    A backup that was itself made of a restored ledger brings its open restore along;
    one comparison ends them all, since the log is the same.
    """
    noted = update(log_restores).where(_restores.compared_at.is_(None))
    connection.execute(
        noted.values(
            compared_at=compared.at, compared_size=compared.size, lost=compared.lost
        )
    )
