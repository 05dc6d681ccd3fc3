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

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from ledger.domain.errors import RejectionError
from ledger.domain.errors.statements import (
    FieldFault,
    InvalidStatementError,
    UnknownKeyError,
)
from ledger.domain.statements import read_statement
from ledger.domain.statements.awards import CreditAwarded
from ledger.domain.statements.envelope import DisclosingBody, Statement
from ledger.domain.statements.members import DeclaredKey, KeyAdded, MemberAdmitted
from ledger.integrity import canonical
from ledger.integrity.batch import Batch, BatchLine, BatchPayload, read_batch
from ledger.integrity.declarations import verify_declaration
from ledger.integrity.disclosures import Disclosure, read_disclosures, split
from ledger.integrity.encoding import b64encode
from ledger.integrity.errors import IntegrityError
from ledger.integrity.jws import (
    STATEMENT_TYP,
    SignedBytes,
    read_jws,
    verify_jws,
)
from ledger.integrity.keys import PublicKey, read_public_key

FindKey = Callable[[str], PublicKey | None]
"""Returns the registered key of a key id, whatever its status."""

Tagger = Callable[[Mapping[str, object]], str]
"""Returns the keyed hash of an outside certificate."""

Fault = RejectionError | IntegrityError


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One checked statement that has no place in the log yet.

    ``member_bytes`` go into the log verbatim: the JWS, or a batch line's statement.
    ``payload_hash`` and ``body_hash`` are base64url SHA-256; the latter only of awards.
    """

    member_bytes: bytes
    statement: Statement
    kid: str
    payload_hash: str
    body_hash: str
    disclosures: tuple[Disclosure, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchSubmission:
    """A checked batch: its signed header and its lines in order."""

    header: SignedBytes
    payload: BatchPayload
    payload_hash: str
    drafts: tuple[Draft, ...]


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
    return _read_draft(signed, signed.payload, encoded=encoded, tagger=tagger)


def receive_founding(raw: bytes) -> Draft:
    """Check entry 0, whose key is the one that it declares itself.

    Raises:
        IntegrityError: its bytes or its signature are wrong.
        RejectionError: its shape is wrong.
    """
    signed = read_jws(raw, typ=STATEMENT_TYP)
    draft = _read_draft(signed, signed.payload, encoded=(), tagger=no_tags)
    if not isinstance(draft.statement, MemberAdmitted):
        raise InvalidStatementError((FieldFault(pointer="/type", code="not-founding"),))
    key = draft.statement.body.key
    verify_jws(signed, read_public_key(_jwk(key), algorithm=key.alg))
    return draft


def receive_batch(raw: bytes, *, find_key: FindKey, tagger: Tagger) -> BatchSubmission:
    """Check a submitted batch, its header's signature and every line.

    Raises:
        IntegrityError: the bytes, the signature, the count or the root are wrong.
        RejectionError: the key is unknown.
        LinesRefusedError: with every line whose shape or disclosures are wrong.
    """
    batch = read_batch(raw)
    _verify_signature(batch.header, find_key)
    return BatchSubmission(
        header=batch.header,
        payload=batch.payload,
        payload_hash=hash_text(batch.header.payload),
        drafts=_read_lines(batch, tagger),
    )


def read_recorded(signed: SignedBytes, payload: bytes) -> Draft:
    """Read a statement back out of the log, where no disclosure ever was.

    ``payload`` is the header's own for a single, a line's statement for a batch.

    Raises:
        IntegrityError: the bytes are not strict JSON, or a key was not proven.
        RejectionError: the type is unknown or the shape is wrong.
    """
    return _read_draft(signed, payload, encoded=(), tagger=no_tags)


def _read_lines(batch: Batch, tagger: Tagger) -> tuple[Draft, ...]:
    drafts, faults = [], []
    for number, line in enumerate(batch.lines):
        try:
            drafts.append(_read_line(batch, line, tagger=tagger))
        except (RejectionError, IntegrityError) as error:
            faults.append(LineFault(line=number, error=error))
    if faults:
        raise LinesRefusedError(faults)
    return tuple(drafts)


def _read_line(batch: Batch, line: BatchLine, *, tagger: Tagger) -> Draft:
    draft = _read_draft(
        batch.header, line.statement, encoded=line.disclosures, tagger=tagger
    )
    if draft.statement.iss != batch.payload.iss:
        fault = FieldFault(pointer="/iss", code="not-the-batch-issuer")
        raise InvalidStatementError((fault,))
    return draft


def _verify_signature(signed: SignedBytes, find_key: FindKey) -> None:
    key = find_key(signed.kid)
    if key is None:
        raise UnknownKeyError(kid=signed.kid)
    verify_jws(signed, key)


def _read_draft(
    signed: SignedBytes, payload: bytes, *, encoded: Collection[str], tagger: Tagger
) -> Draft:
    value = canonical.loads(payload)  # 3
    type_name = value.get("type") if isinstance(value, dict) else None
    statement = read_statement(payload, type_name=type_name)
    disclosures = _disclosed(statement, encoded)  # 4
    _verify_declarations(statement)  # 5
    return Draft(
        member_bytes=signed.raw if payload is signed.payload else payload,
        statement=statement,
        kid=signed.kid,
        payload_hash=hash_text(payload),
        body_hash=_body_hash(statement, value),
        disclosures=disclosures,
        tags=_tags(disclosures, tagger),
    )


def _body_hash(statement: Statement, value: object) -> str:
    if not (isinstance(statement, CreditAwarded) and isinstance(value, dict)):
        return ""
    return hash_text(canonical.dumps(value["body"]))


def _disclosed(
    statement: Statement, encoded: Collection[str]
) -> tuple[Disclosure, ...]:
    if not encoded:
        return ()
    body = statement.body
    digests = body.sd if isinstance(body, DisclosingBody) else ()
    disclosures = read_disclosures(encoded, digests)
    allowed = body.disclosable if isinstance(body, DisclosingBody) else frozenset()
    for number, disclosure in enumerate(disclosures):
        if disclosure.name not in allowed:
            fault = FieldFault(pointer=f"/_sd/{number}", code="not-disclosable-here")
            raise InvalidStatementError((fault,))
    return disclosures


def _tags(disclosures: Iterable[Disclosure], tagger: Tagger) -> tuple[str, ...]:
    tags = []
    for disclosure in disclosures:
        if disclosure.name != "certificate":
            continue
        value = disclosure.value
        fields = value if isinstance(value, dict) else {}
        scheme, number = fields.get("scheme"), fields.get("number")
        if not (isinstance(scheme, str) and isinstance(number, str) and number.strip()):
            fault = FieldFault(pointer="/_sd/certificate", code="invalid-certificate")
            raise InvalidStatementError((fault,))
        tags.append(tagger({"scheme": scheme, "number": number}))
    return tuple(tags)


def _verify_declarations(statement: Statement) -> None:
    match statement:
        case MemberAdmitted(body=body):
            keys = [body.key]
            if body.founding is not None:
                keys += [body.founding.service_key, body.founding.checkpoint_key]
        case KeyAdded(body=body):
            keys = [body.key]
        case _:
            return
    for key in keys:
        verify_declaration(
            key.model_dump(mode="json", exclude_none=True),
            member_id=key.kid.partition("#")[0],
            audience=statement.aud,
        )


def _jwk(key: DeclaredKey) -> dict[str, str]:
    return key.jwk.model_dump(exclude_none=True)


def hash_text(data: bytes) -> str:
    """Return the SHA-256 of the bytes, base64url without padding."""
    return b64encode(hashlib.sha256(data).digest())
