"""What a learner has, from where, and what happened."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from api.balances import present_balance
from api.errors import NoSuchAwardError, NoSuchLearnerError
from api.problems import responses
from api.reading import (
    PRINTABLE,
    OfPast,
    OfPastList,
    OfRecordedList,
    answer,
    bank_of,
    moment_of,
    page,
    past_of,
    place_text,
    places_of,
    window_of,
)
from projections.awards.queries import UnknownAwardError, award, awards_of
from projections.balances.queries import past_balance
from projections.holders import UnknownLearnerError
from projections.trail.queries import trail_of

router = APIRouter(tags=["learners"])

_READ = responses(200, 404, 422, 503)

LearnerId = Annotated[str, Path(max_length=64, pattern=PRINTABLE)]
AwardId = Annotated[str, Path(max_length=64, pattern=PRINTABLE)]


@router.get("/v1/learners/{learner_id}/balance", responses=_READ)
def read_balance(request: Request, learner_id: LearnerId, asked: OfPast) -> Response:
    """Return what a learner has: earned, and by issuing member what became of it."""
    bank = bank_of(request)
    if not asked.is_of_past:
        # Who asks nothing besides does not come here: see the frame.
        if asked.min_position is not None:
            bank.head(min_position=asked.min_position)
        return present_balance(bank, learner_id).as_response()
    with bank.view(min_position=asked.min_position or -1) as view:
        moment = moment_of(asked, view, bank=bank)
        try:
            content = past_balance(
                view.state, view.projections, learner_id=learner_id, moment=moment
            )
        except UnknownLearnerError as error:
            raise NoSuchLearnerError(pointer="/path/learner_id") from error
    return answer({**content, **past_of(asked, moment)}, position=view.position)


@router.get("/v1/learners/{learner_id}/awards", responses=_READ)
def read_awards(request: Request, learner_id: LearnerId, asked: OfPastList) -> Response:
    """Return a learner's awards, each with its origin, in the order recorded."""
    bank = bank_of(request)
    window = places_of(asked.cursor, asked.limit, of=request.url.path)
    with bank.view(min_position=asked.min_position or -1) as view:
        moment = moment_of(asked, view, bank=bank)
        try:
            found = awards_of(
                view.state,
                view.projections,
                learner_id=learner_id,
                window=window,
                moment=moment,
            )
        except UnknownLearnerError as error:
            raise NoSuchLearnerError(pointer="/path/learner_id") from error
    content, next_url = page(
        request,
        "awards",
        rows=[(place_text(place), one) for place, one in found],
        limit=asked.limit,
        about={"learner_id": learner_id, **past_of(asked, moment)},
    )
    return answer(content, position=view.position, next_url=next_url)


@router.get("/v1/learners/{learner_id}/trail", responses=_READ)
def read_trail(
    request: Request, learner_id: LearnerId, asked: OfRecordedList
) -> Response:
    """Return everything that happened to a learner's account, oldest first."""
    bank = bank_of(request)
    window = window_of(asked.cursor, asked.limit, of=request.url.path)
    with bank.view(min_position=asked.min_position or -1) as view:
        moment = moment_of(asked, view, bank=bank)
        try:
            found = trail_of(
                view.state,
                view.projections,
                learner_id=learner_id,
                window=window,
                position=moment.position,
            )
        except UnknownLearnerError as error:
            raise NoSuchLearnerError(pointer="/path/learner_id") from error
    content, next_url = page(
        request,
        "events",
        rows=[(str(one["position"]), one) for one in found],
        limit=asked.limit,
        about={"learner_id": learner_id, **past_of(asked, moment)},
    )
    return answer(content, position=view.position, next_url=next_url)


@router.get("/v1/awards/{award_id}", responses=_READ)
def read_award(request: Request, award_id: AwardId, asked: OfPast) -> Response:
    """Return one award: its state, its origin and every entry about it."""
    bank = bank_of(request)
    with bank.view(min_position=asked.min_position or -1) as view:
        moment = moment_of(asked, view, bank=bank)
        try:
            content = award(
                view.state, view.projections, award_id=award_id, moment=moment
            )
        except UnknownAwardError as error:
            raise NoSuchAwardError(pointer="/path/award_id") from error
    return answer({**content, **past_of(asked, moment)}, position=view.position)
