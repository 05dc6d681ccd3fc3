"""Follows the tree as entries come, and holds every checkpoint against it.

The checks of one checkpoint, numbered in the code:

1. Its row can be read, and is the next in the head's stream.
2. Its note is signed by a checkpoint key of the operator, and says what the row says.
3. It covers exactly the entries since the one before, which all carry its instant.
4. Its root is the root of all entries so far; its frontier leads to the same root, by
   the same subtrees: a writer grows the tree from them.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, Protocol

from ledger.audit.findings import Finding
from ledger.audit.progress.form import FrontierKept, TraceKept, TreeKept
from ledger.audit.progress.trace import Trace
from ledger.integrity.checkpoints import Checkpoint, read_checkpoint
from ledger.integrity.encoding import b64decode, b64encode
from ledger.integrity.errors import CheckpointError
from ledger.integrity.keys import PublicKey
from ledger.integrity.merkle import EMPTY, Frontier
from ledger.store.heads import HEAD_TOPIC, Head, StoredHead, read_head_state

_LEAVES_MAX: Final = 1_000
"""The tree grows by so many at a time, even if nobody asks for its root."""


class HeldToTree(Protocol):
    """Checkpoints from elsewhere that the tree of the entries is held against."""

    @property
    def next_size(self) -> int | None:
        """At which size of the tree the next comparison is due."""
        ...

    def compare(self, frontier: Frontier) -> None:
        """Compare all that is due at this size."""
        ...

    def finish(self, size: int) -> None:
        """Report what is left when there are no more entries."""
        ...


class TreeCheck:
    """The tree over the entries read so far, and the checkpoints still to come."""

    def __init__(
        self,
        heads: Iterator[StoredHead],
        *,
        origin: str,
        keys: Callable[[], Iterable[PublicKey]],
        others: Sequence[HeldToTree] = (),
        kept: TreeKept | None = None,
    ) -> None:
        """Stand before entry 0, or where another call has stopped.

        Raises:
            SourceChangedError: the heads that it has passed are others now.
        """
        self.findings: list[Finding] = []
        self.frontier = EMPTY
        self.checked_size = 0
        self.checked_root = b""
        self.checked_note = ""
        self._others = others
        self._origin = origin
        self._keys = keys
        self._heads = heads
        self._version = 0
        self._group: list[str] = []
        self._leaves: list[bytes] = []
        self._trace = Trace()
        if kept is not None:
            self._go_on(kept)
        self._next = self._read_next()

    @property
    def size(self) -> int:
        """How many entries were read."""
        return self.frontier.size + len(self._leaves)

    def leaf(self, leaf_hash: bytes, *, recorded_at: str | None) -> None:
        """Grow the tree by one entry, and check the checkpoint it completes."""
        self._leaves.append(leaf_hash)
        if recorded_at is not None and self._next is not None:
            self._group.append(recorded_at)
        size = self.size
        for other in self._others:
            if other.next_size == size:
                # Before what is signed now may stand in for what was read.
                self._grow()
                other.compare(self.frontier)
        if self._next is None or self._next.size > size:
            if len(self._leaves) >= _LEAVES_MAX:
                self._grow()
            return
        self._grow()
        while self._next is not None and self._next.size <= size:
            self._check(self._next)
            self._next = self._read_next()

    def room(self) -> int:
        """Return how many leaves may be added at once; at least one."""
        size = self.size
        due = [one.next_size for one in self._others]
        due.append(self._next.size if self._next is not None else None)
        return min(
            (one - size for one in due if one and one > size), default=_LEAVES_MAX
        )

    def leaves(self, hashes: Sequence[bytes], *, recorded_at: str) -> None:
        """Grow the tree by some entries of one instant, for which there is room."""
        self._leaves += hashes[:-1]
        self.leaf(hashes[-1], recorded_at=recorded_at)

    def finish(self, note: str | None) -> None:
        """Check what is left when there are no more entries."""
        self._grow()
        size = self.frontier.size
        for other in self._others:
            other.finish(size)
        if self._next is not None:
            detail = f"a checkpoint covers {self._next.size} entries"
            self._report("entries-missing", size, detail=detail)
        if note is not None:
            self._check_note(note)
        if self.checked_size != size:
            self._report("entries-not-covered", self.checked_size, last=size - 1)

    def kept(self) -> TreeKept:
        """Return what to keep, to go on after the last leaf."""
        self._grow()
        version, count, digest = self._before
        return TreeKept(
            checked_note=self.checked_note,
            checked_root=b64encode(self.checked_root),
            checked_size=self.checked_size,
            frontier=FrontierKept.of(self.frontier),
            group=tuple(sorted(set(self._group))),
            heads=TraceKept(count=count, digest=b64encode(digest)),
            version=version,
        )

    def _go_on(self, kept: TreeKept) -> None:
        self._trace.pass_heads(self._heads, kept.heads)
        self._version = kept.version
        self._group = list(kept.group)
        self.frontier = kept.frontier.frontier()
        self.checked_note = kept.checked_note
        self.checked_root = b64decode(kept.checked_root)
        self.checked_size = kept.checked_size

    def _grow(self) -> None:
        # Nobody asks for the root within a group: its entries are added at once.
        self.frontier = self.frontier.extend(self._leaves)
        self._leaves.clear()

    def _read_next(self) -> Head | None:
        # Whoever goes on from here reads the next head again.
        self._before = self._version, self._trace.count, self._trace.digest()
        for stored in self._heads:
            self._trace.head(stored)
            self._version += 1
            first, detail = self.checked_size, f"head {stored.version}"
            filed = (stored.version, stored.number, stored.topic)
            if filed != (self._version, -self._version, HEAD_TOPIC):  # 1
                self._report("checkpoint-filed-wrong", first, detail=detail)
                self._version = stored.version
            try:
                return read_head_state(stored.state, version=stored.version)
            except CheckpointError:
                self._report("checkpoint-unreadable", first, detail=detail)
        return None

    def _check(self, head: Head) -> None:
        first, last = self.checked_size, head.size - 1
        signed = self._signed(head.note, first=first, last=last)  # 2
        if signed is not None and (signed.size, signed.root) != (head.size, head.root):
            self._report("checkpoint-row-differs", first, last=last)
        instants, self._group = set(self._group), []
        if head.first_position != first or instants - {head.recorded_at}:  # 3
            self._report("checkpoint-group-differs", first, last=last)
        same_root = self.frontier.root() == head.root
        if head.frontier.root() != head.root or (  # 4
            same_root and head.frontier != self.frontier
        ):
            self._report("checkpoint-frontier-differs", first, last=last)
        if not same_root:
            self._report("root-mismatch", first, last=last)
            # What follows is held against what was signed, to find later faults too.
            self.frontier = head.frontier
        self.checked_size, self.checked_root = head.size, head.root

    def _check_note(self, note: str) -> None:
        size, root = self.frontier.size, self.frontier.root()
        signed = self._signed(note, first=0, last=size - 1)
        if signed is None:
            return
        if signed.size > size:
            self._report("entries-missing", size, last=signed.size - 1)
        elif (signed.size, signed.root) != (size, root):
            self._report("root-mismatch", 0, last=size - 1)
        self.checked_size, self.checked_root = signed.size, signed.root

    def _signed(self, note: str, *, first: int, last: int) -> Checkpoint | None:
        for key in self._keys():
            try:
                signed = read_checkpoint(note, origin=self._origin, key=key)
            except CheckpointError:
                continue
            self.checked_note = note
            return signed
        self._report("checkpoint-signature", first, last=last)
        return None

    def _report(
        self, code: str, first: int, *, last: int | None = None, detail: str = ""
    ) -> None:
        self.findings.append(
            Finding(position=first, code=code, last=last, detail=detail)
        )
