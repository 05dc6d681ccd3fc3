"""Plans: what to apply for, in which order, so that most of an enrolment is covered.

A plan takes long compared with other answers: it runs in a thread like them, for a
bounded time, and only so many at once; beyond, the caller is asked to come again.
"""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from time import monotonic
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request
from pydantic import Field
from starlette.responses import Response

from api.bank import Bank, View
from api.errors import NoSuchEnrolmentError, NoSuchLearnerError, PlanBusyError
from api.problems import responses
from api.reading import PRINTABLE, Asked, answer, bank_of
from api.wording import choose_language, say
from api.wording.plans import listed, sentence
from ledger.domain.errors import RejectionError
from ledger.domain.types import StatementId
from projections.holders import UnknownLearnerError, find_holder
from projections.plan.gathering import Gathered, Question, UnknownEnrolmentError, gather
from projections.plan.search import find_plan
from projections.plan.telling import Why, codes_of, nearest_to, plan_shown
from projections.register.queries import titles_of

PLANS_AT_ONCE: Final = 2
GATHER_SECONDS: Final = 0.9
"""After so long no more applications are weighed."""
PLAN_SECONDS: Final = 1.4
"""After so long the best plan that was found is handed out."""

router = APIRouter(tags=["learners"])

_READ = responses(200, 404, 422, 503)
_PLANNING: Final = threading.BoundedSemaphore(PLANS_AT_ONCE)

Json = dict[str, Any]  # Any: plain JSON.
LearnerId = Annotated[str, Path(max_length=64, pattern=PRINTABLE)]


class AskedOfPlan(Asked):
    """For which enrolment."""

    enrolment: Annotated[StatementId, Field()]


@router.get("/v1/learners/{learner_id}/plan", responses=_READ)
def read_plan(
    request: Request, learner_id: LearnerId, asked: Annotated[AskedOfPlan, Query()]
) -> Response:
    """Return the best plan for an enrolment: steps to sign, and what remains."""
    bank, begun = bank_of(request), monotonic()
    language = choose_language(request.headers.get("accept-language", ""))
    with _one_of_few(), bank.view(min_position=asked.min_position or -1) as view:
        gathered = _gathered(
            bank, view, about=(learner_id, asked.enrolment), begun=begun
        )
        found = find_plan(gathered, until=begun + PLAN_SECONDS)
        refs = {lot.achievement for lot in gathered.lots if lot.achievement}
        titles = titles_of(view.projections, refs)
        shown = plan_shown(gathered, found, titles=titles)
        nearest = {code: [*nearest_to(code, gathered)] for code in codes_of(shown)}
    _speak(shown, nearest, language=language)
    if gathered.blocked is not None:
        error = gathered.blocked
        why = say(error.code, language, details=error.details)
        shown["sentences"].insert(0, sentence("blocked", language, why=why))
    return answer(shown, position=view.position)


def _gathered(
    bank: Bank, view: View, *, about: tuple[str, str], begun: float
) -> Gathered:
    learner_id, enrolment_id = about
    try:
        find_holder(view.state, learner_id)
        question = Question(
            learner_id=learner_id,
            enrolment_id=enrolment_id,
            today=bank.today(),
            position=view.position,
        )
        until = begun + GATHER_SECONDS
        return gather(question, view.state, index=bank.rule_index, until=until)
    except UnknownLearnerError as error:
        raise NoSuchLearnerError(pointer="/path/learner_id") from error
    except UnknownEnrolmentError as error:
        raise NoSuchEnrolmentError(pointer="/query/enrolment") from error


def _speak(shown: Json, nearest: Mapping[str, list[Why]], *, language: str) -> None:
    """Add sentences to everything that is told."""
    for step in shown["steps"]:
        step["sentences"] = list(_of_step(step, shown, language=language))
    for one in shown["requirements"]:
        one["sentence"] = _of_requirement(one, language)
        near = nearest.get(one["requirement"], ())
        one["nearest"] = [_of_near(what, why, language=language) for what, why in near]
    shown["sentences"] = list(_of_plan(shown, language))


@contextmanager
def _one_of_few() -> Iterator[None]:
    """Take one of the few places there are.

    Raises:
        PlanBusyError: all are taken.
    """
    if not _PLANNING.acquire(blocking=False):
        raise PlanBusyError
    try:
        yield
    finally:
        _PLANNING.release()


def _of_step(step: Json, shown: Json, *, language: str) -> Iterator[str]:
    later = "-later" if "not_before" in step else ""
    day = {"day": str(step.get("not_before", ""))}
    if step["kind"] == "redemption":
        titles = {one["requirement"]: one for one in shown["requirements"]}
        yield sentence(
            f"redemption{later}",
            language,
            school=step["signed_by"],
            credits=step["credits"],
            requirement=_title(titles[step["requirement"]], language),
            **day,
        )
        return
    lots = [
        sentence("lot", language, credits=lot["credits"], title=_title(lot, language))
        for lot in step["lots"]
    ]
    yield sentence(
        f"exchange{later}",
        language,
        rule=_title(step, language),
        lots=listed(lots, language),
        gives=listed([lot["credits"] for lot in step["gives"]], language),
        **day,
    )
    if step["desk"] is None:
        yield sentence("no-desk", language)
    else:
        yield sentence("desk", language, **step["desk"])
    for one in step["to_show"]:
        name, least = one["name"], one["at_least"]
        yield sentence("to-show", language, name=name, at_least=least)
    for one in step["to_vouch"]:
        yield sentence("to-vouch", language, **one)


def _title(one: Mapping[str, Any], language: str) -> str:  # Any: plain JSON.
    """Return what something is called in a language; its id where it has no title."""
    names = ("title_en", "title") if language == "en" else ("title",)
    ids = ("achievement", "award_id", "requirement")
    return next(str(one[name]) for name in (*names, *ids) if one.get(name))


def _of_requirement(one: Json, language: str) -> str:
    name = "met" if one["missing"] == "0" else "missing"
    facts = {key: one[key] for key in ("needed", "after", "missing")}
    return sentence(name, language, requirement=_title(one, language), **facts)


def _of_near(what: Json, why: RejectionError | None, *, language: str) -> Json:
    if why is None:
        name = what["achievement"]
        told = sentence("nearest-achievement", language, achievement=name)
        return {**what, "sentence": told}
    because = say(why.code, language, details=why.details)
    facts = {"rule": what.get("rule", ""), "award": what.get("award_id", "")}
    told = sentence(f"nearest-{what['kind']}", language, why=because, **facts)
    return {**what, "code": why.code, "sentence": told}


def _of_plan(shown: Json, language: str) -> Iterator[str]:
    yield sentence("complete" if shown["complete"] else "incomplete", language)
    if shown["untried"]:
        yield sentence("untried", language, count=shown["untried"])
