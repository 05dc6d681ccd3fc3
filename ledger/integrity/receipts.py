"""Receipts: proof in a member's hands that the log holds what it was given.

Three kinds: of a single statement, of a whole batch (the holder of the lines derives
every path), and of one line. Hashes are base64url of 32 bytes.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from ledger.integrity import canonical
from ledger.integrity.batch import BatchPayload
from ledger.integrity.checkpoints import Checkpoint, read_checkpoint
from ledger.integrity.encoding import HASH_PATTERN, b64decode, b64encode
from ledger.integrity.entries import BankLine, line_of_batch, seal_entry
from ledger.integrity.errors import CheckpointError, ProofError, ReceiptError
from ledger.integrity.instants import Instant
from ledger.integrity.jws import JWS_BYTES_MAX
from ledger.integrity.keys import PublicKey
from ledger.integrity.merkle import Frontier, leaf_hash
from ledger.integrity.proofs import (
    InclusionProof,
    NewNodes,
    prove_inclusion,
    verify_inclusion,
)

_Hash = Annotated[str, Field(pattern=HASH_PATTERN)]
_Path = Annotated[tuple[_Hash, ...], Field(max_length=64)]
_Position = Annotated[int, Field(ge=0, lt=2**53)]
_Tags = Annotated[tuple[_Hash, ...], Field(min_length=1, max_length=8)]
_Index = Annotated[str, Field(pattern=r"^(?:0|[1-9][0-9]{0,2})$")]


class _Receipt(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class SingleReceipt(_Receipt):
    """That a statement is entry ``position``. ``entry_hash`` is its leaf hash.

    ``statement_id`` is for filing: what proves the id are the statement's own bytes.
    """

    position: _Position
    recorded_at: Instant
    statement_id: str
    entry_hash: _Hash
    inclusion_proof: _Path
    checkpoint: str
    tags: _Tags | None = None


class BatchReceipt(_Receipt):
    """That a batch is in the log from ``header_position``, as its newest entries.

    ``frontier`` holds the complete subtrees of the log before the header, largest
    first; ``tags`` the bank's tags of lines, by index.
    """

    header_position: _Position
    recorded_at: Instant
    count: Annotated[int, Field(ge=1, le=1000)]
    frontier: _Path
    checkpoint: str
    tags: Mapping[_Index, _Tags] | None = None


class BatchProof(_Receipt):
    """What makes a line's bytes the member's own: the header that signed them."""

    header: Annotated[
        str, Field(pattern=r"^[A-Za-z0-9_.-]+$", max_length=JWS_BYTES_MAX)
    ]
    header_position: _Position
    header_proof: _Path
    index: _Position
    path: _Path


class LineReceipt(SingleReceipt):
    """That a line of a batch is entry ``position``, and that its member signed it."""

    batch: BatchProof


def verify_single(
    receipt: SingleReceipt, member_bytes: bytes, *, origin: str, key: PublicKey
) -> Checkpoint:
    """Check a single's receipt against the bytes that were sent.

    Raises:
        ReceiptError: the log is not proven to hold these bytes at that position.
    """
    raw = seal_entry(_line_of(receipt), member_bytes)
    return _verify(receipt, raw, origin=origin, key=key)


def verify_line(
    receipt: LineReceipt,
    statement: bytes,
    *,
    origin: str,
    key: PublicKey,
    header: BatchPayload,
) -> Checkpoint:
    """Check a line's receipt; ``header`` is the payload of its verified header.

    Raises:
        ReceiptError: the log is not proven to hold the line, the header, or the line
            was not among those that were signed.
    """
    batch = receipt.batch
    line = _line_of(receipt, batch=batch.header_position, index=batch.index)
    checkpoint = _verify(receipt, seal_entry(line, statement), origin=origin, key=key)
    own = BankLine(position=batch.header_position, recorded_at=receipt.recorded_at)
    _verify_path(
        leaf_hash(seal_entry(own, batch.header.encode("ascii"))),
        position=batch.header_position,
        size=checkpoint.size,
        path=batch.header_proof,
        root=checkpoint.root,
    )
    if receipt.position != batch.header_position + 1 + batch.index:
        raise ReceiptError(pointer="/batch/index")
    _verify_path(
        leaf_hash(statement),
        position=batch.index,
        size=header.count,
        path=batch.path,
        root=b64decode(header.root),
    )
    return checkpoint


def verify_batch(
    receipt: BatchReceipt,
    header: bytes,
    *,
    statements: Sequence[bytes],
    origin: str,
    key: PublicKey,
) -> Checkpoint:
    """Check a batch's receipt against the header and the lines that were sent.

    Raises:
        ReceiptError: the log is not proven to hold exactly these, in this order.
    """
    checkpoint = _signed(receipt.checkpoint, origin=origin, key=key)
    before = _frontier(receipt)
    after = before.extend(
        map(leaf_hash, _entries(receipt, header, statements=statements))
    )
    if (checkpoint.size, checkpoint.root) != (after.size, after.root()):
        raise ReceiptError(pointer="/checkpoint")
    return checkpoint


def line_receipt(
    receipt: BatchReceipt, header: bytes, *, statements: Sequence[bytes], index: int
) -> LineReceipt:
    """Derive the receipt of one line from a batch's receipt and all its lines."""
    entries = _entries(receipt, header, statements=statements)
    leaves = [leaf_hash(raw) for raw in entries]
    before = _frontier(receipt)
    size = before.size + len(leaves)
    nodes = NewNodes(before, leaves)
    first = receipt.header_position
    position = first + 1 + index
    within = NewNodes(Frontier(size=0, hashes=()), [leaf_hash(s) for s in statements])
    return LineReceipt(
        position=position,
        recorded_at=receipt.recorded_at,
        statement_id=_statement_id(statements[index]),
        entry_hash=b64encode(leaves[1 + index]),
        inclusion_proof=texts(
            prove_inclusion(position, size, read_node=nodes.read).path
        ),
        checkpoint=receipt.checkpoint,
        tags=(receipt.tags or {}).get(str(index)),
        batch=BatchProof(
            header=header.decode("ascii"),
            header_position=first,
            header_proof=texts(prove_inclusion(first, size, read_node=nodes.read).path),
            index=index,
            path=texts(
                prove_inclusion(index, len(statements), read_node=within.read).path
            ),
        ),
    )


def texts(hashes: Sequence[bytes]) -> tuple[str, ...]:
    """Return hashes as receipts spell them."""
    return tuple(map(b64encode, hashes))


def _line_of(
    receipt: SingleReceipt, *, batch: int | None = None, index: int | None = None
) -> BankLine:
    return BankLine(
        position=receipt.position,
        recorded_at=receipt.recorded_at,
        batch=batch,
        index=index,
        tags=receipt.tags,
    )


def _entries(
    receipt: BatchReceipt, header: bytes, *, statements: Sequence[bytes]
) -> list[bytes]:
    if len(statements) != receipt.count:
        raise ReceiptError(pointer="/count")
    first, recorded_at = receipt.header_position, receipt.recorded_at
    tags = receipt.tags or {}
    entries = [seal_entry(BankLine(position=first, recorded_at=recorded_at), header)]
    for index, statement in enumerate(statements):
        line = line_of_batch(
            first, index, recorded_at=recorded_at, tags=tags.get(str(index))
        )
        entries.append(seal_entry(line, statement))
    return entries


def _frontier(receipt: BatchReceipt) -> Frontier:
    if len(receipt.frontier) != receipt.header_position.bit_count():
        raise ReceiptError(pointer="/frontier")
    hashes = tuple(map(b64decode, receipt.frontier))
    return Frontier(size=receipt.header_position, hashes=hashes)


def _verify(
    receipt: SingleReceipt, raw: bytes, *, origin: str, key: PublicKey
) -> Checkpoint:
    leaf = leaf_hash(raw)
    if b64encode(leaf) != receipt.entry_hash:
        raise ReceiptError(pointer="/entry_hash")
    checkpoint = _signed(receipt.checkpoint, origin=origin, key=key)
    _verify_path(
        leaf,
        position=receipt.position,
        size=checkpoint.size,
        path=receipt.inclusion_proof,
        root=checkpoint.root,
    )
    return checkpoint


def _signed(note: str, *, origin: str, key: PublicKey) -> Checkpoint:
    try:
        return read_checkpoint(note, origin=origin, key=key)
    except CheckpointError as error:
        raise ReceiptError(pointer="/checkpoint") from error


def _verify_path(
    leaf: bytes, *, position: int, size: int, path: tuple[str, ...], root: bytes
) -> None:
    hashes = tuple(map(b64decode, path))
    proof = InclusionProof(position=position, size=size, path=hashes)
    try:
        verify_inclusion(leaf, proof, root=root)
    except ProofError as error:
        raise ReceiptError(pointer="/inclusion_proof") from error


def _statement_id(payload: bytes) -> str:
    value = canonical.loads(payload)
    return str(value.get("id")) if isinstance(value, dict) else ""
