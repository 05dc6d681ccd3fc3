"""The public register: members, keys, achievements, frameworks, calendars."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from pydantic import Field
from starlette.responses import Response

from api.errors import NoSuchMemberError
from api.problems import responses
from api.reading import (
    PRINTABLE,
    AskedOfList,
    OfList,
    Simple,
    answer,
    bank_of,
    page,
    read_cursor,
)
from ledger.domain.state import KeyringRecord
from projections.register.queries import document, documents

router = APIRouter(tags=["register"])

_READ = responses(200, 404, 422, 503)
_LIST = responses(200, 422, 503)

MemberId = Annotated[str, Path(max_length=64, pattern=PRINTABLE)]


class AskedOfAchievements(AskedOfList):
    """A page of the catalogue, by owner or kind."""

    member: Annotated[str, Field(max_length=64)] | None = None
    kind: Annotated[str, Field(max_length=64)] | None = None


@router.get("/v1/members", responses=_LIST)
def read_members(request: Request, asked: OfList) -> Response:
    """Return the members of the consortium."""
    return _list(request, asked, kind="member", name="members")


@router.get("/v1/members/{member_id}", responses=_READ)
def read_member(request: Request, member_id: MemberId, asked: Simple) -> Response:
    """Return one member."""
    with bank_of(request).view(min_position=asked.min_position or -1) as view:
        found = document(view.projections, "member", key=member_id)
    if found is None:
        raise NoSuchMemberError(pointer="/path/member_id")
    return answer(found, position=view.position)


@router.get("/v1/members/{member_id}/keys", responses=_READ)
def read_keys(request: Request, member_id: MemberId, asked: Simple) -> Response:
    """Return all keys a member ever had, public parts only."""
    with bank_of(request).view(min_position=asked.min_position or -1) as view:
        ring = view.state.load("keyrings", [member_id]).get(member_id)
    if not isinstance(ring, KeyringRecord):
        raise NoSuchMemberError(pointer="/path/member_id")
    keys = [_key(key.model_dump(mode="json")) for key in ring.keys]
    return answer({"member_id": member_id, "keys": keys}, position=view.position)


def _key(key: dict[str, Any]) -> dict[str, Any]:  # Any: plain JSON.
    jwk = {name: value for name, value in key["jwk"].items() if value is not None}
    return {**key, "jwk": jwk}


@router.get("/v1/achievements", responses=_LIST)
def read_achievements(
    request: Request, asked: Annotated[AskedOfAchievements, Query()]
) -> Response:
    """Return the catalogue: every version of every achievement."""
    wanted = {"owner": asked.member, "kind": asked.kind}
    where = {name: value for name, value in wanted.items() if value is not None}
    return _list(request, asked, kind="achievement", name="achievements", where=where)


@router.get("/v1/frameworks", responses=_LIST)
def read_frameworks(request: Request, asked: OfList) -> Response:
    """Return the level frameworks."""
    return _list(request, asked, kind="framework", name="frameworks")


@router.get("/v1/calendars", responses=_LIST)
def read_calendars(request: Request, asked: OfList) -> Response:
    """Return the calendars."""
    return _list(request, asked, kind="calendar", name="calendars")


def _list(
    request: Request,
    asked: AskedOfList,
    *,
    kind: str,
    name: str,
    where: dict[str, str] | None = None,
) -> Response:
    after = read_cursor(asked.cursor, of=request.url.path)
    with bank_of(request).view(min_position=asked.min_position or -1) as view:
        rows = documents(
            view.projections, kind, after=after, limit=asked.limit + 1, where=where
        )
    content, next_url = page(request, name, rows=rows, limit=asked.limit, about={})
    return answer(content, position=view.position, next_url=next_url)
