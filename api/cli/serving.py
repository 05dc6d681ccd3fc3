"""``skillbank init``, ``serve`` and ``project``: running a bank."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import create_server
from typing import Annotated, Final, NoReturn

import typer
from sqlalchemy.exc import OperationalError

from api.bank import NotFoundedError
from api.cli.groups import grouped
from api.cli.inputs import MEMBER_ID_FORM
from api.cli.options import JsonOption
from api.cli.terminal import USAGE, WRONG_INPUT, answering, say, show_json
from api.founding import AlreadyFoundedError, Founded, Founder, found_bank
from api.main import PublicAddressError, check_loopback, run_server
from api.settings import SERVICE_KEY_FILE, Settings
from ledger.database import DatabaseUrlError, open_engine, open_for_reading
from ledger.domain.errors.statements import InvalidStatementError
from ledger.integrity.errors import IntegrityError
from ledger.store.application import LedgerStore
from ledger.vault.keys import MasterKeyError
from projections.runner import Runner

HERE: Final = Path()
_HINTS: Final = {
    "/kid": f"--operator is {MEMBER_ID_FORM}.",
    "/body/member_id": f"--operator is {MEMBER_ID_FORM}.",
    "/body/founding/origin": "--origin is a name such as bank.example.cn/credits, "
    "without https:// and spaces.",
    "/body/founding/time_zone": "--time-zone is one such as Asia/Shanghai.",
    "/body/name": "--name is a text of at most 200 characters, without control signs.",
}

FolderOption = Annotated[
    Path,
    typer.Option(
        "--data",
        metavar="DIR",
        file_okay=False,
        help="The bank's folder; the SKILLBANK_… variables override parts of it.",
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Founding:
    """Who founds the ledger; entry 0 says so for ever."""

    origin: Annotated[
        str, typer.Option(help="The ledger's own name: bank.example.cn/credits.")
    ]
    operator: Annotated[
        str, typer.Option(help="The operator's member id (运营机构编号).")
    ]
    name: Annotated[str, typer.Option(help="The operator's name (名称).")]
    name_en: Annotated[str | None, typer.Option(help="The same in English.")] = None
    time_zone: Annotated[str, typer.Option(help="Where dates are counted (时区).")] = (
        "Asia/Shanghai"
    )


@grouped
def init(
    *, founding: Founding, data: FolderOption = HERE, as_json: JsonOption = False
) -> None:
    """Found a bank: make its keys, its databases and entry 0 (建账).

    Prints the ledger's name. Give it to every member and auditor by another way than
    this bank: it is all that they trust.
    """
    settings = Settings.from_environment(data)
    founder = Founder(
        origin=founding.origin,
        operator=founding.operator,
        name=founding.name,
        name_en=founding.name_en,
        time_zone=founding.time_zone,
    )
    with answering(as_json=as_json), _bank_at(data):
        founded = _found_in(data, settings, founder=founder)
        say(f"The bank's own keys are in {settings.keys}. Back them up.")
        say(f"The operator's key is {founded.operator_key_file}: keep it elsewhere.")
        if as_json:
            show_json(
                {
                    "ledger": founded.ledger,
                    "operator_kid": founded.operator_key.kid,
                    "operator_key_file": str(founded.operator_key_file),
                    "keys": str(settings.keys),
                }
            )
        else:
            typer.echo(founded.ledger)


def _found_in(data: Path, settings: Settings, *, founder: Founder) -> Founded:
    """Found a bank; what cannot be founded leaves no folder behind.

    Raises:
        InvalidStatementError, IntegrityError: the founder has no legal form; the
            option was named.
    """
    is_new = not data.exists()
    data.mkdir(parents=True, exist_ok=True)
    try:
        return found_bank(settings, founder)
    except (InvalidStatementError, IntegrityError) as error:
        # What is no id at all makes no key id either, and is refused before the rest.
        faults = error.errors if isinstance(error, InvalidStatementError) else (error,)
        for fault in faults:
            if fault.pointer in _HINTS:
                say(_HINTS[fault.pointer])
        if is_new:
            data.rmdir()
        raise


def serve(
    *,
    data: FolderOption = HERE,
    host: Annotated[
        str, typer.Option(help="A loopback address; no other is allowed yet.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8000,
    socket: Annotated[
        Path | None, typer.Option(help="A Unix socket instead of host and port.")
    ] = None,
) -> None:
    """Run the bank until it is stopped (运行)."""
    with answering(as_json=False), _bank_at(data):
        settings = Settings.from_environment(data)
        if socket is None:
            check_loopback(host)
            _check_free(host, port)
        if not (settings.keys / SERVICE_KEY_FILE).exists():
            raise NotFoundedError
        where = str(socket) if socket else f"http://{host}:{port}"
        say(f"Serving at {where}; its documentation is under /docs. Ctrl-C stops it.")
        uds = str(socket) if socket else None
        run_server(settings, host=host, port=port, uds=uds)


def project(
    *,
    data: FolderOption = HERE,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Drop them and start from entry 0.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Bring the projections up to the log, or make them anew (重建查询库)."""
    with answering(as_json=as_json), _bank_at(data):
        settings = Settings.from_environment(data)
        _check_exists(settings.database_url)
        store = LedgerStore(open_engine(settings.database_url))
        runner = Runner(store, open_engine(settings.projections_url))
        try:
            if store.read_head() is None:
                raise NotFoundedError
            position = runner.rebuild() if rebuild else runner.catch_up()
        finally:
            runner.close()
            store.close()
        if as_json:
            show_json({"position": position, "rebuilt": rebuild})
        else:
            typer.echo(f"The projections are true for position {position}.")


def _check_free(host: str, port: int) -> None:
    """Look before the databases are opened and it is said that the bank is served.

    Raises:
        typer.BadParameter: something else uses the port.
    """
    try:
        create_server((host, port)).close()
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        hint = f"{port} is in use already: choose another one, or stop what uses it"
        raise typer.BadParameter(hint, param_hint="--port") from None


def _check_exists(url: str) -> None:
    """Look before opening for writing, which would make a new file.

    Raises:
        NotFoundedError: there is no such database.
    """
    engine = open_for_reading(url)
    try:
        engine.connect().close()
    except OperationalError as error:
        raise NotFoundedError from error
    finally:
        engine.dispose()


@contextmanager
def _bank_at(folder: Path) -> Iterator[None]:
    """Say what is wrong with a bank's folder or address.

    Raises:
        typer.Exit: something is.
    """
    try:
        yield
    except DatabaseUrlError as error:
        _stop(f"{error} databases are not supported: SQLite or PostgreSQL")
    except AlreadyFoundedError:
        _stop(f"there is a bank in {folder} already: choose another --data")
    except NotFoundedError:
        _stop(f"there is no bank in {folder}: found one with `skillbank init`")
    except MasterKeyError:
        _stop("the vault was made with another key: restore keys/vault.key")
    except PublicAddressError as error:
        say(f"error: {error} is not a loopback address; there is no access control yet")
        raise typer.Exit(USAGE) from None


def _stop(text: str) -> NoReturn:
    say(f"error: {text}")
    raise typer.Exit(WRONG_INPUT)
