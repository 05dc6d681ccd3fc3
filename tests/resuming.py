"""Audits that are stopped on the way and go on in another call, from a file."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from ledger.audit.findings import AuditReport
from ledger.audit.parts import HeldAgainst
from ledger.audit.progress.file import ProgressFile
from ledger.audit.progress.keeping import Keeping
from ledger.audit.verify import IN_PROCESS, Audit, WrongLedgerError
from ledger.audit.workers import Workers
from tests.tampering.campaign import small_grounds
from tests.tampering.copies import Copy, copy_of
from tests.tampering.crude import flipped
from tests.tampering.grounds import Ground
from tests.tampering.outcomes import Harm

HALF: Final = 12
"""Entries after which an audit of the small ledger is stopped."""


class StoppedError(Exception):
    """Somebody ended the audit."""


@contextmanager
def keeping_in(
    path: Path, *, is_due: Callable[[], bool] = lambda: True, in_memory_max: int = 3
) -> Iterator[Keeping]:
    """Open a file of progress, and close it whatever happens."""
    file = ProgressFile(path, in_memory_max=in_memory_max)
    try:
        yield Keeping(file, is_due=is_due)
    finally:
        file.close()


def audit_of(
    harm: Harm,
    ground: Ground,
    *,
    keeping: Keeping | None = None,
    stop_after: int | None = None,
    workers: Workers = IN_PROCESS,
) -> AuditReport | str:
    """Return what an audit says; end it after so many entries.

    Raises:
        StoppedError: they were reached.
    """

    def on_entries(done: int) -> None:
        if done == stop_after:
            raise StoppedError

    try:
        audit = Audit(
            harm.copy,
            ledger=ground.bank.ledger,
            remembered=harm.remembered,
            against=HeldAgainst(witnesses=harm.witnesses),
            keeping=keeping,
        )
        return audit.run(on_entries, workers=workers)
    except WrongLedgerError as error:
        return error.found


def resumed(
    harm: Harm,
    ground: Ground,
    *,
    path: Path,
    stops: Sequence[tuple[int, int]],
    workers: Workers = IN_PROCESS,
) -> AuditReport | str:
    """Stop after so many entries, each time saving after every so many; then finish."""
    for stop_after, every in stops:
        try:
            with keeping_in(path, is_due=one_of(every)) as keeping:
                return audit_of(
                    harm,
                    ground,
                    keeping=keeping,
                    stop_after=stop_after,
                    workers=workers,
                )
        except StoppedError:
            continue
    with keeping_in(path) as keeping:
        return audit_of(harm, ground, keeping=keeping, workers=workers)


def one_of(every: int) -> Callable[[], bool]:
    """Return what is due once in so many times."""
    asked = iter(range(1, 1 << 30))
    return lambda: next(asked) % every == 0


@cache
def honest() -> Harm:
    """Return a ledger that nothing is wrong with."""
    return Harm(copy=copy_of(small_grounds()[0]), expected=None)


def stopped_half_way(path: Path, harm: Harm) -> None:
    """Leave the progress of half an audit."""
    with keeping_in(path) as keeping, pytest.raises(StoppedError):
        audit_of(harm, small_grounds()[0], keeping=keeping, stop_after=HALF)


def changed(copy: Copy, position: int) -> Copy:
    """Return a copy with another entry in one place."""
    entries = list(copy.entries_kept)
    raw = flipped(entries[position].raw, len(entries[position].raw) * 8 - 3)
    entries[position] = replace(entries[position], raw=raw)
    return Copy(entries, copy.heads_kept)
