"""Keeps, finds, and forgets."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Final

from sqlalchemy import Connection, Engine, Row, delete, exc, select, update

from ledger.database import IMMEDIATE, close_engine
from ledger.domain.types import instant_of, moment_of
from ledger.vault.contents import (
    Claim,
    Disclosed,
    contents,
    name_of,
    opened,
    sealed_row,
    settle,
)
from ledger.vault.keys import VaultKeys
from ledger.vault.learners import RETENTION, destroy_key, key_of, keys_of
from ledger.vault.tables import (
    insert_missing,
    learners,
    prepare,
    sealed,
    search,
    upsert,
)

SEARCHABLE: Final = frozenset({"name", "student_number", "identity_number"})
LOCK_SECONDS: Final = 5
SWEEP_PAGE: Final = 1_000
SWEEP_GRACE: Final = timedelta(hours=1)
"""A group decided just before an expiry may still be on its way into the log."""


__all__ = ["Claim", "Disclosed", "Vault", "VaultUnavailableError"]


class VaultUnavailableError(Exception):
    """The vault's database did not answer, or refused; asking again is safe."""


class Vault:
    """One vault. Safe from any thread, and from several processes."""

    def __init__(self, engine: Engine, master_key: bytes) -> None:
        """Open the vault, creating its tables if there are none.

        The engine is the vault's from now on: it is closed if this fails.

        Raises:
            MasterKeyError: not the key this vault was made with.
            VaultUnavailableError: its database does not answer.
        """
        self._engine = engine
        # A wrapped key in a log would outlive its learner's erasure.
        engine.hide_parameters = True
        with ExitStack() as opening:
            opening.callback(engine.dispose)
            self.keys = VaultKeys(master_key)
            with self._writing() as connection:
                prepare(connection, check_value=self.keys.check_value)
            opening.pop_all()

    def put(self, disclosed: Sequence[Disclosed]) -> None:
        """Keep all of them, in one transaction; the same again changes nothing.

        A statement's disclosures only ever become more: a later put of fewer takes
        none away. What is about an erased learner is not kept.

        Raises:
            VaultUnavailableError: nothing is known to be kept; repeat it.
            SealBrokenError: a learner's key, or what is kept already, was changed.
        """
        if not disclosed:
            return
        with self._writing() as connection:
            ids = {one.learner_id for one in disclosed}
            keys = keys_of(connection, self.keys, ids=ids)
            live = [one for one in disclosed if one.learner_id in keys]
            known = contents(connection, live)
            rows: list[dict[str, object]] = []
            found: list[dict[str, object]] = []
            for one in live:
                key, name = keys[one.learner_id], name_of(one)
                kept = opened(key, known[name], name=name) if name in known else {}
                merged = {each.name: each for each in one.disclosures} | kept
                if len(merged) > len(kept):
                    rows.append(sealed_row(one, key, kept=merged))
                    found += self._search_rows(one)
            upsert(connection, sealed, rows=rows)
            insert_missing(connection, search, rows=found)

    def read(self, learner_id: str) -> list[Disclosed]:
        """Return all that is kept about a learner, in order of issuer and statement.

        Raises:
            ErasedError: the learner was erased.
            SealBrokenError: something was changed, or moved here from elsewhere.
            VaultUnavailableError: the database does not answer.
        """
        query = select(sealed).where(sealed.c.learner_id == learner_id)
        ordered = query.order_by(sealed.c.iss, sealed.c.statement_id)
        with self._reading() as connection:
            key = key_of(connection, self.keys, learner_id=learner_id)
            if key is None:
                return []
            rows = connection.execute(ordered).all()
            return [_read(row, key) for row in rows]

    def find_learners(self, *, iss: str, field: str, value: str) -> list[str]:
        """Return the learners a member opened accounts for under this value.

        Raises:
            VaultUnavailableError: the database does not answer.
        """
        wanted = self.keys.search_hash(iss=iss, field=field, value=value)
        query = select(search.c.learner_id).where(search.c.keyed_hash == wanted)
        with self._reading() as connection:
            return sorted(connection.scalars(query.distinct()))

    def retain(self, learner_id: str, *, kind: str, basis: str, until: str) -> None:
        """Note that a law keeps a learner's values until a date, and which.

        Raises:
            VaultUnavailableError: nothing is known to be noted; repeat it.
        """
        noted = dict(zip(RETENTION, (kind, basis, until), strict=True))
        with self._writing() as connection:
            keys_of(connection, self.keys, ids=[learner_id])
            own = learners.c.learner_id == learner_id
            connection.execute(update(learners).where(own).values(noted))

    def erase(self, learner_id: str, *, now: str) -> None:
        """Destroy a learner's key, values and search entries; the log stays whole.

        Raises:
            RetentionError: a law keeps them; they are restricted meanwhile.
            VaultUnavailableError: repeat it until it succeeds.
        """
        with self._writing() as connection:
            # The key goes first: its row's lock keeps out whoever would write more.
            destroy_key(connection, learner_id, now=now)
            for table in (sealed, search):
                own = table.c.learner_id == learner_id
                connection.execute(delete(table).where(own))
        self._forget_pages()

    def sweep(self, *, now: str, is_recorded: Callable[[Claim], bool]) -> int:
        """Remove what expired and no entry claims; return how many statements went.

        ``is_recorded`` tells whether the log holds such a statement.

        Raises:
            VaultUnavailableError: the rest is swept the next time.
        """
        before = instant_of(moment_of(now) - SWEEP_GRACE)
        columns = (sealed.c.iss, sealed.c.statement_id, sealed.c.payload_hash)
        expired = select(*columns).where(sealed.c.expires_at <= before).distinct()
        removed = 0
        while True:
            with self._reading() as connection:
                rows = connection.execute(expired.limit(SWEEP_PAGE))
                claims = [Claim(*row) for row in rows]
            # The log is asked while nobody waits for the vault.
            answers = [(claim, is_recorded(claim)) for claim in claims]
            with self._writing() as connection:
                for claim, recorded in answers:
                    settle(connection, claim, recorded=recorded)
            removed += sum(not recorded for _, recorded in answers)
            if len(claims) < SWEEP_PAGE:
                return removed

    def close(self) -> None:
        """Close all connections."""
        close_engine(self._engine)

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        try:
            with self._engine.connect() as connection:
                yield connection
        except (exc.DBAPIError, exc.TimeoutError) as error:
            raise VaultUnavailableError(type(error).__name__) from error

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._reading() as connection:
            immediate = connection.execution_options(**{IMMEDIATE: True})
            with immediate.begin():
                yield immediate

    def _search_rows(self, one: Disclosed) -> Iterable[dict[str, object]]:
        for disclosure in one.disclosures:
            if disclosure.name in SEARCHABLE and isinstance(disclosure.value, str):
                hashed = self.keys.search_hash(
                    iss=one.iss, field=disclosure.name, value=disclosure.value
                )
                yield {"keyed_hash": hashed, **name_of(one)._asdict()}

    def _forget_pages(self) -> None:
        # What was deleted must not live on in free pages, dead rows, or SQLite's log.
        with self._reading() as connection:
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("COMMIT")
                connection.exec_driver_sql("VACUUM")
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
                connection.exec_driver_sql("BEGIN")
                return
            outside = connection.execution_options(isolation_level="AUTOCOMMIT")
            # Whoever waits for a whole table makes everybody else wait: not for long.
            outside.exec_driver_sql(f"SET lock_timeout = '{LOCK_SECONDS}s'")
            for table in (learners, sealed, search):
                outside.exec_driver_sql(f"VACUUM FULL {table.name}")
            outside.exec_driver_sql("RESET lock_timeout")


def _read(row: Row[tuple[str, ...]], key: bytes) -> Disclosed:
    closed = Disclosed(
        iss=row.iss,
        statement_id=row.statement_id,
        payload_hash=row.payload_hash,
        learner_id=row.learner_id,
        disclosures=(),
        expires_at=row.expires_at or "",
    )
    found = opened(key, bytes(row.content), name=name_of(closed))
    return replace(closed, disclosures=tuple(found.values()))
