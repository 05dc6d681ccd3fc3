"""Why nothing could be replayed or compared, said so that it helps."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import exc

from api.cli.sources import SourceUnreachableError
from api.cli.terminal import FAULT, NOT_CHECKED, USAGE, WRONG_INPUT, stop
from client.errors import LedgerNameError
from ledger.audit.database import NotALedgerError, UnreadableSourceError
from ledger.audit.verify import WrongLedgerError


@contextmanager
def explaining(named: str, *, as_json: bool) -> Iterator[None]:
    """Say why a source, or what it is compared with, cannot be read or is wrong.

    Raises:
        typer.Exit: it is so.
    """
    try:
        yield
    except LedgerNameError as error:
        stop(error.code, str(error), exit_code=USAGE, as_json=as_json)
    except NotALedgerError:
        text = (
            f"{named} is not a ledger, or not all of one: name a bank's folder, its "
            "ledger.db, a database URL, or the address of a bank that is running"
        )
        stop("not-a-ledger", text, exit_code=WRONG_INPUT, as_json=as_json)
    except SourceUnreachableError as error:
        text = f"{named} could not be read: {error}"
        stop("unreachable", text, exit_code=NOT_CHECKED, as_json=as_json)
    except WrongLedgerError as error:
        found = error.found or "none that can be read"
        text = f"not the ledger that you named: pinned {error.pinned}, found {found}"
        stop("another-ledger", text, exit_code=FAULT, as_json=as_json)
    except UnreadableSourceError as error:
        text = f"unreadable from position {error.position} on"
        stop("unreadable", text, exit_code=FAULT, as_json=as_json)
    except exc.DBAPIError as error:
        text = f"a database did not answer: {type(error.orig).__name__}"
        stop("unreachable", text, exit_code=NOT_CHECKED, as_json=as_json)
