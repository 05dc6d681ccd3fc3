"""Copies of a ground, and how an operator seals them again with its own keys.

A copy that is sealed again holds together as a tree: whatever an auditor finds in it,
it finds for what the entries say, and not because bytes have changed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import orjson

from ledger.audit.findings import AuditReport
from ledger.audit.parts import HeldAgainst
from ledger.audit.ports import CosignedNote, SourceEntry
from ledger.audit.verify import IN_PROCESS, Audit
from ledger.audit.witnessed import Witnesses
from ledger.audit.workers import Workers
from ledger.integrity.checkpoints import Checkpoint, sign_checkpoint
from ledger.integrity.entries import BankLine, read_entry, seal_entry
from ledger.integrity.keys import SigningKey
from ledger.integrity.merkle import EMPTY, Frontier, leaf_hash
from ledger.store.heads import HEAD_TOPIC, Head, StoredHead, head_state
from tests.bank import ORIGIN
from tests.tampering.grounds import Ground, Group


@dataclass
class Copy:
    """A source of entries and heads, as a store would hand them out."""

    entries_kept: list[SourceEntry]
    heads_kept: list[StoredHead] = field(default_factory=list)
    note: str | None = None
    cosigned_kept: list[CosignedNote] = field(default_factory=list)

    def entries(self) -> Iterator[SourceEntry]:
        """Return all entries."""
        return iter(self.entries_kept)

    def heads(self) -> Iterator[StoredHead]:
        """Return all heads."""
        return iter(self.heads_kept)

    def checkpoint(self) -> str | None:
        """Return the one note of an export; a store's heads say it all."""
        return self.note

    def cosigned(self) -> Iterator[CosignedNote]:
        """Return what witnesses cosigned."""
        return iter(self.cosigned_kept)

    def audit(
        self,
        ground: Ground,
        *,
        remembered: Sequence[str] = (),
        witnesses: Witnesses | None = None,
        workers: Workers = IN_PROCESS,
    ) -> AuditReport:
        """Audit what has become of a ground."""
        audit = Audit(
            self,
            ledger=ground.bank.ledger,
            remembered=remembered,
            against=HeldAgainst(witnesses=witnesses),
        )
        return audit.run(workers=workers)


def copy_of(ground: Ground) -> Copy:
    """Return an honest copy."""
    return Copy(list(ground.entries), list(ground.heads))


@dataclass
class Draft:
    """What an operator is about to seal: the bytes of entries, and their groups."""

    ground: Ground
    raw: list[bytes]
    groups: list[Group]

    def line(self, position: int, /, **changes: object) -> None:
        """Say something else in the bank's own line of an entry."""
        entry = read_entry(self.raw[position])
        said = entry.line.model_dump(exclude_none=True) | changes
        # Dumped tuples are read back strictly: only JSON has no tuples.
        line = BankLine.model_validate_json(orjson.dumps(said))
        self.raw[position] = seal_entry(line, entry.member_bytes)

    def say(self, position: int, member_bytes: bytes) -> None:
        """Put other words into a member's mouth."""
        line = read_entry(self.raw[position]).line
        self.raw[position] = seal_entry(line, member_bytes)

    def member_bytes(self, position: int) -> bytes:
        """Return what a member said."""
        return read_entry(self.raw[position]).member_bytes

    def append(self, member_bytes: bytes) -> int:
        """Take something in, as a group of its own; return its position."""
        position, now = len(self.raw), self.groups[-1].recorded_at
        line = BankLine(position=position, recorded_at=now)
        self.raw.append(seal_entry(line, member_bytes))
        self.groups.append(Group(first=position, last=position, recorded_at=now))
        return position

    def joined(self, groups: Sequence[Group]) -> Group:
        """Return one group instead of several."""
        return replace(groups[0], last=groups[-1].last)

    def remove(self, position: int) -> None:
        """Take an entry out, and number the later ones anew."""
        del self.raw[position]
        for later in range(position, len(self.raw)):
            batch = read_entry(self.raw[later]).line.batch
            moved = {} if batch is None else {"batch": batch - (batch > position)}
            self.line(later, position=later, **moved)
        shrunk = []
        for one in self.groups:
            first = one.first - (one.first > position)
            last = one.last - (one.last >= position)
            if first <= last:
                shrunk.append(replace(one, first=first, last=last))
        self.groups = shrunk

    def seal(self) -> Copy:
        """Sign the tree over what is there now."""
        entries = [SourceEntry(raw=raw) for raw in self.raw]
        return Copy(entries, [stored(one) for one in self.heads()])

    def heads(self) -> list[Head]:
        """Return honest heads over what is there now."""
        heads, frontier = list[Head](), EMPTY
        for version, group in enumerate(self.groups, start=1):
            added = self.raw[group.first : group.last + 1]
            frontier = frontier.extend(map(leaf_hash, added))
            heads.append(head_over(self.ground, frontier, group=group, version=version))
        return heads


def draft_of(ground: Ground) -> Draft:
    """Return what stands there, ready to be written anew."""
    raw = [entry.raw for entry in ground.entries]
    return Draft(ground, raw, list(ground.groups))


def head_over(
    ground: Ground, frontier: Frontier, *, group: Group, version: int
) -> Head:
    """Return the head that closes a group; one that was signed before is taken."""
    if version <= len(ground.read_heads):
        honest = ground.read_heads[version - 1]
        kept = (honest.frontier, honest.first_position, honest.recorded_at)
        if kept == (frontier, group.first, group.recorded_at):
            return honest
    return Head(
        version=version,
        size=frontier.size,
        root=frontier.root(),
        note=note_over(ground, size=frontier.size, root=frontier.root()),
        frontier=frontier,
        recorded_at=group.recorded_at,
        first_position=group.first,
    )


def note_over(
    ground: Ground,
    *,
    size: int,
    root: bytes,
    key: SigningKey | None = None,
    origin: str = ORIGIN,
) -> str:
    """Return a signed checkpoint."""
    signed = Checkpoint(origin=origin, size=size, root=root)
    return sign_checkpoint(signed, key or ground.bank.checkpoint)


def stored(head: Head) -> StoredHead:
    """Return a head as it is filed."""
    return StoredHead(
        version=head.version,
        number=-head.version,
        topic=HEAD_TOPIC,
        state=head_state(head),
    )


def sealed_with(draft: Draft, heads: Sequence[Head]) -> Copy:
    """Return a copy with heads that are not those of the draft."""
    entries = [SourceEntry(raw=raw) for raw in draft.raw]
    return Copy(entries, [stored(one) for one in heads])
