"""What others do on the same machine: the eventsourcing library, and SQL alone.

Each function is a task with a bound on its time: the library's PostgreSQL recorder has
been seen to hang when it saves 1,000 events at once.
"""

import secrets
import time
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, urlsplit

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event

from bench.floor_ingest import open_insert
from bench.spending import rate, spend

if TYPE_CHECKING:
    from uuid import UUID

_BODY: Final = "x" * 600
"""About as long as an award's statement."""
_ROW_BYTES: Final = 900
SECONDS_MAX: Final = 8


class Credit(Aggregate):
    """An aggregate with one event that is as long as an award."""

    @event("Awarded")
    def __init__(self, body: str) -> None:
        """Keep the body."""
        self.body = body


def _environment(url: str) -> dict[str, str]:
    if url.startswith("sqlite"):
        return {
            "PERSISTENCE_MODULE": "eventsourcing.sqlite",
            "SQLITE_DBNAME": url.removeprefix("sqlite:///"),
        }
    parts = urlsplit(url)
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": parts.path.lstrip("/"),
        "POSTGRES_HOST": parse_qs(parts.query)["host"][0],
        "POSTGRES_USER": parts.username or "",
        "POSTGRES_PASSWORD": "",
    }


def save_events(*, url: str, events: int, at_once: int) -> dict[str, float]:
    """Save events with the library's own application and recorder; a task."""
    application: Application[UUID] = Application(env=_environment(url))
    credits_ = [Credit(_BODY) for _ in range(events)]
    saved = [0]

    def work() -> None:
        deadline = time.monotonic() + SECONDS_MAX
        for start in range(0, events, at_once):
            application.save(*credits_[start : start + at_once])
            saved[0] = min(start + at_once, events)
            if time.monotonic() > deadline:
                return

    spent = spend(work)
    application.close()
    return rate(spent, items=saved[0])


def insert_rows(*, url: str, rows: int, at_once: int) -> dict[str, float]:
    """Insert rows and commit each group durably, with the bare driver; a task."""
    insert = open_insert(url)
    made = [(number, secrets.token_bytes(_ROW_BYTES)) for number in range(rows)]
    inserted = [0]

    def work() -> None:
        deadline = time.monotonic() + SECONDS_MAX
        for start in range(0, rows, at_once):
            insert(made[start : start + at_once])
            inserted[0] = min(start + at_once, rows)
            if time.monotonic() > deadline:
                return

    spent = spend(work)
    return rate(spent, items=inserted[0])
