"""Plans under the rules of real banks, and where something stands in the way."""

from time import monotonic

import pytest

from ledger.domain.rules.planning.steps import Conversion, Counting
from ledger.domain.state import Slice
from ledger.domain.types import credits_text
from projections.plan.gathering import UnknownEnrolmentError
from projections.plan.search import Found, find_plan
from projections.plan.telling import nearest_to
from tests.banks.bank import StoryBank, read_bank
from tests.banks.story import Player
from tests.builders import MANDATE, OTHER, SCHOOL, TODAY, award
from tests.planning import PATIENCE_SECONDS, gathered, plan
from tests.scenario.agreements import (
    CALENDAR,
    ENROLMENT,
    RELATION_SOUTH,
    agree,
    component,
    ground,
    number,
    proposal,
    step,
    target,
)


def covers(found: Found) -> str:
    """Return what a plan covers, in credits."""
    return credits_text(found.done.score.covered_milli)


def cases(found: Found) -> list[Conversion]:
    """Return the applications of a plan."""
    return [one.step for one in found.steps if isinstance(one.step, Conversion)]


def guangdong(*awards: tuple[str, str]) -> tuple[Player, Found]:
    """Return the bank of Guangdong, and the plan of a learner with these results."""
    player = Player(StoryBank(read_bank("guangdong")))
    for name, amount in awards:
        of = f"skills-body/{name}"
        player.play([{"award": name, "of": of, "credits": amount}])
    own = player.bank.enrolments["WEB"]
    found, _ = plan(player.ledger, enrolment_id=own, today=player.bank.day)
    return player, found


def test_half_of_a_programme_is_filled_to_the_thousandth() -> None:
    """Guangdong: no more than half of 99 credits, and a part of a lot to reach it."""
    _, found = guangdong(("TRAINING", "100"))

    assert covers(found) == "49.5"
    assert found.complete


def test_of_certificates_of_one_content_the_best_is_converted() -> None:
    """Guangdong: 高级 gives what 初级 and 中级 would together with it."""
    _, found = guangdong(("WEB-LOW", "4"), ("WEB-HIGH", "16"))

    assert covers(found) == "16"
    assert len(cases(found)) == 1


def test_different_content_adds_up_to_the_cap() -> None:
    """Guangdong: certificates of two contents, and training for the rest."""
    player, found = guangdong(
        ("WEB-HIGH", "16"), ("ROBOT-MID", "10"), ("TRAINING", "100")
    )

    assert covers(found) == "49.5"
    named = {lot.award_id for one in cases(found) for lot in one.lots}
    assert player.lots["TRAINING"] in named


def test_a_window_that_is_closed_is_waited_for() -> None:
    """The step says from which day on one may apply, and so does what follows it."""
    ledger = ground()
    window = {"calendar": CALENDAR, "first_day": 40, "last_day": 50}
    agree(ledger, proposal("LATE", approval=[], request_window=window))
    ledger.say(SCHOOL, "credit.awarded.v1", body=award("two"))

    found, _ = plan(ledger)

    assert covers(found) == "6"
    assert [(type(one.step), one.step.day) for one in found.steps] == [
        (Counting, TODAY),
        (Conversion, "2026-10-09"),
        (Counting, "2026-10-09"),
    ]


def test_a_rule_that_begins_later_is_waited_for() -> None:
    """What cannot be had today is planned for the first day on which it can."""
    ledger = ground()
    rule = proposal(
        "NEXT", approval=[], valid_from="2026-11-01", targets=[target(code="FREE")]
    )
    agree(ledger, rule)
    ledger.say(SCHOOL, "credit.awarded.v1", body=award("two"))
    ledger.say(SCHOOL, "credit.awarded.v1", body=award("three"))

    found, _ = plan(ledger)

    assert [one.day for one in cases(found)] == ["2026-11-01"] * len(cases(found))
    assert cases(found)
    days = [one.step.day for one in found.steps]
    assert days == sorted(days)


def test_desks_and_numbers_to_vouch_for_are_passed() -> None:
    """A path of two desks and an attestation is walked to its end."""
    ledger = ground()
    vouched = [{"code": "match", "at_least": "70"}]
    desks = [step(SCHOOL), step(OTHER)]
    rule = proposal("DESKS", attestations=vouched, approval=desks)
    agree(ledger, rule)
    ledger.say(SCHOOL, "credit.awarded.v1", body=award("two"))

    found, _ = plan(ledger)

    assert covers(found) == "6"


def test_two_results_are_brought_together_where_a_rule_asks_for_both() -> None:
    """One component each; either alone is too little."""
    ledger = ground()
    both = {"groups": [{"components": [component(), component()]}]}
    aim = [target(code="FREE", credits="4")]
    agree(
        ledger,
        proposal(
            "BOTH",
            approval=[],
            source=both,
            targets=aim,
            conversion={"method": "fixed"},
        ),
    )
    ledger.say(SCHOOL, "credit.awarded.v1", body=award("two"))
    ledger.say(SCHOOL, "credit.awarded.v1", body=award("three"))

    found, _ = plan(ledger)

    assert covers(found) == "7"
    assert [len(one.lots) for one in cases(found)] == [2]


def test_without_the_learners_word_nothing_is_counted_and_it_is_said_why() -> None:
    """The school has no scope: the lot is named, with the reason."""
    ledger = ground()
    ended = {"relation_id": RELATION_SOUTH}
    ledger.say(SCHOOL, "relation.ended.v1", body=ended, mandate=MANDATE)

    seen = gathered(ledger)
    found = find_plan(seen, until=monotonic() + PATIENCE_SECONDS)
    told = list(nearest_to("OWN", seen))

    assert covers(found) == "0"
    assert list(found.steps) == []
    assert seen.blocked is not None
    assert seen.blocked.code == "scope-missing"
    assert seen.setting.applicant == SCHOOL
    assert [(what["kind"], why and why.code) for what, why in told] == [
        ("achievement", None),
        ("lot", "scope-missing"),
    ]


def test_a_rule_out_of_reach_is_told_with_what_it_lacks() -> None:
    """Too few credits: the rule is named for the requirement that it leads to."""
    ledger = ground()
    source = {"groups": [{"components": [component(credits_at_least="9")]}]}
    agree(ledger, proposal("NINE", approval=[], source=source))

    told = list(nearest_to("WELD", gathered(ledger)))

    assert [(what["rule"], why and why.code) for what, why in told] == [
        (f"{OTHER}/NINE@1", "source-too-small")
    ]
    assert list(nearest_to("NONE", gathered(ledger))) == []


def test_a_plan_changes_nothing() -> None:
    """It is carried out on a copy."""
    ledger = ground()
    agree(ledger, proposal("AUTO", approval=[]))
    known = dict(ledger.state.known)

    first, _ = plan(ledger)
    second, _ = plan(ledger)

    assert ledger.state.known == known
    assert isinstance(ledger.state, Slice)
    assert [one.step for one in first.steps] == [one.step for one in second.steps]


def test_an_enrolment_of_somebody_else_is_unknown() -> None:
    """Nobody learns of it."""
    with pytest.raises(UnknownEnrolmentError):
        gathered(ground(), enrolment_id=number(77), today=TODAY)


def test_an_enrolment_without_anything_has_an_empty_plan() -> None:
    """No rule is in force: what counts by itself still counts."""
    found, _ = plan(ground(), enrolment_id=ENROLMENT)

    assert covers(found) == "3"
    assert cases(found) == []
