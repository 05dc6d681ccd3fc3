"""Decides the lines of a batch, in order: what many of them have in common, once.

Lines that are like an example are decided by what they have in common and by their own
names, as many in a row as nothing refuses. Every other one is read, and decided by its
rule. What is decided between them may change what they have in common.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import count
from typing import Any, Protocol

from ledger.domain import rules
from ledger.domain.errors import RejectionError
from ledger.domain.errors.exchanges import NotInABatchError
from ledger.domain.rules.act import Act
from ledger.domain.rules.alike import Alike
from ledger.domain.rules.awards import award_stream
from ledger.domain.rules.listed_awards import is_usual, plain_alike
from ledger.domain.state import (
    AccountRecord,
    LotRecord,
    Place,
    Ref,
    Slice,
    StatementRecord,
)
from ledger.domain.statements.exchanges import ExchangeRequested
from ledger.intake import LineFault
from ledger.integrity.entries import seal_batch_lines
from ledger.lists.cutting import allow
from ledger.lists.drafts import Draft
from ledger.lists.listed import Drafts, Line, Listed
from ledger.sequencer.framing import FramedEntry, framed_line
from ledger.sequencer.needing import Loader, are_usual, listed_needs
from ledger.sequencer.stretches import Stretch


class Deciding(Protocol):
    """Whoever decides a group."""

    recorded_at: str
    loader: Loader

    def learn(self, refs: Iterable[Ref]) -> None:
        """Look up what is not known yet."""
        ...

    # Any: each rule takes its own statement type.
    def act(self, draft: Draft, position: int) -> Act[Any]:
        """Return a statement at its place."""
        ...

    # Any: what is asked, and what it is told.
    def loading(self, ask: Callable[..., Any], *args: object, **kwargs: object) -> Any:  # noqa: ANN401  # as above
        """Ask; look up what it says it misses, and ask again."""
        ...


class BatchLines:
    """The lines of one batch behind its header, decided on a layer of their own."""

    def __init__(
        self, drafts: Drafts, deciding: Deciding, *, header: int, trial: Slice
    ) -> None:
        """Stand behind the header."""
        self._drafts = drafts
        self._deciding = deciding
        self._header = header
        self._trial = trial
        self._common: dict[int, Alike | None] = {}
        self._stretches: dict[int, Stretch] = {}
        self._is_known = False

    def decide(self) -> tuple[list[FramedEntry], list[LineFault]]:
        """Decide all lines; return the entries of those that are not refused."""
        framed: list[FramedEntry] = []
        faults: list[LineFault] = []
        at = 0
        most = every = len(self._drafts)
        if not are_usual(self._drafts, self._deciding.loader):
            self._look_up()
        while at < every:
            found, is_whole = self._decide_listed(at, most)
            framed += found
            at += len(found)
            # Where many lines are odd few are looked at in vain.
            most = min(2 * most, every) if is_whole else 1
            if is_whole and found:
                continue
            try:
                framed.append(self._decide_read(at))
            except RejectionError as error:
                faults.append(LineFault(line=at, error=error))
            at += 1
        return framed, faults

    def _decide_read(self, index: int) -> FramedEntry:
        if isinstance(self._drafts.lines[index], Listed):
            self._look_up()
        draft = self._drafts[index]
        _check_in_batch(draft)
        deciding, trial = self._deciding, self._trial
        act = deciding.act(draft, self._header + 1 + index)
        deciding.loading(rules.decide, act, trial)
        records = deciding.loading(rules.evolve, act, trial)
        trial.put(records)
        if any(one.shared for one in records):
            # What others have in common may follow from it.
            self._common.clear()
            self._stretches.clear()
        return framed_line(
            draft, header=self._header, index=index, recorded_at=deciding.recorded_at
        )

    def _look_up(self) -> None:
        """Look up what lines name that were cut up: one of them is odd."""
        if not self._is_known:
            self._deciding.learn(listed_needs(self._drafts))
            self._is_known = True

    def _decide_listed(self, at: int, most: int) -> tuple[list[FramedEntry], bool]:
        """Decide lines that were cut up, as many as are plain, from one place on.

        Return their entries, and whether none was odd.
        """
        lines = [*_leading(self._drafts.lines, at, most=most)]
        if not lines:
            return [], True
        plain = lines[: self._count_plain(lines, at)]
        alike: dict[int, list[int]] = {}
        for index, line in enumerate(plain, at):
            alike.setdefault(line.which, []).append(index)
        for which, indexes in alike.items():
            self._put(which, indexes)
        return [*self._framed(plain, at)], len(plain) == len(lines)

    def _put(self, which: int, indexes: Sequence[int]) -> None:
        stretch = self._stretches.get(which)
        if stretch is None:
            common = self._common[which]
            assert common is not None  # noqa: S101  # they are plain
            stretch = Stretch(self._drafts, header=self._header, common=common)
            self._stretches[which] = stretch
        self._trial.put_unmade(stretch.take(indexes), stretch)

    def _framed(self, lines: Sequence[Listed], at: int) -> Iterator[FramedEntry]:
        topics = [one.type for one in self._drafts.examples]
        raws = seal_batch_lines(
            [line.member_bytes for line in lines],
            header=self._header,
            first=at,
            recorded_at=self._deciding.recorded_at,
        )
        positions = count(self._header + 1 + at)
        for position, line, raw in zip(positions, lines, raws, strict=False):
            stream = award_stream(line.award_id)
            yield FramedEntry(position, stream, topics[line.which], raw)

    def _count_plain(self, lines: Sequence[Listed], at: int) -> int:
        """Tell how many lines, from the first on, are plain."""
        names, repeated = _names(self._drafts, lines)
        odd = [
            names[one]
            for one in self._trial.met(names)
            if not is_usual(one[0], self._trial.find(*one))
        ]
        odd += repeated
        for index, line in enumerate(lines):
            if line.which not in self._common:
                self._common[line.which] = self._in_common(line, at + index)
            if self._common[line.which] is None or not allow(
                exp=line.exp, iat=line.iat, at=self._deciding.recorded_at
            ):
                odd.append(index)
                break
        return min(odd, default=len(lines))

    def _in_common(self, line: Listed, index: int) -> Alike | None:
        example = self._drafts.examples[line.which]
        hashes = line.payload_hash, line.body_hash
        # But for its own values this is the line.
        draft = Draft(line.member_bytes, example, self._drafts.kid, *hashes)
        act = self._deciding.act(draft, self._header + 1 + index)
        found: Alike | None = self._deciding.loading(plain_alike, act, self._trial)
        return found


def _check_in_batch(draft: Draft) -> None:
    # The bank's answer would stand between two lines, which have no gap.
    if isinstance(draft.statement, ExchangeRequested):
        raise NotInABatchError(pointer="/type")


def _leading(lines: Sequence[Line], at: int, *, most: int) -> Iterator[Listed]:
    for index in range(at, min(at + most, len(lines))):
        line = lines[index]
        if not isinstance(line, Listed):
            return
        yield line


def _names(
    drafts: Drafts, lines: Sequence[Listed]
) -> tuple[dict[Place, int], list[int]]:
    """Return the first line that names each record, and lines that take one again."""
    iss = drafts.iss
    said: list[Place] = [(StatementRecord, (iss, line.id)) for line in lines]
    lots: list[Place] = [(LotRecord, line.award_id) for line in lines]
    accounts: list[Place] = [(AccountRecord, line.learner_id) for line in lines]
    names: dict[Place, int] = {}
    last = len(lines) - 1
    for places in (said, lots, accounts):
        # From the last on, so that the first stays.
        names.update(zip(reversed(places), range(last, -1, -1), strict=True))
    learners = len({line.learner_id for line in lines})
    if len(names) == 2 * len(lines) + learners:
        return names, []
    again = (n for own in (said, lots) for n, one in enumerate(own) if names[one] != n)
    return names, [*again]
