"""Why a ledger could not be read, or is at fault as a whole: said alike everywhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from api.cli.terminal import FAULT, NOT_CHECKED, USAGE, WRONG_INPUT, stop
from client.errors import LedgerNameError
from ledger.audit.errors import (
    NotALedgerError,
    SourceUnreachableError,
    UnreadableSourceError,
)
from ledger.audit.verify import WrongLedgerError

_SOURCES: Final = (
    "Name a bank's folder (with ledger.db), its ledger.db, a bundle, the log's folder, "
    "a backup's folder, a database URL, or the address of a bank that is running"
)


@contextmanager
def explaining_source(source: str, *, as_json: bool) -> Iterator[None]:
    """Say what is wrong with a source, or with the name that it was asked for by.

    Raises:
        typer.Exit: something is.
    """
    try:
        yield
    except LedgerNameError as error:
        stop(error.code, str(error), exit_code=USAGE, as_json=as_json)
    except NotALedgerError as error:
        text = f"{source} is not a ledger: {error.instead}. {_SOURCES}"
        stop("not-a-ledger", text, exit_code=WRONG_INPUT, as_json=as_json)
    except SourceUnreachableError as error:
        text = f"{source} could not be read: {error}"
        stop("unreachable", text, exit_code=NOT_CHECKED, as_json=as_json)
    except WrongLedgerError as error:
        found = error.found or "none that can be read"
        text = (
            f"not the ledger that you named: pinned {error.pinned}, found {found}. "
            "Compare the name with the one you were given"
        )
        stop("another-ledger", text, exit_code=FAULT, as_json=as_json)
    except UnreadableSourceError as error:
        why = f": {error.reason}" if error.reason else ""
        text = f"{source} is a ledger, unreadable from position {error.position} on"
        stop("unreadable", text + why, exit_code=FAULT, as_json=as_json)
    except PermissionError as error:
        what = source if error.filename is None else error.filename
        text = f"{what} could not be read: whoever runs this has no permission to"
        stop("unreachable", text, exit_code=NOT_CHECKED, as_json=as_json)
