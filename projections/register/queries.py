"""The register: what is public of members and their catalogue."""

from collections.abc import Iterable
from typing import Any

import orjson
from sqlalchemy import Connection, func, select

from projections.tables import register

Document = dict[str, Any]  # Any: plain JSON.

PAGE_SCANNED = 1_000


def documents(
    connection: Connection,
    kind: str,
    *,
    after: str = "",
    limit: int,
    where: dict[str, str] | None = None,
) -> list[tuple[str, Document]]:
    """Return up to ``limit`` newest documents of a kind after a key, in key order.

    ``where`` keeps those whose members have these values.
    """
    wanted = where or {}
    found: list[tuple[str, Document]] = []
    while len(found) < limit:
        page = _page(connection, kind, after=after)
        for key, document in page:
            if all(document.get(name) == value for name, value in wanted.items()):
                found.append((key, document))
            if len(found) == limit:
                break
        if len(page) < PAGE_SCANNED:
            break
        after = page[-1][0]
    return found


def document(connection: Connection, kind: str, *, key: str) -> Document | None:
    """Return the newest document under a key."""
    query = (
        select(register.c.document)
        .where(register.c.kind == kind, register.c.key == key)
        .order_by(register.c.position.desc())
        .limit(1)
    )
    found = connection.execute(query).scalar()
    return None if found is None else dict(orjson.loads(found))


def documents_at(
    connection: Connection, kind: str, *, keys: Iterable[str], position: int
) -> dict[str, Document]:
    """Return the documents under these keys as they were at a position."""
    wanted = sorted(set(keys))
    if not wanted:
        return {}
    query = (
        select(register.c.key, register.c.document)
        .where(
            register.c.kind == kind,
            register.c.key.in_(wanted),
            register.c.position <= position,
        )
        .order_by(register.c.position)
    )
    return {row[0]: orjson.loads(row[1]) for row in connection.execute(query)}


def _page(
    connection: Connection, kind: str, *, after: str
) -> list[tuple[str, Document]]:
    newest = (
        select(register.c.key, func.max(register.c.position).label("position"))
        .where(register.c.kind == kind, register.c.key > after)
        .group_by(register.c.key)
        .order_by(register.c.key)
        .limit(PAGE_SCANNED)
    )
    chosen = newest.subquery()
    query = (
        select(register.c.key, register.c.document)
        .join(
            chosen,
            (chosen.c.key == register.c.key)
            & (chosen.c.position == register.c.position),
        )
        .where(register.c.kind == kind)
        .order_by(register.c.key)
    )
    return [(row[0], orjson.loads(row[1])) for row in connection.execute(query)]


def titles_of(connection: Connection, refs: set[str]) -> dict[str, str]:
    """Return what achievements are called, by their version."""
    query = select(register.c.key, register.c.document).where(
        register.c.kind == "achievement", register.c.key.in_(sorted(refs))
    )
    ordered = query.order_by(register.c.position)
    return {
        row[0]: orjson.loads(row[1])["title"] for row in connection.execute(ordered)
    }
