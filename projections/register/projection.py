"""The public register: a document per member, framework, calendar and achievement.

Every change writes the whole document again under its position, so that the register
of any position is the newest document up to it.
"""

from collections.abc import Iterable

import orjson
from sqlalchemy import Connection, insert, select

from ledger.domain.statements import catalogue, members
from ledger.domain.statements.envelope import Body
from projections.follower import Fact
from projections.pages import Page
from projections.tables import register

Document = dict[str, object]
Change = tuple[str, str, Document]
"""Kind, key, and what changes in the document."""

_STATUS = {
    members.MemberSuspended: "suspended",
    members.MemberReinstated: "active",
    members.MemberWithdrawn: "withdrawn",
}


def project_register(page: Page, connection: Connection) -> None:
    """Write the documents that a page changes."""
    rows = []
    fresh: dict[tuple[str, str], Document] = {}
    for fact in page.facts:
        for kind, key, changes in _changes(fact):
            before = fresh.get((kind, key)) or _newest(connection, kind, key=key)
            document = _merged(before, changes)
            fresh[kind, key] = document
            rows.append(
                {
                    "kind": kind,
                    "key": key,
                    "position": fact.position,
                    "document": orjson.dumps(document).decode(),
                }
            )
    if rows:
        connection.execute(insert(register), rows)


def _newest(connection: Connection, kind: str, *, key: str) -> Document:
    query = (
        select(register.c.document)
        .where(register.c.kind == kind, register.c.key == key)
        .order_by(register.c.position.desc())
        .limit(1)
    )
    found = connection.execute(query).scalar()
    document: Document = {} if found is None else orjson.loads(found)
    return document


def _merged(before: Document, changes: Document) -> Document:
    endorsed = changes.get("endorsed_by")
    if isinstance(endorsed, list):
        earlier = before.get("endorsed_by")
        known = earlier if isinstance(earlier, list) else []
        changes = {**changes, "endorsed_by": [*known, *endorsed]}
    return {**before, **changes}


def _changes(fact: Fact) -> Iterable[Change]:
    statement = fact.statement
    match statement:
        case members.MemberAdmitted(body=admitted):
            yield "member", admitted.member_id, _admitted(admitted, fact.position)
        case members.MemberRenamed(body=renamed):
            names = {"name": renamed.name, "name_en": renamed.name_en}
            yield "member", renamed.member_id, dict(names)
        case members.MemberSucceeded(body=succeeded):
            gone = {"status": "succeeded", "successor": succeeded.successor}
            yield "member", succeeded.predecessor, dict(gone)
        case (
            members.MemberSuspended(body=changed)
            | members.MemberReinstated(body=changed)
            | members.MemberWithdrawn(body=changed)
        ):
            yield "member", changed.member_id, {"status": _STATUS[type(statement)]}
        case _:
            yield from _catalogue_changes(fact)


def _catalogue_changes(fact: Fact) -> Iterable[Change]:
    statement = fact.statement
    match statement:
        case catalogue.FrameworkPublished(body=framework):
            document = {**_plain(framework), "position": fact.position}
            yield "framework", framework.code, document
        case catalogue.CalendarPublished(body=calendar):
            key = f"{statement.iss}/{calendar.code}"
            document = {**_plain(calendar), "calendar": key, "position": fact.position}
            yield "calendar", key, document
        case catalogue.AchievementPublished(body=published):
            key = f"{statement.iss}/{published.code}@{published.version}"
            yield "achievement", key, _published(published, key, fact=fact)
        case catalogue.AchievementEndorsed(body=endorsed):
            yield "achievement", endorsed.achievement, {"endorsed_by": [statement.iss]}
        case catalogue.AchievementRetired(body=retired):
            yield "achievement", retired.achievement, {"retired": True}
        case _:
            return


def _admitted(body: members.MemberAdmittedBody, position: int) -> Document:
    return {
        "member_id": body.member_id,
        "kind": body.kind.value,
        "name": body.name,
        "name_en": body.name_en,
        "status": "active",
        "successor": None,
        "admitted_position": position,
    }


def _published(
    body: catalogue.AchievementPublishedBody, key: str, *, fact: Fact
) -> Document:
    return {
        **_plain(body),
        "achievement": key,
        "owner": fact.statement.iss,
        "endorsed_by": [],
        "retired": False,
        "position": fact.position,
    }


def _plain(body: Body) -> Document:
    document: Document = body.model_dump(mode="json", by_alias=True)
    return document
