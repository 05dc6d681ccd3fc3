"""A policy says whose cosignatures suffice, and means one thing."""

from typing import Final

import pytest

from ledger.integrity.checkpoints import parse_note
from ledger.integrity.cosignatures import cosign, name_key, witness_vkey
from ledger.integrity.errors import CheckpointError
from ledger.integrity.keys import KeyUse, SigningKey
from ledger.integrity.quorum import (
    Policy,
    PolicyError,
    check_cosigned,
    in_window,
    verify_quorum,
)
from tests.witnesses import HONEST

NAMES: Final = ("a", "b", "c", "d")
KEYS: Final = {name: SigningKey.generate(name, KeyUse.WITNESS) for name in NAMES}
VKEYS: Final = {
    name: witness_vkey(name_key(f"{name}.example", key.public))
    for name, key in KEYS.items()
}
WITNESSES: Final = "".join(
    f'[[witnesses]]\nname = "{name}"\nvkey = "{vkey}"\nurl = "http://127.0.0.1:1"\n'
    for name, vkey in VKEYS.items()
)
GROUPS: Final = """
[[groups]]
name = "schools"
needed = 2
of = ["a", "b", "c"]
"""
QUORUM: Final = '[quorum]\nneeded = 2\nof = ["schools", "d"]\n'
TEXT: Final = WITNESSES + GROUPS + QUORUM
POLICY: Final = Policy.read(TEXT.encode())
NOTE: Final = HONEST.note(7)
CHECKPOINT: Final = HONEST.request(0, 7).checkpoint


def line(name: str, seconds: int = 100) -> str:
    """Return a witness's line."""
    key, own = KEYS[name], f"{name}.example"
    return cosign(CHECKPOINT, key, name=own, seconds=seconds)


@pytest.mark.parametrize(
    ("signed", "met"),
    [
        ("", False),
        ("ab", False),
        ("d", False),
        ("ad", False),
        ("abd", True),
        ("acd", True),
        ("abc", False),
        ("abcd", True),
        ("abdz", True),
    ],
)
def test_a_quorum_counts_groups(signed: str, *, met: bool) -> None:
    """Any two schools, and the other one; strangers do not count."""
    assert POLICY.has_quorum(frozenset(signed)) is met


def test_a_note_has_quorum_or_is_refused() -> None:
    """With every line of a known witness verified."""
    note = NOTE + line("a") + line("c") + line("d")

    assert verify_quorum(note, POLICY) == {"a", "c", "d"}
    with pytest.raises(CheckpointError) as refused:
        verify_quorum(NOTE + line("a") + line("c"), POLICY)
    assert refused.value.pointer == "/quorum"
    elsewhere = HONEST.note(6) + line("a") + line("c") + line("d")
    with pytest.raises(CheckpointError):
        verify_quorum(elsewhere, POLICY)


def test_findings_name_who_signed_and_whose_line_is_forged() -> None:
    """An audit goes on after a forged line."""
    forged = line("b").replace("b.example ", "b.example ")[:-7] + "AAAA==\n"
    note = NOTE + line("a", 90) + forged + line("d", 120)

    _, signatures = parse_note(note)
    found = check_cosigned(CHECKPOINT, signatures, policy=POLICY)

    assert found.signers == {"a", "d"}
    assert found.forged == {"b"}
    assert (found.quorum, found.first_seconds) == (False, 90)
    empty = check_cosigned(CHECKPOINT, [], policy=POLICY)
    assert (empty.signers, empty.first_seconds) == (frozenset(), None)


@pytest.mark.parametrize(
    ("recorded_at", "fits"),
    [
        ("2026-09-01T08:00:00.000Z", True),
        ("2026-09-01T08:00:01.000Z", True),
        ("2026-09-01T08:05:00.999Z", True),
        ("2026-09-01T08:05:01.000Z", False),
        ("2026-08-31T08:00:00.000Z", True),
        ("2026-08-31T07:59:59.999Z", False),
    ],
)
def test_an_entry_is_cosigned_within_a_day(recorded_at: str, *, fits: bool) -> None:
    """And recorded later than it was cosigned by five minutes at most."""
    assert in_window(recorded_at, first_seconds=1_788_249_600) is fits


BAD: Final = {
    "not-toml": "quorum",
    "not-utf-8": "\udcff",
    "no-quorum": WITNESSES,
    "unknown-member": TEXT.replace("needed", "wanted"),
    "unknown-name": TEXT.replace('"d"]', '"e"]'),
    "group-in-group": TEXT.replace('["a", "b", "c"]', '["a", "b", "schools"]'),
    "too-many-needed": TEXT.replace('needed = 2\nof = ["sch', 'needed = 3\nof = ["sch'),
    "twice-in-a-group": TEXT.replace('"b", "c"]', '"b", "b"]'),
    "name-used-twice": TEXT.replace('name = "b"', 'name = "a"'),
    "group-named-as-a-witness": TEXT.replace("schools", "d"),
    "no-key": TEXT.replace(VKEYS["a"], "key"),
    "no-address": TEXT.replace("http://127.0.0.1:1", "file:///x"),
    "same-key": TEXT.replace(
        VKEYS["a"], witness_vkey(name_key("other.example", KEYS["b"].public))
    ),
    "same-key-name": TEXT.replace(
        VKEYS["a"], witness_vkey(name_key("b.example", KEYS["a"].public))
    ),
    "too-large": TEXT + "#" * 65_536,
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD.keys())
def test_a_policy_that_does_not_add_up_is_refused(text: str) -> None:
    """When it is read, not when a quorum is missed."""
    with pytest.raises(PolicyError):
        Policy.read(text.encode(errors="surrogateescape"))


@pytest.mark.parametrize("name", ["name-used-twice", "group-named-as-a-witness"])
def test_a_name_that_is_used_twice_is_named(name: str) -> None:
    """Before anybody looks who is needed."""
    with pytest.raises(PolicyError) as refused:
        Policy.read(BAD[name].encode())

    assert refused.value.details == {"reason": "name-used-twice"}


def test_a_policy_without_witnesses_asks_for_none() -> None:
    """The quorum of none is always met."""
    policy = Policy.read(b"[quorum]\nneeded = 0\nof = []\n")

    assert policy.has_quorum(frozenset())
    assert verify_quorum(NOTE, policy) == frozenset()
