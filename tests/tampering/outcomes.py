"""What an audit must report of a harm, and whether it did."""

import random
from dataclasses import dataclass
from typing import Protocol

from ledger.audit.findings import AuditReport, Finding
from ledger.audit.verify import IN_PROCESS, WrongLedgerError
from ledger.audit.witnessed import Witnesses
from ledger.audit.workers import Workers
from tests.tampering.copies import Copy
from tests.tampering.grounds import Ground

Chance = random.Random


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """A finding of one of ``codes``, at ``first`` to ``last``, and none before.

    ``detail`` is how the finding's detail must begin. ``renamed``: the ledger is not
    the pinned one any more, which is reported at once and not among findings.
    """

    codes: frozenset[str]
    first: int
    last: int
    detail: str = ""
    renamed: bool = False

    def matches(self, finding: Finding) -> bool:
        """Tell whether a finding is the one that is expected."""
        return (
            finding.code in self.codes
            and finding.detail.startswith(self.detail)
            and self.covers(finding)
        )

    def covers(self, finding: Finding) -> bool:
        """Tell whether a finding is where the harm was done."""
        last = finding.position if finding.last is None else finding.last
        return finding.position <= self.last and last >= self.first


@dataclass(frozen=True, slots=True, kw_only=True)
class Harm:
    """What was done, and what must be found; nothing if no harm was done.

    ``remembered`` are notes that the auditor has kept of earlier audits, and
    ``witnesses`` are those whose cosignatures it counts; ``workers`` check entries.
    """

    copy: Copy
    expected: Expected | None
    remembered: tuple[str, ...] = ()
    witnesses: Witnesses | None = None
    workers: Workers = IN_PROCESS


class Operator(Protocol):
    """Does one harm to the first ledger; the other one is there to take from."""

    def __call__(self, ground: Ground, theirs: Ground, /, *, chance: Chance) -> Harm:
        """Do it where chance says."""


"""Harms a ground; the second ground is another ledger of the same words."""


def at(position: int, *codes: str, detail: str = "") -> Expected:
    """Expect a finding at one entry exactly."""
    found = frozenset(codes)
    return Expected(codes=found, first=position, last=position, detail=detail)


def within(first: int, last: int, *codes: str) -> Expected:
    """Expect a finding somewhere between two entries."""
    return Expected(codes=frozenset(codes), first=first, last=last)


def judge(ground: Ground, harm: Harm) -> str | None:
    """Audit a harmed copy; say what is wrong with the report, None if nothing is."""
    expected = harm.expected
    try:
        report = harm.copy.audit(
            ground,
            remembered=harm.remembered,
            witnesses=harm.witnesses,
            workers=harm.workers,
        )
    except WrongLedgerError:
        return None if expected is not None and expected.renamed else "another ledger"
    return fault_of(report, expected)


def fault_of(report: AuditReport, expected: Expected | None) -> str | None:
    """Say what is wrong with a report, None if nothing is."""
    if expected is None:
        return f"false alarm: {report.findings[0]}" if report.findings else None
    if not report.findings:
        return f"nothing was found, expected {expected}"
    earliest = report.findings[0]
    if not expected.covers(earliest):
        return f"the first finding is elsewhere: {earliest}, expected {expected}"
    if not any(map(expected.matches, report.findings)):
        found = "; ".join(map(str, report.findings[:5]))
        return f"found as something else: {found}, expected {expected}"
    return None
