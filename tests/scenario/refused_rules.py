"""Refusals about the terms of rules, each pointing at the field."""

from typing import Final

from ledger.domain.errors import RejectionError, awards, catalogue, programmes
from ledger.domain.errors import agreements as errors
from tests.builders import (
    COMMITTEE,
    OPERATOR,
    OTHER,
    SCHOOL,
    Body,
)
from tests.scenario.agreements import (
    WEST,
    component,
    ground,
    proposal,
    step,
    target,
)
from tests.scenario.cases import LEVEL, LEVELLED, LEVELS, Case, Say, say
from tests.scenario.lives import case_at

NO_HOURS: Final = {"value": "0", "unit": "hour"}
TWO_LEVELS: Final = say(
    OPERATOR,
    "framework.published",
    body={**LEVELS, "levels": [LEVEL, {"code": "4", "rank": 2, "name": "中级工"}]},
)
FIXED: Final = {"conversion": {"method": "fixed"}}
HOURS: Final = {"value": "16", "unit": "hour"}
AT_MOST_GROUP: Final = {"components": [component()] * 64}


def proposed(iss: str = OTHER, /, **changes: object) -> Say:
    """Return the proposal of a rule with some terms changed."""
    return say(iss, "rule.proposed", body=proposal(**changes))


def of(**selector: object) -> Body:
    """Return a source of one component that selects this."""
    return {"groups": [{"components": [{"of": selector}]}]}


def reading(**predicate: object) -> Body:
    """Return a source whose lots must show a value."""
    return {"groups": [{"components": [component(predicates=[predicate])]}]}


def terms_case(
    error: type[RejectionError],
    pointer: str,
    *given: Say,
    **changes: object,
) -> Case:
    """Name a proposal that is refused."""
    when = proposed(**changes)
    place = f"/body/terms{pointer}"
    return case_at(ground, error, pointer=place, when=when, given=given)


PLACE: Final = "/source/groups/0/components/0"
TERMS = [
    terms_case(errors.RulePartyError, "/parties", parties=[SCHOOL, OTHER, OTHER]),
    terms_case(errors.RulePartyError, "/parties/0", parties=["nobody", OTHER]),
    terms_case(errors.RulePartyError, "/parties/0", parties=[COMMITTEE, OTHER]),
    case_at(
        ground,
        errors.RulePartyError,
        pointer="/iss",
        when=proposed(WEST, recogniser=OTHER),
    ),
    case_at(
        ground,
        errors.RulePartyError,
        pointer="/body/terms/recogniser",
        when=proposed(SCHOOL, parties=[SCHOOL]),
    ),
    terms_case(errors.RulePartyError, "/committee", committee=SCHOOL),
    terms_case(awards.DateOrderError, "/valid_until", valid_until="2025-12-31"),
    terms_case(
        catalogue.UnknownCalendarError,
        "/request_window/calendar",
        request_window={"calendar": f"{OTHER}/none", "last_day": 14},
    ),
    terms_case(catalogue.UnknownCalendarError, "/workdays", workdays=f"{OTHER}/none"),
    terms_case(
        errors.RuleTermsError,
        "/source/groups",
        source={"groups": [AT_MOST_GROUP, {"components": [component()]}]},
    ),
    terms_case(
        catalogue.UnknownAchievementError,
        f"{PLACE}/of/achievement",
        source=of(achievement=f"{SCHOOL}/NONE"),
    ),
    terms_case(
        catalogue.UnknownAchievementError,
        f"{PLACE}/of/achievement",
        source=of(achievement=f"{SCHOOL}/WELD-1@2"),
    ),
    terms_case(errors.RulePartyError, f"{PLACE}/of/members", source=of(members=[WEST])),
    terms_case(
        errors.RulePartyError,
        f"{PLACE}/of/members",
        source=of(achievement=f"{WEST}/GAS-1@1"),
    ),
    terms_case(
        catalogue.UnknownFrameworkError,
        f"{PLACE}/of/level/framework",
        source=of(level={"framework": "none", "at_least": "5"}),
    ),
    terms_case(
        catalogue.UnknownLevelError,
        f"{PLACE}/of/level",
        LEVELLED,
        source=of(level={"framework": "skill-level", "at_most": "9"}),
    ),
    terms_case(
        errors.RuleTermsError,
        f"{PLACE}/of/level",
        LEVELLED,
        source=of(level={"framework": "skill-level"}),
    ),
    terms_case(
        errors.RuleTermsError,
        f"{PLACE}/of/level",
        TWO_LEVELS,
        source=of(level={"framework": "skill-level", "at_least": "4", "at_most": "5"}),
    ),
    terms_case(
        errors.RuleTermsError,
        f"{PLACE}/workload_at_least",
        source={"groups": [{"components": [component(workload_at_least=NO_HOURS)]}]},
    ),
    *(
        terms_case(
            errors.RuleTermsError,
            f"{PLACE}/predicates/0",
            LEVELLED,
            source=reading(**predicate),
        )
        for predicate in (
            {"name": "grade", "at_least": "5"},
            {"name": "grade", "at_least": "5", "framework": "x", "scale": "100"},
            {"name": "score", "at_least": "C"},
            {"name": "score", "at_least": "60", "framework": "skill-level"},
        )
    ),
    terms_case(
        catalogue.UnknownLevelError,
        f"{PLACE}/predicates/0",
        LEVELLED,
        source=reading(name="grade", at_least="9", framework="skill-level"),
    ),
    terms_case(
        errors.RuleTermsError,
        "/targets/0",
        targets=[{"outcome": "course_credit"}],
    ),
    terms_case(errors.RulePartyError, "/targets/0", targets=[target(WEST)]),
    terms_case(
        programmes.UnknownProgrammeError,
        "/targets/0/requirement/code",
        targets=[target(code="NONE")],
    ),
    terms_case(
        programmes.UnknownProgrammeError,
        "/targets/0/requirement/programme",
        targets=[target(requirement={"programme": f"{OTHER}/NONE", "code": "WELD"})],
    ),
    terms_case(
        catalogue.UnknownAchievementError,
        "/targets/0/achievement",
        targets=[{"outcome": "course_credit", "achievement": f"{OTHER}/NONE"}],
    ),
    terms_case(
        errors.RuleTermsError,
        "/targets/0/credits",
        targets=[target(outcome="requirement_met", credits="1")],
        **FIXED,
    ),
    terms_case(
        errors.RuleTermsError,
        "/targets/0/supplement",
        targets=[target(outcome="partial")],
    ),
    *(
        terms_case(errors.RuleTermsError, "/conversion", **changes)
        for changes in (
            FIXED,
            {"targets": [target(), target()]},
            {"conversion": {"method": "ratio"}},
            {"conversion": {"method": "workload"}},
            {"conversion": {"method": "workload", "per_credit": [HOURS, HOURS]}},
            {
                "conversion": {
                    "method": "workload",
                    "per_credit": [{**HOURS, "value": "0"}],
                }
            },
            {
                "conversion": {
                    "method": "ratio",
                    "ratio": {"numerator": 1, "denominator": 2},
                    "step": "0",
                }
            },
            {
                "conversion": {"method": "workload", "per_credit": [HOURS]},
                "remainder": "keep",
            },
        )
    ),
    terms_case(
        errors.RulePartyError, "/approval/0/member", approval=[step(WEST), step()]
    ),
    terms_case(errors.RuleTermsError, "/approval/0/member", approval=[step(SCHOOL)]),
    terms_case(errors.RuleTermsError, "/approval/0/member", approval=[step(OPERATOR)]),
    terms_case(
        errors.RuleTermsError,
        "/approval/1/member",
        approval=[step(SCHOOL), step(OPERATOR)],
    ),
    terms_case(
        errors.RulePartyError,
        "/approval/0/member",
        approval=[step(OPERATOR), step(), step(OPERATOR)],
    ),
    terms_case(errors.RuleTermsError, "/workdays", workdays=None),
    terms_case(programmes.LimitShapeError, "/limits/0/at_most", limits=[{"code": "x"}]),
]
