"""``skillbank backup``, ``restore`` and ``confirm``: back from the worst."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Annotated, Final, NamedTuple

import typer

from api.cli.backup_faults import explaining
from api.cli.evidence import read_evidence
from api.cli.folders import HERE, FolderOption, bank_at, check_exists
from api.cli.options import JsonOption, MaybeLedgerOption
from api.cli.recalling import (
    ask_witnesses,
    require_answers,
    require_word,
    seen_by,
    speak_against,
)
from api.cli.restoring import audit_backup, bring_back, is_whole, require_room
from api.cli.terminal import (
    FAULT,
    answering,
    say,
    show_json,
    stop,
)
from api.settings import Settings, read_policy
from client.clock import system_now
from ledger.audit.rebuild import rebuild
from ledger.audit.verify import WrongLedgerError
from ledger.backup.comparing import Agreement, confirm
from ledger.backup.manifest import Manifest
from ledger.backup.opened import Backup
from ledger.backup.saving import save_backup
from ledger.database import open_engine
from ledger.domain.types import instant_of
from ledger.integrity.quorum import Policy
from ledger.store.application import LedgerStore

FINDINGS_SHOWN: Final = 20

BackupArgument = Annotated[
    Path, typer.Argument(metavar="DIR", help="The folder of the backup (备份目录).")
]
WithoutVaultOption = Annotated[
    bool,
    typer.Option(
        "--without-vault",
        help="Restore the ledger only: the vault is still there, or was deleted from "
        "this backup.",
    ),
]
AcceptLossOption = Annotated[
    int,
    typer.Option(
        min=0,
        metavar="N",
        help="Give up the N entries that are proven to be missing: everybody who holds "
        "a larger checkpoint will see a second history.",
    ),
]

WitnessOption = Annotated[
    list[str] | None,
    typer.Option(
        "--witness", metavar="URL", help="A witness to ask; may be repeated (见证方)."
    ),
]


def backup(
    folder: BackupArgument, *, data: FolderOption = HERE, as_json: JsonOption = False
) -> None:
    """Save log, state and vault into a new folder, while the bank runs (备份).

    The keys are not in it: neither the bank's own nor the vault's.
    """
    with answering(as_json=as_json), bank_at(data), explaining(as_json=as_json):
        settings = Settings.from_environment(data)
        check_exists(settings.database_url)
        check_exists(settings.vault_url)
        with ExitStack() as opened:
            ledger = open_engine(settings.database_url)
            opened.callback(ledger.dispose)
            vault = open_engine(settings.vault_url)
            opened.callback(vault.dispose)
            now = instant_of(system_now())
            saved = save_backup(folder, ledger=ledger, vault=vault, made_at=now)
    say("No key is in it: keep those of the bank and of the vault elsewhere.")
    if as_json:
        show_json({"backup": str(folder), **_as_object(saved)})
        return
    typer.echo(f"{saved.size} entries are saved in {folder}.")


def restore(
    folder: BackupArgument,
    *,
    data: FolderOption = HERE,
    ledger: MaybeLedgerOption = None,
    without_vault: WithoutVaultOption = False,
    as_json: JsonOption = False,
) -> None:
    """Audit a backup, and bring it back into empty databases (恢复).

    The bank then serves, but signs nothing until ``skillbank confirm``.

    Exit codes: 0 restored · 1 the backup is damaged or at fault · 3 not a backup, or a
    database is not empty · 4 a database does not answer.
    """
    with answering(as_json=as_json), bank_at(data), explaining(as_json=as_json):
        settings = Settings.from_environment(data)
        opened = Backup(folder, with_vault=not without_vault, rebuild=rebuild)
        _require_name(opened.manifest, ledger, as_json=as_json)
        require_room(settings, with_vault=not without_vault)
        opened.check_files()
        say(f"All files are whole. Auditing {opened.manifest.size} entries.")
        _require_audit(opened, as_json=as_json)
        say("The audit found nothing. Restoring.")
        with _in_folder(data):
            now = instant_of(system_now())
            bring_back(opened, settings, restored_at=now, with_vault=not without_vault)
    say("The bank signs nothing until `skillbank confirm` has compared it.")
    if as_json:
        show_json({"restored": str(folder), **_as_object(opened.manifest)})
        return
    typer.echo(
        f"{opened.manifest.size} entries are restored, as of {opened.manifest.made_at}."
    )


@contextmanager
def _in_folder(data: Path) -> Iterator[None]:
    """Make a folder, and take it away again if what is done in it fails."""
    is_new = not data.exists()
    data.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        if is_new:
            with suppress(OSError):
                data.rmdir()
        raise


def confirm_restore(
    checkpoints: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[CHECKPOINT]...",
            help="Files that others hold: checkpoints, receipts or proofs (检查点).",
        ),
    ] = None,
    *,
    data: FolderOption = HERE,
    witness: WitnessOption = None,
    accept_loss: AcceptLossOption = 0,
    as_json: JsonOption = False,
) -> None:
    """Compare a restored bank with checkpoints of others, so that it signs (核对恢复).

    Witnesses are asked what they have seen: those of SKILLBANK_WITNESS_POLICY, of which
    a quorum must answer, and those named with --witness, which all must.

    A bank whose database came back by other means is compared as well, and signs no
    more if a checkpoint speaks against it: stop it before.

    Exit codes: 0 it signs again · 1 entries are missing, or it is another history ·
    3 no checkpoint of this ledger · 4 a database or too many witnesses do not answer.
    """
    with answering(as_json=as_json), bank_at(data), explaining(as_json=as_json):
        settings = Settings.from_environment(data)
        check_exists(settings.database_url)
        store = LedgerStore(open_engine(settings.database_url))
        try:
            was_mute = store.awaiting_comparison() is not None
            order = _Order(checkpoints or (), witness or (), accept_loss, as_json)
            found = _compare(store, order, policy=read_policy(settings))
        finally:
            store.close()
    if not was_mute and not found.lost:
        say("It was not restored by this program, or was compared before.")
    _tell(found, as_json=as_json)


class _Order(NamedTuple):
    checkpoints: Sequence[Path]
    witnesses: Sequence[str]
    accept_loss: int
    as_json: bool


def _compare(store: LedgerStore, order: _Order, *, policy: Policy | None) -> Agreement:
    """Compare with what files say and witnesses answer, and note it if all agree."""
    as_json = order.as_json
    evidence = [read_evidence(path) for path in order.checkpoints]
    asked = ask_witnesses(store, order.witnesses, policy=policy)
    # One that speaks against the bank is heard, however many others are silent.
    if order.accept_loss or not speak_against(asked):
        require_answers(asked, policy=policy, as_json=as_json)
    seen = seen_by(asked)
    require_word(len(evidence) + len(seen), as_json=as_json)
    return confirm(
        store,
        evidence,
        now=instant_of(system_now()),
        accepted_loss=order.accept_loss,
        seen=seen,
    )


def _tell(found: Agreement, *, as_json: bool) -> None:
    if found.lost:
        say(
            f"{found.lost} entries are given up. The bank signs other ones at their "
            "positions: tell every member, auditor and witness, in writing."
        )
    elif found.known < found.size:
        say(
            f"Nothing given reaches beyond {found.known} of {found.size} entries: "
            "whoever holds a larger checkpoint can still prove a loss."
        )
    if as_json:
        figures = {"size": found.size, "compared_size": found.known}
        show_json({"signs": True, **figures, "lost": found.lost})
        return
    typer.echo(f"The bank signs, from position {found.size} on.")


def _as_object(manifest: Manifest) -> dict[str, object]:
    return {
        "ledger": manifest.ledger,
        "size": manifest.size,
        "root": manifest.root,
        "made_at": manifest.made_at,
        "rows": sum(file.rows for file in manifest.files),
        "bytes": sum(file.length_bytes for file in manifest.files),
    }


def _require_name(manifest: Manifest, pinned: str | None, *, as_json: bool) -> None:
    if pinned is not None and pinned != manifest.ledger:
        text = f"the backup is of another ledger: {manifest.ledger}, not {pinned}"
        stop("another-ledger", text, exit_code=FAULT, as_json=as_json)


def _require_audit(opened: Backup, *, as_json: bool) -> None:
    try:
        report = audit_backup(opened)
    except WrongLedgerError:
        text = "entry 0 is not the one that the backup's ledger is named after"
        stop("another-ledger", text, exit_code=FAULT, as_json=as_json)
    if is_whole(opened, report):
        return
    for finding in report.findings[:FINDINGS_SHOWN]:
        say(str(finding))
    text = "the ledger in the backup does not pass its audit: nothing was restored"
    stop("backup-at-fault", text, exit_code=FAULT, as_json=as_json)
