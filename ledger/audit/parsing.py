"""Takes entries apart, one by one: all of an entry that nothing before it decides.

So it may be done anywhere and in any order, in another process too, and what comes of
it is small and plain. What is wrong with an entry is not judged here: whoever goes
through history in order reports it in its place.
"""

from typing import Final, NamedTuple

from ledger.audit.books import Moves
from ledger.audit.personal import places_of, read_without
from ledger.audit.spilling import Written
from ledger.domain.errors import RejectionError
from ledger.domain.errors.statements import InvalidStatementError
from ledger.domain.state import Key, Record
from ledger.domain.statements.envelope import Statement
from ledger.intake import read_recorded
from ledger.integrity.batch import BatchPayload, read_header
from ledger.integrity.entries import read_entry
from ledger.integrity.errors import IntegrityError
from ledger.integrity.jws import (
    BATCH_TYP,
    STATEMENT_TYP,
    SignedBytes,
    has_typ,
    read_jws,
)
from ledger.integrity.keys import Algorithm
from ledger.integrity.merkle import leaf_hash
from ledger.lists.drafts import hash_text

IMPOSSIBLE = "recorded-at-impossible"


class Fault(NamedTuple):
    """Why an entry, or the statement in it, cannot be read."""

    code: str
    pointer: str = ""


class Said(NamedTuple):
    """A statement, and the hashes of its bytes and of its body."""

    statement: Statement
    payload_hash: str
    body_hash: str


class Bank(NamedTuple):
    """The bank's own line; ``place`` is that of a line in its batch."""

    position: int
    recorded_at: str
    batch: int | None
    place: int | None
    tags: tuple[str, ...]


RefKey = tuple[type[Record], Key]


class Foreseen(NamedTuple):
    """What an entry does, if nothing changed in ``looked_at`` since ``as_of`` changes.

    And if nothing of what it makes is there, and the account of ``learner_id`` is open,
    where one is named. ``awarded_milli`` is None unless it is an award.
    """

    as_of: int
    iss: str
    kid: str
    recorded_on: str
    looked_at: frozenset[RefKey]
    learner_id: str | None
    stream: str
    topic: str
    awarded_milli: int | None
    made: tuple[Written, ...]


class Taken(NamedTuple):
    """An entry taken apart. Without ``bank`` there is nothing but its ``fault``.

    A single has ``signed`` and ``said``, a batch's header ``signed`` and ``header``, a
    line ``said`` and the leaf hash of its statement in the batch's own tree. In
    ``places`` of its text stands the number of a person. Where its signature was
    verified already, ``verdict`` is the code of what is wrong with it, or empty.
    ``moves`` are the statement's postings, if they were worked out already. What it
    does stands in the place of ``said`` where that was ``foreseen``.
    """

    leaf: bytes
    bank: Bank | None = None
    fault: Fault | None = None
    signed: SignedBytes | None = None
    kid: str = ""
    header: BatchPayload | None = None
    header_hash: str = ""
    said: Said | None = None
    line_leaf: bytes = b""
    places: tuple[str, ...] = ()
    verdict: str | None = None
    moves: Moves | None = None
    foreseen: Foreseen | None = None


LINE_HEADER: Final = SignedBytes(
    raw=b"",
    kid="",
    algorithm=Algorithm.EDDSA,
    typ=BATCH_TYP,
    payload=b"",
    signature=b"",
)
"""Stands for a line's header, of which a statement is read without: its key is not."""


def take_apart(raw: bytes) -> Taken:
    """Take the bytes of one entry apart."""
    leaf = leaf_hash(raw)
    try:
        entry = read_entry(raw)
    except (IntegrityError, ValueError) as error:
        return Taken(leaf, fault=fault_of(error))
    line, words = entry.line, entry.member_bytes
    bank = Bank(
        line.position, line.recorded_at, line.batch, line.index, line.tags or ()
    )
    if line.batch is not None:
        found = _words_of(LINE_HEADER, words)
        line_leaf = leaf_hash(words)
        return Taken(
            leaf,
            bank,
            fault=found.fault,
            said=found.said,
            line_leaf=line_leaf,
            places=found.places,
        )
    return _of_signed(Taken(leaf, bank), words)


def _of_signed(taken: Taken, raw: bytes) -> Taken:
    """Return it with what a member signed, as far as that can be read."""
    try:
        if has_typ(raw, BATCH_TYP):
            return _with_header(taken, raw)
        signed = read_jws(raw, typ=STATEMENT_TYP)
    except (IntegrityError, RejectionError, ValueError) as error:
        return taken._replace(fault=fault_of(error))
    found = _words_of(signed, signed.payload)
    if found.said is None:
        return taken._replace(fault=found.fault, places=found.places)
    return taken._replace(
        signed=signed, kid=signed.kid, said=found.said, places=found.places
    )


class _Words(NamedTuple):
    """What a member said, or why that cannot be read."""

    said: Said | None
    fault: Fault | None = None
    places: tuple[str, ...] = ()


def _words_of(signed: SignedBytes, payload: bytes) -> _Words:
    places: tuple[str, ...] = ()
    try:
        try:
            draft = read_recorded(signed, payload)
        except InvalidStatementError as error:
            places = places_of(error)
            if not places:
                raise
            draft = read_without(places, signed, payload=payload)
    except (IntegrityError, RejectionError, ValueError) as error:
        return _Words(None, fault_of(error), places)
    said = Said(draft.statement, draft.payload_hash, draft.body_hash)
    return _Words(said, places=places)


def _with_header(taken: Taken, raw: bytes) -> Taken:
    signed, payload = read_header(raw)
    return taken._replace(
        signed=signed,
        kid=signed.kid,
        header=payload,
        header_hash=hash_text(signed.payload),
    )


def fault_of(error: IntegrityError | RejectionError | ValueError) -> Fault:
    """Return what an entry cannot be read for; no bytes may end an audit."""
    if isinstance(error, IntegrityError | RejectionError):
        return Fault(error.code, error.pointer)
    return Fault(IMPOSSIBLE)
