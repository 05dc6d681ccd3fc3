"""Batches: one signature for up to 1,000 lines, over the Merkle root of the lines.

The first line is a JWS; every further line is exactly
``{"disclosures":[…],"statement":{…}}``, all of it RFC 8785 JSON as it stands there.
The checks, cheapest first, numbered in the code:

1. Bytes and lines are not too many.
2. The header is a JWS of a batch's payload.
3. There are as many lines as the header counts.
4. The caller accepts the header (its signature), before any line is looked at.
5. Every line has the form, and its statement is canonical. All faulty lines are named.
6. The root over the statements' bytes is the header's.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Final, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ledger.integrity import canonical
from ledger.integrity.disclosures import DISCLOSURE_BYTES_MAX, DISCLOSURES_MAX
from ledger.integrity.encoding import HASH_PATTERN, b64encode
from ledger.integrity.errors import (
    BatchCountError,
    BatchHeaderError,
    BatchLineError,
    BatchLinesMaxError,
    BatchRootError,
    IntegrityError,
    LineError,
    LineFormError,
    MalformedDisclosureError,
    NonCanonicalError,
    NotAnObjectError,
    OversizedError,
)
from ledger.integrity.instants import Instant
from ledger.integrity.jws import BATCH_TYP, SignedBytes, read_jws, sign_jws
from ledger.integrity.keys import SigningKey
from ledger.integrity.merkle import root_of

BATCH_BYTES_MAX: Final = 8 * 1024 * 1024
BATCH_LINES_MAX: Final = 1000

_LINE_START: Final = b'{"disclosures":'
_STATEMENT_START: Final = b',"statement":'
_BETWEEN: Final = b"]" + _STATEMENT_START
_NO_DISCLOSURES: Final = _LINE_START + b"[" + _BETWEEN
_LIST_BYTES_MAX: Final = DISCLOSURES_MAX * (DISCLOSURE_BYTES_MAX + len(b'"",'))


Recognise = Callable[[bytes, tuple[str, ...]], object]
"""Returns something of bytes that it knows to be canonical JSON of an object.

It is told what disclosures come along.
"""


def recognise_nothing(statement: bytes, disclosures: tuple[str, ...]) -> None:
    """Leave all reading to the reader."""
    del statement, disclosures


class BatchPayload(BaseModel):
    """What the header of a batch says. ``root`` is base64url of 32 bytes."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    type: Literal["batch.v1"]
    id: Annotated[
        str,
        Field(
            pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
        ),
    ]
    iss: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,30}[a-z0-9]$")]
    aud: Annotated[str, Field(min_length=1, max_length=300)]
    iat: Instant
    exp: Instant
    count: Annotated[int, Field(ge=1, le=BATCH_LINES_MAX)]
    root: Annotated[str, Field(pattern=HASH_PATTERN)]


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchLine:
    """One line: its statement's bytes verbatim, and its disclosures as they came.

    ``known`` is what the reader's caller recognised in the statement.
    """

    statement: bytes
    disclosures: tuple[str, ...] = ()
    known: object = field(default=None, repr=False, compare=False)
    _value: dict[str, object] | None = field(default=None, repr=False, compare=False)

    @property
    def value(self) -> dict[str, object]:
        """The statement as ``read_batch`` parsed it, so that nobody parses twice.

        Raises:
            MalformedError: the line was made by hand, and not of strict JSON.
        """
        if self._value is not None:
            return self._value
        return _statement_value(self.statement)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A batch that passed all checks but, without a caller's, that of its signature."""

    header: SignedBytes
    payload: BatchPayload
    lines: tuple[BatchLine, ...]


def batch_root(statements: Iterable[bytes]) -> str:
    """Return the RFC 6962 root over the statements' bytes, base64url."""
    return b64encode(root_of(statements))


def read_header(raw: bytes) -> tuple[SignedBytes, BatchPayload]:
    """Read the header line of a batch, check 2.

    Raises:
        IntegrityError: not a JWS of our form and of type ``BATCH_TYP``.
        MalformedError: its payload is not strict JSON.
        BatchHeaderError: its payload is not that of a batch.
    """
    signed = read_jws(raw, typ=BATCH_TYP)
    canonical.loads(signed.payload)
    return signed, _payload_of(signed.payload)


def read_batch(
    raw: bytes,
    *,
    accept_header: Callable[[SignedBytes], None] | None = None,
    recognise: Recognise = recognise_nothing,
) -> Batch:
    """Read a batch; ``accept_header`` raises if its key or signature is wrong.

    What ``recognise`` knows to be canonical is not read here once more.

    Raises:
        OversizedError: more than 8 MiB.
        BatchLinesMaxError: more than 1,000 lines.
        IntegrityError: the header is not one (see ``read_header``).
        BatchCountError: another number of lines than the header counts.
        BatchLineError: with every line of the wrong form.
        BatchRootError: the lines are not those that were signed.
    """
    if len(raw) > BATCH_BYTES_MAX:  # 1
        raise OversizedError(limit_bytes=BATCH_BYTES_MAX)
    first, *rest = raw.removesuffix(b"\n").split(b"\n", BATCH_LINES_MAX + 1)
    if len(rest) > BATCH_LINES_MAX:
        raise BatchLinesMaxError(limit=BATCH_LINES_MAX)
    header, payload = read_header(first)  # 2
    if len(rest) != payload.count:  # 3
        raise BatchCountError(pointer="/count", lines=len(rest), count=payload.count)
    if accept_header is not None:  # 4
        accept_header(header)
    lines = _read_lines(rest, recognise)  # 5
    if batch_root(line.statement for line in lines) != payload.root:  # 6
        raise BatchRootError(pointer="/root")
    return Batch(header=header, payload=payload, lines=lines)


def seal_batch(
    key: SigningKey, header: Mapping[str, object], *, lines: Sequence[BatchLine]
) -> bytes:
    """Return the bytes to post, after reading them back.

    ``header`` has id, iss, aud, iat and exp.

    Raises:
        IntegrityError: as ``read_batch``, and if the key may not sign batches.
    """
    root = batch_root(line.statement for line in lines)
    payload = canonical.dumps(
        {**header, "type": "batch.v1", "count": len(lines), "root": root}
    )
    _payload_of(payload)
    texts = [
        _LINE_START
        + orjson.dumps(line.disclosures)
        + _STATEMENT_START
        + line.statement
        + b"}"
        for line in lines
    ]
    raw = b"\n".join([sign_jws(key, payload, typ=BATCH_TYP), *texts, b""])
    read_batch(raw)
    return raw


def _payload_of(raw: bytes) -> BatchPayload:
    try:
        return BatchPayload.model_validate_json(raw)
    except ValidationError as error:
        where = "".join(f"/{part}" for part in error.errors()[0]["loc"])
        raise BatchHeaderError(where[:512]) from error


def _read_lines(texts: Sequence[bytes], recognise: Recognise) -> tuple[BatchLine, ...]:
    lines: list[BatchLine] = []
    faults: list[LineError] = []
    for number, text in enumerate(texts):
        try:
            lines.append(_read_line(text, recognise))
        except IntegrityError as error:
            faults.append((number, error.code, error.pointer))
    if faults:
        raise BatchLineError(tuple(faults))
    return tuple(lines)


def _read_line(text: bytes, recognise: Recognise) -> BatchLine:
    # No JSON string holds this mark, its quotes would be escaped: the first one ends
    # the disclosures, and what stands on either side is read as JSON of its own.
    disclosures: tuple[str, ...] = ()
    if text.startswith(_NO_DISCLOSURES):
        start = len(_NO_DISCLOSURES)
    else:
        end = text.find(_BETWEEN) + 1
        if not (end and text.startswith(_LINE_START)):
            raise LineFormError
        disclosures = _disclosures(text[len(_LINE_START) : end])
        start = end + len(_STATEMENT_START)
    if not text.endswith(b"}"):
        raise LineFormError
    statement = text[start:-1]
    known = recognise(statement, disclosures)
    return BatchLine(
        statement=statement,
        disclosures=disclosures,
        known=known,
        _value=_statement_value(statement) if known is None else None,
    )


def _statement_value(statement: bytes) -> dict[str, object]:
    try:
        value = canonical.loads_canonical(statement)
    except IntegrityError as error:
        raise type(error)(pointer="/statement", **error.details) from error
    if not isinstance(value, dict):
        raise NotAnObjectError(pointer="/statement")
    return value


def _disclosures(raw: bytes) -> tuple[str, ...]:
    if len(raw) > _LIST_BYTES_MAX:
        raise OversizedError(pointer="/disclosures", limit_bytes=_LIST_BYTES_MAX)
    try:
        texts = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise MalformedDisclosureError(pointer="/disclosures") from error
    if not {str}.issuperset(map(type, texts)):
        raise MalformedDisclosureError(pointer="/disclosures")
    if len(texts) > DISCLOSURES_MAX:
        raise OversizedError(pointer="/disclosures", limit=DISCLOSURES_MAX)
    if orjson.dumps(texts) != raw:
        raise NonCanonicalError(pointer="/disclosures")
    return tuple(texts)
