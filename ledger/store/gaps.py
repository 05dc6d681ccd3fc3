"""Refuses events that would leave a hole in their stream."""

from collections.abc import Callable, Collection, Sequence

import orjson
from eventsourcing.persistence import IntegrityError, StoredEvent
from sqlalchemy import Connection

from ledger.store.schema import IN_STREAMS, OPENING_TOPICS

Openings = Callable[[Connection, Collection[str]], frozenset[str]]
"""Returns those of some streams that an opening entry began."""

Place = tuple[str, int]
"""A stream, and a version in it."""


class VersionGapError(IntegrityError):
    """An event would leave a hole in its stream."""


def check_gaps(
    connection: Connection,
    events: Sequence[StoredEvent],
    *,
    openings: Openings | None,
) -> None:
    """Let new events pass that continue their streams, in this order.

    Without ``openings`` no stream is taken to have been opened before. A version that
    is there already is left to the database, which holds it unique.

    Raises:
        VersionGapError: a version is missing before one of them.
    """
    next_versions: dict[str, int] = {}
    earlier: set[Place] = set()
    for one in events:
        stream, version = str(one.originator_id), one.originator_version
        expected = next_versions.get(stream)
        if one.topic in OPENING_TOPICS:
            # No index would keep it from being there twice, or late.
            if expected is not None or version != 1:
                raise VersionGapError(stream, version)
        elif expected is None and version > 1:
            earlier.add((stream, version - 1))
        elif expected is not None and version > expected:
            raise VersionGapError(stream, version)
        next_versions[stream] = version + 1
    if not earlier:
        return
    missing = earlier - _find(connection, sorted(earlier))
    first = {stream for stream, version in missing if version == 1}
    if first and openings is not None:
        missing -= {(one, 1) for one in openings(connection, first)}
    for stream, version in sorted(missing):
        raise VersionGapError(stream, version + 1)


def _find(connection: Connection, wanted: Sequence[Place]) -> set[Place]:
    """Return which of these events the index of streams has, with one query."""
    if connection.dialect.name == "sqlite":
        chosen = (
            "SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]')"
            " FROM json_each(?)"
        )
        parameters: tuple[object, ...] = (orjson.dumps(wanted).decode(),)
    else:
        chosen = "SELECT * FROM unnest(%b::text[], %b::bigint[])"
        parameters = tuple(list(column) for column in zip(*wanted, strict=True))
    found = connection.exec_driver_sql(
        "SELECT originator_id, originator_version FROM stored_events"  # noqa: S608  # constants
        f" WHERE (originator_id, originator_version) IN ({chosen})"
        f" AND {IN_STREAMS}",
        parameters,
    )
    return {(row[0], row[1]) for row in found}
