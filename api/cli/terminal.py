"""Data to stdout, everything else to stderr, and what each failure's exit code is.

0 all is well · 1 a proven fault · 2 usage · 3 what was given is not what it should be,
or the bank refuses it · 4 could not be checked or reached · 141 whoever read the output
left (as a shell says of a closed pipe): no verdict, and surely no proven fault.
"""

import os
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final, NoReturn

import orjson
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from client.errors import (
    BankAnswerError,
    BankFaultError,
    BankRefusedError,
    BankUnavailableError,
    ClientError,
    LedgerNameError,
    MandateDiffersError,
)
from client.files import LoosePermissionsWarning
from client.imports.faults import SHOWN_MAX, Faults, FileFaultsError
from ledger.domain.errors import RejectionError
from ledger.domain.errors.statements import InvalidStatementError
from ledger.integrity.errors import IntegrityError

FAULT: Final = 1
USAGE: Final = 2
WRONG_INPUT: Final = 3
NOT_CHECKED: Final = 4
READER_LEFT: Final = 141

_WIDE: Final = 1000
_SCHEMAS: Final = "the fields of each type are under /v1/schemas of the bank"


class PipeConsole(Console):
    """A console that does not call it a fault (1) when its reader leaves."""

    def on_broken_pipe(self) -> None:
        """Write no more, and say that nobody reads.

        Raises:
            SystemExit: always.
        """
        self.quiet = True
        leave()


errors: Final = Console(stderr=True, highlight=False, soft_wrap=True)
_EXITS: Final[Mapping[type[ClientError], int]] = {
    BankFaultError: FAULT,
    MandateDiffersError: FAULT,
    BankUnavailableError: NOT_CHECKED,
    BankAnswerError: NOT_CHECKED,
    LedgerNameError: USAGE,
}


def say(text: str) -> None:
    """Tell a person something that is no data; control signs in it do nothing."""
    errors.print(Text(harmless(text)))


def harmless(text: str) -> str:
    """Return text without signs that a terminal would obey."""
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in text)


def show_json(value: object) -> None:
    """Print one JSON object."""
    show(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())


def show(text: str) -> None:
    """Print a line of data."""
    try:
        typer.echo(text)
    except BrokenPipeError:
        leave()


def leave() -> NoReturn:
    """Stop, since nobody reads stdout any more.

    Raises:
        SystemExit: always.
    """
    # What is still buffered is flushed at the end, and must not fail again.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    raise SystemExit(READER_LEFT)


def stdout_console() -> Console:
    """Return a console on stdout; what goes into a pipe or a file is never cut."""
    width = None if sys.stdout.isatty() else _WIDE
    return PipeConsole(file=sys.stdout, highlight=False, markup=False, width=width)


def new_table(*columns: str, title: str | None = None) -> Table:
    """Return a plain table whose cells are folded, never cut."""
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for name in columns:
        table.add_column(name, overflow="fold")
    return table


@contextmanager
def answering(*, as_json: bool) -> Iterator[None]:
    """Turn what can go wrong into a text that helps and an exit code.

    Raises:
        typer.Exit: it went wrong.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("always", LoosePermissionsWarning)
        warnings.showwarning = lambda message, *_rest, **_more: say(
            f"warning: {message}"
        )
        try:
            yield
        except ClientError as error:
            _stop_for(error, as_json=as_json)
        except InvalidStatementError as error:
            found = [{"code": f.code, "pointer": f.pointer} for f in error.errors]
            text = ", ".join(f"{f.code} at {f.pointer}" for f in error.errors)
            stop(
                error.code,
                f"{text}; {_SCHEMAS}",
                exit_code=WRONG_INPUT,
                as_json=as_json,
                errors=found,
            )
        except (RejectionError, IntegrityError) as error:
            text = f"{error.code} at {error.pointer or '/'}"
            stop(error.code, text, exit_code=WRONG_INPUT, as_json=as_json)
        except OSError as error:
            text = f"{error.filename or 'file'}: {error.strerror or error}"
            stop("file", text, exit_code=WRONG_INPUT, as_json=as_json)


def list_faults(faults: Faults) -> None:
    """Tell the first fifty faults."""
    for fault in faults.kept[:SHOWN_MAX]:
        say(str(fault))
    more = faults.count - min(SHOWN_MAX, len(faults.kept))
    if more > 0:
        say(f"… and {more} more")


def faults_as_object(faults: Faults) -> list[dict[str, object]]:
    """Return faults as ``--json`` prints them."""
    return [
        {
            "row": fault.row,
            "column": fault.column,
            "code": fault.code,
            "text": fault.text,
        }
        for fault in faults.kept
    ]


def _stop_for(error: ClientError, *, as_json: bool) -> NoReturn:
    exits = [code for kind, code in _EXITS.items() if isinstance(error, kind)]
    more: dict[str, object] = {}
    code = error.code
    if isinstance(error, FileFaultsError):
        list_faults(error.faults)
        more["count"] = error.faults.count
        more["errors"] = faults_as_object(error.faults)
    if isinstance(error, BankRefusedError):
        code = error.bank_code
        more["errors"] = [
            {"code": f.code, "pointer": f.pointer, "line": f.line, "detail": f.detail}
            for f in error.faults
        ]
        more["refusal"] = error.evidence.refusal if error.evidence else None
        _tell_faults(error)
    exit_code = exits[0] if exits else WRONG_INPUT
    stop(code, str(error), exit_code=exit_code, as_json=as_json, **more)


def _tell_faults(error: BankRefusedError) -> None:
    """Tell what the bank names, unless the error itself says no less."""
    for fault in error.faults[:SHOWN_MAX]:
        line = "" if fault.line is None else f"line {fault.line}: "
        detail = fault.detail or fault.code
        if line or detail not in str(error):
            say(f"{line}{fault.pointer} {detail}")


def stop(
    code: str, text: str, *, exit_code: int, as_json: bool, **more: object
) -> NoReturn:
    """Say what went wrong, and stop.

    Raises:
        typer.Exit: always.
    """
    say(f"error: {text}")
    if as_json:
        show_json({"error": code, "detail": text, **more})
    raise typer.Exit(exit_code)
