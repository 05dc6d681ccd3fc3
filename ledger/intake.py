"""From bytes to a checked submission: the same way in for writer and auditor.

The checks of a single statement, cheapest first, numbered in the code:

1. The envelope has the form of a JWS with exactly our header; sizes hold.
2. The key is known, and the signature is its signature over these bytes.
3. The payload is strict JSON of a known type, field by field.
4. Every disclosure stands in the body as a digest and may be disclosed there.
5. Keys that the statement declares were declared by whoever holds them.

A batch: 1 and 2 for its header, then count, canonical form and root over all lines,
then 3 to 5 for every line; all faulty lines are named.

What the state must say (windows, rights, amounts) is decided later, in order.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from ledger.disclosing import (
    Tagger,
    check_digests,
    invalid,
    read_accompanying,
)
from ledger.domain.errors import RejectionError
from ledger.domain.errors.statements import UnknownKeyError
from ledger.domain.statements import read_statement
from ledger.domain.statements.envelope import Statement
from ledger.domain.statements.members import KeyAdded, MemberAdmitted
from ledger.integrity import canonical
from ledger.integrity.batch import Batch, BatchLine, BatchPayload, read_batch
from ledger.integrity.declarations import verify_declaration
from ledger.integrity.disclosures import split
from ledger.integrity.errors import IntegrityError
from ledger.integrity.jws import STATEMENT_TYP, SignedBytes, read_jws, verify_jws
from ledger.integrity.keys import PublicKey, read_public_key
from ledger.lists.drafts import HASHED, Draft, Said, hash_text, recognised
from ledger.lists.listed import Drafts, Line, Listed, Listing

FindKey = Callable[[str], PublicKey | None]
"""Returns the registered key of a key id, whatever its status."""

Fault = RejectionError | IntegrityError


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchSubmission:
    """A checked batch: its signed header and its lines in order."""

    header: SignedBytes
    payload: BatchPayload
    payload_hash: str
    drafts: Drafts


Submission = Draft | BatchSubmission


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFault:
    """The first fault of one line, counted from 0 after the header."""

    line: int
    error: Fault


class LinesRefusedError(Exception):
    """Some lines of a batch are at fault; nothing of the batch is accepted."""

    code = "lines-refused"

    def __init__(self, faults: Iterable[LineFault]) -> None:
        """Keep every faulty line."""
        self.faults = tuple(faults)
        super().__init__(self.code, len(self.faults))


def no_tags(certificate: Mapping[str, object]) -> str:
    """Refuse to tag: for readers of history, who never see a disclosure."""
    raise LookupError(sorted(certificate))


def receive_single(raw: bytes, *, find_key: FindKey, tagger: Tagger) -> Draft:
    """Check one submitted statement, with its disclosures, and its signature.

    Raises:
        IntegrityError: its bytes or its signature are wrong.
        RejectionError: its key is unknown, or its shape is wrong.
    """
    token, encoded = split(raw)
    signed = read_jws(token, typ=STATEMENT_TYP)  # 1
    _verify_signature(signed, find_key)  # 2
    said = recognised(signed.payload) or _read(  # 3
        signed.payload, canonical.loads(signed.payload)
    )
    return _read_draft(
        signed, signed.payload, said=said, encoded=encoded, tagger=tagger
    )


def receive_founding(raw: bytes) -> Draft:
    """Check entry 0, whose key is the one that it declares itself.

    Raises:
        IntegrityError: its bytes or its signature are wrong.
        RejectionError: its shape is wrong.
    """
    signed = read_jws(raw, typ=STATEMENT_TYP)
    draft = read_recorded(signed, signed.payload)
    if not isinstance(draft.statement, MemberAdmitted):
        raise invalid(pointer="/type", code="not-founding")
    key = draft.statement.body.key
    jwk = key.jwk.model_dump(exclude_none=True)
    verify_jws(signed, read_public_key(jwk, algorithm=key.alg))
    return draft


def receive_batch(raw: bytes, *, find_key: FindKey, tagger: Tagger) -> BatchSubmission:
    """Check a submitted batch, its header's signature and every line.

    Raises:
        IntegrityError: the bytes, the signature, the count or the root are wrong.
        RejectionError: the key is unknown.
        LinesRefusedError: with every line whose shape or disclosures are wrong.
    """
    listing = Listing()
    # Whoever holds no key does not make the bank read 8 MiB of lines.
    batch = read_batch(
        raw,
        accept_header=lambda header: _verify_signature(header, find_key),
        recognise=listing.recognise,
    )
    return BatchSubmission(
        header=batch.header,
        payload=batch.payload,
        payload_hash=hash_text(batch.header.payload),
        drafts=_read_lines(batch, listing, tagger=tagger),
    )


def read_recorded(signed: SignedBytes, payload: bytes) -> Draft:
    """Read a statement back out of the log, where no disclosure ever was.

    ``payload`` is the header's own for a single, a line's statement for a batch. The
    latter must be canonical: the bank took in no other.

    Raises:
        IntegrityError: the bytes are not strict JSON, or a key was not proven.
        RejectionError: the type is unknown or the shape is wrong.
    """
    said = recognised(payload)
    if said is None:
        own = payload is signed.payload
        read = canonical.loads if own else canonical.loads_canonical
        said = _read(payload, read(payload))
    return _read_draft(signed, payload, said=said, encoded=(), tagger=no_tags)


def _read_lines(batch: Batch, listing: Listing, *, tagger: Tagger) -> Drafts:
    lines: list[Line] = []
    faults: list[LineFault] = []
    for number, line in enumerate(batch.lines):
        try:
            lines.append(_read_line(batch, line, listing=listing, tagger=tagger))
        except (RejectionError, IntegrityError) as error:
            faults.append(LineFault(line=number, error=error))
    if faults:
        raise LinesRefusedError(faults)
    return Drafts(batch.header.kid, tuple(listing.examples), tuple(lines))


def _read_line(
    batch: Batch, line: BatchLine, *, listing: Listing, tagger: Tagger
) -> Line:
    said: object = line.known
    found: Line
    if isinstance(said, Listed):
        found, iss = said, listing.examples[said.which].iss
    else:
        if not isinstance(said, Said):
            said = _read(line.statement, line.value)
        encoded = line.disclosures
        found = _read_draft(
            batch.header, line.statement, said=said, encoded=encoded, tagger=tagger
        )
        iss = found.statement.iss
    if iss != batch.payload.iss:
        raise invalid(pointer="/iss", code="not-the-batch-issuer")
    return found


def _verify_signature(signed: SignedBytes, find_key: FindKey) -> None:
    key = find_key(signed.kid)
    if key is None:
        raise UnknownKeyError(kid=signed.kid)
    verify_jws(signed, key)


def _read(payload: bytes, value: object) -> Said:
    """Read a statement field by field; ``value`` is its JSON, already read."""
    type_name = value.get("type") if isinstance(value, dict) else None
    statement = read_statement(payload, type_name=type_name)
    return Said(statement, body_hash_of(statement, value))


def _read_draft(
    signed: SignedBytes,
    payload: bytes,
    *,
    said: Said,
    encoded: Collection[str],
    tagger: Tagger,
) -> Draft:
    statement = said.statement
    check_digests(statement)
    disclosures, shown, tags = read_accompanying(statement, encoded, tagger=tagger)  # 4
    _verify_declarations(statement)  # 5
    return Draft(
        member_bytes=signed.raw if payload is signed.payload else payload,
        statement=statement,
        kid=signed.kid,
        payload_hash=hash_text(payload),
        body_hash=said.body_hash,
        disclosures=disclosures,
        shown=shown,
        tags=tags,
    )


def body_hash_of(statement: Statement, value: object) -> str:
    """Return the hash of the body that a statement's payload says, if it has one."""
    if not (isinstance(statement, HASHED) and isinstance(value, dict)):
        return ""
    return hash_text(canonical.dumps_read(value["body"]))


def _verify_declarations(statement: Statement) -> None:
    match statement:
        case MemberAdmitted(body=body):
            keys = {"/body/key": body.key}
            if body.founding is not None:
                keys["/body/founding/service_key"] = body.founding.service_key
                keys["/body/founding/checkpoint_key"] = body.founding.checkpoint_key
        case KeyAdded(body=body):
            keys = {"/body/key": body.key}
        case _:
            return
    for place, key in keys.items():
        verify_declaration(
            key.model_dump(mode="json", exclude_none=True),
            member_id=key.kid.partition("#")[0],
            audience=statement.aud,
            pointer=place,
        )
