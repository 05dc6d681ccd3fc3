"""Three schools that agreed on rules which convert in circles, and one learner."""

from typing import Final

from hypothesis import strategies as st

from ledger.domain import rules
from ledger.domain.errors import RejectionError
from ledger.domain.errors.precedence import PRECEDENCE
from ledger.domain.rules.act import Act
from ledger.domain.statements.envelope import Statement
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
CAP_MILLI: Final = 4000
PLACES: Final = st.integers(0, 30) | st.integers(0, 1)
ACT: Final = st.sampled_from(["WEST", "HALF", "count", "own", "reverse"])
ACTS: Final = st.one_of(
    st.lists(ACT, max_size=5),
    st.permutations(["HALF", "count", "own"]),
    st.permutations(["WEST", "count", "reverse"]),
)
AMOUNTS: Final = st.sampled_from(["0.001", "1", "1.5", "2.999", "3", "3.001"])
PICKS: Final = st.lists(st.tuples(PLACES, AMOUNTS), min_size=1, max_size=2)


def market() -> Ledger:
    """Return three schools that convert each other's credits, and four awards."""
    ledger = ground()
    ledger.say(SCHOOL, "programme.published.v1", body=programme())
    own = enrolment(enrolment_id=AT_HOME, programme=f"{SCHOOL}/WELDER@1")
    ledger.say(SCHOOL, "enrolment.opened.v1", body=own)
    for body in RULES:
        agree(ledger, body)
    return ledger


def outcome_of(act: Act[Statement], ledger: Ledger) -> type[RejectionError] | None:
    """Return how an act would be refused, after asking without changing a thing."""
    known = dict(ledger.state.known)
    found: type[RejectionError] | None = None
    try:
        rules.decide(act, ledger.state)
    except RejectionError as error:
        found = type(error)
        assert found in PRECEDENCE
    assert ledger.state.known == known
    return found
