"""A tool for transparency logs that is not ours reads our log, and we read its log."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Final

import pytest
from tlog_scales.backend import LocalBackend
from tlog_scales.reader import TilesReader
from tlog_scales.signing import PlainEd25519Signer, Vkey
from tlog_scales.tlog import (
    Checkpoint,
    ConsistencyProof,
    ConsistencyProofInvalid,
    InclusionProof,
    InclusionProofInvalid,
)
from tlog_scales.writer import TilesWriter

from ledger.audit.tiles import TilesSource
from ledger.integrity import checkpoints, proofs
from ledger.integrity.encoding import b64encode
from ledger.integrity.errors import CheckpointError
from ledger.integrity.keys import PublicKey, read_public_key
from ledger.integrity.merkle import leaf_hash
from ledger.integrity.tiles import TILE_WIDTH, node_reader, tile_path, width_of
from ledger.publishing.folder import LogFolder
from ledger.publishing.rebuilding import rebuild_log
from tests.bank import ORIGIN, SCHOOL, Bank

BATCH: Final = 260
SIZES: Final = [1, 2, 3, 4, 255, 256, 257, 400, 511, 512, 513]
THEIR_KEY: Final = bytes(range(32))
THEIR_ORIGIN: Final = "log.example/theirs"


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    """Write a real ledger of several hundred entries."""
    folder = tmp_path_factory.mktemp("bank")
    with Bank(f"sqlite:///{folder / 'ledger.db'}") as opened:
        for batch in ("a", "b"):
            statements = [opened.award(f"{batch}-{n}") for n in range(BATCH)]
            raw = opened.batch_bytes(SCHOOL, statements)
            opened.submit(opened.receive_batch(raw)).result()
        yield opened


@pytest.fixture(scope="module")
def entries(bank: Bank) -> list[bytes]:
    """Return the ledger's entries, of which there are more than two tiles."""
    found = list(bank.raw_entries())
    assert len(found) > 2 * TILE_WIDTH
    return found


@pytest.fixture(scope="module")
def ours(
    bank: Bank, entries: list[bytes], tmp_path_factory: pytest.TempPathFactory
) -> TilesReader:
    """Lay our log out as C2SP tlog-tiles, for their reader."""
    folder = tmp_path_factory.mktemp("log")
    head = bank.store.read_head()
    assert head is not None
    assert head.size == len(entries)
    rebuild_log(LogFolder(folder), bank.store.log, head=head, with_entries=True)
    return TilesReader(LocalBackend(folder))


def test_their_tool_reads_our_entries(ours: TilesReader, entries: list[bytes]) -> None:
    """Each out of its bundle, byte for byte."""
    ours.get_checkpoint()

    assert [ours.get_entry(position) for position in range(len(entries))] == entries


def test_their_tool_verifies_our_checkpoint_and_root(
    bank: Bank, ours: TilesReader
) -> None:
    """With the verifier key as we hand it out, and the root made from our tiles."""
    found = ours.get_checkpoint()
    key = Vkey.from_string(checkpoints.verifier_key(ORIGIN, bank.checkpoint.public))

    found.verify(key)

    # Their key id is made from name and key again when none is given.
    assert key.key_id == Vkey(key.name, None, key.sig_type, key.pubkey).key_id
    assert found.origin == ORIGIN
    assert found.root_hash == ours.calculate_root_hash()
    with pytest.raises(RuntimeError):
        found.verify(
            Vkey.from_string(checkpoints.verifier_key(ORIGIN, bank.service.public))
        )


@pytest.mark.parametrize("size", SIZES)
def test_their_tool_verifies_our_proofs(
    bank: Bank, ours: TilesReader, entries: list[bytes], size: int
) -> None:
    """Inclusion of first, middle and last entry, and consistency with the newest."""
    read_node = bank.store.node_reader()
    ours.get_checkpoint()
    root, newest = ours.mth(0, size), ours.calculate_root_hash()
    assert proofs.frontier_at(size, read_node).root() == root

    for position in {0, size // 2, size - 1}:
        proof = proofs.prove_inclusion(position, size, read_node=read_node)
        theirs = InclusionProof(position, size, list(proof.path))
        assert theirs == ours.get_inclusion_proof(position, size)
        theirs.check(leaf_hash(entries[position]), root)
        with pytest.raises(InclusionProofInvalid):
            theirs.check(leaf_hash(entries[position] + b" "), root)

    grown = proofs.prove_consistency(size, len(entries), read_node=read_node)
    consistent = ConsistencyProof(size, len(entries), list(grown.path))
    assert consistent == ours.get_consistency_proof(size, len(entries))
    consistent.check(root, newest)
    with pytest.raises(ConsistencyProofInvalid):
        consistent.check(newest, root)


@pytest.fixture(scope="module")
def their_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Have their tool write and sign a log of 600 leaves, in three commits."""
    folder = tmp_path_factory.mktemp("theirs") / "log"
    writer = TilesWriter.create(folder, THEIR_ORIGIN)
    signer = PlainEd25519Signer(THEIR_ORIGIN, THEIR_KEY)
    for start, end in pairwise((0, 1, 300, 600)):
        for number in range(start, end):
            writer.add_leaf(b"leaf %d" % number)
        writer.commit([signer])
    return folder


def their_key() -> PublicKey:
    """Return their public key as ours are read."""
    raw = PlainEd25519Signer(THEIR_ORIGIN, THEIR_KEY).vkey.pubkey
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": b64encode(raw)}
    return read_public_key(jwk, algorithm="EdDSA")


def test_we_verify_their_checkpoint(their_folder: Path) -> None:
    """A signed note of their making, for their origin only."""
    note = (their_folder / "checkpoint").read_text()

    found = checkpoints.read_checkpoint(note, origin=THEIR_ORIGIN, key=their_key())

    assert (found.origin, found.size) == (THEIR_ORIGIN, 600)
    assert found.root == Checkpoint.from_text(note).root_hash
    with pytest.raises(CheckpointError):
        checkpoints.read_checkpoint(note, origin=ORIGIN, key=their_key())


def test_we_read_their_folder(their_folder: Path) -> None:
    """Every entry, and every tile agrees with them."""
    source = TilesSource(their_folder)

    read = [one.raw for one in source.entries()]

    assert read == [b"leaf %d" % number for number in range(600)]
    assert source.findings() == ()


def test_we_verify_their_proofs_and_tiles(their_folder: Path) -> None:
    """Each proof that their tool makes, and each node of the tiles that it wrote."""
    theirs = TilesReader(LocalBackend(their_folder))
    size = theirs.get_checkpoint().size

    def read_tile(level: int, index: int, *, width: int) -> bytes:
        whole = width_of(level, index, size=size)
        assert width <= whole
        return (their_folder / tile_path(level, index, width=whole)).read_bytes()

    frontier = proofs.frontier_at(size, node_reader(read_tile))
    assert frontier.root() == theirs.calculate_root_hash()
    for position in range(0, size, 7):
        found = theirs.get_inclusion_proof(position, size)
        proof = proofs.InclusionProof(
            position=position, size=size, path=tuple(found.node_hashes)
        )
        leaf = leaf_hash(theirs.get_entry(position))
        proofs.verify_inclusion(leaf, proof, root=frontier.root())
    for first in (*range(1, size, 41), size):
        grown = theirs.get_consistency_proof(first, size)
        consistent = proofs.ConsistencyProof(
            first=first, second=size, path=tuple(grown.node_hashes)
        )
        proofs.verify_consistency(
            consistent, first_root=theirs.mth(0, first), second_root=frontier.root()
        )
