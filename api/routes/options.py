"""What a learner's lots can become for an enrolment, and what is missing."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from pydantic import Field
from starlette.responses import Response

from api.errors import NoSuchEnrolmentError, NoSuchLearnerError
from api.problems import responses
from api.reading import PRINTABLE, Asked, answer, bank_of
from api.wording import choose_language
from api.wording.options import Speaker, missing, sentences, whom
from ledger.domain.language.shapes import RuleTerms
from ledger.domain.rules.options.lacks import Lack
from ledger.domain.rules.options.option import Option
from ledger.domain.types import credits_text
from projections.holders import UnknownLearnerError
from projections.options.naming import names_for
from projections.options.queries import (
    UnknownEnrolmentError,
    learner_for,
    options_of,
)

router = APIRouter(tags=["learners"])

_READ = responses(200, 404, 422, 503)

Json = dict[str, Any]  # Any: plain JSON.
LearnerId = Annotated[str, Path(max_length=64, pattern=PRINTABLE)]


class AskedOfOptions(Asked):
    """For which enrolment."""

    enrolment: Annotated[str, Field(max_length=64, pattern=PRINTABLE)]


@router.get("/v1/learners/{learner_id}/options", responses=_READ)
def read_options(
    request: Request, learner_id: LearnerId, asked: Annotated[AskedOfOptions, Query()]
) -> Response:
    """Return what every rule in reach makes of a learner's lots, today."""
    bank = bank_of(request)
    language = choose_language(request.headers.get("accept-language", ""))
    today = bank.today()
    with bank.view(min_position=asked.min_position or -1, projected=False) as view:
        try:
            learner = learner_for(
                view.state,
                learner_id,
                enrolment_id=asked.enrolment,
                on=today,
                versions=bank.versions,
            )
        except UnknownLearnerError as error:
            raise NoSuchLearnerError(pointer="/path/learner_id") from error
        except UnknownEnrolmentError as error:
            raise NoSuchEnrolmentError(pointer="/query/enrolment") from error
        found = options_of(learner, view.state, index=bank.rule_index)
        names = names_for(view.projections, found)
    speaker = Speaker(language=language, names=names)
    content = {
        "learner_id": learner.holder.survivor.learner_id,
        "enrolment_id": learner.enrolment.enrolment_id,
        "programme": learner.enrolment.programme,
        "on": today,
        "open": learner.is_open,
        "options": [option_shown(one, speaker) for one in found.options],
        "left_out": found.left_out,
    }
    return answer(content, position=view.position)


def option_shown(option: Option, speaker: Speaker) -> Json:
    """Return an option as answers show it; amounts are decimal strings."""
    terms, settlement = option.rule.terms, option.settlement
    open_now = option.is_available and settlement is not None
    return {
        "rule": option.rule.rule,
        "rule_digest": option.rule.digest,
        "title": speaker.rule(option),
        "status": "available" if open_now else "out_of_reach",
        "effect": terms.effect.value,
        "sentences": sentences(option, speaker=speaker),
        "uses": _uses(option) if open_now else [],
        "gives": _gives(option) if open_now else [],
        "missing": [lack_shown(one, option, speaker=speaker) for one in option.lacks],
        "capped": option.capped and lack_shown(option.capped, option, speaker=speaker),
        "to_show": _to_show(option) if open_now else [],
        "to_vouch": _to_vouch(option) if open_now else [],
        "desks": _desks(terms),
        "application": application(option) if open_now else None,
    }


def lack_shown(lack: Lack, option: Option, *, speaker: Speaker) -> Json:
    """Return something that is missing, with whom to ask about it."""
    facts = {
        name.removesuffix("_milli"): credits_text(value)
        if name.endswith("_milli") and isinstance(value, int)
        else value
        for name, value in lack.facts
    }
    return {
        "code": lack.code,
        **facts,
        "ask": whom(lack, option, names=speaker.names),
        "detail": missing(lack, option, speaker=speaker),
    }


def application(option: Option) -> Json:
    """Return the body of a request but for its id, which whoever applies chooses."""
    made = option.application
    return {
        "revision": 0,
        "learner_id": made.learner_id,
        "enrolment_id": made.enrolment_id,
        "rule": made.rule,
        "rule_digest": option.rule.digest,
        "lots": [
            {
                "award_id": lot.award_id,
                "credits": credits_text(lot.amount_milli),
                "component": lot.component,
            }
            for lot in made.lots
        ],
    }


def _uses(option: Option) -> list[Json]:
    used = option.settlement.used if option.settlement else ()
    return [
        {"award_id": part.award_id, "credits": credits_text(part.amount_milli)}
        for part in used
    ]


def _gives(option: Option) -> list[Json]:
    gains = option.settlement.gains if option.settlement else ()
    return [
        {
            "outcome": gain.outcome.value,
            "credits": credits_text(gain.amount_milli),
            "requirement": gain.requirement.code if gain.requirement else None,
            "achievement": gain.achievement,
        }
        for gain in gains
    ]


def _to_show(option: Option) -> list[Json]:
    return [one.model_dump(mode="json", exclude_none=True) for one in option.to_show]


def _to_vouch(option: Option) -> list[Json]:
    return [one.model_dump(mode="json") for one in option.to_vouch]


def _desks(terms: RuleTerms) -> list[Json]:
    return [one.model_dump(mode="json") for one in terms.approval]
