"""Applies entry after entry to a state, up to a point, with everybody looking on.

What was read ahead is held against the state in its turn: lines in a row all at once.
"""

from collections import Counter
from collections.abc import Sequence

from typing_extensions import override

from ledger.audit.books import Moves
from ledger.audit.history import HistoryReader
from ledger.audit.ordered import OrderedState
from ledger.audit.parsing import Foreseen, Taken, take_apart
from ledger.audit.ports import SourceEntry
from ledger.audit.replay import AnyAct, Replay, place_of
from ledger.audit.steps import Choosing, Observer, PlainObserver, Step
from ledger.audit.stretches import Stretch
from ledger.domain.errors import RejectionError


class UnreadableHistoryError(Exception):
    """The log cannot be replayed; audit it first."""

    def __init__(self, position: int) -> None:
        """Name the first entry that cannot be read."""
        super().__init__(position)
        self.position = position


class Applying:
    """A state that grows entry by entry, and those who look on.

    It stands behind ``position``, whose entry was recorded at ``recorded_at``.
    """

    def __init__(
        self, state: OrderedState, replay: Replay, *, observers: Sequence[Observer]
    ) -> None:
        """Stand before entry 0."""
        self.position = -1
        self.recorded_at = ""
        self._state = state
        self._replay = replay
        self._reader = _Following()
        self._observers = observers
        self._plain = [one for one in observers if isinstance(one, PlainObserver)]
        self._choosing = [one for one in observers if isinstance(one, Choosing)]

    def apply(self, raw: bytes, taken: Taken, *, position: int) -> None:
        """Apply an entry.

        Raises:
            UnreadableHistoryError: it cannot be read back or applied.
        """
        foreseen, bank = taken.foreseen, taken.bank
        if foreseen is not None and bank is not None:
            if self._pass(taken, foreseen, position=position):
                at, place = bank.recorded_at, (foreseen.stream, foreseen.topic)
                self._go_to(position, at)
                step = Step(position, at, raw, taken.leaf, place)
                for one in self._plain:
                    one.pass_by(step, self._state)
                return
            taken = take_apart(raw)
        recorded = self._reader.place(taken, position)
        if recorded is None:
            raise UnreadableHistoryError(position)
        self.apply_act(recorded.act, taken, raw=raw, moves=recorded.moves)

    def apply_act(
        self, act: AnyAct, taken: Taken, *, raw: bytes, moves: Moves | None = None
    ) -> None:
        """Apply one act.

        Raises:
            UnreadableHistoryError: it is about something that does not exist.
        """
        try:
            for one in self._observers:
                one.before(act, self._state)
            changes = self._replay.evolve(act, moves)
        except (LookupError, RejectionError) as error:
            raise UnreadableHistoryError(act.position) from error
        at, place = act.recorded_at, place_of(act)
        step = Step(act.position, at, raw, taken.leaf, place, act, changes)
        for one in self._observers:
            one.after(step, self._state)
        self._go_to(act.position, at)

    def apply_lines(
        self, entries: Sequence[SourceEntry], stretch: Stretch, *, position: int
    ) -> None:
        """Apply lines in a row.

        Raises:
            UnreadableHistoryError: one cannot be read back or applied.
        """
        start = 0
        while start < len(entries):
            lines = self._fitting(stretch, start=start, position=position + start)
            if lines:
                self._pass_lines(entries, stretch, lines=lines, position=position)
            else:
                raw = entries[start].raw
                self.apply(raw, take_apart(raw), position=position + start)
            start += len(lines) or 1

    def _fitting(self, stretch: Stretch, *, start: int, position: int) -> range:
        """Return the lines from ``start`` on that are as they were foreseen."""
        if not stretch.is_current(self._replay):
            return range(0)
        count = self._reader.expected(stretch, start=start, position=position)
        lines = self._unwanted(stretch, range(start, start + count))
        return self._state.fitting(stretch, lines)

    def _pass_lines(
        self,
        entries: Sequence[SourceEntry],
        stretch: Stretch,
        *,
        lines: range,
        position: int,
    ) -> None:
        """Apply lines of a stretch, whose first line is at ``position``."""
        self._state.put_lines(stretch, lines)
        part = slice(lines.start, lines.stop)
        for number, count in Counter(stretch.which[part]).items():
            awarded_milli = stretch.patterns[number].awarded_milli
            self._replay.books.add_balanced(awarded_milli, count)
        leaves = stretch.line_leaves[part]
        self._reader.pass_lines(leaves, recorded_at=stretch.recorded_at)
        self._go_to(position + lines.stop - 1, stretch.recorded_at)
        if self._plain:
            for at in lines:
                raw = entries[at].raw
                step = _step_of(stretch, at, raw=raw, position=position + at)
                for one in self._plain:
                    one.pass_by(step, self._state)

    def _unwanted(self, stretch: Stretch, lines: range) -> range:
        """Return the lines before one that somebody wants to be read in full."""
        if self._choosing:
            columns = stretch.columns
            for at in lines:
                lot = columns.award_ids[at]
                learner_id = columns.learner_ids[at] if lot else ""
                if any(one.wants(lot, learner_id) for one in self._choosing):
                    return range(lines.start, at)
        return lines

    def _pass(self, taken: Taken, foreseen: Foreseen, *, position: int) -> bool:
        lot = "" if foreseen.awarded_milli is None else str(foreseen.made[0].key)
        learner_id = foreseen.learner_id or ""
        if any(one.wants(lot, learner_id) for one in self._choosing):
            return False
        return self._replay.take_foreseen(taken, position, reader=self._reader)

    def _go_to(self, position: int, recorded_at: str) -> None:
        self.position, self.recorded_at = position, recorded_at


def _step_of(stretch: Stretch, at: int, *, raw: bytes, position: int) -> Step:
    pattern, columns = stretch.patterns[stretch.which[at]], stretch.columns
    name = columns.award_ids[at] or columns.learner_ids[at]
    place = pattern.prefix + name, pattern.topic
    return Step(position, stretch.recorded_at, raw, stretch.leaves[at], place)


class _Following(HistoryReader):
    """Reads entries back, and leaves what is wrong with them to an audit."""

    @override
    def pass_lines(self, leaves: Sequence[bytes], *, recorded_at: str) -> None:
        batch = self._batch
        if batch is not None:
            batch.lines += len(leaves)
            if batch.lines == batch.payload.count:
                self._close_batch()
        self._recorded_at = recorded_at

    @override
    def _close_batch(self) -> None:
        # Its root is not worked out: nobody asks for what is found.
        self._batch = None

    @override
    def _report(self, position: int, code: str, *, detail: str = "") -> None:
        """Nothing: as many as a log has entries would be kept."""
