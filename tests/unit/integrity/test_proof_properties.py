"""Proofs, for trees of any size and for every change to them."""

from typing import Final

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ledger.integrity.errors import ProofError
from ledger.integrity.merkle import EMPTY, leaf_hash
from ledger.integrity.proofs import (
    ConsistencyProof,
    InclusionProof,
    NewNodes,
    prove_consistency,
    prove_inclusion,
    verify_consistency,
    verify_inclusion,
)
from tests.unit.integrity.recursive_tree import RecursiveTree

SIZE_MAX: Final = 1100
LEAVES: Final = [b"%d" % number for number in range(SIZE_MAX)]
HASHES: Final = [leaf_hash(leaf) for leaf in LEAVES]
NODES: Final = NewNodes(EMPTY, HASHES)
TREE: Final = RecursiveTree(LEAVES)
SIZES: Final = st.integers(1, SIZE_MAX)

Path = tuple[bytes, ...]


@st.composite
def changed_paths(draw: st.DrawFn, path: Path) -> Path:
    """Return a path that differs: in a bit, in its order or in its length."""
    hashes = list(path)
    at = draw(st.integers(0, len(hashes)))
    kinds = ["longer"] + ["shorter", "bit", "order"] * bool(hashes)
    match draw(st.sampled_from(kinds)):
        case "longer":
            hashes.insert(at, draw(st.sampled_from([*HASHES[:8], *path])))
        case "shorter":
            hashes.pop(at % len(hashes))
        case "bit":
            bit = draw(st.integers(0, 255))
            number = int.from_bytes(hashes[at % len(hashes)]) ^ 1 << bit
            hashes[at % len(hashes)] = number.to_bytes(32)
        case _:
            hashes = draw(st.permutations(hashes))
    assume(tuple(hashes) != path)
    return tuple(hashes)


@given(SIZES, st.data())
def test_an_altered_inclusion_proof_is_refused(size: int, data: st.DataObject) -> None:
    """Whichever leaf it is of."""
    position = data.draw(st.integers(0, size - 1))
    proof = prove_inclusion(position, size, read_node=NODES.read)
    verify_inclusion(HASHES[position], proof, root=TREE.root(size))

    path = data.draw(changed_paths(proof.path))
    altered = InclusionProof(position=position, size=size, path=path)

    with pytest.raises(ProofError):
        verify_inclusion(HASHES[position], altered, root=TREE.root(size))


@given(SIZES, st.data())
def test_an_inclusion_proof_is_for_one_leaf(size: int, data: st.DataObject) -> None:
    """Another leaf, or the right one at another position, is refused."""
    position, other = (data.draw(st.integers(0, size - 1)) for _ in range(2))
    assume(position != other)
    proof = prove_inclusion(position, size, read_node=NODES.read)
    moved = InclusionProof(position=other, size=size, path=proof.path)

    with pytest.raises(ProofError):
        verify_inclusion(HASHES[other], proof, root=TREE.root(size))
    with pytest.raises(ProofError):
        verify_inclusion(HASHES[position], moved, root=TREE.root(size))


@given(SIZES, st.data())
def test_an_altered_consistency_proof_is_refused(
    second: int, data: st.DataObject
) -> None:
    """Whichever two trees it joins."""
    first = data.draw(st.integers(1, second))
    proof = prove_consistency(first, second, read_node=NODES.read)
    roots = {"first_root": TREE.root(first), "second_root": TREE.root(second)}
    verify_consistency(proof, **roots)

    path = data.draw(changed_paths(proof.path))
    altered = ConsistencyProof(first=first, second=second, path=path)

    with pytest.raises(ProofError):
        verify_consistency(altered, **roots)


@given(SIZES, st.data())
def test_a_history_that_was_rewritten_is_not_consistent(
    second: int, data: st.DataObject
) -> None:
    """Its root is another one, whatever proof comes with it."""
    first = data.draw(st.integers(1, second))
    proof = prove_consistency(first, second, read_node=NODES.read)
    at = data.draw(st.integers(0, first - 1))
    rewritten = [*LEAVES[:at], b"other", *LEAVES[at + 1 : second]]

    with pytest.raises(ProofError):
        verify_consistency(
            proof,
            first_root=TREE.root(first),
            second_root=RecursiveTree(rewritten).root(second),
        )


@given(st.lists(st.integers(0, 300), max_size=6))
def test_a_frontier_grows_to_the_root_of_the_recursion(steps: list[int]) -> None:
    """In whatever groups the leaves come."""
    frontier, size = EMPTY, 0
    for step in steps:
        end = min(size + step, SIZE_MAX)
        frontier, size = frontier.extend(HASHES[size:end]), end

    assert frontier.size == size
    assert frontier.root() == TREE.root(size)
