"""Every tree of up to 70 leaves, every proof in it, against the RFC's recursion."""

from typing import Final

import pytest

from ledger.integrity.errors import ProofError
from ledger.integrity.merkle import EMPTY, Frontier, leaf_hash, root_of
from ledger.integrity.proofs import (
    ConsistencyProof,
    InclusionProof,
    NewNodes,
    frontier_at,
    prove_consistency,
    prove_inclusion,
    range_hash,
    verify_consistency,
    verify_inclusion,
)
from tests.unit.integrity.recursive_tree import RecursiveTree

SIZE_MAX: Final = 70
LEAVES: Final = [b"leaf %d" % number for number in range(SIZE_MAX)]
HASHES: Final = [leaf_hash(leaf) for leaf in LEAVES]
TREE: Final = RecursiveTree(LEAVES)


@pytest.mark.parametrize("size", range(SIZE_MAX + 1))
def test_a_tree_has_the_root_of_the_recursion(size: int) -> None:
    """Grown leaf by leaf, grown at once, or cut out of a larger one."""
    grown = EMPTY
    for one in HASHES[:size]:
        grown = grown.append(one)

    assert grown == EMPTY.extend(HASHES[:size]) == frontier_at(size, TREE.node)
    assert grown.root() == root_of(LEAVES[:size]) == TREE.root(size)
    assert (grown.size, len(grown.hashes)) == (size, size.bit_count())


@pytest.mark.parametrize("size", range(1, SIZE_MAX + 1))
def test_every_leaf_is_proven_to_be_included(size: int) -> None:
    """With the path of the recursion, and at no other position."""
    for position in range(size):
        proof = prove_inclusion(position, size, read_node=TREE.node)

        assert list(proof.path) == TREE.path(position, size)
        verify_inclusion(HASHES[position], proof, root=TREE.root(size))
        for other in {position - 1, position + 1, size - 1 - position} - {position}:
            moved = InclusionProof(position=other, size=size, path=proof.path)
            with pytest.raises(ProofError):
                verify_inclusion(HASHES[position], moved, root=TREE.root(size))


@pytest.mark.parametrize("second", range(1, SIZE_MAX + 1))
def test_every_earlier_tree_is_proven_to_be_a_prefix(second: int) -> None:
    """With the path of the recursion, and for no other size."""
    for first in range(1, second + 1):
        proof = prove_consistency(first, second, read_node=TREE.node)
        roots = {"first_root": TREE.root(first), "second_root": TREE.root(second)}

        assert list(proof.path) == TREE.proof(first, second)
        verify_consistency(proof, **roots)
        for other in {first - 1, first + 1, second + 1} - {first}:
            moved = ConsistencyProof(first=other, second=second, path=proof.path)
            with pytest.raises(ProofError):
                verify_consistency(moved, **roots)


@pytest.mark.parametrize("before", [0, 1, 2, 3, 4, 7, 8, 31, 32, 33, 63, 64, 69])
def test_new_leaves_are_proven_from_the_old_frontier(before: int) -> None:
    """Without a look at anything that was written earlier."""
    frontier = frontier_at(before, TREE.node)
    nodes = NewNodes(frontier, HASHES[before:])

    for position in range(before, SIZE_MAX):
        proof = prove_inclusion(position, SIZE_MAX, read_node=nodes.read)
        assert list(proof.path) == TREE.path(position, SIZE_MAX)


def test_a_node_is_hashed_once() -> None:
    """However many paths lead through it: what was made is kept, and told again."""
    nodes = NewNodes(EMPTY, HASHES)

    assert nodes.read(4, 2) is nodes.read(4, 2)
    assert nodes.read(4, 2) == TREE.node(4, 2)


def test_a_range_is_hashed_as_a_subtree() -> None:
    """Of any length, where a subtree of that length may start."""
    for length in range(1, 33):
        expected = RecursiveTree(LEAVES[32 : 32 + length]).root(length)
        assert range_hash(32, 32 + length, read_node=TREE.node) == expected


@pytest.mark.parametrize(("position", "size"), [(0, 0), (1, 1), (-1, 3), (5, 4)])
def test_a_leaf_outside_the_tree_has_no_proof(position: int, size: int) -> None:
    """Neither made nor accepted."""
    with pytest.raises(ProofError) as refused:
        prove_inclusion(position, size, read_node=TREE.node)
    assert refused.value.pointer == "/position"

    proof = InclusionProof(position=position, size=size, path=())
    with pytest.raises(ProofError):
        verify_inclusion(HASHES[0], proof, root=HASHES[0])


@pytest.mark.parametrize(("first", "second"), [(0, 0), (0, 5), (6, 5), (-1, 5)])
def test_a_later_tree_is_no_prefix(first: int, second: int) -> None:
    """And the empty one proves nothing."""
    with pytest.raises(ProofError) as refused:
        prove_consistency(first, second, read_node=TREE.node)
    assert refused.value.pointer == "/first"

    proof = ConsistencyProof(first=first, second=second, path=())
    with pytest.raises(ProofError):
        verify_consistency(
            proof, first_root=TREE.root(max(0, first)), second_root=TREE.root(second)
        )


def test_equal_trees_need_no_path() -> None:
    """A path would be another spelling, and other roots are another tree."""
    same = TREE.root(5)
    empty = ConsistencyProof(first=5, second=5, path=())
    padded = ConsistencyProof(first=5, second=5, path=(same,))
    missing = ConsistencyProof(first=4, second=5, path=())

    verify_consistency(empty, first_root=same, second_root=same)
    for proof, root in ((padded, same), (empty, TREE.root(6)), (missing, same)):
        with pytest.raises(ProofError):
            verify_consistency(proof, first_root=same, second_root=root)


def test_a_hash_of_another_length_is_refused() -> None:
    """Two of 16 bytes would be hashed as one of 32."""
    inclusion = prove_inclusion(3, 7, read_node=TREE.node)
    consistency = prove_consistency(3, 7, read_node=TREE.node)

    for cut in (0, 31, 33):
        path = (*inclusion.path[:-1], (inclusion.path[-1] + b"\0")[:cut])
        with pytest.raises(ProofError):
            verify_inclusion(
                HASHES[3],
                InclusionProof(position=3, size=7, path=path),
                root=TREE.root(7),
            )
        path = (*consistency.path[:-1], (consistency.path[-1] + b"\0")[:cut])
        with pytest.raises(ProofError):
            verify_consistency(
                ConsistencyProof(first=3, second=7, path=path),
                first_root=TREE.root(3),
                second_root=TREE.root(7),
            )


@pytest.mark.parametrize("cut", [0, 16, 31, 33, 48, 64])
def test_a_node_is_not_split_elsewhere(cut: int) -> None:
    """Two children are hashed as one string, which would fit if cut anywhere."""
    both = HASHES[0] + HASHES[1]
    left, right = both[:cut], both[cut:]

    with pytest.raises(ProofError):
        verify_inclusion(
            left,
            InclusionProof(position=0, size=2, path=(right,)),
            root=TREE.root(2),
        )
    with pytest.raises(ProofError):
        verify_consistency(
            ConsistencyProof(first=1, second=2, path=(right,)),
            first_root=left,
            second_root=TREE.root(2),
        )


def test_a_frontier_does_not_change() -> None:
    """Growing gives another one."""
    before = frontier_at(3, TREE.node)

    before.extend(HASHES[3:9])

    assert before == Frontier(size=3, hashes=frontier_at(3, TREE.node).hashes)
