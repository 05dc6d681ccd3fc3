"""What is wrong with a proof is named with the part it is wrong in."""

from typing import Final

import pytest

from ledger.integrity.checkpoints import Checkpoint, sign_checkpoint
from ledger.integrity.errors import IntegrityError, ProofError
from ledger.integrity.keys import KeyUse, SigningKey
from ledger.integrity.merkle import leaf_hash, node_hash
from ledger.integrity.notes_proof import (
    FIRST_LINE,
    PROOF_CHARACTERS_MAX,
    NoteProof,
    read_note_proof,
)
from ledger.integrity.proofs import (
    ConsistencyProof,
    InclusionProof,
    prove_consistency,
    prove_inclusion,
    roots_of,
    verify_consistency,
    verify_inclusion,
)
from tests.unit.integrity.recursive_tree import RecursiveTree

LEAVES: Final = [b"leaf %d" % number for number in range(9)]
TREE: Final = RecursiveTree(LEAVES)
LEAF: Final = leaf_hash(LEAVES[3])
PATH: Final = prove_inclusion(3, 7, read_node=TREE.node).path
STEPS: Final = prove_consistency(3, 7, read_node=TREE.node).path
OTHER: Final = bytes(32)
ORIGIN: Final = "bank.example/test"
KEY: Final = SigningKey.generate("operator", KeyUse.CHECKPOINT)
NOTE: Final = sign_checkpoint(Checkpoint(origin=ORIGIN, size=7, root=TREE.root(7)), KEY)
PROOF: Final = NoteProof(index=3, path=PATH, note=NOTE, extra=b"any")
TEXT: Final = PROOF.text()

Path = tuple[bytes, ...]


INCLUSIONS: Final[dict[str, tuple[int, int, Path, str]]] = {
    "before-the-tree": (-1, 7, PATH, "/position"),
    "behind-the-tree": (7, 7, PATH, "/position"),
    "no-tree": (0, 0, (), "/position"),
    "another-place": (2, 7, PATH, "/path"),
    "another-hash": (3, 7, (OTHER, *PATH[1:]), "/path"),
    "shorter": (3, 7, PATH[:-1], "/path"),
    "longer": (3, 7, (*PATH, OTHER), "/path"),
    "none": (3, 7, (), "/path"),
    "a-short-hash": (3, 7, (PATH[0][:31], *PATH[1:]), "/path"),
    "a-long-hash": (3, 7, (*PATH[:-1], PATH[-1] + b"\0"), "/path"),
}


@pytest.mark.parametrize(
    ("position", "size", "path", "pointer"), INCLUSIONS.values(), ids=INCLUSIONS.keys()
)
def test_an_inclusion_that_is_not_proven(
    position: int, size: int, path: Path, pointer: str
) -> None:
    """Where it fails is where whoever made it must look."""
    proof = InclusionProof(position=position, size=size, path=path)

    with pytest.raises(ProofError) as refused:
        verify_inclusion(LEAF, proof, root=TREE.root(7))

    assert (refused.value.code, refused.value.pointer) == ("proof-invalid", pointer)


ROOTS: Final = (TREE.root(3), TREE.root(7))
CONSISTENCIES: Final[dict[str, tuple[int, int, Path, tuple[bytes, bytes], str]]] = {
    "from-a-later-tree": (8, 7, (), ROOTS, "/first"),
    "from-a-later-tree-with-a-path": (8, 7, STEPS, ROOTS, "/first"),
    "from-no-tree": (0, 7, (), ROOTS, "/first"),
    "from-less-than-none": (-1, 7, (), ROOTS, "/first"),
    "between-no-trees": (0, 0, (), (OTHER, OTHER), "/first"),
    "equal-with-a-path": (7, 7, STEPS, (ROOTS[1], ROOTS[1]), "/path"),
    "equal-with-two-roots": (7, 7, (), ROOTS, "/path"),
    "none": (3, 7, (), ROOTS, "/path"),
    "another-hash": (3, 7, (OTHER, *STEPS[1:]), ROOTS, "/path"),
    "shorter": (3, 7, STEPS[:-1], ROOTS, "/path"),
    "longer": (3, 7, (*STEPS, OTHER), ROOTS, "/path"),
    "a-short-hash": (3, 7, (STEPS[0][:31], *STEPS[1:]), ROOTS, "/path"),
    "another-first-root": (3, 7, STEPS, (OTHER, ROOTS[1]), "/path"),
    "another-second-root": (3, 7, STEPS, (ROOTS[0], OTHER), "/path"),
}


@pytest.mark.parametrize(
    ("first", "second", "path", "roots", "pointer"),
    CONSISTENCIES.values(),
    ids=CONSISTENCIES.keys(),
)
def test_a_growth_that_is_not_proven(
    first: int, second: int, path: Path, *, roots: tuple[bytes, bytes], pointer: str
) -> None:
    """Either root counts, and a size that cannot be is named as such."""
    proof = ConsistencyProof(first=first, second=second, path=path)

    with pytest.raises(ProofError) as refused:
        verify_consistency(proof, first_root=roots[0], second_root=roots[1])

    assert (refused.value.code, refused.value.pointer) == ("proof-invalid", pointer)


def test_a_path_is_no_longer_than_the_tree_is_high() -> None:
    """Though it leads to the root: a node would pass for a leaf of a smaller tree."""
    left, right = leaf_hash(b"left"), leaf_hash(b"right")
    root = node_hash(left, right)
    low = InclusionProof(position=0, size=1, path=(left,))

    with pytest.raises(ProofError) as refused:
        verify_inclusion(right, low, root=root)

    assert refused.value.pointer == "/path"


@pytest.mark.parametrize(
    ("first", "second", "path"),
    [
        (0, 7, STEPS),
        (-1, 7, STEPS),
        (7, 7, STEPS),
        (8, 7, STEPS),
        # This one would lead to the tree itself, from itself.
        (6, 6, (TREE.node(1, 2), TREE.node(2, 0))),
        (3, 7, ()),
        (3, 7, STEPS[:-1]),
        (3, 7, (*STEPS, OTHER)),
        (3, 7, (*STEPS[:-1], b"")),
    ],
)
def test_a_path_that_leads_nowhere_has_no_roots(
    first: int, second: int, path: Path
) -> None:
    """So that nobody is accused of a fork because of it."""
    proof = ConsistencyProof(first=first, second=second, path=path)

    assert roots_of(proof, first_root=ROOTS[0]) is None


def test_a_path_that_leads_has_both_roots() -> None:
    """The first root given counts only where it is part of the path."""
    proof = ConsistencyProof(first=3, second=7, path=STEPS)
    power = prove_consistency(4, 7, read_node=TREE.node)

    assert roots_of(proof, first_root=OTHER) == ROOTS
    assert roots_of(power, first_root=TREE.root(4)) == (TREE.root(4), ROOTS[1])
    one = prove_consistency(1, 2, read_node=TREE.node)
    assert roots_of(one, first_root=TREE.root(1)) == (TREE.root(1), TREE.root(2))


def _base64(path: str) -> str:
    return TEXT.replace(TEXT.split("\n")[3], path)


def test_a_proof_as_text_has_a_greatest_length() -> None:
    """A sign more is refused, whatever it would be."""
    longest = TEXT.ljust(PROOF_CHARACTERS_MAX, "x")

    assert read_note_proof(longest).text() == longest
    with pytest.raises(ProofError):
        read_note_proof(longest + "x")


TEXTS: Final = {
    "empty": ("", "/checkpoint"),
    "no-checkpoint": (TEXT.partition("\n\n")[0] + "\n\n", "/checkpoint"),
    "no-empty-line": (TEXT.partition("\n\n")[0] + "\n", "/checkpoint"),
    "endless": (TEXT + " " * PROOF_CHARACTERS_MAX, "/checkpoint"),
    "another-version": (TEXT.replace("@v1", "@v2", 1), "/version"),
    "extra-no-base64": (TEXT.replace("extra ", "extra !", 1), "/extra"),
    "extra-with-stray-bits": (
        NoteProof(index=3, path=PATH, note=NOTE, extra=b"a")
        .text()
        .replace("extra YQ==", "extra YR==", 1),
        "/extra",
    ),
    "extra-after-index": (
        NoteProof(index=3, path=PATH, note=NOTE)
        .text()
        .replace("index 3", "index 3\nextra YQ==", 1),
        "/path",
    ),
    "no-index": (f"{FIRST_LINE}\n\n{NOTE}", "/index"),
    "no-index-but-a-path": (TEXT.replace("index 3\n", "", 1), "/index"),
    "index-respelled": (TEXT.replace("index 3", "index 03", 1), "/index"),
    "index-negative": (TEXT.replace("index 3", "index -3", 1), "/index"),
    "index-endless": (TEXT.replace("index 3", "index " + "9" * 17, 1), "/index"),
    "no-base64": (_base64("!"), "/path"),
    "stray-bits": (_base64("A" * 42 + "B="), "/path"),
    "needless-padding": (_base64("A" * 44 + "="), "/path"),
    "31-bytes": (_base64("A" * 42 + "=="), "/path"),
    "33-bytes": (_base64("A" * 44), "/path"),
    "65-hashes": (
        NoteProof(index=3, path=(OTHER,) * 65, note=NOTE).text(),
        "/path",
    ),
}


@pytest.mark.parametrize(("text", "pointer"), TEXTS.values(), ids=TEXTS.keys())
def test_a_proof_as_text_of_another_form(text: str, pointer: str) -> None:
    """One proof has one text."""
    with pytest.raises(ProofError) as refused:
        read_note_proof(text)

    assert (refused.value.code, refused.value.pointer) == ("proof-invalid", pointer)


UNPROVEN: Final[dict[str, tuple[NoteProof, str, str]]] = {
    "index-outside": (NoteProof(index=7, path=PATH, note=NOTE), "/position", "proof"),
    "another-path": (NoteProof(index=3, path=PATH[1:], note=NOTE), "/path", "proof"),
    "another-origin": (
        NoteProof(index=3, path=PATH, note=NOTE.replace("bank", "bunk")),
        "/origin",
        "checkpoint",
    ),
    "another-size": (
        NoteProof(index=3, path=PATH, note=NOTE.replace("\n7\n", "\n8\n")),
        "/signature",
        "checkpoint",
    ),
    "no-note": (NoteProof(index=3, path=PATH, note="any"), "", "checkpoint"),
}


@pytest.mark.parametrize(
    ("proof", "pointer", "kind"), UNPROVEN.values(), ids=UNPROVEN.keys()
)
def test_a_proof_as_text_that_proves_nothing(
    proof: NoteProof, pointer: str, kind: str
) -> None:
    """Its form is right; the checkpoint is looked at first."""
    with pytest.raises(IntegrityError) as refused:
        proof.verify(LEAF, origin=ORIGIN, key=KEY.public)

    assert refused.value.code == f"{kind}-invalid"
    assert refused.value.pointer == pointer


def test_a_proof_as_text_is_read_back() -> None:
    """With and without what nothing vouches for, and with the longest path."""
    bare = NoteProof(index=0, path=(), note=NOTE)
    longest = NoteProof(index=10**16 - 1, path=(OTHER,) * 64, note=NOTE)

    for one in (PROOF, bare, longest):
        assert read_note_proof(one.text()) == one
    assert PROOF.verify(LEAF, origin=ORIGIN, key=KEY.public).size == 7
