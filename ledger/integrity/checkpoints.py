"""Checkpoints: signed notes over origin, size and root (C2SP tlog-checkpoint)."""

import binascii
import hashlib
from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import Final

from ledger.integrity.errors import CheckpointError, SignatureError
from ledger.integrity.keys import Algorithm, PublicKey, SigningKey

_ED25519_TYPE: Final = b"\x01"
_SIGNATURE_PREFIX: Final = "\u2014 "
_NOTE_CHARACTERS_MAX: Final = 64 * 1024
_BODY_LINES: Final = 3
_HASH_BYTES: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The state of a log: ``size`` entries under ``root`` (32 bytes)."""

    origin: str
    size: int
    root: bytes

    def body(self) -> str:
        """Return the text that is signed."""
        root = b64encode(self.root).decode("ascii")
        return f"{self.origin}\n{self.size}\n{root}\n"


def note_key_id(origin: str, key: PublicKey) -> bytes:
    """Return the four bytes by which a note names an Ed25519 key."""
    named = origin.encode() + b"\n" + _ED25519_TYPE + key.raw()
    return hashlib.sha256(named).digest()[:4]


def verifier_key(origin: str, key: PublicKey) -> str:
    """Return the key as other tools take it: ``<origin>+<id>+<base64>``."""
    material = b64encode(_ED25519_TYPE + key.raw()).decode("ascii")
    return f"{origin}+{note_key_id(origin, key).hex()}+{material}"


def sign_checkpoint(checkpoint: Checkpoint, key: SigningKey) -> str:
    """Return the signed note. The key's name in it is the log's origin.

    Raises:
        CheckpointError: notes are signed with Ed25519 only.
    """
    if key.algorithm is not Algorithm.EDDSA:
        raise CheckpointError
    body = checkpoint.body()
    signature = note_key_id(checkpoint.origin, key.public) + key.sign(body.encode())
    encoded = b64encode(signature).decode("ascii")
    return f"{body}\n{_SIGNATURE_PREFIX}{checkpoint.origin} {encoded}\n"


def read_checkpoint(note: str, *, origin: str, key: PublicKey) -> Checkpoint:
    """Read a note and verify the log's own signature; others' are passed over.

    Raises:
        CheckpointError: not such a note, or not signed by this key for this origin.
    """
    body, found, signatures = note.partition("\n\n")
    if not found or len(note) > _NOTE_CHARACTERS_MAX or not note.endswith("\n"):
        raise CheckpointError
    checkpoint = _read_body(body + "\n")
    if checkpoint.origin != origin:
        raise CheckpointError(pointer="/origin")
    wanted = note_key_id(origin, key)
    for line in signatures.removesuffix("\n").split("\n"):
        signature = _read_signature(line, origin=origin)
        if signature is not None and signature[:4] == wanted:
            try:
                key.verify(signature[4:], (body + "\n").encode())
            except SignatureError as error:
                raise CheckpointError(pointer="/signature") from error
            return checkpoint
    raise CheckpointError(pointer="/signature")


def _read_body(body: str) -> Checkpoint:
    lines = body.split("\n")
    if len(lines) < _BODY_LINES + 1:
        raise CheckpointError
    try:
        checkpoint = Checkpoint(
            origin=lines[0],
            size=int(lines[1]),
            root=b64decode(lines[2], validate=True),
        )
    except (ValueError, binascii.Error) as error:
        raise CheckpointError from error
    if checkpoint.body() != body or len(checkpoint.root) != _HASH_BYTES:
        raise CheckpointError
    return checkpoint


def _read_signature(line: str, *, origin: str) -> bytes | None:
    if not line.startswith(_SIGNATURE_PREFIX):
        raise CheckpointError(pointer="/signature")
    name, _, encoded = line.removeprefix(_SIGNATURE_PREFIX).partition(" ")
    try:
        signature = b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise CheckpointError(pointer="/signature") from error
    return signature if name == origin else None
