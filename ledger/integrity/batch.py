"""Batches: one signature for up to 1,000 lines, over the Merkle root of the lines.

The first line is a JWS; every further line is ``{"disclosures":[…],"statement":{…}}``
whose statement is canonical JSON as it stands there.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ledger.integrity import canonical
from ledger.integrity.encoding import b64encode
from ledger.integrity.errors import (
    BatchCountError,
    BatchFormError,
    BatchLineError,
    BatchRootError,
    IntegrityError,
    MalformedDisclosureError,
    NonCanonicalError,
    OversizedError,
)
from ledger.integrity.jws import BATCH_TYP, SignedBytes, read_jws, sign_jws
from ledger.integrity.keys import SigningKey
from ledger.integrity.merkle import root_of

BATCH_BYTES_MAX: Final = 8 * 1024 * 1024
BATCH_LINES_MAX: Final = 1000

_LINE_START: Final = b'{"disclosures":'
_STATEMENT_START: Final = b',"statement":'
_LINE_BYTES_MAX: Final = 1024 * 1024

_INSTANT: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$"


class BatchPayload(BaseModel):
    """What the header of a batch says. ``root`` is base64url of 32 bytes."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    type: Literal["batch.v1"] = "batch.v1"
    id: Annotated[
        str,
        Field(
            pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
        ),
    ]
    iss: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,30}[a-z0-9]$")]
    aud: Annotated[str, Field(min_length=1, max_length=300)]
    iat: Annotated[str, Field(pattern=_INSTANT)]
    exp: Annotated[str, Field(pattern=_INSTANT)]
    count: Annotated[int, Field(ge=1, le=BATCH_LINES_MAX)]
    root: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{43}$")]


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchLine:
    """One line: the statement's bytes verbatim, the same parsed, its disclosures."""

    statement: bytes
    disclosures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A batch whose count, canonical form and root hold; its signature is not checked."""

    header: SignedBytes
    payload: BatchPayload
    lines: tuple[BatchLine, ...]


def batch_root(statements: Iterable[bytes]) -> str:
    """Return the RFC 6962 root over the statements' bytes, base64url."""
    return b64encode(root_of(statements))


def read_header(raw: bytes) -> tuple[SignedBytes, BatchPayload]:
    """Read the header line of a batch.

    Raises:
        IntegrityError: not a JWS of a batch's payload.
    """
    signed = read_jws(raw, typ=BATCH_TYP)
    canonical.loads(signed.payload)
    try:
        return signed, BatchPayload.model_validate_json(signed.payload)
    except ValidationError as error:
        where = "/".join(str(part) for part in error.errors()[0]["loc"])
        raise BatchFormError(pointer=f"/{where}") from error


def read_batch(raw: bytes) -> Batch:
    """Read a batch: sizes, header, count, every line, and the root over them.

    Raises:
        OversizedError: more than 8 MiB.
        IntegrityError: the header is not one.
        BatchCountError: another number of lines than the header counts.
        BatchLineError: with every line of the wrong form.
        BatchRootError: the lines are not those that were signed.
    """
    if len(raw) > BATCH_BYTES_MAX:
        raise OversizedError(limit_bytes=BATCH_BYTES_MAX)
    first, *rest = raw.removesuffix(b"\n").split(b"\n")
    header, payload = read_header(first)
    if len(rest) != payload.count:
        raise BatchCountError(pointer="/count", lines=len(rest), count=payload.count)
    lines, faults = [], []
    for number, text in enumerate(rest):
        try:
            lines.append(_read_line(text))
        except IntegrityError as error:
            faults.append((number, error.code, error.pointer))
    if faults:
        raise BatchLineError(tuple(faults))
    if batch_root(line.statement for line in lines) != payload.root:
        raise BatchRootError(pointer="/root")
    return Batch(header=header, payload=payload, lines=tuple(lines))


def _read_line(text: bytes) -> BatchLine:
    if len(text) > _LINE_BYTES_MAX:
        raise OversizedError(limit_bytes=_LINE_BYTES_MAX)
    value = _parse_line(text)
    disclosures = value["disclosures"]
    if not isinstance(disclosures, list) or not all(
        isinstance(one, str) and one.isascii() for one in disclosures
    ):
        raise MalformedDisclosureError(pointer="/disclosures")
    prefix = _LINE_START + orjson.dumps(disclosures) + _STATEMENT_START
    statement = text[len(prefix) : -1]
    if len(statement) > canonical.BYTES_MAX:
        raise OversizedError(pointer="/statement", limit_bytes=canonical.BYTES_MAX)
    # Both halves are compared with what the line says, so nothing hides between.
    if prefix + canonical.dumps(value["statement"]) + b"}" != text:
        raise NonCanonicalError(pointer="/statement")
    return BatchLine(statement=statement, disclosures=tuple(disclosures))


def _parse_line(text: bytes) -> dict[str, object]:
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise BatchFormError from error
    if not isinstance(value, dict) or set(value) != {"disclosures", "statement"}:
        raise BatchFormError
    return value


def seal_batch(
    key: SigningKey, header: dict[str, object], *, lines: Sequence[BatchLine]
) -> bytes:
    """Return the bytes to post: ``header`` has id, iss, aud, iat and exp."""
    payload = {
        **header,
        "type": "batch.v1",
        "count": len(lines),
        "root": batch_root(line.statement for line in lines),
    }
    signed = sign_jws(key, canonical.dumps(payload), typ=BATCH_TYP)
    texts = [
        _LINE_START
        + orjson.dumps(list(line.disclosures))
        + _STATEMENT_START
        + line.statement
        + b"}"
        for line in lines
    ]
    return b"\n".join([signed, *texts, b""])
