"""Refusals about who may agree to a rule, end it, and when."""

from typing import Final

from ledger.domain.errors import agreements as errors
from ledger.domain.errors import catalogue
from tests.builders import (
    COMMITTEE,
    OTHER,
    SCHOOL,
)
from tests.scenario.agreements import (
    WEST,
    action,
    agreed,
    agreement,
    ground,
    proposal,
)
from tests.scenario.cases import say
from tests.scenario.lives import case_at
from tests.scenario.refused_rules import proposed

RATIFIED: Final = say(SCHOOL, "rule.ratified", body=agreement())
REJECTED: Final = say(SCHOOL, "rule.rejected", body=action())
SUSPENDED: Final = say(SCHOOL, "rule.suspended", body=action())
RETIREMENT: Final = action(last_day="2026-12-31")
PROPOSED: Final = proposed()
OPEN: Final = proposal(open_to_accession=True)
ENDORSABLE: Final = proposal(committee=COMMITTEE)
JOINING: Final = say(WEST, "rule.acceded", body=agreement(seen=OPEN))
ENDORSING: Final = say(COMMITTEE, "rule.endorsed", body=agreement(seen=ENDORSABLE))
AGREEMENTS = [
    case_at(
        ground,
        catalogue.VersionNotNextError,
        pointer="/body/version",
        when=say(OTHER, "rule.proposed", body=proposal(version=2)),
    ),
    case_at(ground, errors.UnknownRuleError, pointer="/body/rule", when=RATIFIED),
    case_at(ground, errors.UnknownRuleError, pointer="/body/rule", when=SUSPENDED),
    case_at(
        ground,
        errors.StaleRuleError,
        pointer="/body/digest",
        given=(PROPOSED,),
        when=say(SCHOOL, "rule.ratified", body=agreement(seen=OPEN)),
    ),
    *(
        case_at(
            agreed,
            errors.NotAPartyError,
            pointer="/iss",
            when=say(iss, type_name, body=body),
        )
        for iss, type_name, body in (
            (WEST, "rule.ratified", agreement()),
            (WEST, "rule.rejected", action()),
            (WEST, "rule.retired", RETIREMENT),
            (COMMITTEE, "rule.endorsed", agreement()),
        )
    ),
    case_at(
        agreed,
        errors.RuleNotOpenError,
        pointer="/body/rule",
        when=say(WEST, "rule.acceded", body=agreement()),
    ),
    *(
        case_at(
            ground,
            errors.RuleStateError,
            pointer="/body/rule",
            given=(say(OTHER, "rule.proposed", body=OPEN), *given),
            when=when,
        )
        for given, when in (
            ((JOINING,), JOINING),
            ((REJECTED,), JOINING),
            ((), say(OTHER, "rule.ratified", body=agreement(seen=OPEN))),
            ((REJECTED,), say(SCHOOL, "rule.ratified", body=agreement(seen=OPEN))),
            ((REJECTED,), REJECTED),
            ((), SUSPENDED),
            ((), say(SCHOOL, "rule.retired", body=RETIREMENT)),
        )
    ),
    *(
        case_at(
            ground,
            errors.RuleStateError,
            pointer="/body/rule",
            given=(say(OTHER, "rule.proposed", body=ENDORSABLE), given),
            when=ENDORSING,
        )
        for given in (ENDORSING, REJECTED)
    ),
    *(
        case_at(
            agreed, errors.RuleStateError, pointer="/body/rule", given=given, when=when
        )
        for given, when in (
            ((), REJECTED),
            ((SUSPENDED,), SUSPENDED),
            ((), say(SCHOOL, "rule.resumed", body=action())),
            ((SUSPENDED,), say(OTHER, "rule.resumed", body=action())),
            (
                (say(OTHER, "rule.retired", body=RETIREMENT),),
                say(SCHOOL, "rule.retired", body=RETIREMENT),
            ),
        )
    ),
    case_at(
        agreed,
        errors.RuleStateError,
        pointer="/body/last_day",
        when=say(SCHOOL, "rule.retired", body=action(last_day="2026-08-31")),
    ),
]
