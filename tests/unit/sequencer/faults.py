"""Databases that fail when they are told to."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, event, exc


class LostConnectionError(Exception):
    """What the driver would say."""


def lost() -> exc.OperationalError:
    """Return the error of a connection that broke."""
    return exc.OperationalError("statement", {}, LostConnectionError())


@contextmanager
def failing_nth(engine: Engine, number: int, *, when: str) -> Iterator[list[str]]:
    """Let the n-th statement fail, before or after the database ran it."""
    seen: list[str] = []

    def fail(*event: object) -> None:
        seen.append(str(event[2]))
        if len(seen) == number:
            raise lost()

    event.listen(engine, f"{when}_cursor_execute", fail)
    try:
        yield seen
    finally:
        event.remove(engine, f"{when}_cursor_execute", fail)
