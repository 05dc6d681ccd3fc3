"""What is concluded once for requests that are alike is what each comes to alone."""

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Final

from hypothesis import example, given, settings
from hypothesis import strategies as st

from ledger.domain import rules
from ledger.domain.errors import RejectionError
from ledger.domain.rules.counting import Judged, Settlement
from ledger.domain.state import Slice
from tests.builders import (
    LEARNER,
    MANDATE,
    OPERATOR,
    OTHER,
    SCHOOL,
    SECOND,
    Body,
    Ledger,
    achievement,
    award,
    revocation,
)
from tests.scenario.agreements import (
    EXCHANGE,
    SERVICE,
    WEST,
    agree,
    component,
    enrolment,
    ground,
    number,
    offer,
    proposal,
    quoted,
    relation,
    request,
    target,
)

WORTH: Final[Body] = {"method": "fixed"}
HALF: Final[Body] = {"method": "ratio", "ratio": {"numerator": 1, "denominator": 2}}
GROUPED: Final = achievement("GROUP-1", content_group="welding")
TWO: Final[Body] = {"code": "two", "at_most": "2", "within": "learner"}
ANY: Final[Body] = {"groups": [{"components": [{"of": {}}]}]}
RECENT: Final = component(age={"months": 3, "since": "assessed", "at": "requested"})
TERMS: Final[Sequence[Body]] = (
    {},
    {"source": ANY, "limits": [TWO]},
    {"source": {"groups": [{"components": [RECENT]}]}},
    {"source": ANY, "conversion": HALF, "effect": "recognise"},
    {"source": ANY, "conversion": HALF, "remainder": "elective"},
    {"conversion": WORTH, "targets": [target(credits="2")]},
    {"source": ANY, "supersede": "replace", "dated_by": "cohort"},
    {"recogniser": WEST, "source": ANY},
)
RULES: Final = [
    proposal(f"R{place}", **{"approval": [], **changes})
    for place, changes in enumerate(TERMS)
]
AWARDS: Final[Mapping[str, Sequence[object]]] = {
    "achievement": [f"{SCHOOL}/WELD-1@1", f"{SCHOOL}/GROUP-1@1"],
    "credits": ["3", "2", "1.5", "0"],
    "assessed_on": ["2026-06-30", "2026-01-31", "2025-06-30"],
    "learned_to": ["2026-06-30", "2026-01-30"],
    "valid_until": ["2027-01-01", "2026-08-31"],
    "passed": [True, False],
}
ENROLMENTS: Final[Mapping[str, Sequence[object]]] = {
    "cohort": ["2025", "2026"],
    "started_on": ["2025-09-01", "2026-09-01"],
    "programme": [f"{OTHER}/WELDER@1", f"{WEST}/WELDER@1"],
}
LEARNERS: Final = (LEARNER, SECOND)


@st.composite
def differing(draw: st.DrawFn, parts: Mapping[str, Sequence[object]]) -> list[Body]:
    """Return six changes of one kind: all else is alike."""
    name = draw(st.sampled_from(sorted(parts)))
    values = st.sampled_from([None, *parts[name]])
    drawn = draw(st.lists(values, min_size=6, max_size=6))
    return [{} if one is None else {name: one} for one in drawn]


PLACED: Final = st.tuples(st.integers(0, 5), st.sampled_from(["3", "3", "1.5"]))
"""Which lot is offered, and how much of it."""


def prepared(awards: Sequence[Body], enrolments: Sequence[Body]) -> Ledger:
    """Return a ledger of two learners, with an award and an enrolment for each."""
    ledger = ground()
    ledger.say(SCHOOL, "achievement.published.v1", body=GROUPED)
    body = relation(WEST, learner_id=SECOND, relation_id=number(90))
    ledger.say(OTHER, "relation.opened.v1", body=body, mandate=MANDATE)
    for place, (given_, started) in enumerate(zip(awards, enrolments, strict=True)):
        learner = LEARNERS[place % 2]
        attempt(
            ledger,
            SCHOOL,
            name="credit.awarded.v1",
            body=award(f"lot-{place}", learner_id=learner, **given_),
        )
        member = str(started.get("programme", OTHER)).partition("/")[0]
        body = enrolment(member, learner_id=learner, **started)
        named = {**body, "enrolment_id": number(100 + place)}
        ledger.say(member, "enrolment.opened.v1", body=named)
    for one in RULES:
        agree(ledger, one)
    return ledger


def attempt(ledger: Ledger, iss: str, *, name: str, body: Body) -> None:
    """Say what may be refused: then there is no such lot."""
    try:
        ledger.say(iss, name, body=body)
    except RejectionError:
        return


def comes_to(
    ledger: Ledger, body: Body, *, state: Slice
) -> Settlement | tuple[object, ...]:
    """Return what deciding a request comes to, or its refusal."""
    member = str(body["rule"]).partition("/")[0]
    name = "exchange.requested.v1"
    act = ledger.act(member, name, body=body, mandate=MANDATE)
    try:
        judged = rules.decide(act, state)
    except RejectionError as error:
        return type(error), error.pointer, dict(error.details)
    assert isinstance(judged, Judged)
    return judged.settlement


@example([{}] * 6, [{}] * 6, RULES[1], [(2, "1.5"), (1, "1.5")], "counted")
@settings(deadline=None)
@given(
    differing(AWARDS),
    differing(ENROLMENTS),
    st.sampled_from(RULES),
    st.lists(PLACED, min_size=4, max_size=12),
    st.sampled_from(["nothing", "revoked", "counted"]),
)
def test_requests_that_are_alike_come_to_what_each_does_alone(
    awards: Sequence[Body],
    enrolments: Sequence[Body],
    rule: Body,
    asked: Sequence[tuple[int, str]],
    before: str,
) -> None:
    """Whatever lots and enrolments differ in, and whoever asked before."""
    ledger = prepared(awards, enrolments)
    if before == "revoked":
        body = revocation("lot-0", "1")
        attempt(ledger, SCHOOL, name="credit.revoked.v1", body=body)
    if before == "counted":
        count_first(ledger)
    kept, numbers = Slice(ledger.state, concluding=True), count(200)

    for place, amount in asked:
        body = requested(rule, place, amount=amount, identity=number(next(numbers)))
        # What nobody asked for changes nothing, but such a case is judged alone.
        alone = {**body, "vouched": [{"code": "hours", "value": "1"}]}
        found, expected = (comes_to(ledger, one, state=kept) for one in (body, alone))
        assert found == expected


def requested(rule: Body, place: int, *, amount: str, identity: str) -> Body:
    """Return the body of a request for the lot of a place."""
    return request(
        rule,
        exchange_id=identity,
        learner_id=LEARNERS[place % 2],
        enrolment_id=number(100 + place),
        lots=[offer(f"lot-{place}", amount)],
    )


def count_first(ledger: Ledger) -> None:
    """Have something of the first learner count already, if it may."""
    body = requested(RULES[0], 0, amount="1", identity=EXCHANGE)
    try:
        ledger.say(OTHER, "exchange.requested.v1", body=body, mandate=MANDATE)
    except RejectionError:
        return
    said = quoted(ledger)
    ledger.say(OPERATOR, "exchange.accepted.v1", body=said, key=SERVICE)
