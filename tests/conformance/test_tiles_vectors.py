"""Names and bytes of a log's files, as computed from the specification alone."""

import hashlib
from typing import Any

import pytest

from ledger.integrity.entry_bundles import join_entries, split_entries
from ledger.integrity.merkle import EMPTY, leaf_hash, root_of
from ledger.integrity.proofs import NewNodes
from ledger.integrity.tile_names import TileName, names_of, read_tile_path
from ledger.integrity.tiles import TILE_WIDTH
from tests.conformance.vectors_of import read_vectors

VECTORS = read_vectors("tiles.json")
ENTRIES = [b"entry %d" % number for number in range(600)]
NODES = NewNodes(EMPTY, [leaf_hash(one) for one in ENTRIES])


def content(name: TileName) -> bytes:
    """Return the bytes of a file of the log of these entries."""
    first = name.index * TILE_WIDTH
    if name.is_entries:
        return join_entries(ENTRIES[first : first + name.width])
    level = 8 * name.level
    return b"".join(NODES.read(level, first + at) for at in range(name.width))


@pytest.mark.parametrize("case", VECTORS["paths"], ids=str)
def test_a_tile_has_the_published_path(case: dict[str, Any]) -> None:
    """And the path leads back to the tile."""
    name = TileName(level=case["level"], index=case["index"], width=case["width"])

    assert name.path() == case["path"]
    assert read_tile_path(case["path"]) == name


@pytest.mark.parametrize("path", VECTORS["not_paths"], ids=repr)
def test_another_spelling_names_nothing(path: str) -> None:
    """There is one path for each file, and no other leads to it."""
    assert read_tile_path(path) is None


@pytest.mark.parametrize("size", VECTORS["logs"])
def test_a_log_has_the_published_files(size: str) -> None:
    """All of them, byte for byte, and no others."""
    log = VECTORS["logs"][size]
    names = list(names_of(int(size)))
    names += [name.as_bundle() for name in names if name.level == 0]

    made = {name.path(): hashlib.sha256(content(name)).hexdigest() for name in names}

    assert made == log["files"]
    assert root_of(ENTRIES[: int(size)]).hex() == log["root"]


def test_trees_have_the_tiles_that_the_specification_counts() -> None:
    """One of 256 leaves has a partial tile above; one of 70,000 has three levels."""
    published = VECTORS["names"]
    large = [name.path() for name in names_of(70_000)]

    assert [name.path() for name in names_of(256)] == published["256"]
    assert len(large) == published["70000"]["count"]
    leaves = [path for path in large if path.startswith("tile/0/")]
    assert leaves[-2:] == published["70000"]["level 0"]
    assert large[len(leaves) :] == published["70000"]["above"]


def test_a_bundle_is_taken_apart_as_it_was_made() -> None:
    """Up to the entries asked for, or to where it was cut off."""
    bundle = join_entries(ENTRIES[:3])

    assert bundle[:9] == b"\x00\x07entry 0"
    assert split_entries(bundle, count=3) == (ENTRIES[:3], b"")
    assert split_entries(bundle, count=2) == (ENTRIES[:2], b"\x00\x07entry 2")
    assert split_entries(bundle, count=4) == (ENTRIES[:3], b"")
    assert split_entries(bundle[:-1], count=3) == (ENTRIES[:2], b"\x00\x07entry ")
    assert split_entries(bundle + b"\x00", count=4) == (ENTRIES[:3], b"\x00")
