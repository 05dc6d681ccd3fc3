"""Rules before anybody signs them: what is wrong, what is odd, what they would do.

Nothing is stored, whatever is asked.
"""

from functools import partial
from typing import Annotated, Any, Final

from anyio import to_thread
from fastapi import APIRouter, Query, Request
from pydantic import Field, ValidationError
from starlette.responses import Response

from api.bank import Bank, View
from api.bodies import read_body
from api.errors import BodyNotJsonError, InvalidRequestError
from api.pointers import faults_in
from api.problems import errors_of, responses
from api.reading import (
    LIMIT_MAX,
    Asked,
    Simple,
    answer,
    bank_of,
    make_cursor,
    read_cursor,
)
from api.wording import choose_language, say
from ledger.domain.errors import RejectionError
from ledger.domain.language.shapes import RuleTerms
from ledger.domain.rules.counting import Settlement
from ledger.domain.rules.review import Trial, find_remarks
from ledger.domain.rules.terms import check_terms
from ledger.domain.state import RuleRecord
from ledger.domain.types import Code, Date, MemberId, Version, Wire, credits_text
from ledger.integrity import canonical
from ledger.integrity.errors import IntegrityError
from projections.asking import Asking
from projections.trials import enrolled_at, try_on

BODY_BYTES_MAX: Final = 32 * 1024
"""As large as the statement that proposes it may be."""
SCANNED_MAX: Final = 1_000
"""Enrolments looked at for one page, whether the rule touches them or not."""
LIMIT_DEFAULT: Final = 50

router = APIRouter(tags=["register"])

Json = dict[str, Any]  # Any: plain JSON.

_ANSWERS = responses(200, 400, 403, 408, 409, 413, 422, 503)


class Draft(Wire):
    """A rule that is about to be proposed; ``on`` is the date to try it on."""

    proposer: MemberId
    code: Code = "DRAFT"
    version: Version = 1
    terms: RuleTerms
    on: Date | None = None


class AskedOfTrials(Asked):
    """A page of trials."""

    limit: Annotated[int, Field(ge=1, le=LIMIT_MAX)] = LIMIT_DEFAULT
    cursor: Annotated[str, Field(max_length=500)] | None = None


_BODY: Final = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": Draft.model_json_schema(by_alias=True)}
        },
    }
}


async def _draft(request: Request) -> Draft:
    """Read the body.

    Raises:
        BodyNotJsonError: not strict JSON.
        InvalidRequestError: fields are missing, unknown or have no legal value.
    """
    raw = await read_body(request.receive, limit=BODY_BYTES_MAX)
    try:
        canonical.loads(raw)
    except IntegrityError as error:
        raise BodyNotJsonError from error
    try:
        return Draft.model_validate_json(raw)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False)
        raise InvalidRequestError(faults_in(found, under="/body")) from error


@router.post("/v1/rules/check", responses=_ANSWERS, openapi_extra=_BODY)
async def check_rule(request: Request, asked: Simple) -> Response:
    """Tell what is wrong with terms, and what is odd beside the rules in force."""
    draft = await _draft(request)
    language = choose_language(request.headers.get("accept-language", ""))
    ask = partial(_checked, bank_of(request), draft, asked=asked, language=language)
    return await to_thread.run_sync(ask)


def _checked(bank: Bank, draft: Draft, *, asked: Asked, language: str) -> Response:
    with bank.view(min_position=asked.min_position or -1, projected=False) as view:
        asking = Asking(view.state)
        try:
            _check(draft, asking)
        except RejectionError as error:
            faults, remarks = list(errors_of(error, language)), []
        else:
            others = list(_neighbours(view, draft.terms))
            found = asking.ask(
                lambda known: find_remarks(draft.terms, others, state=known)
            )
            faults, remarks = (
                [],
                [
                    {
                        "code": one.code,
                        "pointer": f"/body{one.pointer}",
                        "rule": one.rule,
                        "detail": say(one.code, language, details={}),
                    }
                    for one in found
                ],
            )
    return answer({"faults": faults, "remarks": remarks}, position=view.position)


def _check(draft: Draft, asking: Asking) -> None:
    asking.ask(lambda known: check_terms(draft.terms, known, proposer=draft.proposer))


def _neighbours(view: View, terms: RuleTerms) -> list[RuleRecord]:
    """Return the rules of the members that these terms are about."""
    return [
        rule
        for member in sorted({terms.recogniser, *terms.parties})
        for rule in view.state.scan("rules", recogniser=member)
        if isinstance(rule, RuleRecord)
    ]


@router.post("/v1/rules/dry-run", responses=_ANSWERS, openapi_extra=_BODY)
async def dry_run_rule(
    request: Request, asked: Annotated[AskedOfTrials, Query()]
) -> Response:
    """Tell what a rule would have made of the lots of learners enrolled with it.

    A page may be short, or empty, and still go on: it ends after so many enrolments.
    """
    draft = await _draft(request)
    return await to_thread.run_sync(partial(_tried, request, draft, asked=asked))


def _tried(request: Request, draft: Draft, *, asked: AskedOfTrials) -> Response:
    bank, path = bank_of(request), request.url.path
    after = read_cursor(asked.cursor, of=path)
    language = choose_language(request.headers.get("accept-language", ""))
    day = draft.on or bank.today()
    trials: list[Json] = []
    with bank.view(min_position=asked.min_position or -1) as view:
        _check(draft, Asking(view.state))
        rule, left = _rule(draft), SCANNED_MAX
        school, position = draft.terms.recogniser, view.position
        enrolled = enrolled_at(view.projections, school, after=after, position=position)
        for key, enrolment in enrolled:
            if not left or len(trials) == asked.limit:
                break
            after, left = key, left - 1
            if enrolment is None:
                continue
            trial = try_on(view.state, rule, enrolment=enrolment, on=day)
            if trial is not None:
                trials.append(_trial(trial, language))
        else:
            after = ""
    content: Json = {"on": day, "trials": trials}
    if after:
        content["next"] = make_cursor(after, of=path)
    return answer(content, position=position)


def _rule(draft: Draft) -> RuleRecord:
    return RuleRecord(
        rule=f"{draft.proposer}/{draft.code}@{draft.version}",
        proposer=draft.proposer,
        recogniser=draft.terms.recogniser,
        digest="",
        terms=draft.terms,
        parties=draft.terms.parties,
        ratified_by=draft.terms.parties,
        endorsed=True,
        position=0,
    )


def _trial(trial: Trial, language: str) -> Json:
    refusal = None
    if trial.refusal is not None:
        refusal = next(iter(errors_of(trial.refusal, language)))
    return {
        "learner_id": trial.learner_id,
        "enrolment_id": trial.enrolment_id,
        "lots": [
            {
                "award_id": lot.award_id,
                "credits": credits_text(lot.amount_milli),
                "component": lot.component,
            }
            for lot in trial.lots
        ],
        "result": "refused" if trial.settlement is None else "accepted",
        "gains": [] if trial.settlement is None else _gains(trial.settlement),
        "refusal": refusal,
    }


def _gains(settlement: Settlement) -> list[Json]:
    return [
        {
            "outcome": gain.outcome.value,
            "credits": credits_text(gain.amount_milli),
            "requirement": gain.requirement
            and gain.requirement.model_dump(mode="json"),
            "achievement": gain.achievement,
        }
        for gain in settlement.gains
    ]
