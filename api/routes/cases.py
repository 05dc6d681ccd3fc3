"""Enrolments and exchanges: where each stands, and what accepting it would say."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, NamedTuple, TypeVar

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from api.bank import View
from api.errors import NoSuchClaimError, NoSuchExchangeError, NoSuchLearnerError
from api.problems import responses
from api.reading import (
    PRINTABLE,
    AskedOfPastList,
    OfPast,
    OfPastList,
    Simple,
    answer,
    bank_of,
    moment_of,
    page,
    past_of,
    read_cursor,
    standing_of,
)
from ledger.domain.rules.acceptance import quote
from ledger.domain.rules.exchanges import open_exchange
from ledger.domain.state import (
    AppealRecord,
    ClaimRecord,
    EnrolmentRecord,
    ExchangeRecord,
    ExchangeStatus,
    Record,
    Slice,
)
from ledger.domain.statements.exchanges import ExchangeAcceptedBody
from projections.asking import Asking
from projections.cases.appeals import appeal_shown
from projections.cases.claims import claim, claim_shown
from projections.cases.queries import (
    enrolment_shown,
    exchange,
    exchange_shown,
    programmes_of,
    rules_of,
)
from projections.cases.versions import records_of
from projections.holders import UnknownLearnerError, find_holder
from projections.moments import Moment

router = APIRouter(tags=["learners"])

_READ = responses(200, 404, 422, 503)
_QUOTE = responses(200, 403, 404, 409, 422, 503)

R = TypeVar("R", bound=Record)
Rows = list[tuple[str, dict[str, Any]]]  # Any: plain JSON.
LearnerId = Annotated[str, Path(max_length=64, pattern=PRINTABLE)]
ExchangeId = Annotated[str, Path(max_length=64, pattern=PRINTABLE)]
ClaimId = Annotated[str, Path(max_length=64, pattern=PRINTABLE)]


@router.get("/v1/learners/{learner_id}/enrolments", responses=_READ)
def read_enrolments(
    request: Request, learner_id: LearnerId, asked: OfPastList
) -> Response:
    """Return a learner's enrolments, with what counts in each so far.

    ``effective_on`` leaves out those that had not begun on a date.
    """
    bank = bank_of(request)
    with bank.view(min_position=asked.min_position or -1) as view:
        moment = moment_of(asked, view, bank=bank)
        position = moment.position
        found = records_of(
            view.projections,
            EnrolmentRecord,
            learner_ids=_learner_ids(view, learner_id, moment=moment),
            position=position,
        )
        programmes = programmes_of(view.projections, found, position=position)
    rows: Rows = [
        (one.enrolment_id, enrolment_shown(one, programmes.get(one.programme)))
        for one in found
        if moment.effective_on is None or one.started_on <= moment.effective_on
    ]
    return _page(
        request, asked, name="enrolments", rows=rows, of=(learner_id, moment, view)
    )


@router.get("/v1/learners/{learner_id}/exchanges", responses=_READ)
def read_exchanges(
    request: Request, learner_id: LearnerId, asked: OfPastList
) -> Response:
    """Return a learner's exchanges: whose desk each is on, and what came of it.

    ``effective_on`` is how they stood at the end of a date.
    """
    bank = bank_of(request)
    with bank.view(min_position=asked.min_position or -1) as view:
        moment = standing_of(asked, view, bank=bank)
        position = moment.position
        found = records_of(
            view.projections,
            ExchangeRecord,
            learner_ids=_learner_ids(view, learner_id, moment=moment),
            position=position,
        )
        rules = rules_of(view.projections, found, position=position)
    rows: Rows = [
        (one.exchange_id, exchange_shown(one, rules.get(one.rule))) for one in found
    ]
    return _page(
        request, asked, name="exchanges", rows=rows, of=(learner_id, moment, view)
    )


@router.get("/v1/learners/{learner_id}/appeals", responses=_READ)
def read_appeals(
    request: Request, learner_id: LearnerId, asked: OfPastList
) -> Response:
    """Return a learner's appeals: who is to decide, and what is due by whom.

    ``effective_on`` is how they stood at the end of a date.
    """
    listed = Listed(AppealRecord, "appeals", "appeal_id", appeal_shown)
    return _stood(request, learner_id, asked=asked, listed=listed)


@router.get("/v1/learners/{learner_id}/claims", responses=_READ)
def read_claims(request: Request, learner_id: LearnerId, asked: OfPastList) -> Response:
    """Return a learner's claims: who is asked to attest each, and what came of it.

    ``effective_on`` is how they stood at the end of a date.
    """
    listed = Listed(ClaimRecord, "claims", "claim_id", claim_shown)
    return _stood(request, learner_id, asked=asked, listed=listed)


class Listed(NamedTuple, Generic[R]):
    """A kind of record as a list shows it: its name, its key, and its rows."""

    record: type[R]
    name: str
    key: str
    show: Callable[[R], dict[str, Any]]  # Any: plain JSON.


def _stood(
    request: Request, learner_id: str, *, asked: AskedOfPastList, listed: Listed[R]
) -> Response:
    """Return a learner's records of a kind as they stood when it is asked about."""
    bank = bank_of(request)
    with bank.view(min_position=asked.min_position or -1) as view:
        moment = standing_of(asked, view, bank=bank)
        found = records_of(
            view.projections,
            listed.record,
            learner_ids=_learner_ids(view, learner_id, moment=moment),
            position=moment.position,
        )
    rows: Rows = [(getattr(one, listed.key), listed.show(one)) for one in found]
    return _page(
        request, asked, name=listed.name, rows=rows, of=(learner_id, moment, view)
    )


@router.get("/v1/claims/{claim_id}", responses=_READ)
def read_claim(request: Request, claim_id: ClaimId, asked: OfPast) -> Response:
    """Return one claim with everything that was said in it."""
    bank = bank_of(request)
    with bank.view(min_position=asked.min_position or -1) as view:
        moment = standing_of(asked, view, bank=bank)
        found = claim(
            view.state,
            view.projections,
            claim_id=claim_id,
            position=moment.position,
        )
    if found is None:
        raise NoSuchClaimError(pointer="/path/claim_id")
    return answer({**found, **past_of(asked, moment)}, position=view.position)


def _learner_ids(view: View, learner_id: str, *, moment: Moment) -> Sequence[str]:
    try:
        holder = find_holder(view.state, learner_id, position=moment.position)
    except UnknownLearnerError as error:
        raise NoSuchLearnerError(pointer="/path/learner_id") from error
    return holder.learner_ids


def _page(
    request: Request,
    asked: AskedOfPastList,
    *,
    name: str,
    rows: Rows,
    of: tuple[str, Moment, View],
) -> Response:
    learner_id, moment, view = of
    after = read_cursor(asked.cursor, of=request.url.path)
    later = sorted((row for row in rows if row[0] > after), key=lambda row: row[0])
    about = {"learner_id": learner_id, **past_of(asked, moment)}
    content, next_url = page(request, name, rows=later, limit=asked.limit, about=about)
    return answer(content, position=view.position, next_url=next_url)


@router.get("/v1/exchanges/{exchange_id}", responses=_READ)
def read_exchange(request: Request, exchange_id: ExchangeId, asked: OfPast) -> Response:
    """Return one exchange with everything that was said in it.

    ``effective_on`` is how it stood at the end of a date.
    """
    bank = bank_of(request)
    with bank.view(min_position=asked.min_position or -1) as view:
        moment = standing_of(asked, view, bank=bank)
        found = exchange(
            view.state,
            view.projections,
            exchange_id=exchange_id,
            position=moment.position,
        )
    if found is None:
        raise NoSuchExchangeError(pointer="/path/exchange_id")
    return answer({**found, **past_of(asked, moment)}, position=view.position)


@router.get("/v1/exchanges/{exchange_id}/quote", responses=_QUOTE)
def read_quote(request: Request, exchange_id: ExchangeId, asked: Simple) -> Response:
    """Return the body to sign to accept an exchange today; a problem if it cannot be.

    The refusal is the one that the acceptance would get.
    """
    bank = bank_of(request)
    today = bank.today()
    # The state alone decides: what is projected may be behind.
    seen = asked.min_position or -1
    with bank.view(min_position=seen, projected=False) as view:
        if exchange_id not in view.state.load("exchanges", [exchange_id]):
            raise NoSuchExchangeError(pointer="/path/exchange_id")

        def ask(state: Slice) -> ExchangeAcceptedBody:
            waiting = (ExchangeStatus.REQUESTED,)
            return quote(
                open_exchange(state, exchange_id, statuses=waiting), state, on=today
            )

        body = Asking(view.state).ask(ask)
    content = {
        "exchange_id": exchange_id,
        "on": today,
        "type": "exchange.accepted.v1",
        "body": body.model_dump(mode="json", exclude_none=True),
    }
    return answer(content, position=view.position)
