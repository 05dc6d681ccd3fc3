"""Records as they were: the newest version of each up to a position."""

from collections.abc import Collection, Iterator
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Select, func, select

from ledger.domain.state import Record
from projections.cases.tables import record_versions as versions
from projections.rows import rows_in

PAGE_SCANNED = 500
_NEWEST: Final = (
    "SELECT key, document FROM record_versions JOIN (SELECT MAX(kind) AS kind, key,"
    " MAX(position) AS position FROM record_versions WHERE kind = %s AND key"
)

R = TypeVar("R", bound=Record)


def _newest(kind: str, position: int) -> Select[Any]:  # Any: two columns.
    return (
        select(versions.c.key, func.max(versions.c.position).label("position"))
        .where(versions.c.kind == kind, versions.c.position <= position)
        .group_by(versions.c.key)
        .order_by(versions.c.key)
    )


def _chosen(
    connection: Connection,
    record: type[R],
    *,
    newest: Select[Any],  # Any: two columns.
) -> dict[str, R]:
    chosen = newest.subquery()
    query = (
        select(versions.c.key, versions.c.document)
        .join(
            chosen,
            (chosen.c.key == versions.c.key)
            & (chosen.c.position == versions.c.position),
        )
        .where(versions.c.kind == record.kind)
        .order_by(versions.c.key)
    )
    return {
        row.key: record.model_validate_json(row.document)
        for row in connection.execute(query).all()
    }


def records_at(
    connection: Connection, record: type[R], *, keys: Collection[str], position: int
) -> dict[str, R]:
    """Return the records under these keys as they were at a position."""
    if not keys:
        return {}
    newest = _newest(record.kind, position)
    own = newest.where(versions.c.key.in_(sorted(keys)))
    return _chosen(connection, record, newest=own)


def newest_records(
    connection: Connection, record: type[R], *, keys: Collection[str]
) -> dict[str, R]:
    """Return the newest of all records under these keys: whoever projects asks so."""
    rows = rows_in(
        connection,
        _NEWEST,
        keys=sorted(keys),
        values=(record.kind,),
        after=" GROUP BY key) AS n USING (kind, key, position)",
    )
    return {row.key: record.model_validate_json(row.document) for row in rows}


def record_at(
    connection: Connection, record: type[R], *, key: str, position: int
) -> R | None:
    """Return one record as it was at a position."""
    return records_at(connection, record, keys=[key], position=position).get(key)


def records_of(
    connection: Connection,
    record: type[R],
    *,
    learner_ids: Collection[str],
    position: int,
) -> list[R]:
    """Return all records of these learners at a position, in key order."""
    newest = _newest(record.kind, position)
    own = newest.where(versions.c.learner_id.in_(sorted(learner_ids)))
    return list(_chosen(connection, record, newest=own).values())


def all_records(
    connection: Connection, record: type[R], *, after: str = "", position: int
) -> Iterator[R]:
    """Return all records of a kind after a key, in key order, read page by page."""
    while True:
        newest = _newest(record.kind, position)
        page = _chosen(
            connection,
            record,
            newest=newest.where(versions.c.key > after).limit(PAGE_SCANNED),
        )
        yield from page.values()
        if len(page) < PAGE_SCANNED:
            return
        after = max(page)


def versions_of(
    connection: Connection, record: type[R], *, key: str, position: int
) -> list[tuple[int, R]]:
    """Return every version of a record up to a position, oldest first."""
    query = (
        select(versions.c.position, versions.c.document)
        .where(
            versions.c.kind == record.kind,
            versions.c.key == key,
            versions.c.position <= position,
        )
        .order_by(versions.c.position)
    )
    return [
        (row.position, record.model_validate_json(row.document))
        for row in connection.execute(query).all()
    ]
