"""``skillbank init`` and ``serve``: founding a bank, and running it."""

import errno
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from socket import create_server
from typing import Annotated, Final

import typer

from api.bank import NotFoundedError
from api.cli.folders import HERE, FolderOption, bank_at, fail
from api.cli.groups import grouped
from api.cli.inputs import MEMBER_ID_FORM
from api.cli.options import JsonOption
from api.cli.terminal import NOT_CHECKED, answering, say, show_json
from api.family import NobodyAnswersError
from api.founding import AlreadyFoundedError, Founded, Founder, found_bank
from api.listening import is_unused
from api.main import PublicAddressError, check_loopback
from api.serving import run_server
from api.settings import SERVICE_KEY_FILE, Settings
from ledger.audit.processes import cores
from ledger.domain.errors.statements import InvalidStatementError
from ledger.integrity.errors import IntegrityError

PROCESSES_MAX: Final = 8
"""Beyond these the one that writes has no more to do."""
_LEAVING_SECONDS: Final = 5
_APART: Final = 3
"""From so many on, whoever writes does nothing else: that pays on two cores already."""

_HINTS: Final = {
    "/kid": f"--operator is {MEMBER_ID_FORM}.",
    "/body/member_id": f"--operator is {MEMBER_ID_FORM}.",
    "/body/founding/origin": "--origin is a name such as bank.example.cn/credits, "
    "without https:// and spaces.",
    "/body/founding/time_zone": "--time-zone is one such as Asia/Shanghai.",
    "/body/name": "--name is a text of at most 200 characters, without control signs.",
}


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
    with answering(as_json=as_json), bank_at(data):
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
        typer.Exit: there is a bank already.
    """
    is_new = not data.exists()
    data.mkdir(parents=True, exist_ok=True)
    try:
        return found_bank(settings, founder)
    except AlreadyFoundedError:
        fail(f"there is a bank in {data} already: choose another --data")
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
    processes: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=PROCESSES_MAX,
            help="1: one process does all. 2: another keeps the projections. More: one "
            "writes, one keeps the projections, and the others answer. Otherwise as "
            "many as there are cores, but on two four, or three with PostgreSQL.",
        ),
    ] = None,
) -> None:
    """Run the bank until it is stopped (运行)."""
    with answering(as_json=False), bank_at(data):
        settings = Settings.from_environment(data)
        if socket is None:
            _check_host(host)
            _wait_for(partial(_is_free, host, port), port, option="--port")
        else:
            _wait_for(partial(is_unused, socket), socket, option="--socket")
        if not (settings.keys / SERVICE_KEY_FILE).exists():
            raise NotFoundedError
        where = str(socket) if socket else f"http://{host}:{port}"
        say(f"Serving at {where}; its documentation is under /docs. Ctrl-C stops it.")
        chosen = processes or processes_for(cores(), url=settings.database_url)
        try:
            run_server(settings, processes=chosen, host=host, port=port, uds=socket)
        except NobodyAnswersError:
            say("error: nobody answers any more; the log of this bank says since when")
            raise typer.Exit(NOT_CHECKED) from None


def processes_for(cores: int, *, url: str) -> int:
    """Return how many processes do best on so many cores (ADR 0015, 0027).

    A database server wants the cores as well; with a file two may answer.
    """
    least = _APART + 1 if url.startswith("sqlite") else _APART
    return 1 if cores == 1 else min(max(cores, least), PROCESSES_MAX)


def _check_host(host: str) -> None:
    """Refuse to be reachable from elsewhere.

    Raises:
        typer.BadParameter: not a loopback address.
    """
    try:
        check_loopback(host)
    except PublicAddressError:
        hint = f"{host} is not a loopback address; there is no access control yet"
        raise typer.BadParameter(hint, param_hint="--host") from None


def _wait_for(is_free: Callable[[], bool], name: object, *, option: str) -> None:
    """Look before the databases are opened and it is said that the bank is served.

    Processes of a bank that was killed answer for a moment more: they are waited for.

    Raises:
        typer.BadParameter: something else uses it.
    """
    deadline = time.monotonic() + _LEAVING_SECONDS
    while not is_free():
        if time.monotonic() >= deadline:
            hint = f"{name} is in use already: choose another one, or stop what uses it"
            raise typer.BadParameter(hint, param_hint=option)
        time.sleep(_LEAVING_SECONDS / 100)


def _is_free(host: str, port: int) -> bool:
    try:
        create_server((host, port)).close()
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        return False
    return True
