"""The Merkle tree of RFC 6962, on the eight leaves that everybody tests with."""

import itertools
from typing import Any

import pytest

from ledger.integrity.errors import ProofError
from ledger.integrity.merkle import EMPTY, EMPTY_ROOT, leaf_hash, node_hash, root_of
from ledger.integrity.proofs import (
    ConsistencyProof,
    InclusionProof,
    prove_consistency,
    prove_inclusion,
    verify_consistency,
    verify_inclusion,
)
from tests.conformance.vectors_of import read_vectors

VECTORS = read_vectors("rfc6962.json")
LEAVES = [bytes.fromhex(one) for one in VECTORS["leaves"]]
NODES = [[bytes.fromhex(one) for one in row] for row in VECTORS["nodes"]]
ROOTS = [bytes.fromhex(one) for one in VECTORS["roots"]]


def read_node(level: int, index: int) -> bytes:
    """Return a published node."""
    return NODES[level][index]


def path_of(case: dict[str, Any]) -> tuple[bytes, ...]:
    """Return the published path of a case."""
    return tuple(map(bytes.fromhex, case["path"]))


def test_nodes_have_the_published_hashes() -> None:
    """A leaf is hashed behind a 0, an inner node behind a 1."""
    assert [leaf_hash(leaf) for leaf in LEAVES] == NODES[0]
    for below, row in itertools.pairwise(NODES):
        pairs = zip(below[::2], below[1::2], strict=True)
        assert [node_hash(left, right) for left, right in pairs] == row


@pytest.mark.parametrize("size", range(9))
def test_trees_have_the_published_roots(size: int) -> None:
    """And the published complete subtrees."""
    frontier = EMPTY.extend(map(leaf_hash, LEAVES[:size]))

    assert root_of(LEAVES[:size]) == frontier.root() == ROOTS[size]
    assert [one.hex() for one in frontier.hashes] == VECTORS["frontiers"][size]


def test_the_empty_tree_has_the_published_root() -> None:
    """SHA-256 of nothing."""
    assert ROOTS[0] == EMPTY_ROOT


@pytest.mark.parametrize("case", VECTORS["inclusion"], ids=str)
def test_inclusion_is_proven_as_published(case: dict[str, Any]) -> None:
    """The path is made again, and accepted for its own leaf only."""
    position, size = case["position"], case["size"]
    proof = InclusionProof(position=position, size=size, path=path_of(case))

    assert prove_inclusion(position, size, read_node=read_node) == proof
    verify_inclusion(NODES[0][position], proof, root=ROOTS[size])
    with pytest.raises(ProofError):
        verify_inclusion(NODES[0][position ^ 1], proof, root=ROOTS[size])


@pytest.mark.parametrize("case", VECTORS["consistency"], ids=str)
def test_consistency_is_proven_as_published(case: dict[str, Any]) -> None:
    """The path is made again, and accepted for its own roots only."""
    first, second = case["first"], case["second"]
    proof = ConsistencyProof(first=first, second=second, path=path_of(case))

    assert prove_consistency(first, second, read_node=read_node) == proof
    verify_consistency(proof, first_root=ROOTS[first], second_root=ROOTS[second])
    with pytest.raises(ProofError):
        verify_consistency(proof, first_root=ROOTS[0], second_root=ROOTS[second])
    with pytest.raises(ProofError):
        verify_consistency(proof, first_root=ROOTS[first], second_root=ROOTS[0])
