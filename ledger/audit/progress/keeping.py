"""Keeps an audit's progress in a file now and then, and takes it up from there."""

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256

from ledger.audit.ports import SourceEntry
from ledger.audit.progress.errors import ProgressOfAnotherError
from ledger.audit.progress.file import ProgressFile
from ledger.audit.progress.form import Progress, TraceKept
from ledger.audit.progress.trace import Trace
from ledger.integrity import canonical
from ledger.integrity.encoding import b64encode
from ledger.integrity.quorum import Policy


class Keeping:
    """An open file of progress, what was gone through, and when to save."""

    def __init__(self, file: ProgressFile, *, is_due: Callable[[], bool]) -> None:
        """Keep in this file; ``is_due`` is asked between entries."""
        self.file = file
        self.is_due = is_due
        self._trace = Trace()

    @property
    def begun(self) -> int:
        """How many entries were checked before."""
        return 0 if self.file.progress is None else self.file.progress.entries.count

    def begin(self, order: str) -> Progress | None:
        """Return what was kept of an audit that was asked for this, None if nothing.

        Raises:
            ProgressOfAnotherError: the file is about another.
        """
        kept = self.file.progress
        if kept is not None and kept.order != order:
            raise ProgressOfAnotherError
        return kept

    def pass_again(self, entries: Iterator[SourceEntry]) -> int:
        """Read again what was checked before; return how many entries that is.

        Raises:
            SourceChangedError: it reads differently now.
        """
        if self.file.progress is not None:
            self._trace.pass_entries(entries, self.file.progress.entries)
        return self.begun

    def take(self, stored: SourceEntry, leaf: bytes) -> None:
        """Take down that an entry was checked; this is its leaf hash."""
        self._trace.entry(stored, leaf)

    def passed(self) -> TraceKept:
        """Return what to keep of the entries that were checked."""
        return self._trace.kept()


def order_of(ledger: str, *, remembered: Sequence[str], policy: Policy | None) -> str:
    """Return a digest of what an audit is asked to do."""
    said = {
        "ledger": ledger,
        "policy": None if policy is None else _words_of(policy),
        "remembered": list(remembered),
    }
    return b64encode(sha256(canonical.dumps(said)).digest())


def _words_of(policy: Policy) -> dict[str, object]:
    """Return all that decides whose cosignatures suffice."""
    return {
        "groups": {
            name: [one.needed, list(one.of)] for name, one in policy.groups.items()
        },
        "quorum": [policy.quorum.needed, list(policy.quorum.of)],
        "witnesses": {
            name: [one.key.name, b64encode(one.key.key.raw())]
            for name, one in policy.witnesses.items()
        },
    }
