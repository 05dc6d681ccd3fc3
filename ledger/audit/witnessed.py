"""Holds what witnesses cosigned against the log, under a policy of the auditor's own.

The checks, numbered in the code:

1. Where cosignatures are shown there is a checkpoint of their size.
2. A checkpoint key of the operator signed it.
3. The entries lead to its root. If not, witnesses were shown another history.
4. Every line that names a witness of the policy is its cosignature.
5. Every entry was recorded at most 24 hours before the first cosignature that covers
   it, and at most five minutes later than it: clocks differ a little.
6. A checkpoint with quorum covers every entry that was recorded longer ago than that:
   before the newest entry was, or before now where a bank shows its log itself.

A cosignature of nobody in the policy is passed over.
"""

import itertools
from array import array
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from operator import itemgetter
from types import MappingProxyType

from ledger.audit.cosigned import Cosigned
from ledger.audit.findings import Finding, WitnessFigures
from ledger.audit.ports import CosignedNote
from ledger.audit.progress.form import WitnessKept
from ledger.audit.runs import INTEGERS, Runs
from ledger.integrity.checkpoints import Checkpoint, parse_note, read_checkpoint
from ledger.integrity.errors import CheckpointError
from ledger.integrity.keys import PublicKey
from ledger.integrity.merkle import Frontier
from ledger.integrity.quorum import (
    Policy,
    Timing,
    check_cosigned,
    is_past_window,
    microseconds_of,
    timing_of,
)

_CODES = MappingProxyType(
    {
        Timing.WITHIN: "",
        Timing.EARLY: "cosigned-early",
        Timing.LATE: "cosigned-late",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Witnesses:
    """Whose cosignatures an auditor counts.

    ``now`` is the auditor's instant where the source shows its log as it is now; of a
    copy nobody knows how old it is.
    """

    policy: Policy
    now: str | None = None


class WitnessCheck:
    """What was cosigned up to the entries read so far, and what is still to come."""

    def __init__(
        self,
        witnesses: Witnesses,
        cosigned: Cosigned,
        *,
        origin: str,
        keys: Callable[[], Iterable[PublicKey]],
        kept: WitnessKept | None = None,
    ) -> None:
        """Stand before entry 0, or where another call with this policy has stopped.

        Then its ``lists`` must be filled again.
        """
        self.findings: list[Finding] = []
        self._policy, self._now = witnesses.policy, witnesses.now
        self._origin, self._keys = origin, keys
        self._notes, self._shows_all = cosigned.notes, cosigned.shows_all
        self._agreed_size = 0
        self._quorum_size = 0
        self._with_quorum = 0
        self._seen = dict.fromkeys(sorted(witnesses.policy.witnesses), 0)
        self._sizes, self._firsts = array(INTEGERS), array(INTEGERS)
        self._runs = Runs()
        self._passed_size = 0
        self._kept = kept
        if kept is not None:
            self._go_on(kept)
        self._next = self._read_next()

    @property
    def figures(self) -> WitnessFigures:
        """What was cosigned, and how much of it has quorum."""
        return WitnessFigures(
            cosigned=len(self._sizes),
            with_quorum=self._with_quorum,
            quorum_size=self._quorum_size,
            seen=MappingProxyType(self._seen),
        )

    @property
    def lists(self) -> dict[str, "array[int]"]:
        """What grows with the history, by name: nothing in it changes any more."""
        return {
            "cosigned-sizes": self._sizes,
            "cosigned-firsts": self._firsts,
            "recorded-starts": self._runs.starts,
            "recorded-at": self._runs.recorded,
        }

    def kept(self, reached: int) -> WitnessKept:
        """Return what else to keep, to go on when the tree has reached this size."""
        return WitnessKept(
            agreed_size=self._agreed_size,
            before=self._runs.before,
            next_size=self.next_size,
            passed_size=self._passed_size,
            quorum_size=self._quorum_size,
            reached=reached,
            seen=self._seen,
            with_quorum=self._with_quorum,
        )

    def _go_on(self, kept: WitnessKept) -> None:
        self._agreed_size = kept.agreed_size
        self._passed_size = kept.passed_size
        self._quorum_size = kept.quorum_size
        self._runs.before = kept.before
        self._seen = dict(kept.seen)
        self._with_quorum = kept.with_quorum

    def _is_passed(self, size: int) -> bool:
        """Tell whether another call has looked at this size.

        What was cosigned since it did belongs to the next audit.
        """
        kept = self._kept
        if kept is None or size == kept.next_size:
            return False
        before_next = kept.reached if kept.next_size is None else kept.next_size - 1
        return size <= max(kept.passed_size, min(kept.reached, before_next))

    @property
    def next_size(self) -> int | None:
        """At which size of the tree the next comparison is due."""
        return None if self._next is None else self._next.size

    def record(self, position: int, recorded_at: str | None) -> None:
        """Take down when an entry says that it was recorded."""
        self._runs.add(position, recorded_at)

    def compare(self, frontier: Frontier) -> None:
        """Compare all that is due at this size with the root of the entries read."""
        while self._next is not None and self._next.size <= frontier.size:
            self._check(self._next.note or "", frontier)
            self._passed_size = self._next.size
            self._next = self._read_next()
        # What comes now is not covered by what was looked at here.
        self._runs.cut()

    def finish(self, size: int) -> None:
        """Check times, and report what lies beyond the end of the history."""
        while self._next is not None:  # 1
            detail = f"a cosigned checkpoint covers {self._next.size} entries"
            self._report("cosigned-missing", size, detail=detail)
            self._next = self._read_next()
        self._check_window(size)
        self._check_quorum(size)

    def _read_next(self) -> CosignedNote | None:
        for one in self._notes:
            if one.note is None:  # 1
                detail = f"no checkpoint covers {one.size} entries"
                self._report("cosigned-missing", max(one.size - 1, 0), detail=detail)
            elif one.size > 0 and not self._is_passed(one.size):
                return one
        return None

    def _check(self, note: str, frontier: Frontier) -> None:
        last = frontier.size - 1
        checkpoint = self._signed(note)
        if checkpoint is None or checkpoint.size != frontier.size:  # 2
            self._report("cosigned-unsigned", last)
            return
        if checkpoint.root != frontier.root():  # 3
            first = min(self._agreed_size, last)
            self._report("cosigned-differs", first, last=last)
            return
        self._agreed_size = frontier.size
        _, signatures = parse_note(note)
        found = check_cosigned(checkpoint, signatures, policy=self._policy)
        for name in sorted(found.forged):  # 4
            self._report("cosignature-invalid", last, detail=name)
        self._count(found.signers, found.first_seconds, size=frontier.size)

    def _signed(self, note: str) -> Checkpoint | None:
        for key in self._keys():
            with suppress(CheckpointError):
                return read_checkpoint(note, origin=self._origin, key=key)
        return None

    def _count(
        self, signers: frozenset[str], first_seconds: int | None, *, size: int
    ) -> None:
        if first_seconds is None:
            return
        self._sizes.append(size)
        self._firsts.append(first_seconds)
        self._seen.update(dict.fromkeys(signers, size))
        if self._policy.has_quorum(signers):
            self._with_quorum += 1
            self._quorum_size = size

    def _check_window(self, size: int) -> None:
        """Hold each entry against the first of all cosignatures that cover it."""
        firsts = list(itertools.accumulate(reversed(self._firsts), min))[::-1]
        place = 0
        told: list[tuple[str, range]] = []
        for run, recorded in self._runs.read(size):
            while place < len(firsts) and self._sizes[place] <= run.start:
                place += 1
            if place == len(firsts):
                break
            timing = timing_of(recorded, first_seconds=firsts[place])
            told.append((_CODES[timing], run))
        for code, runs in itertools.groupby(told, key=itemgetter(0)):
            covered = [run for _, run in runs]
            # Where not all is shown, one that came in time may be among the rest.
            if code and (self._shows_all or code != _CODES[Timing.LATE]):  # 5
                self._report(code, covered[0].start, last=covered[-1].stop - 1)

    def _check_quorum(self, size: int) -> None:
        """Report the entries that had a day to be witnessed, and were not."""
        if self._policy.has_quorum(frozenset()):
            return
        if self._now is not None:
            seen = microseconds_of(self._now)
        else:
            seen = max((recorded for _, recorded in self._runs.read(size)), default=0)
        old = [
            run
            for run, recorded in self._runs.read(size)
            if run.start >= self._quorum_size and is_past_window(recorded, seen=seen)
        ]
        if old:  # 6
            first, last = old[0].start, old[-1].stop - 1
            self._report("quorum-missing", first, last=last)

    def _report(
        self, code: str, first: int, *, last: int | None = None, detail: str = ""
    ) -> None:
        self.findings.append(
            Finding(position=first, code=code, last=last, detail=detail)
        )
