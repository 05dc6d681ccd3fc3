"""Checkpoints: signed notes over origin, size and root (C2SP tlog-checkpoint)."""

import hashlib
import re
from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import Final

from ledger.integrity.errors import CheckpointError, SignatureError
from ledger.integrity.keys import Algorithm, PublicKey, SigningKey
from ledger.integrity.merkle import HASH_BYTES

_ED25519_TYPE: Final = b"\x01"
_SIGNATURE_PREFIX: Final = "\u2014 "
_NOTE_CHARACTERS_MAX: Final = 64 * 1024
_BODY_LINES: Final = 3
_KEY_ID: Final = 4
_SIGNATURES_MAX: Final = 100
_SIGNATURE: Final = re.compile(
    _SIGNATURE_PREFIX + r"([^\s+\x00-\x1f\x7f\ud800-\udfff]+) ([A-Za-z0-9+/]+={0,2})"
)
"""A key's name has neither spaces nor ``+`` (C2SP signed-note)."""


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


def body_of(note: str) -> str:
    """Return the part of a note that is signed, whoever signed it; unverified."""
    return note.partition("\n\n")[0] + "\n"


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

    Every signature line is taken apart before one is believed: a reader that stopped at
    the first good one would accept notes that other readers refuse.

    Raises:
        CheckpointError: not such a note, or not signed by this key for this origin.
    """
    checkpoint, signatures = parse_note(note)
    if checkpoint.origin != origin:
        raise CheckpointError(pointer="/origin")
    _verify_own(signatures, checkpoint, key=key)
    return checkpoint


def parse_note(note: str) -> tuple[Checkpoint, list[tuple[str, bytes]]]:
    """Take a note apart: what it says, and (name, key id and signature) of each line.

    Nothing is verified: for whoever must know the origin before it knows the key.

    Raises:
        CheckpointError: not such a note.
    """
    # Without an empty line there are no signatures, and none is no signature line.
    body, _, signatures = note.partition("\n\n")
    if len(note) > _NOTE_CHARACTERS_MAX or not note.endswith("\n"):
        raise CheckpointError
    return read_body(body + "\n"), read_signatures(signatures)


def _verify_own(
    signatures: list[tuple[str, bytes]], checkpoint: Checkpoint, *, key: PublicKey
) -> None:
    """Check the first signature that names the key; one that fails ends the search."""
    wanted = (checkpoint.origin, note_key_id(checkpoint.origin, key))
    own = (raw[4:] for name, raw in signatures if (name, raw[:4]) == wanted)
    signature = next(own, b"")
    if key.algorithm is not Algorithm.EDDSA:
        raise CheckpointError(pointer="/signature")
    try:
        key.verify(signature, checkpoint.body().encode())
    except SignatureError as error:
        raise CheckpointError(pointer="/signature") from error


def read_body(body: str) -> Checkpoint:
    """Read the text under the signatures, whoever signed it.

    Raises:
        CheckpointError: it is no such text, or in another spelling.
    """
    lines = body.split("\n")
    if len(lines) < _BODY_LINES + 1:
        raise CheckpointError
    try:
        checkpoint = Checkpoint(
            origin=lines[0],
            size=int(lines[1]),
            root=b64decode(lines[2], validate=True),
        )
    except ValueError as error:
        raise CheckpointError from error
    # What was read is written again: another spelling of a number or of base64, and
    # any further line, is not what was signed here.
    if checkpoint.body() != body or len(checkpoint.root) != HASH_BYTES:
        raise CheckpointError
    if not 0 <= checkpoint.size < 2**53:
        raise CheckpointError(pointer="/size")
    return checkpoint


def read_signatures(text: str) -> list[tuple[str, bytes]]:
    """Read signature lines: the name, then key id and signature, of each.

    Raises:
        CheckpointError: a line is none, or there are too many.
    """
    lines = text.removesuffix("\n").split("\n")
    if len(lines) > _SIGNATURES_MAX:
        raise CheckpointError(pointer="/signature")
    return list(map(_read_signature, lines))


def _read_signature(line: str) -> tuple[str, bytes]:
    found = _SIGNATURE.fullmatch(line)
    if found is None:
        raise CheckpointError(pointer="/signature")
    name, encoded = found.groups()
    try:
        signature = b64decode(encoded, validate=True)
    except ValueError as error:
        raise CheckpointError(pointer="/signature") from error
    # Stray bits would be a second spelling; a key id alone is no signature.
    if b64encode(signature).decode("ascii") != encoded or len(signature) <= _KEY_ID:
        raise CheckpointError(pointer="/signature")
    return name, signature
