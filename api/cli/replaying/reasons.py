"""Why nothing could be replayed or compared, said so that it helps."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import exc

from api.cli.explaining import explaining_source
from api.cli.terminal import NOT_CHECKED, stop


@contextmanager
def explaining(named: str, *, as_json: bool) -> Iterator[None]:
    """Say why a source, or what it is compared with, cannot be read or is wrong.

    Raises:
        typer.Exit: it is so.
    """
    try:
        with explaining_source(named, as_json=as_json):
            yield
    except exc.DBAPIError as error:
        text = f"a database did not answer: {type(error.orig).__name__}"
        stop("unreachable", text, exit_code=NOT_CHECKED, as_json=as_json)
