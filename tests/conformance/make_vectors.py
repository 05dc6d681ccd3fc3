"""Makes our vectors of a small log again, byte for byte.

Run as ``python -m tests.conformance.make_vectors``; a test compares what it would write
with what is there. The private keys are published with the vectors and good for nothing
else.
"""

import hashlib
from collections.abc import Mapping
from typing import Any, Final

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.integrity import canonical
from ledger.integrity.batch import BatchLine, read_batch, seal_batch
from ledger.integrity.checkpoints import (
    Checkpoint,
    note_key_id,
    sign_checkpoint,
    verifier_key,
)
from ledger.integrity.declarations import declare
from ledger.integrity.encoding import b64encode
from ledger.integrity.entries import BankLine, seal_entry
from ledger.integrity.jws import STATEMENT_TYP, sign_jws
from ledger.integrity.keys import KeyUse, SigningKey, key_id, thumbprint
from ledger.integrity.merkle import EMPTY, leaf_hash
from ledger.integrity.proofs import NewNodes, prove_inclusion
from ledger.integrity.receipts import (
    BatchReceipt,
    SingleReceipt,
    line_receipt,
    texts,
)
from tests.conformance.vectors_of import FOLDER

ORIGIN: Final = "bank.example/vectors"
AT: Final = ("2026-11-22T08:00:00.000Z", "2026-11-22T08:01:00.000Z")
SOURCE: Final = (
    "Made with this project by tests/conformance/make_vectors.py. A private key is the "
    "SHA-256 of 'skillbank vector', its member and its use, and so public."
)

Vectors = dict[str, dict[str, Any]]  # Any: each file has its own shape.


def _key(member_id: str, use: KeyUse) -> SigningKey:
    return key_of(f"{member_id} {use}", member_id, use=use)


def key_of(seeded: str, member_id: str, *, use: KeyUse = KeyUse.MEMBER) -> SigningKey:
    """Return the key of a member that these words lead to."""
    seed = hashlib.sha256(f"skillbank vector {seeded}".encode()).digest()
    raw = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": b64encode(raw)}
    document = {
        "member": member_id,
        "use": use.value,
        "kid": key_id(member_id, thumbprint(jwk)),
        "jwk": {**jwk, "d": b64encode(seed)},
    }
    return SigningKey.from_json(canonical.dumps(document))


OPERATOR: Final = _key("operator", KeyUse.MEMBER)
SERVICE: Final = _key("operator", KeyUse.SERVICE)
CHECKPOINT: Final = _key("operator", KeyUse.CHECKPOINT)
SCHOOL: Final = _key("cqvtc", KeyUse.MEMBER)


def statement_of(
    number: int,
    iss: str,
    *,
    kind: str,
    body: Mapping[str, object],
    **more: object,
) -> bytes:
    """Return a statement's payload."""
    envelope = {
        "type": kind,
        "id": f"00000000-0000-4000-8000-{number:012d}",
        "iss": iss,
        "iat": AT[0],
        "exp": "2026-11-23T08:00:00.000Z",
        "actor": {"staff": "r7", "role": "registrar"},
        "body": body,
        **more,
    }
    return canonical.dumps(envelope)


def founding_payload() -> bytes:
    """Return the payload of entry 0."""
    body: dict[str, object] = {
        "member_id": "operator",
        "kind": "operator",
        "name": "运营机构",
        "key": declare(OPERATOR, audience=ORIGIN),
        "founding": {
            "origin": ORIGIN,
            "nonce": "AAAAAAAAAAAAAAAAAAAAAA",
            "service_key": declare(SERVICE, audience=ORIGIN),
            "checkpoint_key": declare(CHECKPOINT, audience=ORIGIN),
            "time_zone": "Asia/Shanghai",
        },
    }
    return statement_of(0, "operator", kind="member.admitted.v1", aud=ORIGIN, body=body)


LEDGER: Final = f"{ORIGIN}#{b64encode(hashlib.sha256(founding_payload()).digest())}"


def admission() -> bytes:
    """Return the JWS that admits the school."""
    body: dict[str, object] = {
        "member_id": "cqvtc",
        "kind": "school",
        "name": "重庆某职业技术学院",
        "key": declare(SCHOOL, audience=LEDGER),
    }
    payload = statement_of(
        1, "operator", kind="member.admitted.v1", aud=LEDGER, body=body
    )
    return sign_jws(OPERATOR, payload, typ=STATEMENT_TYP)


def awards() -> list[bytes]:
    """Return the statements of a batch's three lines."""
    return [
        statement_of(
            10 + number,
            "cqvtc",
            kind="credit.awarded.v1",
            aud=LEDGER,
            body={
                "learner_id": f"learner_{number:032x}",
                "achievement": "cqvtc/WELD-1@1",
                "basis": "issued",
                "credits": "3.5",
                "assessed_on": "2026-06-30",
                "passed": True,
                "reference_tag": b64encode(hashlib.sha256(b"%d" % number).digest()),
            },
        )
        for number in range(3)
    ]


def batch_header() -> bytes:
    """Return the header that signs the three lines."""
    header = {
        "id": "00000000-0000-4000-8000-0000000000ff",
        "iss": "cqvtc",
        "aud": LEDGER,
        "iat": AT[0],
        "exp": "2026-11-23T08:00:00.000Z",
    }
    lines = [BatchLine(statement=one) for one in awards()]
    return read_batch(seal_batch(SCHOOL, header, lines=lines)).header.raw


TAG: Final = b64encode(hashlib.sha256(b"an outside certificate").digest())


def entries() -> list[bytes]:
    """Return the log: the founding, the school, and a batch of three lines."""
    founding = sign_jws(OPERATOR, founding_payload(), typ=STATEMENT_TYP)
    single = BankLine(position=1, recorded_at=AT[0])
    header = BankLine(position=2, recorded_at=AT[1])
    return [
        seal_entry(BankLine(position=0, recorded_at=AT[0]), founding),
        seal_entry(single, admission()),
        seal_entry(header, batch_header()),
        *(
            seal_entry(
                BankLine(
                    position=3 + index,
                    recorded_at=AT[1],
                    batch=2,
                    index=index,
                    tags=(TAG,) if index == 1 else None,
                ),
                one,
            )
            for index, one in enumerate(awards())
        ),
    ]


def note_of(size: int) -> str:
    """Return the checkpoint of the first entries."""
    tree = EMPTY.extend(map(leaf_hash, entries()[:size]))
    return sign_checkpoint(
        Checkpoint(origin=ORIGIN, size=size, root=tree.root()), CHECKPOINT
    )


def single_receipt() -> SingleReceipt:
    """Return the receipt of the admission, as its member got it."""
    leaves = [leaf_hash(raw) for raw in entries()[:2]]
    proof = prove_inclusion(1, 2, read_node=NewNodes(EMPTY, leaves).read)
    return SingleReceipt(
        position=1,
        recorded_at=AT[0],
        statement_id="00000000-0000-4000-8000-000000000001",
        entry_hash=b64encode(leaves[1]),
        inclusion_proof=texts(proof.path),
        checkpoint=note_of(2),
    )


def batch_receipt() -> BatchReceipt:
    """Return the receipt of the batch."""
    before = EMPTY.extend(leaf_hash(raw) for raw in entries()[:2])
    return BatchReceipt(
        header_position=2,
        recorded_at=AT[1],
        count=3,
        frontier=texts(before.hashes),
        checkpoint=note_of(6),
        tags={"1": (TAG,)},
    )


def make_vectors() -> Vectors:
    """Return the content of each file by its name."""
    log, receipt = entries(), batch_receipt()
    keys = {"operator": OPERATOR, "service": SERVICE, "school": SCHOOL}
    of_line = line_receipt(receipt, batch_header(), statements=awards(), index=1)
    key, raw_id = CHECKPOINT.public, note_key_id(ORIGIN, CHECKPOINT.public)
    return {
        "founding.json": {
            "private_documents": {
                name: one.to_json().decode()
                for name, one in {**keys, "checkpoint": CHECKPOINT}.items()
            },
            "origin": ORIGIN,
            "payload": founding_payload().decode(),
            "ledger": LEDGER,
            "entry": log[0].decode(),
        },
        "entry.json": {
            "entries": [
                {"entry": raw.decode(), "leaf_hash": leaf_hash(raw).hex()}
                for raw in log
            ],
        },
        "checkpoint.json": {
            "key_id": raw_id.hex(),
            "verifier_key": verifier_key(ORIGIN, key),
            "checkpoints": {str(size): note_of(size) for size in range(1, 7)},
        },
        "receipts.json": {
            "single": single_receipt().model_dump(mode="json", exclude_none=True),
            "batch": receipt.model_dump(mode="json", exclude_none=True),
            "line": of_line.model_dump(mode="json", exclude_none=True),
        },
    }


def spell(content: dict[str, Any]) -> bytes:  # Any: see Vectors.
    """Return a file's bytes."""
    return (
        orjson.dumps({"source": SOURCE, **content}, option=orjson.OPT_INDENT_2) + b"\n"
    )


def main() -> None:
    """Write all files."""
    for name, content in make_vectors().items():
        (FOLDER / name).write_bytes(spell(content))


if __name__ == "__main__":
    main()
