"""A bundle of a whole ledger, read as any other source is."""

from collections.abc import Iterator

from ledger.audit.bundles.form import Bundle, Line, ScopeKind
from ledger.audit.cosigned import noted
from ledger.audit.ports import CosignedNote, SourceEntry
from ledger.audit.verify import read_name
from ledger.store.heads import StoredHead


class BundleSource:
    """The lines of a bundle as entries. One that cannot be read is one without bytes.

    So the audit finds it at its place and goes on, and the tree differs from there.
    """

    def __init__(self, bundle: Bundle) -> None:
        """Read from a bundle; a header of another ledger vouches for nothing.

        Of a part only the name can be read so.
        """
        self.bundle = bundle
        header = bundle.header
        self._whole = header is None or header.scope.kind is ScopeKind.WHOLE
        same = header is not None and header.ledger == read_name(self)
        self._note = header.checkpoint if header is not None and same else None
        self._cosigned = header.cosigned if header is not None and same else None

    def entries(self) -> Iterator[SourceEntry]:
        """Return all entries in the order of the file."""
        count = 0
        for line in self.bundle.lines():
            count += 1
            if line is None or (self._whole and _is_more(line)):
                yield SourceEntry(raw=b"")
            else:
                yield SourceEntry(raw=line.raw(), position=line.position)
        header = self.bundle.header
        if header is not None and count != header.count:
            yield SourceEntry(raw=b"")

    def heads(self) -> Iterator[StoredHead]:
        """Return nothing: a bundle keeps one checkpoint."""
        return iter(())

    def cosigned_last(self) -> Iterator[CosignedNote]:
        """Return what is kept of what witnesses cosigned."""
        return noted([self._cosigned, self._note])

    def size(self) -> int | None:
        """Return how many entries the header says there are."""
        header = self.bundle.header
        return None if header is None else header.count

    def checkpoint(self) -> str | None:
        """Return the checkpoint that all entries are held against."""
        return self._note


def _is_more(line: Line) -> bool:
    """Tell whether a line says more than an entry of a whole ledger does."""
    return line.model_fields_set != {"entry", "position"}
