"""What meets a requirement or a bound, and which appeals are legal: as pages say."""

from datetime import date, timedelta
from typing import Any

import pytest

from ledger.domain.errors.graduation import AppealDueError, AppealStateError
from ledger.domain.language.shapes import Outcome
from ledger.domain.rules.bounds import BoundStanding
from ledger.domain.rules.graduation import RedeemedLot, RequirementStanding
from ledger.domain.statements.graduation import BoundKind, Doubt
from ledger.domain.statements.programmes import Requirement
from ledger.domain.types import Module, Nature, credits_milli, credits_text
from tests.builders import COMMITTEE, MANDATE, OTHER, SCHOOL, TODAY, Ledger, award_of
from tests.conformance.vectors_of import read_vectors
from tests.scenario.agreements import ground, number
from tests.scenario.graduating import appeal, appealed, decision, graduate

GRADUATION = read_vectors("graduation.json")
APPEALS = read_vectors("appeals.json")
LOT = ground().lot(award_of())


def lot_of(one: dict[str, Any]) -> RedeemedLot:  # Any: as the file has it.
    """Return what was redeemed of a lot."""
    outcome = one.get("outcome")
    lot = LOT.replacing(outcome=None if outcome is None else Outcome(outcome))
    doubt = one.get("doubt")
    return RedeemedLot(
        lot=lot,
        amount_milli=credits_milli(one["credits"]),
        doubt=None if doubt is None else Doubt(doubt),
    )


def test_requirements_are_met_by_what_is_sound() -> None:
    """By credits, by the mere fact, or by an outcome that says so."""
    for one in GRADUATION["requirements"]:
        requirement = Requirement(
            code="A",
            title="A",
            nature=Nature.COMPULSORY,
            module=Module.CORE,
            credits=one["needed"],
        )
        found = RequirementStanding(
            requirement=requirement, lots=tuple(map(lot_of, one["lots"]))
        )

        assert credits_text(found.counted_milli) == one["counted"]
        assert found.is_met is one["met"], one


def test_bounds_are_met_from_below_and_limits_from_above() -> None:
    """To the thousandth."""
    for one in GRADUATION["bounds"]:
        found = BoundStanding(
            kind=BoundKind(one["kind"]),
            bound_milli=credits_milli(one["bound"]),
            reached_milli=credits_milli(one["reached"]),
        )

        assert found.is_met is one["met"], one


def after(outcomes: list[str]) -> tuple[Ledger, str]:
    """Return a ledger after these appeals, each following the one before."""
    ledger, last = graduate(), ""
    for place, outcome in enumerate(outcomes):
        named: dict[str, object] = {"appeal_id": number(200 + place)}
        if place:
            named |= {"follows": last, "panel": COMMITTEE}
        last = number(200 + place)
        ledger.say(SCHOOL, "appeal.filed.v1", body=appeal(**named), mandate=MANDATE)
        if outcome != "filed":
            due = {"due_on": TODAY} if outcome == "remitted" else {}
            body = decision(outcome, appeal_id=last, **due)
            iss = COMMITTEE if place else OTHER
            ledger.say(iss, "appeal.decided.v1", body=body)
    return ledger, last


@pytest.mark.parametrize("one", APPEALS["levels"], ids=str)
def test_each_level_is_used_once(one: dict[str, Any]) -> None:  # Any: as it stands.
    """Until the decision falls, or is made anew."""
    ledger, last = after(one["before"])
    named: dict[str, object] = {"appeal_id": number(210)}
    if one["follows"]:
        named |= {"follows": last, "panel": COMMITTEE}
        if len(one["before"]) > 1:
            named["follows"] = number(200)
    act = ledger.act(SCHOOL, "appeal.filed.v1", body=appeal(**named), mandate=MANDATE)

    if one["legal"]:
        ledger.apply(act)
        return
    with pytest.raises(AppealStateError):
        ledger.apply(act)


@pytest.mark.parametrize("one", APPEALS["due"], ids=str)
def test_only_what_is_remitted_is_due(
    one: dict[str, Any],
) -> None:  # Any: as it stands.
    """On a day that is not past, and within a year."""
    changes: dict[str, object] = {}
    if "days" in one:
        due_on = date.fromisoformat(TODAY) + timedelta(days=one["days"])
        changes["due_on"] = due_on.isoformat()
    ledger = appealed()
    act = ledger.act(
        OTHER, "appeal.decided.v1", body=decision(one["outcome"], **changes)
    )

    if one["legal"]:
        ledger.apply(act)
        return
    with pytest.raises(AppealDueError):
        ledger.apply(act)
