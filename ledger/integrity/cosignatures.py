"""Cosignatures: what a witness adds to a checkpoint (C2SP tlog-cosignature, v1).

A cosignature says: at this time, this was the largest tree that I saw of this log, and
all that I saw before is a prefix of it. Its line stands in the checkpoint's note beside
the log's own.
"""

import hashlib
import re
from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import Final

from ledger.integrity import encoding
from ledger.integrity.checkpoints import Checkpoint, parse_note, read_signatures
from ledger.integrity.errors import CheckpointError, KeyMaterialError, SignatureError
from ledger.integrity.keys import (
    Algorithm,
    KeyUse,
    PublicKey,
    SigningKey,
    read_public_key,
)

ED25519_TYPE: Final = b"\x01"
COSIGNATURE_TYPE: Final = b"\x04"
SECONDS_MAX: Final = 253_402_300_799
"""The last second of the year 9999, the last that our instants can write."""

_KEY_ID_BYTES: Final = 4
_TIME_BYTES: Final = 8
_KEY_BYTES: Final = 33
_NAME: Final = re.compile(r"[^\s+\x00-\x1f\x7f\ud800-\udfff]{1,200}")
_VERIFIER_KEY: Final = re.compile(r"([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})")


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedKey:
    """An Ed25519 key under the name by which notes know it."""

    name: str
    key: PublicKey
    key_id: bytes

    def signed(self, signatures: list[tuple[str, bytes]]) -> bytes | None:
        """Return the first signature that names this key, None if there is none."""
        wanted = (self.name, self.key_id)
        found = (
            raw[_KEY_ID_BYTES:]
            for name, raw in signatures
            if (name, raw[:_KEY_ID_BYTES]) == wanted
        )
        return next(found, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cosignature:
    """That a witness saw a checkpoint at ``seconds`` (POSIX time)."""

    name: str
    seconds: int
    line: str


def name_key(name: str, key: PublicKey, *, kind: bytes = COSIGNATURE_TYPE) -> NamedKey:
    """Return a key under its name, as a witness's, or as a log's.

    Raises:
        KeyMaterialError: not an Ed25519 key, or not a name that a note can hold.
    """
    if key.algorithm is not Algorithm.EDDSA:
        raise KeyMaterialError(pointer="/alg", reason="ed25519-only")
    if _NAME.fullmatch(name) is None:
        raise KeyMaterialError(pointer="/name", reason="name")
    digest = hashlib.sha256(name.encode() + b"\n" + kind + key.raw()).digest()
    return NamedKey(name=name, key=key, key_id=digest[:_KEY_ID_BYTES])


def witness_vkey(named: NamedKey) -> str:
    """Return a witness's key as policies hold it: ``<name>+<id>+<base64>``."""
    material = b64encode(COSIGNATURE_TYPE + named.key.raw()).decode("ascii")
    return f"{named.name}+{named.key_id.hex()}+{material}"


def read_vkey(text: str, *, kind: bytes = COSIGNATURE_TYPE) -> NamedKey:
    """Read a verifier key of a witness, or of a log.

    Raises:
        KeyMaterialError: another form or kind, a key id that is not the key's, or a
            weak key.
    """
    found = _VERIFIER_KEY.fullmatch(text)
    if found is None:
        raise KeyMaterialError(reason="vkey")
    name, key_id, encoded = found.groups()
    try:
        raw = b64decode(encoded, validate=True)
    except ValueError as error:
        raise KeyMaterialError(reason="vkey") from error
    if len(raw) != _KEY_BYTES or raw[:1] != kind:
        raise KeyMaterialError(reason="vkey-type")
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": encoding.b64encode(raw[1:])}
    named = name_key(name, read_public_key(jwk, algorithm=Algorithm.EDDSA), kind=kind)
    # One key has one spelling, and its id is no more than a short way to name it.
    if named.key_id.hex() != key_id or b64encode(raw).decode("ascii") != encoded:
        raise KeyMaterialError(reason="vkey")
    return named


def cosign(checkpoint: Checkpoint, key: SigningKey, *, name: str, seconds: int) -> str:
    """Return the signature line of a witness, with its newline.

    Raises:
        KeyMaterialError: the key is no Ed25519 key of a witness, or the name is none.
        CheckpointError: the time is none.
    """
    if key.use is not KeyUse.WITNESS:
        raise KeyMaterialError(pointer="/use", reason="witness")
    named = name_key(name, key.public)
    if not 0 < seconds <= SECONDS_MAX:
        raise CheckpointError(pointer="/time")
    signature = key.sign(_message(checkpoint, seconds))
    raw = named.key_id + seconds.to_bytes(_TIME_BYTES) + signature
    return f"\u2014 {name} {b64encode(raw).decode('ascii')}\n"


def verify_cosignature(
    checkpoint: Checkpoint, signatures: list[tuple[str, bytes]], *, witness: NamedKey
) -> Cosignature | None:
    """Return the witness's cosignature of a checkpoint, None if there is none.

    Raises:
        CheckpointError: a line names the witness's key and is not its cosignature.
    """
    found = witness.signed(signatures)
    if found is None:
        return None
    # Of another length it has no time, or what follows has not that of a signature.
    seconds = int.from_bytes(found[:_TIME_BYTES])
    if not 0 < seconds <= SECONDS_MAX:
        raise CheckpointError(pointer="/cosignature")
    try:
        witness.key.verify(found[_TIME_BYTES:], _message(checkpoint, seconds))
    except SignatureError as error:
        raise CheckpointError(pointer="/cosignature") from error
    encoded = b64encode(witness.key_id + found).decode("ascii")
    line = f"\u2014 {witness.name} {encoded}\n"
    return Cosignature(name=witness.name, seconds=seconds, line=line)


def read_answer(
    text: str, checkpoint: Checkpoint, *, witness: NamedKey
) -> Cosignature | None:
    """Return the cosignature among the lines that a witness answered.

    Raises:
        CheckpointError: these are no signature lines, or one is forged.
    """
    signatures = read_signatures(text)
    return verify_cosignature(checkpoint, signatures, witness=witness)


def cosignatures_in(note: str, witnesses: tuple[NamedKey, ...]) -> list[Cosignature]:
    """Return the cosignatures of known witnesses in a note, in the witnesses' order.

    Raises:
        CheckpointError: not a note, or a line of a known witness is forged.
    """
    checkpoint, signatures = parse_note(note)
    found = [
        verify_cosignature(checkpoint, signatures, witness=witness)
        for witness in witnesses
    ]
    return [one for one in found if one is not None]


def _message(checkpoint: Checkpoint, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{checkpoint.body()}".encode()
