"""Keeps, finds, and forgets."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, NamedTuple

import orjson
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, Engine, Row, Table, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from ledger.database import IMMEDIATE, close_engine
from ledger.integrity.disclosures import Disclosure, digest_of, read_disclosures
from ledger.vault.keys import MasterKeyError, VaultKeys, seal, unseal
from ledger.vault.tables import check, learners, metadata, sealed, search

SEARCHABLE: Final = frozenset({"name", "student_number", "identity_number"})
SWEEP_PAGE: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosed:
    """The disclosures of one statement, and the learner they are about.

    ``expires_at`` is when the statement can no longer be accepted: if no entry claims
    it by then, it is swept.
    """

    iss: str
    statement_id: str
    payload_hash: str
    learner_id: str
    disclosures: tuple[Disclosure, ...]
    expires_at: str


class Claim(NamedTuple):
    """Names a statement whose disclosures are kept."""

    iss: str
    statement_id: str
    payload_hash: str


class ErasedError(Exception):
    """The learner's values were erased: undisclosed, for ever."""


class RetentionError(Exception):
    """A legal retention runs until ``until``: the values are kept, and restricted."""

    def __init__(self, until: str) -> None:
        """Name the date."""
        super().__init__(until)
        self.until = until


class Vault:
    """One vault. Safe from any thread."""

    def __init__(self, engine: Engine, master_key: bytes) -> None:
        """Open the vault, creating its tables if there are none.

        Raises:
            MasterKeyError: not the key this vault was made with.
        """
        self._engine = engine
        self.keys = VaultKeys(master_key)
        metadata.create_all(engine)
        with self._writing() as connection:
            found = connection.execute(select(check.c.check_value)).scalar()
            if found is None:
                values = {"check_value": self.keys.check_value}
                connection.execute(insert(check).values(values))
            elif bytes(found) != self.keys.check_value:
                raise MasterKeyError

    def put(self, disclosed: Sequence[Disclosed]) -> None:
        """Keep all of them, in one transaction; the same again changes nothing.

        What is about an erased learner is not kept.
        """
        if not disclosed:
            return
        with self._writing() as connection:
            keys = self._keys_of(connection, {one.learner_id for one in disclosed})
            kept = [one for one in disclosed if one.learner_id in keys]
            if kept:
                rows = [self._row(one, keys[one.learner_id]) for one in kept]
                self._upsert(connection, sealed, rows=rows)
            found = [entry for one in kept for entry in self._search_rows(one)]
            if found:
                self._upsert(connection, search, rows=found)

    def read(self, learner_id: str) -> list[Disclosed]:
        """Return all that is kept about a learner, in order of issuer and statement.

        Raises:
            ErasedError: the learner was erased.
        """
        query = select(sealed).where(sealed.c.learner_id == learner_id)
        ordered = query.order_by(sealed.c.iss, sealed.c.statement_id)
        with self._engine.connect() as connection:
            key = self._key(connection, learner_id)
            if key is None:
                return []
            return [
                Disclosed(
                    iss=row.iss,
                    statement_id=row.statement_id,
                    payload_hash=row.payload_hash,
                    learner_id=learner_id,
                    disclosures=_opened(key, bytes(row.content), context=_context(row)),
                    expires_at=row.expires_at or "",
                )
                for row in connection.execute(ordered)
            ]

    def find_learners(self, *, iss: str, field: str, value: str) -> list[str]:
        """Return the learners a member opened accounts for under this value."""
        wanted = self.keys.search_hash(iss=iss, field=field, value=value)
        query = select(search.c.learner_id).where(search.c.keyed_hash == wanted)
        with self._engine.connect() as connection:
            return sorted(connection.scalars(query))

    def retain(self, learner_id: str, *, kind: str, basis: str, until: str) -> None:
        """Note that a law keeps a learner's values until a date, and which."""
        values = {
            "retention_class": kind,
            "retention_basis": basis,
            "retention_until": until,
        }
        with self._writing() as connection:
            self._keys_of(connection, {learner_id})
            connection.execute(
                update(learners)
                .where(learners.c.learner_id == learner_id)
                .values(values)
            )

    def erase(self, learner_id: str, *, now: str) -> None:
        """Destroy a learner's key, values and search entries; the log stays whole.

        Raises:
            RetentionError: a law keeps them; they are restricted meanwhile.
        """
        with self._writing() as connection:
            query = select(learners.c.retention_until)
            until = connection.execute(
                query.where(learners.c.learner_id == learner_id)
            ).scalar()
            if until is not None and now[:10] <= until:
                raise RetentionError(until)
            for table in (sealed, search):
                connection.execute(
                    delete(table).where(table.c.learner_id == learner_id)
                )
            gone = {"wrapped_key": None, "erased_at": now}
            known: dict[str, object] = {"learner_id": learner_id, **gone}
            self._upsert(connection, learners, rows=[known])
        self._forget_pages()

    def sweep(self, *, now: str, is_recorded: Callable[[Claim], bool]) -> int:
        """Remove what expired and no entry claims; return how many rows went.

        ``is_recorded`` tells whether the log holds such a statement.
        """
        removed = 0
        while True:
            with self._writing() as connection:
                claims = self._expired(connection, now)
                removed += sum(
                    self._settle(connection, claim, recorded=is_recorded(claim))
                    for claim in claims
                )
            if len(claims) < SWEEP_PAGE:
                return removed

    def _expired(self, connection: Connection, now: str) -> list[Claim]:
        query = select(sealed.c.iss, sealed.c.statement_id, sealed.c.payload_hash)
        expired = query.where(sealed.c.expires_at <= now).limit(SWEEP_PAGE)
        return [Claim(*row) for row in connection.execute(expired)]

    def _settle(self, connection: Connection, claim: Claim, *, recorded: bool) -> int:
        own = (sealed.c.iss == claim.iss) & (
            sealed.c.statement_id == claim.statement_id
        )
        if recorded:
            connection.execute(update(sealed).where(own).values(expires_at=None))
            return 0
        connection.execute(delete(sealed).where(own))
        return 1

    def close(self) -> None:
        """Close all connections."""
        close_engine(self._engine)

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._engine.connect() as connection:
            immediate = connection.execution_options(**{IMMEDIATE: True})
            with immediate.begin():
                yield immediate

    def _keys_of(self, connection: Connection, ids: Iterable[str]) -> dict[str, bytes]:
        wanted = sorted(ids)
        query = select(learners.c.learner_id, learners.c.wrapped_key)
        rows = connection.execute(query.where(learners.c.learner_id.in_(wanted))).all()
        keys = {
            row[0]: self.keys.unwrap(row[0], bytes(row[1]))
            for row in rows
            if row[1] is not None
        }
        known = {row[0] for row in rows}
        new = []
        for learner_id in wanted:
            if learner_id not in known:
                keys[learner_id], wrapped = self.keys.new_learner_key(learner_id)
                new.append({"learner_id": learner_id, "wrapped_key": wrapped})
        if new:
            connection.execute(insert(learners), new)
        return keys

    def _key(self, connection: Connection, learner_id: str) -> bytes | None:
        query = select(learners.c.wrapped_key, learners.c.erased_at)
        row = connection.execute(
            query.where(learners.c.learner_id == learner_id)
        ).first()
        if row is None:
            return None
        if row[0] is None:
            raise ErasedError
        return self.keys.unwrap(learner_id, bytes(row[0]))

    def _row(self, one: Disclosed, key: bytes) -> dict[str, object]:
        texts = [disclosure.encoded for disclosure in one.disclosures]
        return {
            "iss": one.iss,
            "statement_id": one.statement_id,
            "learner_id": one.learner_id,
            "payload_hash": one.payload_hash,
            "expires_at": one.expires_at,
            "content": seal(AESGCM(key), orjson.dumps(texts), context=_context(one)),
        }

    def _search_rows(self, one: Disclosed) -> Iterable[dict[str, object]]:
        for disclosure in one.disclosures:
            if disclosure.name in SEARCHABLE and isinstance(disclosure.value, str):
                hashed = self.keys.search_hash(
                    iss=one.iss, field=disclosure.name, value=disclosure.value
                )
                yield {"keyed_hash": hashed, "learner_id": one.learner_id}

    def _upsert(
        self, connection: Connection, table: Table, *, rows: Sequence[dict[str, object]]
    ) -> None:
        make = (
            sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
        )
        statement = make(table)
        keys = [column.name for column in table.primary_key]
        changed = {
            name: statement.excluded[name] for name in rows[0] if name not in keys
        }
        if changed:
            statement = statement.on_conflict_do_update(
                index_elements=keys, set_=changed
            )
        else:
            statement = statement.on_conflict_do_nothing(index_elements=keys)
        connection.execute(statement, list(rows))

    def _forget_pages(self) -> None:
        # What was deleted must not live on in the write-ahead log or in free pages.
        if self._engine.dialect.name == "sqlite":
            with self._engine.connect() as connection:
                connection.exec_driver_sql("COMMIT")
                connection.exec_driver_sql("VACUUM")
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
                connection.exec_driver_sql("BEGIN")


def _context(one: Disclosed | Row[tuple[str, ...]]) -> bytes:
    return f"v1|{one.learner_id}|{one.iss}|{one.statement_id}".encode()


def _opened(key: bytes, content: bytes, *, context: bytes) -> tuple[Disclosure, ...]:
    texts = orjson.loads(unseal(AESGCM(key), content, context=context))
    return read_disclosures(texts, {digest_of(text) for text in texts})
