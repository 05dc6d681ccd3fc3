"""Receipts of an honest ledger, with what their holders verify them against."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Final

from ledger.integrity.batch import read_header
from ledger.integrity.checkpoints import Checkpoint
from ledger.integrity.encoding import b64encode
from ledger.integrity.entries import Entry, read_entry
from ledger.integrity.jws import BATCH_TYP, has_typ
from ledger.integrity.merkle import EMPTY, leaf_hash
from ledger.integrity.proofs import NewNodes, frontier_at, prove_inclusion
from ledger.integrity.receipts import (
    BatchReceipt,
    LineReceipt,
    SingleReceipt,
    line_receipt,
    texts,
    verify_batch,
    verify_line,
    verify_single,
)
from tests.bank import ORIGIN
from tests.tampering.grounds import Ground

Receipt = SingleReceipt | BatchReceipt | LineReceipt


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A receipt, and how its holder verifies one like it."""

    receipt: Receipt
    verify: Callable[[Receipt], Checkpoint]


@cache
def _nodes(entries: tuple[bytes, ...]) -> NewNodes:
    return NewNodes(EMPTY, [leaf_hash(raw) for raw in entries])


def _entry(ground: Ground, position: int) -> Entry:
    return read_entry(ground.entries[position].raw)


def of_single(ground: Ground) -> Shown:
    """Return the receipt of the newest statement that was sent alone."""
    position = _newest(ground, is_batch=False)
    head = next(one for one in ground.read_heads if one.size > position)
    entry = _entry(ground, position)
    proof = prove_inclusion(position, head.size, read_node=_tree(ground).read)
    receipt = SingleReceipt(
        position=position,
        recorded_at=entry.line.recorded_at,
        statement_id="any",
        entry_hash=b64encode(leaf_hash(ground.entries[position].raw)),
        inclusion_proof=texts(proof.path),
        checkpoint=head.note,
        tags=entry.line.tags,
    )

    def check(one: Receipt) -> Checkpoint:
        assert isinstance(one, SingleReceipt)
        return verify_single(
            one, entry.member_bytes, origin=ORIGIN, key=ground.bank.checkpoint.public
        )

    return Shown(receipt=receipt, verify=check)


def of_batch(ground: Ground) -> Shown:
    """Return the receipt of the newest batch."""
    receipt, header, statements = _batch(ground)

    def check(one: Receipt) -> Checkpoint:
        assert isinstance(one, BatchReceipt)
        return verify_batch(
            one,
            header,
            statements=statements,
            origin=ORIGIN,
            key=ground.bank.checkpoint.public,
        )

    return Shown(receipt=receipt, verify=check)


def of_line(ground: Ground) -> Shown:
    """Return the receipt of a line of the newest batch."""
    batch, header, statements = _batch(ground)
    receipt = line_receipt(batch, header, statements=statements, index=1)

    def check(one: Receipt) -> Checkpoint:
        assert isinstance(one, LineReceipt)
        # Its holder verifies the header that the receipt names, and knows the key.
        _, payload = read_header(header)
        return verify_line(
            one,
            statements[1],
            origin=ORIGIN,
            key=ground.bank.checkpoint.public,
            header=payload,
        )

    return Shown(receipt=receipt, verify=check)


def _batch(ground: Ground) -> tuple[BatchReceipt, bytes, list[bytes]]:
    position = _newest(ground, is_batch=True)
    group = ground.group_of(position)
    header = _entry(ground, position)
    lines = [_entry(ground, one) for one in range(position + 1, group.last + 1)]
    tags = {str(one.line.index): one.line.tags for one in lines if one.line.tags}
    head = next(one for one in ground.read_heads if one.size > position)
    receipt = BatchReceipt(
        header_position=position,
        recorded_at=header.line.recorded_at,
        count=len(lines),
        frontier=texts(frontier_at(position, _tree(ground).read).hashes),
        checkpoint=head.note,
        tags=tags or None,
    )
    return receipt, header.member_bytes, [one.member_bytes for one in lines]


def _newest(ground: Ground, *, is_batch: bool) -> int:
    for position in range(ground.size - 1, 0, -1):
        entry = _entry(ground, position)
        said = entry.member_bytes
        is_line = entry.line.batch is not None
        if not is_line and has_typ(said, BATCH_TYP) is is_batch:
            return position
    raise LookupError(is_batch)


def _tree(ground: Ground) -> NewNodes:
    return _nodes(tuple(one.raw for one in ground.entries))


SHOWN: Final[Mapping[str, Callable[[Ground], Shown]]] = MappingProxyType(
    {"single": of_single, "batch": of_batch, "line": of_line}
)
