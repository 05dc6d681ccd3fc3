"""The database's faults in the port's own terms, so that no caller knows its driver."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import exc

T = TypeVar("T")


class StoreUnavailableError(Exception):
    """The database did not answer, or refused; nothing was written."""


def asking(ask: Callable[[], T]) -> T:
    """Ask the database.

    Raises:
        StoreUnavailableError: it did not answer.
    """
    try:
        return ask()
    except (exc.DBAPIError, exc.TimeoutError) as error:
        raise StoreUnavailableError(str(error)) from error
