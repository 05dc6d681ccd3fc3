"""A cosignature is of one witness, at one time, over one checkpoint."""

from base64 import b64decode, b64encode
from itertools import count
from typing import Final

import pytest
from tlog_scales.signing import NoteSignature, Vkey
from tlog_scales.tlog import Checkpoint as TheirCheckpoint

from ledger.integrity.checkpoints import (
    Checkpoint,
    parse_note,
    read_checkpoint,
    sign_checkpoint,
    verifier_key,
)
from ledger.integrity.cosignatures import (
    COSIGNATURE_TYPE,
    ED25519_TYPE,
    SECONDS_MAX,
    cosign,
    cosignatures_in,
    name_key,
    read_answer,
    read_vkey,
    witness_vkey,
)
from ledger.integrity.errors import CheckpointError, KeyMaterialError
from ledger.integrity.keys import Algorithm, KeyUse, SigningKey
from tests.witnesses import LOG_KEY, ORIGIN

NAME: Final = "witness.example/north"
KEY: Final = SigningKey.generate("north", KeyUse.WITNESS)
WITNESS: Final = name_key(NAME, KEY.public)
LETTERED: Final = next(
    named
    for number in count()
    if not (named := name_key(f"north{number}", KEY.public)).key_id.hex().isdecimal()
)
"""A witness whose id has a letter, which has a capital."""
HEAD: Final = Checkpoint(origin=ORIGIN, size=7, root=bytes(range(32)))
SECONDS: Final = 1_790_000_000
LINE: Final = cosign(HEAD, KEY, name=NAME, seconds=SECONDS)
NOTE: Final = sign_checkpoint(HEAD, LOG_KEY) + LINE


@pytest.mark.parametrize("seconds", [1, SECONDS, SECONDS_MAX])
def test_a_cosignature_is_read_back(seconds: int) -> None:
    """With its time, and the line as it was."""
    line = cosign(HEAD, KEY, name=NAME, seconds=seconds)

    found = read_answer(line, HEAD, witness=WITNESS)

    assert found is not None
    assert (found.name, found.seconds, found.line) == (NAME, seconds, line)


def test_a_tool_that_is_not_ours_verifies_a_cosignature() -> None:
    """Name, key id, time and signature, with the key as we hand it out."""
    vkey = Vkey.from_string(witness_vkey(WITNESS))
    signature = NoteSignature.from_line(LINE.rstrip("\n"))
    theirs = TheirCheckpoint(ORIGIN, 7, HEAD.root, [])

    vkey.get_verifier().verify(signature.payload, theirs)

    assert vkey.match(signature)
    assert vkey.key_id == Vkey(NAME, None, 4, vkey.pubkey).key_id


def test_a_cosigned_note_is_still_the_logs() -> None:
    """Readers of the log's own signature pass over the witness's."""
    assert read_checkpoint(NOTE, origin=ORIGIN, key=LOG_KEY.public) == HEAD
    assert [one.line for one in cosignatures_in(NOTE, (WITNESS,))] == [LINE]


def test_unknown_witnesses_are_passed_over() -> None:
    """Another key under the same name is another witness."""
    other = name_key(NAME, SigningKey.generate("south", KeyUse.WITNESS).public)

    assert cosignatures_in(NOTE, (other,)) == []
    assert read_answer(LINE, HEAD, witness=other) is None


def changed(at: int, *, cut: int = 0) -> str:
    """Return the line with one bit of its signature flipped, or its end cut off."""
    raw = bytearray(b64decode(LINE.split()[2]))
    raw[at] ^= 1
    encoded = b64encode(raw[: len(raw) - cut]).decode()
    return f"\u2014 {NAME} {encoded}\n"


@pytest.mark.parametrize("at", [4, 11, 12, 43, 44, 75])
def test_a_changed_cosignature_is_forged(at: int) -> None:
    """Whichever byte after the key id it is: of the time, or of the signature."""
    with pytest.raises(CheckpointError) as refused:
        read_answer(changed(at), HEAD, witness=WITNESS)

    assert refused.value.pointer == "/cosignature"


@pytest.mark.parametrize("cut", [1, 8, 64, 65, 71])
def test_a_cosignature_of_another_length_is_forged(cut: int) -> None:
    """A log's own kind of signature has no time."""
    with pytest.raises(CheckpointError) as refused:
        read_answer(changed(4, cut=cut), HEAD, witness=WITNESS)

    assert refused.value.pointer == "/cosignature"


def test_a_cosignature_with_a_byte_more_is_forged() -> None:
    """It is not cut to the length of one."""
    raw = b64decode(LINE.split()[2]) + b"\0"
    line = f"\u2014 {NAME} {b64encode(raw).decode()}\n"

    with pytest.raises(CheckpointError) as refused:
        read_answer(line, HEAD, witness=WITNESS)

    assert refused.value.pointer == "/cosignature"


def test_a_cosignature_is_for_one_checkpoint() -> None:
    """It says nothing of another root of that size."""
    other = Checkpoint(origin=ORIGIN, size=7, root=bytes(32))

    with pytest.raises(CheckpointError):
        read_answer(LINE, other, witness=WITNESS)


def test_a_log_does_not_cosign_with_its_own_key() -> None:
    """Nor does a witness with a key of P-256, at no time, or under no name."""
    p256 = SigningKey.generate("north", KeyUse.WITNESS, algorithm=Algorithm.ES256)

    for key, name, pointer, reason in (
        (LOG_KEY, NAME, "/use", "witness"),
        (p256, NAME, "/alg", "ed25519-only"),
        (KEY, "a b", "/name", "name"),
        (KEY, "a+b", "/name", "name"),
    ):
        with pytest.raises(KeyMaterialError) as unfit:
            cosign(HEAD, key, name=name, seconds=SECONDS)
        assert (unfit.value.pointer, unfit.value.details) == (
            pointer,
            {"reason": reason},
        )
    for seconds in (0, -1, SECONDS_MAX + 1):
        with pytest.raises(CheckpointError) as untimely:
            cosign(HEAD, KEY, name=NAME, seconds=seconds)
        assert untimely.value.pointer == "/time"


def test_verifier_keys_are_read_back() -> None:
    """A witness's, and a log's where a log's is asked for."""
    log = read_vkey(verifier_key(ORIGIN, LOG_KEY.public), kind=ED25519_TYPE)

    assert read_vkey(witness_vkey(WITNESS)) == WITNESS
    assert (log.name, log.key) == (ORIGIN, LOG_KEY.public)


OWN: Final = witness_vkey(WITNESS)
KEYS: Final = {
    "empty": ("", "vkey"),
    "no-key": (NAME, "vkey"),
    "a-log's": (verifier_key(ORIGIN, LOG_KEY.public), "vkey-type"),
    "other-name": (OWN.replace("north", "south"), "vkey"),
    "capitals": (
        f"{LETTERED.name}+{LETTERED.key_id.hex().upper()}+{OWN.rpartition('+')[2]}",
        "vkey",
    ),
    "cut": (OWN[:-4], "vkey-type"),
    "impossible-length": (OWN[:-1], "vkey"),
    "stray-text": (OWN + "!", "vkey"),
    "needless-padding": (OWN + "=", "vkey"),
    "weak": (
        f"{NAME}+00000000+{b64encode(bytes([4]) + bytes(32)).decode()}",
        "small-order-point",
    ),
}


@pytest.mark.parametrize(("text", "reason"), KEYS.values(), ids=KEYS.keys())
def test_another_spelling_of_a_verifier_key_is_refused(text: str, reason: str) -> None:
    """One key has one spelling, and its id is its own."""
    with pytest.raises(KeyMaterialError) as refused:
        read_vkey(text)

    assert refused.value.details == {"reason": reason}


@pytest.mark.parametrize("kind", [b"", b"\x01", b"\x05"])
@pytest.mark.parametrize("more", [-1, 0, 1])
def test_a_key_of_another_kind_or_length_is_named(kind: bytes, more: int) -> None:
    """Though its id fits: the bytes before the key are part of what it says."""
    raw = KEY.public.raw() + bytes(max(0, more))
    encoded = b64encode(kind + raw[: 32 + more]).decode()

    with pytest.raises(KeyMaterialError) as refused:
        read_vkey(f"{NAME}+{WITNESS.key_id.hex()}+{encoded}")

    assert refused.value.details == {"reason": "vkey-type"}


@pytest.mark.parametrize("more", [-1, 1])
def test_a_witness_key_has_32_bytes(more: int) -> None:
    """Neither more nor fewer, behind the right kind."""
    raw = (KEY.public.raw() + b"\0")[: 32 + more]
    encoded = b64encode(COSIGNATURE_TYPE + raw).decode()

    with pytest.raises(KeyMaterialError) as refused:
        read_vkey(f"{NAME}+{WITNESS.key_id.hex()}+{encoded}")

    assert refused.value.details == {"reason": "vkey-type"}


def test_a_time_that_no_date_has_is_forged() -> None:
    """Though well signed: zero, and beyond the year 9999."""
    for seconds in (0, SECONDS_MAX + 1):
        message = f"cosignature/v1\ntime {seconds}\n{HEAD.body()}".encode()
        raw = WITNESS.key_id + seconds.to_bytes(8) + KEY.sign(message)
        line = f"\u2014 {NAME} {b64encode(raw).decode()}\n"
        with pytest.raises(CheckpointError):
            read_answer(line, HEAD, witness=WITNESS)


def test_a_note_is_taken_apart_unverified() -> None:
    """For whoever must know the origin first."""
    checkpoint, signatures = parse_note(NOTE)

    assert checkpoint == HEAD
    assert [name for name, _ in signatures] == [ORIGIN, NAME]
