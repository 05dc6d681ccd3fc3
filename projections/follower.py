"""Entries as projections see them: read back, with the facts of their place."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from ledger.domain.rules.awards import id_of_award
from ledger.domain.rules.dates import date_in
from ledger.domain.statements import BY_NAME, read_statement
from ledger.domain.statements.awards import CreditAmended, CreditAwarded, CreditRevoked
from ledger.domain.statements.envelope import Statement
from ledger.intake import hash_text
from ledger.integrity import canonical
from ledger.integrity.entries import BankLine, read_entry
from ledger.integrity.jws import BATCH_TYP, STATEMENT_TYP, read_jws
from ledger.store.reader import StoredEntry

_AGREED_TO: Final = frozenset({"rule.proposed.v1", "policy.published.v1"})


class Log(Protocol):
    """The log that is followed."""

    def read_entries(self, *, after: int, limit: int) -> list[StoredEntry]:
        """Return up to ``limit`` entries from position ``after + 1`` on."""
        ...

    def read_raw(self, position: int) -> bytes:
        """Return the bytes of the entry at a position."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One accepted statement, and the award that it makes or changes.

    ``recorded_on`` is its date in the ledger's time zone; ``body`` is the statement's
    as plain JSON, without digests. ``body_hash`` is the digest by which rules and
    policies are agreed to.
    """

    position: int
    recorded_at: str
    recorded_on: str
    kid: str
    statement: Statement
    award: str | None
    body: Mapping[str, object]
    body_hash: str = ""


def award_of(statement: Statement) -> str | None:
    """Return the award that a statement makes or changes."""
    match statement:
        case CreditAwarded():
            return id_of_award(statement)
        case CreditAmended(body=amended):
            return amended.award_id
        case CreditRevoked(body=revoked):
            return revoked.award_id
        case _:
            return None


class Follower:
    """Reads facts in order. Lines of a batch get the key of their header."""

    def __init__(self, log: Log, *, time_zone: str) -> None:
        """Follow a log whose dates are counted in ``time_zone``."""
        self._log = log
        self._time_zone = time_zone
        self._header = (-1, "")

    def read(self, *, after: int, limit: int) -> tuple[int, list[Fact]]:
        """Return the last position read, and the facts up to it."""
        entries = self._log.read_entries(after=after, limit=limit)
        last = entries[-1].position if entries else after
        return last, list(self._facts(entries))

    def _facts(self, entries: Iterable[StoredEntry]) -> Iterable[Fact]:
        for stored in entries:
            entry = read_entry(stored.raw)
            line = entry.line
            if line.batch is not None:
                yield self._fact(
                    line,
                    self._kid_of(line.batch),
                    payload=entry.member_bytes,
                    topic=stored.topic,
                )
            elif stored.topic in BY_NAME:
                signed = read_jws(entry.member_bytes, typ=STATEMENT_TYP)
                yield self._fact(
                    line, signed.kid, payload=signed.payload, topic=stored.topic
                )
            else:
                signed = read_jws(entry.member_bytes, typ=BATCH_TYP)
                self._header = (line.position, signed.kid)

    def _kid_of(self, header: int) -> str:
        if self._header[0] != header:
            entry = read_entry(self._log.read_raw(header))
            signed = read_jws(entry.member_bytes, typ=BATCH_TYP)
            self._header = (header, signed.kid)
        return self._header[1]

    def _fact(self, line: BankLine, kid: str, *, payload: bytes, topic: str) -> Fact:
        statement = read_statement(payload, type_name=topic)
        return Fact(
            position=line.position,
            recorded_at=line.recorded_at,
            recorded_on=date_in(self._time_zone, line.recorded_at),
            kid=kid,
            statement=statement,
            award=award_of(statement),
            body=statement.body.model_dump(
                mode="json", by_alias=True, exclude_none=True, exclude={"sd"}
            ),
            body_hash=_body_hash(payload) if topic in _AGREED_TO else "",
        )


def _body_hash(payload: bytes) -> str:
    value = canonical.loads(payload)
    return hash_text(canonical.dumps(value["body"])) if isinstance(value, dict) else ""
