"""The public register of what was agreed: programmes, policies and rules."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Path, Query, Request
from pydantic import Field
from sqlalchemy import Connection
from starlette.responses import Response

from api.errors import NoSuchRuleError
from api.problems import responses
from api.reading import (
    PRINTABLE,
    AskedOfPastList,
    OfPast,
    OfPastList,
    answer,
    bank_of,
    moment_of,
    page,
    past_of,
    read_cursor,
)
from ledger.domain.state import PolicyRecord, ProgrammeRecord, Record, RuleRecord
from projections.cases.queries import (
    is_from,
    is_in_force,
    is_toward,
    policy_shown,
    programme_shown,
    rule_history,
    rule_shown,
)
from projections.cases.versions import all_records, record_at
from projections.moments import Moment

router = APIRouter(tags=["register"])

_READ = responses(200, 404, 422, 503)
_LIST = responses(200, 422, 503)

R = TypeVar("R", bound=Record)
Shown = tuple[str, dict[str, Any]]  # Any: plain JSON.
NamePart = Annotated[str, Path(max_length=100, pattern=PRINTABLE)]
_Name = Annotated[str, Field(max_length=104, pattern=PRINTABLE)]


class AskedOfProgrammes(AskedOfPastList):
    """A page of programmes, by their school."""

    member: _Name | None = None


class AskedOfRules(AskedOfPastList):
    """A page of rules: whose results they take, where they lead, where they stand."""

    source: _Name | None = None
    target: _Name | None = None
    status: _Name | None = None
    in_force: bool | None = None


@router.get("/v1/programmes", responses=_LIST)
def read_programmes(
    request: Request, asked: Annotated[AskedOfProgrammes, Query()]
) -> Response:
    """Return every version of every programme, as it was recorded."""

    def rows(connection: Connection, after: str, *, moment: Moment) -> Iterator[Shown]:
        for one in all_records(
            connection, ProgrammeRecord, after=after, position=moment.position
        ):
            if asked.member in {None, one.owner}:
                yield one.programme, programme_shown(one)

    return _list(request, asked, name="programmes", rows=rows)


@router.get("/v1/policies", responses=_LIST)
def read_policies(request: Request, asked: OfPastList) -> Response:
    """Return every version of every policy, and whether it is in force."""

    def rows(connection: Connection, after: str, *, moment: Moment) -> Iterator[Shown]:
        for one in all_records(
            connection, PolicyRecord, after=after, position=moment.position
        ):
            yield one.policy, policy_shown(one, day=moment.day)

    return _list(request, asked, name="policies", rows=rows)


@router.get("/v1/rules", responses=_LIST)
def read_rules(request: Request, asked: Annotated[AskedOfRules, Query()]) -> Response:
    """Return rules by what they take and what they give, with all that they say."""

    def rows(connection: Connection, after: str, *, moment: Moment) -> Iterator[Shown]:
        for one in all_records(
            connection, RuleRecord, after=after, position=moment.position
        ):
            if _is_asked_for(one, asked, day=moment.day):
                yield one.rule, rule_shown(one, day=moment.day)

    return _list(request, asked, name="rules", rows=rows)


def _is_asked_for(rule: RuleRecord, asked: AskedOfRules, *, day: str | None) -> bool:
    in_force = day is not None and is_in_force(rule, day)
    return (
        (asked.source is None or is_from(rule.terms, asked.source))
        and (asked.target is None or is_toward(rule.terms, asked.target))
        and (asked.status is None or asked.status == rule.status)
        and (asked.in_force is None or asked.in_force == in_force)
    )


@router.get("/v1/rules/{member}/{name}", responses=_READ)
def read_rule(
    request: Request, member: NamePart, name: NamePart, asked: OfPast
) -> Response:
    """Return one rule version (``<code>@<version>``), and where it stood when."""
    bank = bank_of(request)
    key = f"{member}/{name}"
    with bank.view(min_position=asked.min_position or -1) as view:
        moment = moment_of(asked, view, bank=bank)
        position = moment.position
        found = record_at(view.projections, RuleRecord, key=key, position=position)
        if found is None:
            raise NoSuchRuleError(pointer="/path/name")
        history = rule_history(view.projections, key, position=position)
    content = {**rule_shown(found, day=moment.day), "history": history}
    return answer({**content, **past_of(asked, moment)}, position=view.position)


def _list(
    request: Request,
    asked: AskedOfPastList,
    *,
    name: str,
    rows: Callable[..., Iterator[Shown]],
) -> Response:
    bank = bank_of(request)
    after = read_cursor(asked.cursor, of=request.url.path)
    with bank.view(min_position=asked.min_position or -1) as view:
        moment = moment_of(asked, view, bank=bank)
        found = rows(view.projections, after, moment=moment)
        taken = list(islice(found, asked.limit + 1))
    about = past_of(asked, moment)
    content, next_url = page(request, name, rows=taken, limit=asked.limit, about=about)
    return answer(content, position=view.position, next_url=next_url)
