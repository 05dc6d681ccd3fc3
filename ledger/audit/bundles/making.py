"""Makes a bundle of any source: the header, then a line per entry, in order.

A part is made in two passes and, for a range, a third: what to choose, what proves it,
and the run itself. No pass keeps more than what was chosen.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from ledger.audit.bundles.form import Header, Line, Run, Scope, ScopeKind, spell
from ledger.audit.bundles.nodes import WantedNodes
from ledger.audit.bundles.selection import Selection
from ledger.audit.bundles.showing import Showing, UnknownDisclosureError
from ledger.audit.cosigned import cosigned_by
from ledger.audit.ports import Source
from ledger.audit.verify import WrongLedgerError, read_name
from ledger.integrity.encoding import b64encode
from ledger.integrity.errors import CheckpointError
from ledger.integrity.merkle import EMPTY, leaf_hash
from ledger.integrity.proofs import (
    NewNodes,
    frontier_at,
    prove_consistency,
    prove_inclusion,
)
from ledger.store.heads import read_head_state


class NothingToExportError(Exception):
    """The ledger has no such position, learner or award, or no checkpoint."""


def make_bundle(
    source: Source, *, ledger: str, scope: Scope, disclosures: Iterable[str] = ()
) -> Iterator[bytes]:
    """Return the lines of a bundle.

    Raises:
        WrongLedgerError: the source holds another ledger.
        NothingToExportError: the ledger does not have what the scope names.
        UnknownDisclosureError: no entry of the part holds the digest of one.
    """
    showing = Showing(disclosures)
    found = read_name(source)
    if found != ledger:
        raise WrongLedgerError(found=found or "", pinned=ledger)
    shown = read_checkpoints(source)
    if scope.kind is ScopeKind.WHOLE:
        yield from _whole(source, shown, ledger=ledger)
        return
    part = _Part(source, scope, shown=shown)
    yield spell(
        Header(
            checkpoint=part.note,
            count=part.count,
            ledger=ledger,
            run=part.run,
            scope=part.scope,
        )
    )
    for line in part.lines():
        yield spell(showing.add_to(line))
    if showing.left:
        raise UnknownDisclosureError(showing.left)


def _whole(source: Source, shown: "Checkpoints", *, ledger: str) -> Iterator[bytes]:
    size = shown.newest.size
    header = Header(
        checkpoint=shown.newest.note,
        cosigned=shown.cosigned.note if shown.cosigned else None,
        count=size,
        ledger=ledger,
        scope=Scope(kind=ScopeKind.WHOLE),
    )
    yield spell(header)
    yield from map(spell, _run(source, first=0, last=size - 1))


class Noted(NamedTuple):
    """A checkpoint, and its size as it says itself."""

    note: str
    size: int


class Checkpoints(NamedTuple):
    """The newest checkpoint, and the newest cosigned one where that is smaller."""

    newest: Noted
    cosigned: Noted | None

    def over(self, entries: int) -> Noted:
        """Return the cosigned one if it covers so many entries, else the newest."""
        seen = self.cosigned
        return self.newest if seen is None or seen.size < entries else seen


def read_checkpoints(source: Source) -> Checkpoints:
    """Return what a source shows, with the cosignatures known for it, unverified.

    Raises:
        NothingToExportError: it has no checkpoint.
    """
    newest, cosigned = Noted(*newest_checkpoint(source)), None
    for one in cosigned_by(source).notes:
        if one.note is None or not 0 < one.size <= newest.size:
            continue
        if one.size < newest.size:
            cosigned = Noted(one.note, one.size)
        elif _body(one.note) == _body(newest.note):
            # What says something else than the log is nothing to cosign it with.
            newest = Noted(one.note, one.size)
            cosigned = None if _has_cosignatures(one.note) else cosigned
    return Checkpoints(newest, cosigned)


def _has_cosignatures(note: str) -> bool:
    """Tell whether a note has lines beside the operator's own."""
    return note.partition("\n\n")[2].count("\n") > 1


def _body(note: str) -> str:
    return note.partition("\n\n")[0]


def newest_checkpoint(source: Source) -> tuple[str, int]:
    """Return a source's newest checkpoint and its size, unverified.

    Raises:
        NothingToExportError: it has none.
    """
    state: bytes | None = None
    for head in source.heads():
        state = head.state
    try:
        note = source.checkpoint() if state is None else read_head_state(state).note
        if note is None:
            raise NothingToExportError
        return note, int(note.split("\n")[1])
    except (CheckpointError, ValueError, IndexError) as error:
        raise NothingToExportError from error


def _run(source: Source, *, first: int, last: int) -> Iterator[Line]:
    for position, stored in enumerate(islice(source.entries(), last + 1)):
        if position >= first:
            yield Line(entry=b64encode(stored.raw), position=position)


class _Part:
    """The chosen entries with their proofs."""

    def __init__(self, source: Source, scope: Scope, *, shown: Checkpoints) -> None:
        """Choose, then let the log pass by to find what proves the choice."""
        self._source = source
        self._size = shown.newest.size
        self._selection = Selection(scope)
        self._nodes = WantedNodes()
        self._kept: dict[int, bytes] = {}
        self._batch_paths: dict[int, tuple[str, ...]] = {}
        self.scope = self._choose(scope)
        self.run: Run | None = None
        # Nothing of the part lies beyond, so it loses nothing by an older checkpoint.
        last = max([self._ends()[1], *self._selection.chosen])
        self.note, self._size = shown.over(last + 1)
        self._plan()
        self._pass()
        first, last = self._ends()
        if first is not None:
            frontier = frontier_at(first, self._nodes.read)
            proof = prove_consistency(last + 1, self._size, read_node=self._nodes.read)
            self.run = Run(frontier=_texts(frontier.hashes), path=_texts(proof.path))
        self.count = len(self._kept) + (0 if first is None else last + 1 - first)

    def lines(self) -> Iterator[Line]:
        """Return all lines in position order."""
        first, last = self._ends()
        kept = sorted(self._kept)
        if first is None:
            yield from map(self._line, kept)
            return
        yield from (self._line(one) for one in kept if one < first)
        yield from _run(self._source, first=first, last=last)
        yield from (self._line(one) for one in kept if one > last)

    def _ends(self) -> tuple[int, int] | tuple[None, int]:
        scope = self.scope
        if scope.first is None or scope.last is None:
            return None, -1
        return scope.first, scope.last

    def _choose(self, scope: Scope) -> Scope:
        """Return the scope, a range widened to whole batches.

        Raises:
            NothingToExportError: the ledger does not have what the scope names.
        """
        selection = self._selection
        for stored in islice(self._source.entries(), self._size):
            selection.take(stored.raw)
        if scope.first is None or scope.last is None:
            selection.choose()
            if not selection.chosen:
                raise NothingToExportError
            return scope
        if not scope.first <= scope.last < self._size:
            raise NothingToExportError
        first = selection.headers.get(scope.first, scope.first)
        header = selection.headers.get(scope.last, scope.last)
        last = selection.ends.get(header, scope.last)
        selection.choose_signers(range(first, last + 1))
        selection.chosen.difference_update(range(first, last + 1))
        return scope.replacing(first=first, last=last)

    def _plan(self) -> None:
        """Want the nodes of all proofs."""
        for position in self._selection.chosen:
            prove_inclusion(position, self._size, read_node=self._nodes.note)
        first, last = self._ends()
        if first is not None:
            frontier_at(first, self._nodes.note)
            prove_consistency(last + 1, self._size, read_node=self._nodes.note)

    def _pass(self) -> None:
        chosen, headers = self._selection.chosen, self._selection.headers
        wanted = {headers[one] for one in chosen if one in headers}
        statements: list[bytes] = []
        for position, stored in enumerate(islice(self._source.entries(), self._size)):
            self._nodes.leaf(leaf_hash(stored.raw))
            if position in chosen:
                self._kept[position] = stored.raw
            header = headers.get(position)
            if header not in wanted:
                continue
            statements.append(leaf_hash(stored.raw.partition(b"\n")[2]))
            if position == self._selection.ends[header]:
                self._prove_lines(header + 1, statements)
                statements.clear()

    def _prove_lines(self, first: int, statements: list[bytes]) -> None:
        nodes, count = NewNodes(EMPTY, statements), len(statements)
        for index in range(count):
            if first + index in self._selection.chosen:
                proof = prove_inclusion(index, count, read_node=nodes.read)
                self._batch_paths[first + index] = _texts(proof.path)

    def _line(self, position: int) -> Line:
        proof = prove_inclusion(position, self._size, read_node=self._nodes.read)
        return Line(
            batch_path=self._batch_paths.get(position),
            entry=b64encode(self._kept[position]),
            path=_texts(proof.path),
            position=position,
        )


def _texts(hashes: Iterable[bytes]) -> tuple[str, ...]:
    return tuple(map(b64encode, hashes))
