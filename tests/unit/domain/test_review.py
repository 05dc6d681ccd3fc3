"""What a proposer is told of a rule, and what it would have made of lots."""

import pytest

from ledger.domain.language.shapes import RuleTerms
from ledger.domain.rules.review import Trial, find_remarks, try_rule
from ledger.domain.state import LotRecord, RuleRecord
from tests.builders import (
    OTHER,
    SCHOOL,
    TODAY,
    Body,
    Ledger,
    achievement,
    award,
    award_of,
)
from tests.scenario.agreements import (
    RULE,
    WEST,
    agree,
    agreed,
    component,
    enrolled,
    ground,
    proposal,
    target,
)
from tests.scenario.cases import LEVELLED, RETIRED
from tests.scenario.refused_exchanges import SCORE

FIXED = {"method": "fixed"}


def rule_of(ledger: Ledger, name: str = RULE) -> RuleRecord:
    """Return a rule that must be there."""
    rule = ledger.state.find(RuleRecord, name)
    assert rule is not None
    return rule


def terms_of(**changes: object) -> RuleTerms:
    """Return terms as a member would sign them."""
    ledger = ground()
    act = ledger.act(OTHER, "rule.proposed.v1", body=proposal(**changes))
    terms: RuleTerms = act.statement.body.terms  # type: ignore[attr-defined]  # a rule's
    return terms


def remarks(ledger: Ledger, **changes: object) -> list[tuple[str, str | None]]:
    """Return the codes of what is said of a rule beside the one in force."""
    others = [rule_of(ledger)]
    found = find_remarks(terms_of(**changes), others, state=ledger.state)
    return [(one.code, one.rule) for one in found]


def sourced(*components: Body) -> Body:
    """Return a source of these components."""
    return {"groups": [{"components": list(components)}]}


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({}, [("overlaps", RULE)]),
        ({"valid_until": "2025-12-31", "valid_from": "2025-01-01"}, []),
        ({"targets": [target(code="FREE")]}, []),
        (
            {"source": sourced({"of": {"achievement": f"{SCHOOL}/NONE@1"}})},
            [("retired-source", None)],
        ),
        (
            {"source": sourced({"of": {"achievement": f"{SCHOOL}/WELD-1@1"}})},
            [("overlaps", RULE)],
        ),
        ({"source": sourced({"of": {"members": [OTHER]}})}, [("overlaps", RULE)]),
        (
            {
                "conversion": FIXED,
                "targets": [target(code="FREE", credits="4")],
                "source": sourced(component(credits_at_least="3")),
                "limits": [
                    {"code": "x", "at_most": "3"},
                    {"code": "y", "at_most": "1", "measure": "courses"},
                ],
            },
            [("never-reached", None), ("gains-credit", None)],
        ),
        (
            {
                "conversion": FIXED,
                "targets": [target(code="FREE", credits="2")],
                "source": sourced(component(credits_at_least="3")),
                "limits": [{"code": "x", "at_most": "2"}],
            },
            [],
        ),
        (
            {
                "recogniser": SCHOOL,
                "parties": [SCHOOL, OTHER],
                "source": sourced({"of": {"members": [OTHER]}}),
                "targets": [target(SCHOOL, code="FREE")],
            },
            [("round-trip", RULE)],
        ),
    ],
)
def test_remarks_tell_what_is_odd_and_refuse_nothing(
    changes: dict[str, object], codes: list[tuple[str, str | None]]
) -> None:
    """By itself, and beside a rule in force on the same days."""
    assert remarks(agreed(), **changes) == codes


def test_a_retired_source_and_a_rule_that_is_not_agreed_are_told_apart() -> None:
    """Only what was agreed can overlap."""
    ledger = ground()
    ledger.say(OTHER, "rule.proposed.v1", body=proposal())
    ledger.say(RETIRED[0], RETIRED[1], body=RETIRED[2])

    assert remarks(ledger) == [("retired-source", None)]


def test_selectors_that_share_nothing_do_not_overlap() -> None:
    """Another version, or another kind of member."""
    ledger = ground()
    first = sourced({"of": {"achievement": f"{SCHOOL}/WELD-1@1", "members": [SCHOOL]}})
    agree(ledger, proposal(source=first))
    ledger.say(SCHOOL, "achievement.published.v1", body=achievement(version=2))
    second = sourced({"of": {"achievement": f"{SCHOOL}/WELD-1@2"}})

    assert remarks(ledger, source=second) == []
    assert remarks(ledger, source=sourced({"of": {"members": [OTHER]}})) == []


def tried(ledger: Ledger, body: Body, *names: str) -> Trial | None:
    """Try a proposal on the learner's lots."""
    ledger.say(OTHER, "rule.proposed.v1", body=body)
    rule = rule_of(ledger, f"{OTHER}/{body['code']}@{body['version']}")
    lots: list[LotRecord] = [ledger.lot(award_of(name)) for name in names]
    return try_rule(rule, enrolled(ledger), lots=lots, state=ledger.state, on=TODAY)


def test_a_proposal_is_tried_as_if_it_were_in_force() -> None:
    """What has to be shown of a lot is taken as shown."""
    trial = tried(
        agreed(),
        proposal(version=2, source=sourced(component(predicates=[SCORE]))),
        "one",
    )

    assert trial is not None
    assert trial.refusal is None
    assert trial.settlement is not None
    assert [gain.amount_milli for gain in trial.settlement.gains] == [3000]


def test_a_trial_tells_why_a_rule_would_refuse() -> None:
    """Or nothing, where no lot is what it asks for."""
    ledger = ground()
    trial = tried(
        ledger, proposal("OLD", source=sourced(component(age={"months": 1}))), "one"
    )
    assert trial is not None
    assert trial.refusal is not None
    assert trial.refusal.code == "lot-too-old"

    assert (
        tried(
            ledger, proposal("NONE", source=sourced({"of": {"skills": ["焊"]}})), "one"
        )
        is None
    )


def test_a_trial_fills_one_component_after_another() -> None:
    """Of any of several, the first that finds a lot."""
    ledger = ground()
    ledger.say(LEVELLED[0], LEVELLED[1], body=LEVELLED[2])
    for name in ("two", "three"):
        ledger.say(SCHOOL, "credit.awarded.v1", body=award(name))
    level = {"of": {"level": {"framework": "skill-level", "at_least": "5"}}}
    group = {
        "mode": "any_of",
        "components": [level, component(lots_at_most=2), component()],
    }
    source = {"mode": "any_of", "groups": [group, {"components": [component()]}]}

    trial = tried(ledger, proposal(source=source), "one", "two", "three")

    assert trial is not None
    assert [(lot.award_id, lot.component) for lot in trial.lots] == [
        (award_of("one"), 1),
        (award_of("two"), 1),
    ]
    assert WEST not in rule_of(ledger).parties
