"""The trail and the figures, for whoever oversees the consortium."""

from typing import Annotated, Any, Final

import orjson
from fastapi import APIRouter, Query, Request
from pydantic import Field
from starlette.responses import Response

from api.bank import Bank, View
from api.errors import (
    NoSuchLearnerError,
    NoSuchMemberError,
    NoSuchRuleError,
    NoSuchSchemaError,
    PeriodError,
)
from api.periods import Edge, before, first_instant, last_instant
from api.problems import responses
from api.reading import (
    PRINTABLE,
    AskedOfRecordedList,
    Simple,
    answer,
    bank_of,
    moment_of,
    page,
    past_of,
    window_of,
)
from ledger.domain.statements import BY_NAME
from ledger.integrity.encoding import b64encode
from projections.holders import UnknownLearnerError, find_holder
from projections.moments import Window
from projections.overview.queries import overview, read_figures
from projections.trail.queries import Sought, search

router = APIRouter(tags=["oversight"])

LINES: Final = "application/x-ndjson"
_LIST = responses(200, 404, 422, 503)
_READ = responses(200, 422, 503)
_Name = Annotated[str, Field(max_length=104, pattern=PRINTABLE)]
_Edge = Annotated[Edge, Field(max_length=24)]


class AskedOfTrail(AskedOfRecordedList):
    """What the trail is asked about; all that is named must hold of an entry.

    ``type`` is whole or a beginning: ``exchange``, ``exchange.accepted.v1``.
    """

    member: _Name | None = None
    learner: _Name | None = None
    rule: _Name | None = None
    type: _Name | None = None
    from_: Annotated[_Edge | None, Field(alias="from")] = None
    to: _Edge | None = None

    def named(self) -> dict[str, str]:
        """Return the filters as the answer repeats them."""
        asked = {
            "member": self.member,
            "learner": self.learner,
            "rule": self.rule,
            "type": self.type,
            "from": self.from_,
            "to": self.to,
        }
        return {name: value for name, value in asked.items() if value is not None}


@router.get("/v1/audit/trail", responses=_LIST)
def read_whole_trail(
    request: Request, asked: Annotated[AskedOfTrail, Query()]
) -> Response:
    """Return who said what and when, about whom it is asked, oldest first."""
    bank = bank_of(request)
    window = window_of(asked.cursor, asked.limit, of=request.url.path)
    types = _types(asked.type)
    with bank.view(min_position=asked.min_position or -1) as view:
        moment = moment_of(asked, view, bank=bank)
        first, last = _period(asked, bank)
        found = search(
            view.state,
            view.projections,
            sought=_sought(asked, view, types=types, position=moment.position),
            window=Window(after=max(window.after, first - 1), limit=window.limit),
            position=min(moment.position, last),
        )
    content, next_url = page(
        request,
        "events",
        rows=[(str(one["position"]), one) for one in found],
        limit=asked.limit,
        about={**asked.named(), **past_of(asked, moment)},
    )
    told = answer(content, position=view.position, next_url=next_url)
    told.headers["Vary"] = "Accept"
    if LINES in request.headers.get("accept", ""):
        return _as_lines(content["events"], told)
    return told


@router.get("/v1/overview", responses=_READ)
def read_overview(request: Request, asked: Simple) -> Response:
    """Return the figures of the whole consortium, as they are now."""
    bank = bank_of(request)
    today = bank.today()
    with bank.view(min_position=asked.min_position or -1) as view:
        figures = read_figures(view.projections)
    head = bank.store.read_head()
    newest = None
    if head is not None:
        newest = {"size": head.size, "root": b64encode(head.root), "note": head.note}
    about = {"entries": figures.position + 1, "checkpoint": newest}
    content = {**about, **overview(figures, today=today)}
    return answer(content, position=figures.position)


def _types(name: str | None) -> tuple[str, ...] | None:
    if name is None:
        return None
    start = f"{name.removesuffix('.')}."
    found = tuple(one for one in BY_NAME if one == name or one.startswith(start))
    if not found:
        raise NoSuchSchemaError(pointer="/query/type")
    return found


def _sought(
    asked: AskedOfTrail, view: View, *, types: tuple[str, ...] | None, position: int
) -> Sought:
    """Return what is sought. A name that nobody has is a mistake, and told."""
    learner_ids: tuple[str, ...] = ()
    if asked.learner is not None:
        try:
            holder = find_holder(view.state, asked.learner, position=position)
        except UnknownLearnerError as error:
            raise NoSuchLearnerError(pointer="/query/learner") from error
        learner_ids = holder.learner_ids
    for kind, key, problem in (
        ("members", asked.member, NoSuchMemberError),
        ("rules", asked.rule, NoSuchRuleError),
    ):
        if key is not None and key not in view.state.load(kind, [key]):
            raise problem(pointer=f"/query/{kind.removesuffix('s')}")
    return Sought(
        learner_ids=learner_ids, member=asked.member, rule=asked.rule, types=types
    )


def _period(asked: AskedOfTrail, bank: Bank) -> tuple[int, int]:
    """Return the first and the last position of the period asked for."""
    zone = bank.ledger_record().time_zone
    log = bank.store.log
    first, last = 0, 2**53
    start, end = "", "~"
    if asked.from_ is not None:
        start = first_instant(asked.from_, zone)
        first = log.size_at(before(start))
    if asked.to is not None:
        end = last_instant(asked.to, zone)
        last = log.size_at(end) - 1
    if start > end:
        raise PeriodError(pointer="/query/to")
    return first, last


def _as_lines(events: list[dict[str, Any]], told: Response) -> Response:
    """Return the events one on a line; the next page is in the Link header."""
    content = b"".join(orjson.dumps(one) + b"\n" for one in events)
    names = {"x-ledger-position", "link", "vary"}
    headers = {name: text for name, text in told.headers.items() if name in names}
    return Response(content, headers=headers, media_type=LINES)
