"""``skillbank tiles``: the log as files, written from the store and held against it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import typer
from sqlalchemy import exc

from api.bank import NotFoundedError
from api.cli.folders import HERE, FolderOption, bank_at, check_exists
from api.cli.options import JsonOption
from api.cli.terminal import (
    FAULT,
    NOT_CHECKED,
    WRONG_INPUT,
    answering,
    harmless,
    say,
    show,
    show_json,
    stop,
)
from api.settings import Settings
from ledger.audit.tiles import TilesSource
from ledger.database import open_for_reading
from ledger.publishing.comparing import Difference, compare_log
from ledger.publishing.folder import LogFolder, PublishingFaultError
from ledger.publishing.rebuilding import FolderBusyError, rebuild_log
from ledger.store.heads import Head
from ledger.store.reader import LogReader, StoreUnavailableError

SHOWN_MAX: Final = 50

app = typer.Typer(name="tiles", no_args_is_help=True)

_FolderArgument = Annotated[
    Path | None,
    typer.Argument(
        metavar="DIR",
        file_okay=False,
        help="The log's folder (日志目录); without it, the bank's own.",
    ),
]


@app.callback()
def tiles() -> None:
    """Write the log as files, or compare them with the ledger (日志文件)."""


@app.command("rebuild")
def rebuild(
    folder: _FolderArgument = None,
    *,
    data: FolderOption = HERE,
    entries: Annotated[
        bool,
        typer.Option(
            "--entries",
            help="The entries as well, so that the folder alone can be audited.",
        ),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Write what the folder lacks, up to the newest checkpoint (重建日志文件).

    Nothing is overwritten. Exit codes: 0 done · 1 a file has other bytes · 4 a bank is
    publishing there now.
    """
    with answering(as_json=as_json), _opened(folder, data) as (place, log, head):
        try:
            rebuild_log(LogFolder(place), log, head=head, with_entries=entries)
        except PublishingFaultError as error:
            text = (
                f"{place / error.name} has other bytes than this ledger gives: keep it "
                "as evidence, move the folder away, and do this again"
            )
            name = error.name
            stop("log-differs", text, exit_code=FAULT, as_json=as_json, name=name)
        except FolderBusyError:
            text = f"a bank is publishing in {place} now: do this again"
            stop("log-busy", text, exit_code=NOT_CHECKED, as_json=as_json)
        if as_json:
            show_json({"folder": str(place), "size": head.size, "entries": entries})
        else:
            say(f"{place} shows the checkpoint of {head.size} entries.")


@app.command("check")
def check(
    folder: _FolderArgument = None,
    *,
    data: FolderOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Compare every file of the log with the ledger, byte by byte (核对日志文件).

    Exit codes: 0 all is the same · 1 not so: each file is named · 3 no log's folder.
    """
    with answering(as_json=as_json), _opened(folder, data) as (place, log, head):
        if not TilesSource.is_folder(place):
            text = f"{place} is no log's folder: it has neither checkpoint nor tiles"
            stop("not-a-log", text, exit_code=WRONG_INPUT, as_json=as_json)
        found = list(compare_log(LogFolder(place), log, newest=head))
        if as_json:
            show_json(_as_object(place, found))
        else:
            _show(place, found)
        if found:
            raise typer.Exit(FAULT)


@contextmanager
def _opened(folder: Path | None, data: Path) -> Iterator[tuple[Path, LogReader, Head]]:
    """Open the ledger for reading; yield the log's folder, the log and its head.

    Raises:
        typer.Exit: there is no bank, or its database does not answer.
    """
    with bank_at(data):
        settings = Settings.from_environment(data)
        check_exists(settings.database_url)
        engine = open_for_reading(settings.database_url)
        log = LogReader(engine)
        try:
            head = log.read_head()
            if head is None:
                raise NotFoundedError
            yield folder or settings.log, log, head
        except exc.DBAPIError as error:
            raise StoreUnavailableError from error
        finally:
            engine.dispose()


def _as_object(place: Path, found: list[Difference]) -> dict[str, object]:
    return {
        "folder": str(place),
        "verdict": "fault" if found else "pass",
        "differences": [
            {
                "code": one.code,
                "name": one.name,
                "position": one.positions.start if one.positions else None,
                "last": one.positions.stop - 1 if one.positions else None,
            }
            for one in found
        ],
    }


def _show(place: Path, found: list[Difference]) -> None:
    for one in found[:SHOWN_MAX]:
        where = ""
        if one.positions:
            where = f" (positions {one.positions.start}-{one.positions.stop - 1})"
        show(harmless(f"{one.code}: {one.name}{where}"))
    if len(found) > SHOWN_MAX:
        say(f"… and {len(found) - SHOWN_MAX} more (--json lists them)")
    if not found:
        say(f"{place} holds what the ledger gives, byte for byte.")
