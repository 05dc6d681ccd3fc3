"""Entries as projections see them: read back, with the facts of their place."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final, NamedTuple, Protocol

from ledger.domain.rules.awards import id_of_award
from ledger.domain.rules.dates import date_in
from ledger.domain.statements import BY_NAME, read_statement, recognise
from ledger.domain.statements.awards import CreditAmended, CreditAwarded, CreditRevoked
from ledger.domain.statements.envelope import Statement
from ledger.integrity import canonical
from ledger.integrity.entries import read_entry
from ledger.integrity.jws import BATCH_TYP, STATEMENT_TYP, read_jws
from ledger.lists.drafts import hash_text
from ledger.store.reader import StoredEntry
from projections.listed import Forms, Listed
from projections.taking import Header, Signed, header_at, single, words_of_line

CHUNK: Final = 2_000
"""Entries that are read at once."""
ITEMS_MAX: Final = 2_000
"""Statements and lists of one page, but for those of its last chunk."""
_AGREED_TO: Final = frozenset({"rule.proposed.v1", "policy.published.v1"})


class Log(Protocol):
    """The log that is followed."""

    def read_entries(self, *, after: int, limit: int) -> list[StoredEntry]:
        """Return up to ``limit`` entries from position ``after + 1`` on."""
        ...

    def read_raw(self, position: int) -> bytes:
        """Return the bytes of the entry at a position."""
        ...


class Recorded(Protocol):
    """The log that is asked for some of its entries."""

    def read_at(self, positions: Collection[int]) -> list[StoredEntry]:
        """Return the entries at these positions, oldest first."""
        ...


class Said(NamedTuple):
    """One accepted statement, and where, when and under which key it was recorded."""

    position: int
    recorded_at: str
    kid: str
    statement: Statement


class Fact(NamedTuple):
    """One accepted statement, and the award that it makes or changes.

    ``recorded_on`` is its date in the ledger's time zone. ``body_hash`` is the digest
    by which rules and policies are agreed to.
    """

    position: int
    recorded_at: str
    recorded_on: str
    kid: str
    statement: Statement
    award: str | None
    body_hash: str = ""

    @property
    def body(self) -> Mapping[str, object]:
        """Return the statement's body as plain JSON, without digests."""
        return plain_body(self.statement)


Item = Fact | Listed
"""What was said at a position, or in lines of a list from there on."""


def plain_body(statement: Statement) -> dict[str, object]:
    """Return the body of a statement as plain JSON, without digests."""
    return statement.body.model_dump(
        mode="json", by_alias=True, exclude_none=True, exclude={"sd"}
    )


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


def said_at(log: Recorded, positions: Collection[int]) -> dict[int, Said]:
    """Return what was said at these positions; there is a statement at each."""
    stored = log.read_at(positions) if positions else []
    entries = [(one.topic, read_entry(one.raw)) for one in stored]
    headers = {entry.line.batch for _, entry in entries} - {None}
    kids = {
        one.position: read_jws(read_entry(one.raw).member_bytes, typ=BATCH_TYP).kid
        for one in (log.read_at(headers) if headers else ())  # type: ignore[arg-type]  # none is None
    }
    found = {}
    for topic, entry in entries:
        line, payload = entry.line, entry.member_bytes
        if line.batch is None:
            signed = read_jws(payload, typ=STATEMENT_TYP)
            kid, payload = signed.kid, signed.payload
        else:
            kid = kids[line.batch]
        statement = _read(payload, topic=topic)
        found[line.position] = Said(line.position, line.recorded_at, kid, statement)
    return found


class Follower:
    """Reads facts in order. Lines of a batch get the key of their header."""

    def __init__(self, log: Log, *, time_zone: str) -> None:
        """Follow a log whose dates are counted in ``time_zone``."""
        self._log = log
        self._time_zone = time_zone
        self._header = Header(-1, "")
        self._forms = Forms()

    def read(self, *, after: int, limit: int) -> tuple[int, list[Fact]]:
        """Return the last position read, and the facts up to it."""
        entries = self._log.read_entries(after=after, limit=limit)
        last = entries[-1].position if entries else after
        taken = ((stored.topic, self._take(stored)) for stored in entries)
        return last, [self._fact(one, topic=of) for of, one in taken if one is not None]

    def read_items(self, *, after: int, limit: int) -> tuple[int, list[Item]]:
        """Return the same, with what it can of lists as such.

        It reads so much at once that what it holds is bounded, and stops before the
        limit where little of it is in lists.
        """
        items: list[Item] = []
        last, until = after, after + limit
        while last < until and len(items) < ITEMS_MAX:
            chunk = min(CHUNK, until - last)
            entries = self._log.read_entries(after=last, limit=chunk)
            items += self._items(entries)
            last = entries[-1].position if entries else last
            if len(entries) < chunk:
                break
        return last, items

    def _items(self, entries: Sequence[StoredEntry]) -> list[Item]:
        items: list[Item] = []
        going: Listed | None = None
        for stored in entries:
            position, topic = stored.position, stored.topic
            words, at = words_of_line(stored, self._header), self._header.recorded_at
            one = None if words else single(stored) or self._take(stored)
            if one is not None and one.position == position:
                words, at = one.payload, one.recorded_at
            found = self._forms.find(words, topic=topic)
            if found is None:
                going, one = None, one or self._take(stored)
                if one is not None:
                    items.append(self._learn(one, topic=topic))
                continue
            on = date_in(self._time_zone, at)
            statement, own = found
            if going is None or not going.is_of(statement, on):
                going = Listed(first=position, statement=statement, recorded_on=on)
                items.append(going)
            going.add(own)
        return items

    def _learn(self, one: Signed, *, topic: str) -> Fact:
        fact = self._fact(one, topic=topic)
        self._forms.learn(one.payload, fact.statement)
        return fact

    def _take(self, stored: StoredEntry) -> Signed | None:
        """Take an entry apart; None of a header, which is remembered."""
        entry = read_entry(stored.raw)
        line, payload = entry.line, entry.member_bytes
        recorded_at = line.recorded_at
        if line.batch is not None:
            kid = self._kid_of(line.batch)
        elif stored.topic in BY_NAME:
            signed = read_jws(payload, typ=STATEMENT_TYP)
            kid, payload = signed.kid, signed.payload
        else:
            kid = read_jws(payload, typ=BATCH_TYP).kid
            self._header = header_at(line.position, kid, recorded_at=recorded_at)
            return None
        return Signed(line.position, recorded_at, kid, payload)

    def _fact(self, one: Signed, *, topic: str) -> Fact:
        statement = _read(one.payload, topic=topic)
        return Fact(
            one.position,
            one.recorded_at,
            date_in(self._time_zone, one.recorded_at),
            one.kid,
            statement,
            award_of(statement),
            _body_hash(one.payload) if topic in _AGREED_TO else "",
        )

    def _kid_of(self, header: int) -> str:
        if self._header.position != header:
            entry = read_entry(self._log.read_raw(header))
            signed = read_jws(entry.member_bytes, typ=BATCH_TYP)
            at = entry.line.recorded_at
            self._header = header_at(header, signed.kid, recorded_at=at)
        return self._header.kid


def _read(payload: bytes, *, topic: str) -> Statement:
    # Nearly all have the plain spelling of their type (ADR 0011).
    known = recognise(payload)
    if known is not None and known.statement.type == topic:
        return known.statement
    return read_statement(payload, type_name=topic)


def _body_hash(payload: bytes) -> str:
    value = canonical.loads(payload)
    return hash_text(canonical.dumps(value["body"])) if isinstance(value, dict) else ""
