"""A digest over what an audit has gone through, so that it can be gone through again.

Verdicts are kept, bytes are not: the source must still give the same ones, or what was
found of them says nothing about the source as it is now.
"""

from collections.abc import Iterable, Iterator
from hashlib import sha256
from itertools import islice

from ledger.audit.ports import SourceEntry
from ledger.audit.progress.errors import SourceChangedError
from ledger.audit.progress.form import TraceKept
from ledger.integrity.encoding import b64encode
from ledger.integrity.merkle import leaf_hash
from ledger.store.heads import StoredHead


class Trace:
    """What was gone through so far."""

    def __init__(self) -> None:
        """Stand at the beginning."""
        self.count = 0
        self._hash = sha256()

    def kept(self) -> TraceKept:
        """Return what to keep of it."""
        return TraceKept(count=self.count, digest=b64encode(self.digest()))

    def digest(self) -> bytes:
        """Return the digest over all of it."""
        return self._hash.digest()

    def entry(self, stored: SourceEntry, leaf: bytes) -> None:
        """Go past an entry, of which this is the leaf hash."""
        filed = (stored.position, stored.stream, stored.version, stored.topic)
        self._add(leaf, filed)

    def head(self, stored: StoredHead) -> None:
        """Go past a head."""
        filed = (stored.version, stored.number, stored.topic)
        self._add(sha256(stored.state).digest(), filed)

    def _add(self, digest: bytes, filed: tuple[object, ...]) -> None:
        # A digest has one length, and what follows shows where it ends.
        self._hash.update(digest)
        self._hash.update(repr(filed).encode())
        self.count += 1

    def pass_entries(self, entries: Iterator[SourceEntry], kept: TraceKept) -> None:
        """Read again the entries that were gone through before.

        Raises:
            SourceChangedError: they are others, or fewer.
        """
        for stored in islice(entries, kept.count):
            self.entry(stored, leaf_hash(stored.raw))
        self._require(kept)

    def pass_heads(self, heads: Iterable[StoredHead], kept: TraceKept) -> None:
        """Read again the heads that were gone through before.

        Raises:
            SourceChangedError: they are others, or fewer.
        """
        for stored in islice(heads, kept.count):
            self.head(stored)
        self._require(kept)

    def _require(self, kept: TraceKept) -> None:
        if self.kept() != kept:
            raise SourceChangedError
