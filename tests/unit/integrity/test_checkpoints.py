"""A checkpoint is one text, signed by one key, that every reader reads alike."""

from base64 import b64decode, b64encode
from typing import Final

import pytest

from ledger.integrity.checkpoints import (
    Checkpoint,
    body_of,
    note_key_id,
    read_body,
    read_checkpoint,
    sign_checkpoint,
    verifier_key,
)
from ledger.integrity.errors import CheckpointError
from ledger.integrity.keys import Algorithm, KeyUse, PublicKey, SigningKey

ORIGIN: Final = "bank.example/test"
KEY: Final = SigningKey.generate("operator", KeyUse.CHECKPOINT)
OTHER: Final = SigningKey.generate("operator", KeyUse.CHECKPOINT)
P256: Final = SigningKey.generate(
    "operator", KeyUse.CHECKPOINT, algorithm=Algorithm.ES256
)
HEAD: Final = Checkpoint(origin=ORIGIN, size=7, root=bytes(range(32)))
NOTE: Final = sign_checkpoint(HEAD, KEY)
BODY, OWN = NOTE.split("\n\n")


def resign(body: str, key: SigningKey = KEY) -> str:
    """Return a note over any body, properly signed."""
    signature = note_key_id(ORIGIN, key.public) + key.sign(body.encode())
    return f"{body}\n\u2014 {ORIGIN} {b64encode(signature).decode()}\n"


def read(note: str, key: PublicKey = KEY.public) -> Checkpoint:
    """Read a note of our origin."""
    return read_checkpoint(note, origin=ORIGIN, key=key)


@pytest.mark.parametrize("size", [0, 1, 7, 2**53 - 1])
def test_a_signed_checkpoint_is_read_back(size: int) -> None:
    """For any size that a position can have."""
    head = Checkpoint(origin=ORIGIN, size=size, root=bytes(range(32)))

    assert read(sign_checkpoint(head, KEY)) == head


def test_a_note_has_this_form() -> None:
    """Origin, size and root, a blank line, and who signed."""
    root = b64encode(HEAD.root).decode()

    assert f"{ORIGIN}\n7\n{root}" == BODY
    assert OWN.startswith(f"\u2014 {ORIGIN} ")
    assert verifier_key(ORIGIN, KEY.public).split("+", 2) == [
        ORIGIN,
        note_key_id(ORIGIN, KEY.public).hex(),
        b64encode(b"\x01" + KEY.public.raw()).decode(),
    ]


def test_other_signatures_are_passed_over() -> None:
    """Of witnesses, and of the operator's other checkpoint keys."""
    witness = f"\u2014 witness.example {b64encode(bytes(76)).decode()}\n"
    second = sign_checkpoint(HEAD, OTHER).split("\n\n")[1]

    for lines in (witness + OWN, OWN + witness, second + witness + OWN):
        assert read(f"{BODY}\n\n{lines}") == HEAD
    assert read(f"{BODY}\n\n{second}{OWN}", OTHER.public) == HEAD


BODIES: Final = {
    "no-size": f"{ORIGIN}\n",
    "no-root": f"{ORIGIN}\n7\n",
    "further-line": HEAD.body() + "extension\n",
    "plus": HEAD.body().replace("\n7\n", "\n+7\n"),
    "leading-zero": HEAD.body().replace("\n7\n", "\n07\n"),
    "space": HEAD.body().replace("\n7\n", "\n 7\n"),
    "underscore": HEAD.body().replace("\n7\n", "\n1_0\n"),
    "full-width-digit": HEAD.body().replace("\n7\n", "\n\uff17\n"),
    "negative": HEAD.body().replace("\n7\n", "\n-7\n"),
    "minus-zero": HEAD.body().replace("\n7\n", "\n-0\n"),
    "no-number": HEAD.body().replace("\n7\n", "\nseven\n"),
    "2**53": HEAD.body().replace("\n7\n", f"\n{2**53}\n"),
    "endless": HEAD.body().replace("\n7\n", "\n" + "9" * 5000 + "\n"),
    "carriage-return": HEAD.body().replace("\n", "\r\n"),
    "root-of-31-bytes": f"{ORIGIN}\n7\n{b64encode(bytes(31)).decode()}\n",
    "root-of-33-bytes": f"{ORIGIN}\n7\n{b64encode(bytes(33)).decode()}\n",
    "root-no-base64": f"{ORIGIN}\n7\n!\n",
    "root-in-base64url": f"{ORIGIN}\n7\n{'-_' * 21}8=\n",
    "root-with-stray-bits": f"{ORIGIN}\n7\n{'A' * 42}B=\n",
    "root-without-padding": f"{ORIGIN}\n7\n{'A' * 43}\n",
    "other-origin": HEAD.body().replace("bank", "bunk"),
    "empty-origin": HEAD.body().replace(ORIGIN, ""),
}


BODY_PARTS: Final = {
    "negative": "/size",
    "2**53": "/size",
    "other-origin": "/origin",
    "empty-origin": "/origin",
}
"""Where a fault is named by its part; else it is the whole that is no body."""


@pytest.mark.parametrize("name", BODIES)
def test_a_body_of_another_spelling_is_refused(name: str) -> None:
    """Though well signed: a second reader might read something else in it."""
    with pytest.raises(CheckpointError) as refused:
        read(resign(BODIES[name]))

    assert refused.value.pointer == BODY_PARTS.get(name, "")


@pytest.mark.parametrize(
    "body",
    [
        *(body for name, body in BODIES.items() if not name.endswith("-origin")),
        "",
        ORIGIN,
        f"{ORIGIN}\n7",
        HEAD.body().removesuffix("\n"),
    ],
)
def test_a_body_of_another_spelling_is_refused_unsigned(body: str) -> None:
    """Who remembers a note, or cosigns it, reads it before any key is known."""
    with pytest.raises(CheckpointError):
        read_body(body)


def _stray_bits(line: str) -> str:
    head, _, encoded = line.rstrip("\n").rpartition(" ")
    last = encoded.rstrip("=")
    raised = chr(ord(last[-1]) + 1)
    changed = last[:-1] + raised + "=" * (len(encoded) - len(last))
    assert b64decode(changed) == b64decode(encoded)
    return f"{head} {changed}\n"


NOTES: Final = {
    "empty": "",
    "no-signature": BODY + "\n",
    "no-signature-line": BODY + "\n\n",
    "no-newline-at-the-end": NOTE[:-1],
    "further-blank-line": NOTE + "\n",
    "blank-line-inside": f"{BODY}\n\n\n{OWN}",
    "two-notes": NOTE + "\n" + OWN,
    "hyphen": NOTE.replace("\u2014", "-"),
    "no-name": NOTE.replace(f"\u2014 {ORIGIN} ", "\u2014 "),
    "name-with-plus": NOTE + f"\u2014 a+b {'A' * 8}\n",
    "name-with-a-wide-space": NOTE + f"\u2014 a\u3000b {'A' * 8}\n",
    "name-with-a-control": NOTE + f"\u2014 a\x07b {'A' * 8}\n",
    "name-with-a-surrogate": NOTE + f"\u2014 a\ud800b {'A' * 8}\n",
    "text-behind": NOTE + "text\n",
    "not-base64": f"{BODY}\n\n{OWN[:-2]}!\n",
    "base64-of-an-impossible-length": NOTE + "\u2014 witness.example AAAAA\n",
    "stray-bits": f"{BODY}\n\n{_stray_bits(OWN)}",
    "key-id-alone": NOTE + "\u2014 witness.example AAAAAA==\n",
    "other-name": NOTE.replace(f"\u2014 {ORIGIN}", "\u2014 bunk.example"),
    "other-root": NOTE.replace("AAEC", "AAED", 1),
    "cut": f"{BODY}\n\n\u2014 {ORIGIN} {OWN.split()[2][:40]}\n",
    "too-many-signatures": NOTE + "\u2014 witness.example AAAAAAA=\n" * 100,
    "too-long": NOTE + "\u2014 " + "w" * 65_536 + " AAAAAAA=\n",
}


NO_NOTES: Final = {"empty", "no-signature", "no-newline-at-the-end", "too-long"}
"""What is no note as a whole; in all else it is a line of a signature."""


@pytest.mark.parametrize("name", NOTES)
def test_a_note_of_another_form_is_refused(name: str) -> None:
    """Every line of it is read, wherever the good signature stands."""
    with pytest.raises(CheckpointError) as refused:
        read(NOTES[name])

    assert refused.value.pointer == ("" if name in NO_NOTES else "/signature")


def test_a_note_is_as_long_as_it_may_be() -> None:
    """A hundred signatures, 65,536 characters: one more of either is refused."""
    full = NOTE + "\u2014 witness.example AAAAAAA=\n" * 99
    name = "w" * (65_536 - len(NOTE) - len("\u2014  AAAAAAA=\n"))
    long = NOTE + f"\u2014 {name} AAAAAAA=\n"

    assert len(long) == 65_536
    assert read(full) == read(long) == HEAD
    for more in (full + full.splitlines(keepends=True)[-1], long.replace("w ", "ww ")):
        with pytest.raises(CheckpointError):
            read(more)


def test_what_is_signed_is_the_part_before_the_empty_line() -> None:
    """Whoever signed it, and also where nothing follows."""
    assert body_of(NOTE) == HEAD.body()
    assert body_of(f"{NOTE}\n\nmore") == HEAD.body()
    assert body_of("any") == "any\n"


def test_a_checkpoint_is_signed_by_its_own_key() -> None:
    """Another one, or one that fails before one that holds, is refused."""
    key_id = note_key_id(ORIGIN, KEY.public)
    forged = b64encode(key_id + OTHER.sign(HEAD.body().encode())).decode()

    with pytest.raises(CheckpointError):
        read(NOTE, OTHER.public)
    with pytest.raises(CheckpointError) as refused:
        read(f"{BODY}\n\n\u2014 {ORIGIN} {forged}\n{OWN}")
    assert refused.value.pointer == "/signature"


def test_notes_are_signed_with_ed25519_only() -> None:
    """Neither made nor read: the format has no type for P-256."""
    with pytest.raises(CheckpointError):
        sign_checkpoint(HEAD, P256)
    with pytest.raises(CheckpointError) as refused:
        read(resign(HEAD.body(), P256), P256.public)
    assert refused.value.pointer == "/signature"


def test_a_checkpoint_is_for_one_origin() -> None:
    """The same key signs for another log elsewhere: not for ours."""
    elsewhere = Checkpoint(origin="bank.example/other", size=7, root=HEAD.root)

    with pytest.raises(CheckpointError) as refused:
        read(sign_checkpoint(elsewhere, KEY))
    assert refused.value.pointer == "/origin"
