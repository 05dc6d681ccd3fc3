"""Why nothing could be compared with a database, said so that it helps."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import exc

from ledger.audit.errors import SourceUnreachableError


@contextmanager
def explaining_databases() -> Iterator[None]:
    """Say that a database did not answer.

    Raises:
        SourceUnreachableError: it is so.
    """
    try:
        yield
    except exc.DBAPIError as error:
        text = f"a database did not answer: {type(error.orig).__name__}"
        raise SourceUnreachableError(text) from error
