"""Three schools that agreed on rules which convert in circles, and one learner."""

from typing import Final

from tests.builders import OTHER, SCHOOL, Body, Ledger
from tests.scenario.agreements import (
    ENROLMENT,
    WEST,
    agree,
    enrolment,
    ground,
    number,
    programme,
    proposal,
    step,
    target,
)

ALL: Final = [SCHOOL, OTHER, WEST]
AT_HOME: Final = number(99)
HALF: Final = {"method": "ratio", "ratio": {"numerator": 1, "denominator": 2}}


def _anything(code: str, member: str, **changes: object) -> Body:
    source: Body = {"groups": [{"components": [{"of": {}}]}]}
    named = {"source": source, "parties": ALL, "approval": [], "recogniser": member}
    return proposal(code, **{**named, "targets": [target(member)], **changes})


FOUR: Final = {"code": "four", "at_most": "4", "within": "rule"}
RULES: Final = (
    _anything("ONE", OTHER, limits=[FOUR]),
    _anything("DESK", OTHER, approval=[step()]),
    _anything("WEST", WEST),
    _anything("HALF", WEST, effect="recognise", conversion=HALF),
    _anything("BACK", SCHOOL),
)
NAMES: Final = tuple(
    f"{one['terms']['recogniser']}/{one['code']}@1"  # type: ignore[index]  # a mapping
    for one in RULES
)
CONSUMING: Final = frozenset(NAMES) - {f"{WEST}/HALF@1"}
ENROLMENTS: Final = {OTHER: ENROLMENT, WEST: number(3), SCHOOL: AT_HOME}


def market() -> Ledger:
    """Return three schools that convert each other's credits, and four awards."""
    ledger = ground()
    ledger.say(SCHOOL, "programme.published.v1", body=programme())
    own = enrolment(enrolment_id=AT_HOME, programme=f"{SCHOOL}/WELDER@1")
    ledger.say(SCHOOL, "enrolment.opened.v1", body=own)
    for body in RULES:
        agree(ledger, body)
    return ledger
