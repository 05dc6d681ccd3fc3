"""Makes what nobody should make: well signed documents of a wrong form.

Everything here is signed anew after it was changed, so that a test proves the rule
and not only the signature.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import orjson

from ledger.integrity import canonical
from ledger.integrity.batch import BatchLine, batch_root
from ledger.integrity.encoding import b64encode
from ledger.integrity.jws import BATCH_TYP, STATEMENT_TYP, sign_jws
from ledger.integrity.keys import Algorithm, KeyUse, SigningKey

LEDGER: Final = "skillbank.example/cq#" + "A" * 43
KEY: Final = SigningKey.generate("cqvtc", KeyUse.MEMBER)
P256_KEY: Final = SigningKey.generate("cqvtc", KeyUse.MEMBER, algorithm=Algorithm.ES256)
STRANGER: Final = SigningKey.generate("cqvtc", KeyUse.MEMBER)

SCORE: Final = {
    "salt": "0123456789abcdefghijkl",
    "name": "score",
    "value": "87.5",
}


def header_of(key: SigningKey = KEY, **changes: object) -> dict[str, object]:
    """Return our protected header, with changes; None takes a member away."""
    header: dict[str, object] = {
        "alg": key.algorithm.value,
        "kid": key.kid,
        "typ": STATEMENT_TYP,
    }
    header.update(changes)
    return {name: value for name, value in header.items() if value is not None}


def forge(
    header: Mapping[str, object] | bytes,
    payload: bytes = b"{}",
    *,
    key: SigningKey = KEY,
) -> bytes:
    """Return a JWS with any header, properly signed."""
    raw = header if isinstance(header, bytes) else orjson.dumps(header)
    signing_input = f"{b64encode(raw)}.{b64encode(payload)}".encode()
    return signing_input + b"." + b64encode(key.sign(signing_input)).encode()


def header_payload(**changes: object) -> dict[str, object]:
    """Return what the header of a batch says but its count and root."""
    return {
        "id": "3f0e1f0a-6f0b-4c3f-9f59-4c3d7b1d4b11",
        "iss": "cqvtc",
        "aud": LEDGER,
        "iat": "2026-11-22T08:00:00.000Z",
        "exp": "2026-11-23T08:00:00.000Z",
        **changes,
    }


def statement(number: int = 0) -> bytes:
    """Return the canonical bytes of some statement."""
    return canonical.dumps(
        {"type": "credit.awarded.v1", "number": number, "title": "焊接", "_sd": []}
    )


def lines(count: int) -> tuple[BatchLine, ...]:
    """Return lines for a batch, every second one with disclosures."""
    return tuple(
        BatchLine(
            statement=statement(number), disclosures=("AAAA", "BBBB") * (number % 2)
        )
        for number in range(count)
    )


def forge_batch(
    texts: Sequence[bytes], statements: Sequence[bytes], **changes: object
) -> bytes:
    """Return a batch with any lines under a root over any statements."""
    payload = {
        "type": "batch.v1",
        "count": len(texts),
        "root": batch_root(statements),
        **header_payload(),
        **changes,
    }
    header = sign_jws(KEY, canonical.dumps(payload), typ=BATCH_TYP)
    return b"\n".join((header, *texts, b""))
