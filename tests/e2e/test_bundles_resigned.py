"""What an operator makes anew, with a tree and a signature over it, is found."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger.audit.bundles.form import Scope, ScopeKind
from ledger.audit.bundles.part import verify_part
from ledger.integrity import canonical
from ledger.integrity.checkpoints import Checkpoint, sign_checkpoint
from ledger.integrity.encoding import b64decode, b64encode
from ledger.integrity.entries import BankLine, read_entry, seal_entry
from ledger.integrity.jws import read_jws, sign_jws
from ledger.integrity.keys import KeyUse, SigningKey
from ledger.integrity.merkle import EMPTY, leaf_hash
from ledger.integrity.proofs import NewNodes, prove_inclusion
from tests.bank import ORIGIN, SCHOOL, Bank
from tests.bundled import (
    Lines,
    export,
    flip,
    places,
    read_lines,
    write_bundle,
)
from tests.histories import award_of, write_history

pytestmark = pytest.mark.traced

AWARD = Scope(kind=ScopeKind.AWARD, id=award_of("a-2"))
# The award's part holds positions 0 1 2 8 11 31 33 34 in lines 1 to 8.
HEADER, LINE = 4, 5


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    """Write a history with singles, batches, corrections and a stolen key."""
    folder = tmp_path_factory.mktemp("forged")
    with Bank(f"sqlite:///{folder / 'ledger.db'}") as opened:
        write_history(opened)
        yield opened


@pytest.fixture(scope="module")
def raw(bank: Bank) -> bytes:
    """Export an award once."""
    return export(bank, AWARD)


def forged(bank: Bank, lines: Lines, *, entries: dict[int, bytes]) -> Lines:
    """Put entries in, in a tree of its own under the operator's signature."""
    leaves = [leaf_hash(one) for one in bank.raw_entries()]
    for number, raw in entries.items():
        leaves[lines[number]["position"]] = leaf_hash(raw)
        lines[number]["entry"] = b64encode(raw)
    frontier, nodes = EMPTY.extend(leaves), NewNodes(EMPTY, leaves)
    signed = Checkpoint(origin=ORIGIN, size=frontier.size, root=frontier.root())
    lines[0]["checkpoint"] = sign_checkpoint(signed, bank.checkpoint)
    for line in lines[1:]:
        proof = prove_inclusion(line["position"], frontier.size, read_node=nodes.read)
        line["path"] = [b64encode(one) for one in proof.path]
    return lines


def resigned(line: dict[str, Any], key: SigningKey, *, at: str = "") -> bytes:
    """Return a single's entry, signed again by another key, or recorded later."""
    entry = read_entry(b64decode(line["entry"]))
    signed = read_jws(entry.member_bytes, typ="skillbank-statement+json")
    token = sign_jws(key, signed.payload, typ="skillbank-statement+json")
    bank_line = BankLine(
        position=entry.line.position, recorded_at=at or entry.line.recorded_at
    )
    return seal_entry(bank_line, token)


def test_an_operator_cannot_sign_for_a_member(
    bank: Bank, raw: bytes, tmp_path: Path
) -> None:
    """A tree made anew over it helps nothing: the key is not the member's."""
    lines = read_lines(raw)
    foreign = SigningKey.generate(SCHOOL, KeyUse.MEMBER)
    entry = resigned(lines[3], foreign)

    report = verify_part(
        write_bundle(tmp_path, forged(bank, lines, entries={3: entry})),
        ledger=bank.ledger,
    )

    assert places(report.findings) == {("not-allowed", 2), ("unknown-key", 2)}


def test_a_signature_that_does_not_hold_is_found(
    bank: Bank, raw: bytes, tmp_path: Path
) -> None:
    """Even where the tree and the checkpoint were made anew over it."""
    lines = read_lines(raw)
    entry = b64decode(lines[3]["entry"])
    cut, _, signature = entry.rpartition(b".")
    entry = cut + b"." + flip(signature.decode()).encode()

    report = verify_part(
        write_bundle(tmp_path, forged(bank, lines, entries={3: entry})),
        ledger=bank.ledger,
    )

    assert places(report.findings) == {("signature-invalid", 2)}


def test_a_batch_speaks_for_its_signer_alone(
    bank: Bank, raw: bytes, tmp_path: Path
) -> None:
    """A line of another issuer under a school's header is found."""
    lines = read_lines(raw)
    said = [bank.award(f"x-{number}") | {"iss": "other"} for number in range(8)]
    header, *rest = bank.batch_bytes(SCHOOL, said).splitlines()
    at = read_entry(b64decode(lines[HEADER]["entry"])).line.recorded_at
    third = rest[2].partition(b'"statement":')[2][:-1]
    entries = {
        HEADER: seal_entry(BankLine(position=8, recorded_at=at), header),
        LINE: seal_entry(
            BankLine(position=11, recorded_at=at, batch=8, index=2), third
        ),
    }
    leaves = [leaf_hash(canonical.dumps(one)) for one in said]
    nodes = NewNodes(EMPTY, leaves)
    path = prove_inclusion(2, 8, read_node=nodes.read).path
    lines[LINE]["batch_path"] = [b64encode(one) for one in path]

    report = verify_part(
        write_bundle(tmp_path, forged(bank, lines, entries=entries)), ledger=bank.ledger
    )

    assert ("line-of-another-issuer", 11) in places(report.findings)


def test_time_does_not_go_back_in_a_part(
    bank: Bank, raw: bytes, tmp_path: Path
) -> None:
    """An entry of before cannot have been recorded after."""
    lines = read_lines(raw)
    entry = b64decode(lines[3]["entry"])
    entry = entry.replace(b"T08:00:00.000Z", b"T09:00:00.000Z", 1)

    report = verify_part(
        write_bundle(tmp_path, forged(bank, lines, entries={3: entry})),
        ledger=bank.ledger,
    )

    assert ("recorded-at-goes-back", 8) in places(report.findings)
