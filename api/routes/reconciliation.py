"""Reconciliation (互认对账): who recognised whose credits, line by line and netted."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field
from starlette.responses import Response

from api.errors import NoSuchPeriodError
from api.problems import responses
from api.reading import (
    PRINTABLE,
    AskedOfRecordedList,
    answer,
    bank_of,
    moment_of,
    page,
    past_of,
    place_text,
    places_of,
)
from projections.reconciliation.queries import (
    Asked,
    Period,
    lines_of,
    net_of,
    period_shown,
    periods_at,
    totals_of,
)

router = APIRouter(tags=["reconciliation"])

_LIST = responses(200, 404, 422, 503)
_Name = Annotated[str, Field(min_length=1, max_length=64, pattern=PRINTABLE)]


class AskedOfReconciliation(AskedOfRecordedList):
    """A period by its code, or ``open``; without one all of them."""

    period: _Name | None = None
    member: _Name | None = None
    counterpart: _Name | None = None
    exchange_id: _Name | None = None


@router.get("/v1/reconciliation", responses=_LIST)
def read_reconciliation(
    request: Request, asked: Annotated[AskedOfReconciliation, Query()]
) -> Response:
    """Return a period's lines, and on its first page totals and the net per pair."""
    bank = bank_of(request)
    window = places_of(asked.cursor, asked.limit, of=request.url.path)
    with bank.view(min_position=asked.min_position or -1) as view:
        moment = moment_of(asked, view, bank=bank)
        periods = periods_at(view.projections, moment.position)
        wanted = Asked(
            period=_period(periods, asked.period),
            member=asked.member,
            counterpart=asked.counterpart,
            exchange_id=asked.exchange_id,
            position=moment.position,
        )
        found = lines_of(
            view.projections,
            wanted,
            periods=periods,
            window=window,
        )
        about = past_of(asked, moment)
        about["period"] = None if wanted.period is None else period_shown(wanted.period)
        if asked.cursor is None:
            about["periods"] = [period_shown(one) for one in periods]
            about["totals"] = totals_of(view.projections, wanted)
            about["net"] = net_of(view.projections, wanted)
    rows = [(place_text((one["position"], one["number"])), one) for one in found]
    content, next_url = page(
        request, "lines", rows=rows, limit=asked.limit, about=about
    )
    return answer(content, position=view.position, next_url=next_url)


def _period(periods: tuple[Period, ...], code: str | None) -> Period | None:
    if code is None:
        return None
    for period in periods:
        if period.code == code:
            return period
    raise NoSuchPeriodError(pointer="/query/period")
