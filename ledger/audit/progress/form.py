"""What is kept of an audit that is under way, beside its records and its lists.

Each part of an audit says what it must know to go on as if it had never stopped.
"""

import sys
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from typing import Final

import orjson

from ledger.audit.spilling import StreamRecord
from ledger.domain.state import KINDS, Record
from ledger.domain.types import Wire
from ledger.integrity.encoding import b64decode, b64encode
from ledger.integrity.merkle import Frontier

RECORDS: Final[dict[str, type[Record]]] = {
    **KINDS,
    StreamRecord.kind: StreamRecord,
}
"""Every kind of record that an audit writes down."""


class TraceKept(Wire):
    """How much of a source was gone through, and a digest over it."""

    count: int
    digest: str


class ReaderKept(Wire):
    """What a reader knows between two batches."""

    recorded_at: str
    time_zone: str


class BooksKept(Wire):
    """Totals, in thousandths of a credit."""

    awarded_milli: int
    awards: int
    differences: dict[str, int]
    members: dict[str, int]


class FrontierKept(Wire):
    """All that is needed to grow a tree."""

    hashes: tuple[str, ...]
    size: int

    @classmethod
    def of(cls, frontier: Frontier) -> "FrontierKept":
        """Return what to keep of a frontier."""
        return cls(hashes=tuple(map(b64encode, frontier.hashes)), size=frontier.size)

    def frontier(self) -> Frontier:
        """Return the frontier."""
        return Frontier(size=self.size, hashes=tuple(map(b64decode, self.hashes)))


class TreeKept(Wire):
    """The tree, the last checkpoint held against it, and the heads passed by then."""

    checked_note: str
    checked_root: str
    checked_size: int
    frontier: FrontierKept
    group: tuple[str, ...]
    heads: TraceKept
    version: int


class MemoryKept(Wire):
    """How many remembered checkpoints still wait, and where the last one agreed."""

    agreed_size: int
    left: int


class WitnessKept(Wire):
    """What was cosigned so far; ``passed_size`` is of the last note looked at."""

    agreed_size: int
    before: str | None
    next_size: int | None
    passed_size: int
    quorum_size: int
    reached: int
    seen: dict[str, int]
    with_quorum: int


class Progress(Wire):
    """All of it. ``order`` is a digest of what the audit was asked to do."""

    books: BooksKept
    entries: TraceKept
    memory: MemoryKept
    order: str
    reader: ReaderKept
    signatures: int
    tree: TreeKept
    witnesses: WitnessKept | None


@cache
def form_of() -> str:
    """Return a digest of all forms that are kept, and of who reads them.

    Of another release the rules may differ: half an audit by each is none.
    """
    forms = {
        "kinds": {kind: one.model_json_schema() for kind, one in RECORDS.items()},
        "order": sys.byteorder,
        "progress": Progress.model_json_schema(),
        "release": version("skillbank"),
    }
    raw = orjson.dumps(forms, option=orjson.OPT_SORT_KEYS)
    return b64encode(sha256(raw).digest())
