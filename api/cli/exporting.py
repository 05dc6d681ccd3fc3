"""``skillbank audit export``: a file that proves itself, and how a part is checked."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import orjson
import typer

from api.cli.explaining import explaining_source
from api.cli.groups import grouped
from api.cli.options import JsonOption, LedgerOption
from api.cli.reporting import first_bad
from api.cli.sources import closing, open_source
from api.cli.terminal import (
    FAULT,
    WRONG_INPUT,
    harmless,
    say,
    show,
    show_json,
    stop,
)
from client.bundles import read_shown, write_lines
from client.errors import InputError
from client.pinning import split_name
from ledger.audit.bundles.form import ID_CHARACTERS_MAX, Bundle, Scope, ScopeKind
from ledger.audit.bundles.making import NothingToExportError, make_bundle
from ledger.audit.bundles.part import NOT_PROVEN, PartReport, verify_part
from ledger.audit.bundles.showing import UnknownDisclosureError
from ledger.integrity.quorum import Policy

_SHOWN_MAX: Final = 20


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a bundle shall hold."""

    first: Annotated[
        int | None, typer.Option("--from", min=0, help="First position of a range.")
    ] = None
    last: Annotated[
        int | None, typer.Option("--to", min=0, help="Last position of a range.")
    ] = None
    learner: Annotated[
        str | None, typer.Option(help="One learner: learner_… (一名学习者)")
    ] = None
    award: Annotated[
        str | None, typer.Option(help="One award: award_… (一项学习成果)")
    ] = None
    disclosures: Annotated[
        Path | None,
        typer.Option(help="A JSON list of disclosures that the learner wants shown."),
    ] = None

    def scope(self) -> Scope:
        """Return it as a bundle says it.

        Raises:
            typer.BadParameter: two things at once, or half a range.
        """
        ranged = self.first is not None or self.last is not None
        named = [one for one in (self.learner, self.award) if one is not None]
        if ranged + len(named) > 1:
            text = "name one of --from and --to, --learner, --award; or none for all"
            raise typer.BadParameter(text)
        if self.disclosures is not None and not named:
            text = "--disclosures goes with --learner or --award"
            raise typer.BadParameter(text)
        if named:
            kind = ScopeKind.AWARD if self.learner is None else ScopeKind.LEARNER
            return Scope(kind=kind, id=named[0][:ID_CHARACTERS_MAX])
        if not ranged:
            return Scope(kind=ScopeKind.WHOLE)
        if self.first is None or self.last is None or self.first > self.last:
            text = "--from and --to go together, the smaller first"
            raise typer.BadParameter(text)
        return Scope(kind=ScopeKind.RANGE, first=self.first, last=self.last)


@grouped
def export(
    source: Annotated[
        str, typer.Argument(help="A bank's folder, database or http address.")
    ],
    *,
    wanted: Wanted,
    ledger: LedgerOption,
    out: Annotated[Path, typer.Option(help="The file to write; it must not exist.")],
    as_json: JsonOption = False,
) -> None:
    """Write a bundle (存证包): entries, proofs and keys that verify offline for ever.

    Without a choice it holds the whole ledger. A range is widened to whole batches.
    """
    scope = wanted.scope()
    with _explaining(as_json=as_json), explaining_source(source, as_json=as_json):
        split_name(ledger)
        shown = () if wanted.disclosures is None else read_shown(wanted.disclosures)
        with closing(open_source(source)) as opened:
            lines = make_bundle(opened, ledger=ledger, scope=scope, disclosures=shown)
            written = write_lines(out, lines)
    if as_json:
        show_json({"file": str(out), "lines": written.lines, "bytes": written.bytes})
    else:
        say(f"{out}: {written.lines - 1} entries, {written.bytes} bytes")


@contextmanager
def _explaining(*, as_json: bool) -> Iterator[None]:
    """Say why nothing was exported from a ledger that is well.

    Raises:
        typer.Exit: it is so.
    """
    try:
        yield
    except InputError as error:
        stop(error.code, str(error), exit_code=WRONG_INPUT, as_json=as_json)
    except NothingToExportError:
        text = "the ledger has no such position, learner or award; look it up first"
        stop("not-there", text, exit_code=WRONG_INPUT, as_json=as_json)
    except UnknownDisclosureError:
        text = "a disclosure belongs to none of the entries; leave it out"
        stop("unknown-disclosure", text, exit_code=WRONG_INPUT, as_json=as_json)
    except OSError as error:
        text = f"{error.filename or 'file'}: {error.strerror or error}"
        stop("file", text, exit_code=WRONG_INPUT, as_json=as_json)


def check_part(
    part: Bundle, *, ledger: str, policy: Policy | None, as_json: bool
) -> None:
    """Verify a part, print what it proves and what it cannot.

    Raises:
        WrongLedgerError: it is a part of another ledger.
        typer.Exit: something was found.
    """
    report = verify_part(part, ledger=ledger, policy=policy)
    if as_json:
        show(orjson.dumps(part_as_object(report)).decode())
    else:
        for text in _lines(report):
            show(harmless(text))
    if not report.passed:
        raise typer.Exit(FAULT)


def part_as_object(report: PartReport) -> dict[str, object]:
    """Return the report as ``--json`` prints it."""
    return {
        "ledger": report.ledger,
        "verdict": "pass" if report.passed else "fault",
        "part": report.scope,
        "entries": report.entries,
        "checkpoint_size": report.checkpoint_size,
        "signatures": report.signatures,
        "story": [
            {
                "position": one.position,
                "type": one.type,
                "iss": one.iss,
                "recorded_at": one.recorded_at,
            }
            for one in report.story
        ],
        "in_doubt": list(report.in_doubt),
        "cosigned_by": sorted(report.cosigned.signers) if report.cosigned else None,
        "not_proven": list(NOT_PROVEN),
        "findings": [
            {
                "position": one.position,
                "last": one.last,
                "code": one.code,
                "detail": one.detail,
            }
            for one in report.findings
        ],
    }


def _lines(report: PartReport) -> Iterable[str]:
    yield f"ledger      {report.ledger}"
    yield f"part        {report.scope}"
    yield (
        f"entries     {report.entries}, each under the signed checkpoint of "
        f"{report.checkpoint_size}"
    )
    yield f"signatures  {report.signatures} verified under keys held at the time"
    if report.cosigned is not None:
        names = ", ".join(sorted(report.cosigned.signers)) or "none of your policy"
        quorum = "quorum" if report.cosigned.quorum else "no quorum"
        yield f"witnesses   {names}; {quorum}"
    for told in report.story[:_SHOWN_MAX]:
        yield f"  {told.position:>8} {told.recorded_at} {told.type} by {told.iss}"
    if len(report.story) > _SHOWN_MAX:
        yield f"  … and {len(report.story) - _SHOWN_MAX} more (--json lists them)"
    for position in report.in_doubt[:_SHOWN_MAX]:
        yield f"in doubt    {position}: its key was reported stolen"
    for text in NOT_PROVEN:
        yield f"not proven  {text}"
    for finding in report.findings[:_SHOWN_MAX]:
        yield str(finding)
    if report.passed:
        yield "PASS of a part: nothing was found"
    else:
        yield f"FAULT first bad position: {first_bad(report.findings)}"
