"""What a witness remembers: the last checkpoint of each log, and evidence of forks.

A checkpoint is remembered on disk before its cosignature leaves: a witness that forgot
one could cosign another history. Reading, judging and writing are one transaction that
nobody else can be in, in this process or another: of two requests from the same old
size one wins, and the other is told the new size.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    delete,
    insert,
    select,
    update,
)

from ledger.database import IMMEDIATE, close_engine
from ledger.integrity.keys import PublicKey
from ledger.integrity.witnessing import (
    NOTHING_SEEN,
    Request,
    Seen,
    Verdict,
    judge,
    write_request,
)

metadata: Final = MetaData()

seen_logs: Final = Table(
    "seen_logs",
    metadata,
    Column("origin", Text, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("root", LargeBinary, nullable=False),
    Column("note", Text, nullable=False),
    Column("stopped", Boolean, nullable=False),
)

evidence: Final = Table(
    "evidence",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("origin", Text, nullable=False),
    Column("found_at", BigInteger, nullable=False),
    Column("proven", Boolean, nullable=False),
    Column("seen_note", Text, nullable=False),
    Column("request", Text, nullable=False),
)
"""Both notes: the one cosigned before, and the whole request with the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Two checkpoints that do not fit, and the proof that came with the second.

    ``proven``: no log can have both. Otherwise only the proof was wrong, which anyone
    can send; the last of these is kept for each log.
    """

    number: int
    origin: str
    found_at: int
    proven: bool
    seen_note: str
    request: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A verdict, and the size that the witness has seen."""

    verdict: Verdict
    size: int


class Memory:
    """The memory of one witness, on disk."""

    def __init__(self, engine: Engine, logs: Mapping[str, PublicKey]) -> None:
        """Trust these keys, by the origin of the log that signs with each."""
        self._engine = engine.execution_options(**{IMMEDIATE: True})
        self._logs = dict(logs)
        metadata.create_all(self._engine)

    def close(self) -> None:
        """Close the file."""
        close_engine(self._engine)

    def consider(self, request: Request, *, seconds: int) -> Judged:
        """Judge a request and remember what follows, on disk, before this returns."""
        origin = request.checkpoint.origin
        with self._engine.begin() as connection:
            seen = _seen(connection, origin)
            verdict = judge(request, seen, logs=self._logs)
            match verdict:
                case Verdict.COSIGN:
                    _remember(connection, request)
                    return Judged(verdict=verdict, size=request.checkpoint.size)
                case Verdict.FORK | Verdict.BAD_PROOF:
                    _keep(connection, request, seen=seen, at=seconds, verdict=verdict)
                case _:
                    pass
        return Judged(verdict=verdict, size=seen.size)

    def seen(self, origin: str) -> Seen:
        """Return the last checkpoint that was cosigned of a log."""
        with self._engine.begin() as connection:
            return _seen(connection, origin)

    def evidence(self) -> list[Evidence]:
        """Return all evidence, oldest first."""
        with self._engine.begin() as connection:
            rows = connection.execute(select(evidence).order_by(evidence.c.number))
            return [Evidence(**row) for row in rows.mappings()]

    def resume(self, origin: str) -> bool:
        """Cosign again, from the last checkpoint on, on a person's word.

        The evidence stays. Returns whether the witness had stopped.
        """
        with self._engine.begin() as connection:
            done = connection.execute(
                update(seen_logs)
                .where(seen_logs.c.origin == origin, seen_logs.c.stopped)
                .values(stopped=False)
            )
            return done.rowcount == 1


def _seen(connection: Connection, origin: str) -> Seen:
    query = select(seen_logs).where(seen_logs.c.origin == origin)
    row = connection.execute(query).first()
    if row is None:
        return NOTHING_SEEN
    return Seen(size=row.size, root=bytes(row.root), note=row.note, stopped=row.stopped)


def _remember(connection: Connection, request: Request) -> None:
    checkpoint = request.checkpoint
    origin = seen_logs.c.origin == checkpoint.origin
    connection.execute(delete(seen_logs).where(origin))
    connection.execute(
        insert(seen_logs).values(
            origin=checkpoint.origin,
            size=checkpoint.size,
            root=checkpoint.root,
            note=request.note,
            stopped=False,
        )
    )


def _keep(
    connection: Connection,
    request: Request,
    *,
    seen: Seen,
    at: int,
    verdict: Verdict,
) -> None:
    origin, proven = request.checkpoint.origin, verdict is Verdict.FORK
    if proven:
        connection.execute(
            update(seen_logs).where(seen_logs.c.origin == origin).values(stopped=True)
        )
    else:
        # Anyone can send these: one for each log is kept, so that none fills the disk.
        connection.execute(
            delete(evidence).where(evidence.c.origin == origin, ~evidence.c.proven)
        )
    raw = write_request(request.old, request.path, note=request.note)
    connection.execute(
        insert(evidence).values(
            origin=origin,
            found_at=at,
            proven=proven,
            seen_note=seen.note,
            request=raw.decode(),
        )
    )
