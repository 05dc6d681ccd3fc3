"""Documents as data: a learner's transcript, the forms of a case, and the progress."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request
from pydantic import Field
from starlette.responses import Response

from api.bank import Bank, NotCaughtUpError, View
from api.errors import NoSuchExchangeError, NoSuchLearnerError
from api.problems import responses
from api.proving import add_proofs, foundation
from api.reading import (
    PRINTABLE,
    AskedOfPast,
    answer,
    bank_of,
    moment_of,
    page,
    past_of,
    place_text,
    places_of,
    read_cursor,
    standing_of,
)
from api.telling import tell_case
from api.wording import LANGUAGES, choose_language
from api.wording.documents import labels, words
from projections.balances.queries import balance, past_balance
from projections.documents.acts import Archive
from projections.documents.case_file import UnknownCaseError
from projections.documents.forms import forms
from projections.documents.standpoint import Standpoint
from projections.documents.transcript import (
    catalogue_of,
    enrolments_shown,
    lots_shown,
)
from projections.holders import Holder, UnknownLearnerError, find_holder
from projections.moments import Moment
from projections.progress.ground import Ground
from projections.progress.queries import Wanted, progress

router = APIRouter(tags=["documents"])

LOTS_MAX: Final = 100
"""Lots on a page: each comes with the bytes of its entry."""
CASES_MAX: Final = 100
NOTICE_WORKDAYS: Final = 5
"""How long a notice is usually out (公示期)."""

_READ = responses(200, 404, 422, 503)
Answer = dict[str, Any]  # Any: plain JSON.
LearnerId = Annotated[str, Path(max_length=64, pattern=PRINTABLE)]
ExchangeId = Annotated[str, Path(max_length=64, pattern=PRINTABLE)]
_Cursor = Annotated[str, Field(max_length=500)]


class AskedOfTranscript(AskedOfPast):
    """A page of a transcript."""

    limit: Annotated[int, Field(ge=1, le=LOTS_MAX)] = LOTS_MAX
    cursor: _Cursor | None = None


class AskedOfForms(AskedOfPast):
    """The forms of a case, and for how many workdays its notice is out."""

    notice_workdays: Annotated[int, Field(ge=1, le=60)] = NOTICE_WORKDAYS


class AskedOfProgress(AskedOfPast):
    """Open cases, and those closed in the last days."""

    closed_days: Annotated[int, Field(ge=0, le=366)] = 0
    limit: Annotated[int, Field(ge=1, le=CASES_MAX)] = CASES_MAX
    cursor: _Cursor | None = None


@router.get("/v1/learners/{learner_id}/transcript", responses=_READ)
def read_transcript(
    request: Request,
    learner_id: LearnerId,
    asked: Annotated[AskedOfTranscript, Query()],
) -> Response:
    """Return a learner's transcript: all lots with origin, recognition and proof.

    Its first page has the sums and the enrolments, too. No person is named in it.
    """
    bank, language = bank_of(request), _language(request)
    window = places_of(asked.cursor, asked.limit, of=request.url.path)
    with bank.view(min_position=asked.min_position or -1) as view:
        moment = moment_of(asked, view, bank=bank)
        standing = standing_of(asked, view, bank=bank).position
        standpoint = _standpoint(view, moment, standing=standing)
        holder = _holder(view, learner_id, moment=moment)
        lots = lots_shown(standpoint, learner_id=learner_id, window=window)
        page_lots = (lot for _, lot in lots[: asked.limit])
        catalogue = catalogue_of(standpoint, page_lots)
        about: Answer = {"learner_id": learner_id, **past_of(asked, moment)}
        if asked.cursor is None:
            about |= _sums(standpoint, learner_id)
            about["enrolments"] = enrolments_shown(standpoint, holder)
        position = view.position
    rows = [(place_text(place), lot) for place, lot in lots]
    content, next_url = page(request, "lots", rows=rows, limit=asked.limit, about=about)
    content |= _proven(
        bank, content.pop("lots"), catalogue=catalogue, position=position
    )
    content |= {
        "language": language,
        "labels": labels("transcript", language),
        "words": words(language),
    }
    found = answer(content, position=position, next_url=next_url)
    return _in_language(found, language)


def _proven(
    bank: Bank, lots: list[Answer], *, catalogue: list[Answer], position: int
) -> Answer:
    """Return lots and their catalogue items with proofs, what was studied apart."""
    head = bank.head(min_position=position)
    if head is None:
        raise NotCaughtUpError
    add_proofs(bank, head, of=(*lots, *catalogue))
    return {
        "studied": [lot for lot in lots if "exchange" not in lot],
        "recognised": [lot for lot in lots if "exchange" in lot],
        "catalogue": catalogue,
        "proof": foundation(bank, head),
    }


def _sums(standpoint: Standpoint, learner_id: str) -> Answer:
    moment = standpoint.moment
    if moment.is_present:
        found = balance(standpoint.state, learner_id, today=moment.day)
    else:
        found = past_balance(
            standpoint.state,
            standpoint.connection,
            learner_id=learner_id,
            moment=moment,
        )
    kept = ("account", "earned", "issued", "recognised_at")
    return {name: found[name] for name in kept}


@router.get("/v1/exchanges/{exchange_id}/forms", responses=_READ)
def read_forms(
    request: Request,
    exchange_id: ExchangeId,
    asked: Annotated[AskedOfForms, Query()],
) -> Response:
    """Return the application form and, once accepted, the public notice of a case.

    Labels and words come in both languages: the forms are printed in either.
    """
    bank = bank_of(request)
    with bank.view(min_position=asked.min_position or -1) as view:
        moment = standing_of(asked, view, bank=bank)
        try:
            content = forms(
                _standpoint(view, moment, standing=moment.position),
                _archive(bank),
                exchange_id=exchange_id,
                workdays=asked.notice_workdays,
            )
        except UnknownCaseError as error:
            raise NoSuchExchangeError(pointer="/path/exchange_id") from error
    content["labels"] = {
        language: {name: labels(name, language) for name in ("application", "notice")}
        for language in LANGUAGES
    }
    content["words"] = {language: words(language) for language in LANGUAGES}
    return answer({**content, **past_of(asked, moment)}, position=view.position)


@router.get("/v1/learners/{learner_id}/progress", responses=_READ)
def read_progress(
    request: Request, learner_id: LearnerId, asked: Annotated[AskedOfProgress, Query()]
) -> Response:
    """Return a learner's open cases: whose desk each is on, by when, and what to do."""
    bank, language = bank_of(request), _language(request)
    after = read_cursor(asked.cursor, of=request.url.path)
    with bank.view(min_position=asked.min_position or -1) as view:
        moment = standing_of(asked, view, bank=bank)
        holder = _holder(view, learner_id, moment=moment)
        today = moment.today or bank.today()
        ground = Ground(
            standpoint=_standpoint(view, moment, standing=moment.position),
            archive=_archive(bank),
            holder=holder,
        )
        wanted = Wanted(
            today=today,
            closed_days=asked.closed_days,
            after=after,
            limit=asked.limit + 1,
        )
        found = progress(ground, wanted)
    rows = [(place, tell_case(one, language, today=today)) for place, one in found]
    about = {"learner_id": learner_id, "today": today, **past_of(asked, moment)}
    content, next_url = page(
        request, "cases", rows=rows, limit=asked.limit, about=about
    )
    content |= {"language": language, "labels": labels("progress", language)}
    shown = answer(content, position=view.position, next_url=next_url)
    return _in_language(shown, language)


def _standpoint(view: View, moment: Moment, *, standing: int) -> Standpoint:
    return Standpoint(
        state=view.state,
        connection=view.projections,
        moment=moment,
        standing=standing,
    )


def _archive(bank: Bank) -> Archive:
    return Archive(log=bank.store, time_zone=bank.ledger_record().time_zone)


def _holder(view: View, learner_id: str, *, moment: Moment) -> Holder:
    try:
        return find_holder(view.state, learner_id, position=moment.position)
    except UnknownLearnerError as error:
        raise NoSuchLearnerError(pointer="/path/learner_id") from error


def _language(request: Request) -> str:
    return choose_language(request.headers.get("accept-language", ""))


def _in_language(response: Response, language: str) -> Response:
    response.headers["Content-Language"] = language
    response.headers["Vary"] = "Accept-Language"
    return response
