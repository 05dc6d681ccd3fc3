"""Receipts: of what was just written, and of what was written long ago."""

from collections.abc import Sequence
from typing import Final, Protocol

from ledger.integrity.batch import read_header
from ledger.integrity.encoding import b64encode
from ledger.integrity.entries import Entry, read_entry, seal_entry
from ledger.integrity.jws import BATCH_TYP, has_typ
from ledger.integrity.merkle import Frontier, leaf_hash
from ledger.integrity.proofs import (
    NewNodes,
    ReadNode,
    frontier_at,
    prove_inclusion,
)
from ledger.integrity.receipts import (
    BatchProof,
    BatchReceipt,
    LineReceipt,
    SingleReceipt,
    texts,
)
from ledger.making import maker
from ledger.sequencer.framing import Placed
from ledger.sequencer.group import Group

Receipt = SingleReceipt | BatchReceipt

_new_single: Final = maker(SingleReceipt)


class NewReceipts:
    """Receipts of the entries of one group, from the tree before it and its leaves."""

    def __init__(
        self, group: Group, before: Frontier, *, leaves: Sequence[bytes], note: str
    ) -> None:
        """Take the group as it was committed under ``note``."""
        self._group = group
        self._before = before
        self._leaves = list(leaves)
        self._note = note
        self._nodes: NewNodes | None = None

    def receipt(self, placed: Placed, *, identity: str) -> Receipt:
        """Return the receipt of one accepted submission."""
        offset = placed.position - self._before.size
        if placed.count > 1 or self._group.entries[offset].topic == "batch.v1":
            return self._batch(placed, offset)
        if self._nodes is None:
            # Whoever wrote a batch needs none of them.
            self._nodes = NewNodes(self._before, self._leaves)
        size = self._before.size + len(self._leaves)
        proof = prove_inclusion(placed.position, size, read_node=self._nodes.read)
        # Of parts that were worked out here: nothing is left to be checked.
        return _new_single(
            position=placed.position,
            recorded_at=self._group.recorded_at,
            statement_id=identity,
            entry_hash=b64encode(self._leaves[offset]),
            inclusion_proof=texts(proof.path),
            checkpoint=self._note,
            tags=_tags_of(self._group.entries[offset].raw),
        )

    def _batch(self, placed: Placed, offset: int) -> BatchReceipt:
        frontier = self._before.extend(self._leaves[:offset])
        lines = self._group.entries[offset + 1 : offset + placed.count]
        return BatchReceipt(
            header_position=placed.position,
            recorded_at=self._group.recorded_at,
            count=len(lines),
            frontier=texts(frontier.hashes),
            checkpoint=self._note,
            tags=_tags_by_index([line.raw for line in lines]),
        )


def _tags_by_index(entries: Sequence[bytes]) -> dict[str, tuple[str, ...]] | None:
    tags = {
        str(index): tagged
        for index, raw in enumerate(entries)
        if (tagged := _tags_of(raw)) is not None
    }
    return tags or None


def _tags_of(raw: bytes) -> tuple[str, ...] | None:
    # Only a line with tags has the word in the bank's part: most are not parsed.
    end = raw.index(b"\n")
    return read_entry(raw).line.tags if raw.find(b'"tags":', 0, end) > 0 else None


class History(Protocol):
    """What old receipts are made from."""

    def read_raw(self, position: int) -> bytes:
        """Return the bytes of an entry."""
        ...

    def closing(self, position: int) -> tuple[int, str]:
        """Return size and note of the checkpoint that closed the entry's group."""
        ...

    def node_reader(self) -> ReadNode:
        """Return a reader of the tree's nodes."""
        ...


class OldReceipts:
    """Makes the receipt of any entry again, byte for byte as it was first given."""

    def __init__(self, history: History) -> None:
        """Read from the log."""
        self._history = history

    def receipt(self, position: int, *, identity: str) -> Receipt:
        """Return the receipt of the submission whose (first) entry stands there.

        Raises:
            StoreUnavailableError: the log could not be read.
        """
        entry = read_entry(self._history.read_raw(position))
        if entry.line.batch is not None:
            return self._line(entry, identity)
        if has_typ(entry.member_bytes, BATCH_TYP):
            return self._batch(entry)
        return self._own(entry, identity)

    def _own(self, entry: Entry, identity: str) -> SingleReceipt:
        position = entry.line.position
        size, note = self._history.closing(position)
        read_node = self._history.node_reader()
        raw = seal_entry(entry.line, entry.member_bytes)
        return SingleReceipt(
            position=position,
            recorded_at=entry.line.recorded_at,
            statement_id=identity,
            entry_hash=b64encode(leaf_hash(raw)),
            inclusion_proof=texts(
                prove_inclusion(position, size, read_node=read_node).path
            ),
            checkpoint=note,
            tags=entry.line.tags,
        )

    def _batch(self, entry: Entry) -> BatchReceipt:
        first = entry.line.position
        _, payload = read_header(entry.member_bytes)
        _, note = self._history.closing(first)
        positions = range(first + 1, first + 1 + payload.count)
        lines = [self._history.read_raw(position) for position in positions]
        frontier = frontier_at(first, self._history.node_reader())
        return BatchReceipt(
            header_position=first,
            recorded_at=entry.line.recorded_at,
            count=payload.count,
            frontier=texts(frontier.hashes),
            checkpoint=note,
            tags=_tags_by_index(lines),
        )

    def _line(self, entry: Entry, identity: str) -> LineReceipt:
        first, index = entry.line.batch or 0, entry.line.index or 0
        header = read_entry(self._history.read_raw(first))
        _, payload = read_header(header.member_bytes)
        size, _ = self._history.closing(first)
        read_node = self._history.node_reader()
        statements = [
            read_entry(self._history.read_raw(first + 1 + number)).member_bytes
            for number in range(payload.count)
        ]
        within = NewNodes(
            Frontier(size=0, hashes=()), [leaf_hash(one) for one in statements]
        )
        own = prove_inclusion(index, payload.count, read_node=within.read)
        return LineReceipt(
            **dict(self._own(entry, identity)),
            batch=BatchProof(
                header=header.member_bytes.decode("ascii"),
                header_position=first,
                header_proof=texts(
                    prove_inclusion(first, size, read_node=read_node).path
                ),
                index=index,
                path=texts(own.path),
            ),
        )
