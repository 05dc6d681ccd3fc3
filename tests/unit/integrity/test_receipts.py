"""A receipt proves what it says, and nothing that was changed in it goes unseen."""

from collections.abc import Callable
from typing import Any, Final

import orjson
import pytest
from pydantic import ValidationError

from ledger.integrity import canonical
from ledger.integrity.batch import BatchLine, read_batch, read_header, seal_batch
from ledger.integrity.checkpoints import Checkpoint, parse_note, sign_checkpoint
from ledger.integrity.encoding import b64encode
from ledger.integrity.entries import BankLine, seal_entry
from ledger.integrity.errors import ReceiptError
from ledger.integrity.jws import STATEMENT_TYP, sign_jws
from ledger.integrity.keys import KeyUse, SigningKey
from ledger.integrity.merkle import EMPTY, leaf_hash
from ledger.integrity.proofs import NewNodes, prove_inclusion
from ledger.integrity.receipts import (
    BatchProof,
    BatchReceipt,
    LineReceipt,
    SingleReceipt,
    line_receipt,
    texts,
    verify_batch,
    verify_line,
    verify_single,
)
from tests.unit.integrity.forge import KEY, header_payload, statement

ORIGIN: Final = "bank.example/test"
BANK: Final = SigningKey.generate("operator", KeyUse.CHECKPOINT)
AT: Final = "2026-11-22T08:00:01.000Z"
BEFORE: Final = EMPTY.extend(leaf_hash(b"%d" % number) for number in range(5))
SINGLE: Final = sign_jws(KEY, b'{"id":"an-id"}', typ=STATEMENT_TYP)
TAG: Final = b64encode(bytes(32))
STATEMENTS: Final = [
    canonical.dumps({"id": f"line-{number}", "number": number}) for number in range(3)
]
HEADER: Final = read_batch(
    seal_batch(
        KEY, header_payload(), lines=[BatchLine(statement=s) for s in STATEMENTS]
    )
).header.raw
PAYLOAD: Final = read_header(HEADER)[1]


def _note(leaves: list[bytes]) -> str:
    tree = BEFORE.extend(leaves)
    head = Checkpoint(origin=ORIGIN, size=tree.size, root=tree.root())
    return sign_checkpoint(head, BANK)


def _single() -> SingleReceipt:
    line = BankLine(position=5, recorded_at=AT, tags=(TAG,))
    leaf = leaf_hash(seal_entry(line, SINGLE))
    proof = prove_inclusion(5, 6, read_node=NewNodes(BEFORE, [leaf]).read)
    return SingleReceipt(
        position=5,
        recorded_at=AT,
        statement_id="an-id",
        entry_hash=b64encode(leaf),
        inclusion_proof=texts(proof.path),
        checkpoint=_note([leaf]),
        tags=(TAG,),
    )


def _batch() -> BatchReceipt:
    own = BankLine(position=5, recorded_at=AT)
    raws = [seal_entry(own, HEADER)]
    for index, one in enumerate(STATEMENTS):
        tags = (TAG,) if index == 1 else None
        line = BankLine(
            position=6 + index, recorded_at=AT, batch=5, index=index, tags=tags
        )
        raws.append(seal_entry(line, one))
    return BatchReceipt(
        header_position=5,
        recorded_at=AT,
        count=3,
        frontier=texts(BEFORE.hashes),
        checkpoint=_note([leaf_hash(raw) for raw in raws]),
        tags={"1": (TAG,)},
    )


RECEIPT: Final = _single()
OF_BATCH: Final = _batch()


def check_single(receipt: SingleReceipt, raw: bytes = SINGLE) -> Checkpoint:
    """Verify a single's receipt with the bank's key."""
    return verify_single(receipt, raw, origin=ORIGIN, key=BANK.public)


def check_batch(
    receipt: BatchReceipt, statements: list[bytes], *, header: bytes = HEADER
) -> Checkpoint:
    """Verify a batch's receipt with the bank's key."""
    return verify_batch(
        receipt, header, statements=statements, origin=ORIGIN, key=BANK.public
    )


def check_line(receipt: LineReceipt, raw: bytes) -> Checkpoint:
    """Verify a line's receipt with the bank's key."""
    return verify_line(receipt, raw, origin=ORIGIN, key=BANK.public, header=PAYLOAD)


def of_line(index: int) -> LineReceipt:
    """Derive the receipt of a line from that of its batch."""
    return line_receipt(OF_BATCH, HEADER, statements=STATEMENTS, index=index)


def test_a_receipt_of_a_single_holds() -> None:
    """Under the checkpoint that it carries."""
    assert check_single(RECEIPT).size == 6
    with pytest.raises(ReceiptError) as refused:
        check_single(RECEIPT, SINGLE + b"A")
    assert refused.value.pointer == "/entry_hash"


def test_a_receipt_of_a_batch_holds() -> None:
    """For these lines in this order under this header."""
    swapped = [STATEMENTS[1], STATEMENTS[0], STATEMENTS[2]]

    assert check_batch(OF_BATCH, STATEMENTS).size == 9
    for other in (swapped, [*STATEMENTS[:2], statement(9)], STATEMENTS[:2]):
        with pytest.raises(ReceiptError):
            check_batch(OF_BATCH, other)
    with pytest.raises(ReceiptError):
        check_batch(OF_BATCH, STATEMENTS, header=HEADER + b"A")


@pytest.mark.parametrize(("size", "first"), [(10, 0), (9, 1)])
def test_a_checkpoint_over_another_tree_is_no_receipt(size: int, first: int) -> None:
    """Though the bank signed it: of another size, or under another root."""
    root = parse_note(OF_BATCH.checkpoint)[0].root
    head = Checkpoint(origin=ORIGIN, size=size, root=root[first:] + root[:first])
    changed = OF_BATCH.model_dump() | {"checkpoint": sign_checkpoint(head, BANK)}

    with pytest.raises(ReceiptError) as refused:
        check_batch(BatchReceipt.model_validate(changed), STATEMENTS)

    assert refused.value.pointer == "/checkpoint"


@pytest.mark.parametrize("index", range(3))
def test_a_receipt_of_a_line_is_derived_and_holds(index: int) -> None:
    """From the batch's receipt and its lines, without asking the bank."""
    receipt = of_line(index)

    assert check_line(receipt, STATEMENTS[index]).size == 9
    assert receipt.position == 6 + index
    assert receipt.tags == ((TAG,) if index == 1 else None)
    with pytest.raises(ReceiptError):
        check_line(receipt, STATEMENTS[index - 1])
    # It is the receipt of a line: as a single's it says something else.
    with pytest.raises(ReceiptError):
        check_single(receipt, STATEMENTS[index])


def _flip(text: str) -> str:
    return ("A" if text[0] != "A" else "E") + text[1:]


# Any: the receipt as JSON.
CHANGES: Final[dict[str, Callable[[dict[str, Any]], object]]] = {
    "position": lambda r: r.update(position=4),
    "recorded_at": lambda r: r.update(recorded_at="2026-11-22T08:00:02.000Z"),
    "entry_hash": lambda r: r.update(entry_hash=_flip(r["entry_hash"])),
    "path": lambda r: r["inclusion_proof"].__setitem__(0, "A" * 43),
    "path-shorter": lambda r: r["inclusion_proof"].pop(),
    "path-longer": lambda r: r["inclusion_proof"].append("A" * 43),
    "checkpoint": lambda r: r.update(checkpoint=r["checkpoint"].replace("6", "7", 1)),
    "no-tags": lambda r: r.pop("tags"),
    "other-tags": lambda r: r.update(tags=[TAG, TAG]),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_changed_receipt_does_not_hold(
    change: Callable[[dict[str, Any]], object],
) -> None:
    """Every field but the statement's id, which the bytes themselves prove."""
    content = orjson.loads(RECEIPT.model_dump_json(exclude_none=True))
    change(content)
    changed = SingleReceipt.model_validate_json(orjson.dumps(content))

    with pytest.raises(ReceiptError):
        check_single(changed)


OF_BATCH_CHANGES: Final[dict[str, dict[str, object]]] = {
    "header_position": {"header_position": 6},
    "count": {"count": 2},
    "recorded_at": {"recorded_at": "2026-11-22T08:00:02.000Z"},
    "frontier": {"frontier": ["A" * 43] * 2},
    "frontier-longer": {"frontier": ["A" * 43] * 3},
    "frontier-empty": {"frontier": []},
    "checkpoint": {"checkpoint": RECEIPT.checkpoint},
    "no-tags": {"tags": {}},
    "tags-of-another-line": {"tags": {"2": [TAG]}},
}


@pytest.mark.parametrize(
    "changes", OF_BATCH_CHANGES.values(), ids=OF_BATCH_CHANGES.keys()
)
def test_a_changed_receipt_of_a_batch_does_not_hold(
    changes: dict[str, object],
) -> None:
    """Every field of it is needed."""
    content = orjson.loads(OF_BATCH.model_dump_json()) | changes
    changed = BatchReceipt.model_validate_json(orjson.dumps(content))

    with pytest.raises(ReceiptError):
        check_batch(changed, STATEMENTS)


OF_LINE_CHANGES: Final[dict[str, dict[str, object]]] = {
    "header": {"header": "a.b.c"},
    "header_position": {"header_position": 4},
    "header_proof": {"header_proof": []},
    "index": {"index": 2},
    "path": {"path": ["A" * 43] * 2},
    "path-empty": {"path": []},
}


@pytest.mark.parametrize(
    "changes", OF_LINE_CHANGES.values(), ids=OF_LINE_CHANGES.keys()
)
def test_a_changed_receipt_of_a_line_does_not_hold(changes: dict[str, object]) -> None:
    """Neither for the log nor for the batch."""
    content = orjson.loads(of_line(1).model_dump_json())
    content["batch"] |= changes
    changed = LineReceipt.model_validate_json(orjson.dumps(content))

    with pytest.raises(ReceiptError):
        check_line(changed, STATEMENTS[1])


def test_a_bank_that_files_a_line_elsewhere_is_found() -> None:
    """All of it is in the log, but the lines do not follow their header in order."""
    raws = [seal_entry(BankLine(position=5, recorded_at=AT), HEADER)]
    for position, index in ((6, 0), (7, 2), (8, 1)):
        line = BankLine(position=position, recorded_at=AT, batch=5, index=index)
        raws.append(seal_entry(line, STATEMENTS[index]))
    leaves = [leaf_hash(raw) for raw in raws]
    proof = prove_inclusion(7, 9, read_node=NewNodes(BEFORE, leaves).read)
    header_proof = prove_inclusion(5, 9, read_node=NewNodes(BEFORE, leaves).read)
    right = of_line(2)
    batch = {**dict(right.batch), "header_proof": texts(header_proof.path)}
    changes = {
        "position": 7,
        "entry_hash": b64encode(leaves[2]),
        "inclusion_proof": texts(proof.path),
        "checkpoint": _note(leaves),
        "batch": BatchProof(**batch),
    }

    with pytest.raises(ReceiptError) as refused:
        check_line(LineReceipt(**{**dict(right), **changes}), STATEMENTS[2])

    assert refused.value.pointer == "/batch/index"


FORMS: Final[dict[str, dict[str, object]]] = {
    "stray-bits": {"entry_hash": "A" * 42 + "B"},
    "padding": {"entry_hash": "A" * 43 + "="},
    "other-zone": {"recorded_at": "2026-11-22T08:00:01.000+00:00"},
    "no-such-day": {"recorded_at": "2026-02-30T08:00:01.000Z"},
    "position-as-text": {"position": "5"},
    "endless-path": {"inclusion_proof": ["A" * 43] * 65},
    "further-field": {"note": 1},
}


@pytest.mark.parametrize("changes", FORMS.values(), ids=FORMS.keys())
def test_another_form_is_no_receipt(changes: dict[str, object]) -> None:
    """One receipt has one reading."""
    content = orjson.loads(RECEIPT.model_dump_json()) | changes

    with pytest.raises(ValidationError):
        SingleReceipt.model_validate_json(orjson.dumps(content))


@pytest.mark.parametrize("index", ["01", "-1", "1000", "x", ""])
def test_tags_of_no_line_are_no_part_of_a_receipt(index: str) -> None:
    """They are named by the index of their line, in one spelling."""
    content = orjson.loads(OF_BATCH.model_dump_json()) | {"tags": {index: [TAG]}}

    with pytest.raises(ValidationError):
        BatchReceipt.model_validate_json(orjson.dumps(content))
