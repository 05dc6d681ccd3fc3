"""``skillbank audit``: trusts nobody, and nothing but the ledger's name."""

import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, NoReturn

import orjson
import typer

from api.cli.auditing import showing_progress
from api.cli.documents.transcript import check_transcript
from api.cli.explaining import explaining_source
from api.cli.exporting import check_part, export
from api.cli.groups import grouped
from api.cli.proofs import check_proof
from api.cli.remembering import MemoryPlaceError, recall, remember, require_place
from api.cli.replaying.command import replay
from api.cli.reporting import as_object, print_report
from api.cli.resuming import ResumeOption, resuming
from api.cli.sources import closing, is_address, open_part, open_source
from api.cli.terminal import (
    FAULT,
    NOT_CHECKED,
    USAGE,
    WRONG_INPUT,
    show,
    stdout_console,
    stop,
)
from api.cli.watching import watch
from api.cli.witness.policies import WitnessPolicyOption, read_policy_file
from client.clock import system_now
from client.pinning import split_name
from ledger.audit.bundles.whole import BundleSource
from ledger.audit.disclosures import DisclosureCheck
from ledger.audit.errors import NotALedgerError
from ledger.audit.findings import AuditReport
from ledger.audit.memory import MemoryFormError, MemoryOfAnotherError
from ledger.audit.parts import HeldAgainst
from ledger.audit.ports import Source
from ledger.audit.processes import PROCESSES_MAX, WorkerLostError, cores
from ledger.audit.progress.keeping import Keeping
from ledger.audit.spilling import NoRoomError
from ledger.audit.verify import Audit, read_name
from ledger.audit.witnessed import Witnesses
from ledger.audit.workers import Workers
from ledger.domain.types import instant_of

_VAULTS: Final = "api.cli.disclosing"

app = typer.Typer(name="audit", no_args_is_help=True)
app.command("proof")(check_proof)
app.command("transcript")(check_transcript)
app.command("export")(export)
app.command("watch")(watch)
app.command("replay")(replay)


@app.callback()
def audit() -> None:
    """Verify a ledger with nothing in hand but its name (审计)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What a ledger is held to beside its name."""

    memory: Annotated[
        Path | None,
        typer.Option(
            "--remember", help="Keep the checkpoint here; hold the next audit to it."
        ),
    ] = None
    vault: Annotated[
        str | None,
        typer.Option(
            help="The operator's own: also hold the vault at this database URL to it."
        ),
    ] = None
    witness_policy: WitnessPolicyOption = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """What an audit may use of the machine."""

    processes: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=PROCESSES_MAX,
            show_default="one per core",
            help="Processes that check entries; a short ledger needs one only.",
        ),
    ] = None
    resume: ResumeOption = None


@app.command("verify")
@grouped
def verify_command(
    source: Annotated[
        str,
        typer.Argument(
            help="A bank's folder or backup, the log as files, a bundle, a SQLite "
            "file, a database URL or an http address."
        ),
    ],
    *,
    beside: Beside,
    effort: Effort,
    ledger: Annotated[
        str | None,
        typer.Option(help="The ledger's name, as you learned it from elsewhere."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one object.")] = False,
) -> None:
    """Check every signature, leaf, root, checkpoint, right and balance.

    Exit codes: 0 all is well · 1 a proven fault · 3 not a ledger · 4 not checked.
    """
    with _explaining(as_json=as_json), explaining_source(source, as_json=as_json):
        if ledger is not None:
            split_name(ledger)
        part = open_part(source)
        if part is not None:
            _require_whole(beside, effort, as_json=as_json)
        if part is not None and ledger is not None:
            policy = read_policy_file(beside.witness_policy, as_json=as_json)
            check_part(part, ledger=ledger, policy=policy, as_json=as_json)
            return
        with closing(open_source(source) if part is None else BundleSource(part)) as it:
            if ledger is None:
                _ask_for_name(it, as_json=as_json)
            order = _Order(source=source, ledger=ledger, as_json=as_json, effort=effort)
            report = _verify_and_print(it, order, beside=beside)
    if not report.passed:
        raise typer.Exit(FAULT)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Order:
    source: str
    ledger: str
    as_json: bool
    effort: Effort


def _verify_and_print(opened: Source, order: _Order, *, beside: Beside) -> AuditReport:
    """Verify and print; what was kept to go on with goes when that is done."""
    file, as_json = order.effort.resume, order.as_json
    if file is not None and beside.vault is not None:
        text = "--vault is held to a ledger in one go: leave --resume out"
        stop("usage", text, exit_code=USAGE, as_json=as_json)
    with resuming(file, as_json=as_json) as keeping:
        report = _verify(opened, order, beside=beside, keeping=keeping)
        if as_json:
            show(orjson.dumps(as_object(report)).decode())
        else:
            print_report(report, stdout_console())
    return report


def _require_whole(beside: Beside, effort: Effort, *, as_json: bool) -> None:
    for option, given in (
        ("--vault", beside.vault),
        ("--resume", effort.resume),
    ):
        if given is not None:
            text = f"a part of a ledger is verified without {option}: name the whole"
            stop("usage", text, exit_code=USAGE, as_json=as_json)


def _verify(
    opened: Source, order: _Order, *, beside: Beside, keeping: Keeping | None
) -> AuditReport:
    """Verify, and remember what was found to be well."""
    as_json = order.as_json
    kept = recall(beside.memory, ledger=order.ledger)
    require_place(beside.memory)
    against = HeldAgainst(
        disclosures=_held_in(beside.vault, source=order.source, as_json=as_json),
        witnesses=_witnesses(beside.witness_policy, order),
    )
    audit = Audit(
        opened,
        ledger=order.ledger,
        remembered=kept.notes,
        against=against,
        keeping=keeping,
    )
    begun = 0 if keeping is None else keeping.begun
    with showing_progress(opened, as_json=as_json, begun=begun) as on_entries:
        processes = order.effort.processes or cores()
        report = audit.run(on_entries, workers=Workers(processes=processes))
    remember(beside.memory, kept, report=report)
    return report


def _witnesses(file: Path | None, order: _Order) -> Witnesses | None:
    policy = read_policy_file(file, as_json=order.as_json)
    if policy is None:
        return None
    # A running bank is asked now; how old a copy is, only its newest entry tells.
    now = instant_of(system_now()) if is_address(order.source) else None
    return Witnesses(policy=policy, now=now)


def _held_in(
    vault: str | None, *, source: str, as_json: bool
) -> DisclosureCheck | None:
    if vault is None:
        return None
    # The parts of a bank are loaded only here: who verifies must not wait for them.
    read: Callable[..., DisclosureCheck] = importlib.import_module(_VAULTS).held_in
    return read(vault, source=source, as_json=as_json)


@contextmanager
def _explaining(*, as_json: bool) -> Iterator[None]:
    """Say what is wrong with the file that an audit remembers in, or its processes.

    Raises:
        typer.Exit: something is.
    """
    try:
        yield
    except MemoryFormError:
        text = "the file named with --remember is not one that an audit has written"
        stop("not-a-memory", text, exit_code=WRONG_INPUT, as_json=as_json)
    except MemoryPlaceError as error:
        text = (
            f"the file named with --remember cannot be written: {error.reason}. Name "
            "one in a folder that is there and that you may write to"
        )
        stop("memory-place", text, exit_code=WRONG_INPUT, as_json=as_json)
    except WorkerLostError:
        text = (
            "a process that checked entries was ended from outside, so nothing is "
            "proven. If the machine is short of memory, name fewer --processes"
        )
        stop("worker-lost", text, exit_code=NOT_CHECKED, as_json=as_json)
    except NoRoomError:
        text = (
            "there is no room for temporary files, or for the one named with --resume, "
            "so nothing is proven. Make room, or name a folder that has some with "
            "SQLITE_TMPDIR"
        )
        stop("no-room", text, exit_code=NOT_CHECKED, as_json=as_json)
    except MemoryOfAnotherError as error:
        text = f"the file named with --remember is about {error.ledger}"
        stop("memory-of-another", text, exit_code=WRONG_INPUT, as_json=as_json)


def _ask_for_name(source: Source, *, as_json: bool) -> NoReturn:
    name = read_name(source)
    if name is None:
        raise NotALedgerError
    if not as_json:
        show(name)
    text = (
        "this is the name it gives itself. Compare it with the one you were given, "
        "and say it with --ledger: without it nothing is proven"
    )
    stop("no-name", text, exit_code=NOT_CHECKED, as_json=as_json, found=name)
