"""What an audit has checked and found, for programs and for people."""

from collections.abc import Iterator, Sequence
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ledger.audit.findings import (
    AuditReport,
    Finding,
    WitnessFigures,
    first_located,
)
from ledger.domain.types import credits_text
from ledger.integrity.encoding import b64encode

FINDINGS_SHOWN: Final = 20


def as_object(report: AuditReport) -> dict[str, object]:
    """Return the report as ``--json`` prints it."""
    return {
        "ledger": report.ledger,
        "verdict": "pass" if report.passed else "fault",
        "entries": report.entries,
        "checkpoint_size": report.checkpoint_size,
        "root": b64encode(report.root),
        "signatures": report.signatures,
        "members": report.members,
        "learners": report.learners,
        "awards": report.awards,
        "credits": credits_text(report.awarded_milli),
        "trial_balance": {
            member: credits_text(amount)
            for member, amount in report.trial_balance.items()
        },
        "recovery_positions": list(report.recovery_positions),
        "disclosures": None
        if report.disclosures is None
        else {
            "disclosed": report.disclosures.disclosed,
            "undisclosed": report.disclosures.undisclosed,
        },
        "witnesses": _witnesses_of(report),
        "found": report.found,
        "first_bad_position": report.findings[0].position if report.findings else None,
        "first_located_position": first_located(report.findings),
        "classes": {kind.value: count for kind, count in report.classes.items()},
        "findings": [
            {
                "position": finding.position,
                "last": finding.last,
                "class": finding.kind.value,
                "code": finding.code,
                "detail": finding.detail,
            }
            for finding in report.findings
        ],
    }


def _witnesses_of(report: AuditReport) -> dict[str, object] | None:
    told = report.witnesses
    if told is None:
        return None
    return {
        "cosigned": told.cosigned,
        "with_quorum": told.with_quorum,
        "quorum_size": told.quorum_size,
        "seen": dict(told.seen),
    }


def print_report(report: AuditReport, console: Console) -> None:
    """Say what was checked and what was found."""
    table = Table(show_header=False, box=None, pad_edge=False)
    # The name is needed whole, to be compared and copied: it is not part of the table.
    console.print(f"ledger             {report.ledger}", soft_wrap=True, markup=False)
    for name, value in _checked(report):
        table.add_row(name, value)
    console.print(table)
    if report.passed:
        verdict = Text("PASS", "bold green").append(
            " nothing was found", "not bold default"
        )
        console.print(verdict)
        return
    for finding in report.findings[:FINDINGS_SHOWN]:
        console.print(str(finding), markup=False)
    more = report.found - FINDINGS_SHOWN
    if more > 0:
        whole = report.found == len(report.findings)
        listed = "them" if whole else f"the first {len(report.findings)}"
        console.print(f"… and {more} more (--json lists {listed})")
    counts = ", ".join(f"{kind} {count}" for kind, count in report.classes.items())
    console.print(f"classes            {counts}", markup=False)
    verdict = Text("FAULT", "bold red")
    first = first_bad(report.findings)
    console.print(verdict.append(f" first bad position: {first}", "not bold default"))


def first_bad(findings: Sequence[Finding]) -> str:
    """Say where the first fault is, as far as it is known."""
    first, located = findings[0], first_located(findings)
    if located == first.position:
        return str(located)
    within = f"between {first.position} and {first.last}"
    return within if located is None else f"{within}; the first located: {located}"


def _checked(report: AuditReport) -> Iterator[tuple[str, str]]:
    unbalanced = [name for name, amount in report.trial_balance.items() if amount]
    yield "entries", f"{report.entries}, {_covered(report)}"
    yield "signatures", f"{report.signatures} verified under keys held at the time"
    yield "members, learners", f"{report.members}, {report.learners}"
    amount = credits_text(report.awarded_milli)
    yield "awards", f"{report.awards} of {amount} credits"
    yield (
        "trial balance",
        f"not zero for {', '.join(unbalanced)}"
        if unbalanced
        else f"zero for all {len(report.trial_balance)} members",
    )
    yield "shown balances", "not looked at: audit replay --against compares them"
    recoveries = len(report.recovery_positions)
    yield "recovery keys", f"{recoveries} entries signed with one"
    if report.disclosures is not None:
        told = report.disclosures
        text = f"{told.disclosed} fit their digests, {told.undisclosed} undisclosed"
        yield "disclosures", text
    if report.witnesses is not None:
        yield from _cosigned(report.witnesses, entries=report.entries)


def _covered(report: AuditReport) -> str:
    if report.passed:
        return "all under the checkpoint of the last"
    return f"held against checkpoints up to {report.checkpoint_size}"


def _cosigned(told: WitnessFigures, *, entries: int) -> Iterator[tuple[str, str]]:
    counted = f"{told.cosigned} checkpoints cosigned, {told.with_quorum} with quorum"
    under = f"{told.quorum_size} of {entries} entries under the largest of these"
    yield "witnesses", f"{counted}; {under}"
    for name, size in told.seen.items():
        yield f"  {name}", f"{size} entries cosigned" if size else "has cosigned none"
