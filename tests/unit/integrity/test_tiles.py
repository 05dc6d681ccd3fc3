"""Tiles hold the tree in pieces of 256 hashes, and give every node back."""

import itertools
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.integrity.merkle import (
    EMPTY,
    leaf_hash,
    node_hash,
    root_of,
    row_above,
)
from ledger.integrity.proofs import (
    NewNodes,
    frontier_at,
    prove_consistency,
    prove_inclusion,
)
from ledger.integrity.tiles import (
    TILE_WIDTH,
    TileEdge,
    TileNodes,
    node_reader,
    split_hashes,
    tile_path,
    tile_root,
    width_of,
)

LARGE: Final = 2 * 65_536 + 256 + 3
"""A tree of three levels of tiles, with something unfinished on each."""
LEAVES: Final = [b"%d" % number for number in range(LARGE)]
HASHES: Final = [leaf_hash(leaf) for leaf in LEAVES]
NODES: Final = NewNodes(EMPTY, HASHES)
BOUNDARIES: Final = [1, 2, 255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537, LARGE]


class Tiles:
    """All tiles of a tree, straight from its nodes; counts what is read."""

    def __init__(self, size: int) -> None:
        """Take the first leaves."""
        self.size = size
        self.reads: list[tuple[int, int, int]] = []

    def __call__(self, level: int, index: int, *, width: int) -> bytes:
        """Return the first hashes of a tile."""
        self.reads.append((level, index, width))
        assert width <= width_of(level, index, size=self.size)
        first = index * TILE_WIDTH
        return b"".join(NODES.read(8 * level, first + at) for at in range(width))


@pytest.mark.parametrize("size", BOUNDARIES)
def test_a_tree_is_read_from_its_tiles(size: int) -> None:
    """Root, inclusion and consistency, as if every node were at hand."""
    read_node = node_reader(Tiles(size))

    assert frontier_at(size, read_node) == frontier_at(size, NODES.read)
    for position in {0, size // 2, size - 1}:
        from_tiles = prove_inclusion(position, size, read_node=read_node)
        assert from_tiles == prove_inclusion(position, size, read_node=NODES.read)
    for first in {1, (size + 1) // 2, size}:
        from_tiles_too = prove_consistency(first, size, read_node=read_node)
        assert from_tiles_too == prove_consistency(first, size, read_node=NODES.read)


def test_no_tile_is_read_twice_without_need() -> None:
    """A path touches one or two tiles on each level."""
    tiles = Tiles(LARGE)

    prove_inclusion(70_000, LARGE, read_node=node_reader(tiles))

    assert len({(level, index) for level, index, _ in tiles.reads}) <= 7
    assert len(tiles.reads) <= 16


def test_no_more_tiles_are_kept_than_agreed_and_those_used_last_stay() -> None:
    """What a server keeps does not grow with the log."""
    tiles = Tiles(LARGE)
    nodes = TileNodes(tiles, tiles_max=2)

    for index in (0, 256, 0, 512, 0):
        assert nodes.read(0, index) == HASHES[index]
    kept = len(tiles.reads)
    nodes.read(0, 256)

    assert kept == 3
    assert len(tiles.reads) == 4


@given(sizes=st.lists(st.integers(1, 600), min_size=1, max_size=6), at=st.data())
@settings(max_examples=40)
def test_what_is_known_of_a_tile_holds_when_the_log_has_grown(
    sizes: list[int], at: st.DataObject
) -> None:
    """Proofs of any earlier tree too, from one reader that was there all along."""
    tiles = Tiles(0)
    nodes = TileNodes(tiles)
    for size in itertools.accumulate(sizes):
        tiles.size = size
        seen = at.draw(st.integers(1, size))
        position = at.draw(st.integers(0, seen - 1))
        made = prove_inclusion(position, seen, read_node=nodes.read)
        assert made == prove_inclusion(position, seen, read_node=NODES.read)


@pytest.mark.parametrize("start", [0, 1, 255, 256, 257, 510, 65_500])
@pytest.mark.parametrize("added", [0, 1, 2, 255, 256, 257, 600])
def test_leaves_complete_tiles_as_they_come(start: int, added: int) -> None:
    """The edge yields each complete tile once, in the order they fill up."""
    edge = TileEdge(size=start, read_tile=Tiles(start))
    end = start + added

    completed = list(edge.extend(HASHES[start:end]))

    expected = {
        (level, index)
        for level in range(3)
        for index in range(
            start >> 8 * (level + 1),
            end >> 8 * (level + 1),
        )
    }
    assert {(level, index) for level, index, _ in completed} == expected
    assert len(completed) == len(expected)
    for level, index, raw in completed:
        assert raw == Tiles(end)(level, index, width=TILE_WIDTH)


@pytest.mark.parametrize("size", BOUNDARIES)
def test_an_edge_reads_no_tile_of_no_hashes(size: int) -> None:
    """There is none to be read where the level below has just filled up."""
    tiles = Tiles(size)
    TileEdge(size=size, read_tile=tiles)

    assert tiles.reads == [
        (level, (size >> 8 * level) // TILE_WIDTH, width)
        for level in range(3)
        if (width := (size >> 8 * level) % TILE_WIDTH)
    ]


@pytest.mark.parametrize("count", [3, 5, 6, 255])
def test_only_a_power_of_two_of_hashes_has_a_root(count: int) -> None:
    """Else the last hash would be left out of it."""
    with pytest.raises(ValueError, match="zip"):
        tile_root(HASHES[:count])


def test_an_edge_goes_on_where_it_stopped() -> None:
    """In many small steps as in one."""
    edge = TileEdge(size=0, read_tile=Tiles(0))
    in_steps = [
        tile
        for start in range(0, 66_000, 700)
        for tile in edge.extend(HASHES[start : min(start + 700, 66_000)])
    ]

    at_once = TileEdge(size=0, read_tile=Tiles(0)).extend(HASHES[:66_000])

    assert in_steps == list(at_once)


@pytest.mark.parametrize(
    ("level", "index", "width", "path"),
    [
        (0, 0, 256, "tile/0/000"),
        (0, 5, 1, "tile/0/005.p/1"),
        (1, 999, 256, "tile/1/999"),
        (0, 1000, 255, "tile/0/x001/000.p/255"),
        (2, 1_234_067, 256, "tile/2/x001/x234/067"),
    ],
)
def test_a_tile_has_the_path_of_the_format(
    level: int, index: int, width: int, path: str
) -> None:
    """C2SP tlog-tiles: groups of three digits, all but the last behind an x."""
    assert tile_path(level, index, width=width) == path


@pytest.mark.parametrize(
    ("level", "index", "size", "width"),
    [
        (0, 0, 0, 0),
        (0, 0, 1, 1),
        (0, 0, 255, 255),
        (0, 0, 256, 256),
        (0, 1, 256, 0),
        (0, 1, 257, 1),
        (1, 0, 255, 0),
        (1, 0, 256, 1),
        (1, 0, 65_535, 255),
        (1, 0, 65_536, 256),
        (2, 0, 65_536, 1),
        (0, 9, 256, 0),
    ],
)
def test_a_tile_is_as_wide_as_the_tree_has_come(
    level: int, index: int, size: int, width: int
) -> None:
    """On each level it has a hash for every complete subtree below."""
    assert width_of(level, index, size=size) == width


def test_a_complete_tile_has_the_root_of_its_hashes() -> None:
    """Which is the hash on the level above."""
    tile = Tiles(LARGE)(0, 3, width=TILE_WIDTH)

    assert split_hashes(tile) == HASHES[768:1024]
    assert tile_root(split_hashes(tile)) == root_of(LEAVES[768:1024])


@given(width=st.integers(0, 300))
def test_a_row_of_hashes_has_one_node_for_each_pair(width: int) -> None:
    """A last hash without a pair has none yet."""
    above = row_above(b"".join(HASHES[:width]))

    pairs = zip(HASHES[:width:2], HASHES[1:width:2], strict=False)
    assert above == b"".join(node_hash(*pair) for pair in pairs)
