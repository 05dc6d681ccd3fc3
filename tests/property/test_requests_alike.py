"""What is concluded once for requests that are alike is what each comes to alone.

What the writer says to a request and what both change, its answer worked out from
what is alike, is held against the plain rules: those that judge a request alone, and
those by which an auditor judges the answer and evolves both.
"""

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any, Final

from hypothesis import example, given, settings
from hypothesis import strategies as st

from ledger.domain.errors import RejectionError
from ledger.domain.rules.act import Act
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
    award_of,
    revocation,
)
from tests.property.requests_judged import Outcome, plain, written
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
    step,
    target,
)
from tests.scenario.refused_exchanges import SCORE

WORTH: Final[Body] = {"method": "fixed"}
HALF: Final[Body] = {"method": "ratio", "ratio": {"numerator": 1, "denominator": 2}}
GROUPED: Final = achievement("GROUP-1", content_group="welding")
NAMED: Final = achievement("NAMED-1", content_group=award_of("lot-0"))
"""Its content is called as a root that has none."""
TWO: Final[Body] = {"code": "two", "at_most": "2", "within": "learner"}
ONE: Final[Body] = {
    "code": "one",
    "at_most": "1",
    "measure": "exchanges",
    "within": "learner",
}
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
    {"source": {"groups": [{"components": [component(predicates=[SCORE])]}]}},
    {"source": ANY, "approval": [step()]},
    {"source": ANY, "limits": [{**ONE, "each": "root"}]},
    {"source": ANY, "limits": [{**ONE, "each": "content_group"}]},
    {"source": ANY, "limits": [{**ONE, "measure": "courses", "within": "enrolment"}]},
    {"source": ANY, "limits": [{**TWO, "within": "member", "at_most": "3"}]},
    {"source": ANY, "conversion": {**HALF, "round_at": "programme", "step": "1"}},
    {"source": ANY, "once_per": "ever"},
    {"source": ANY, "limits": [{**ONE, "at_most": "2"}]},
)
RULES: Final = [
    proposal(f"R{place}", **{"approval": [], **changes})
    for place, changes in enumerate(TERMS)
]
AWARDS: Final[Mapping[str, Sequence[object]]] = {
    "achievement": [f"{SCHOOL}/{one}@1" for one in ("WELD-1", "GROUP-1", "NAMED-1")],
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


ALIKE: Final[list[Body]] = [{}] * 6
LIKE_A_ROOT: Final[list[Body]] = [
    {},
    {},
    {"achievement": f"{SCHOOL}/NAMED-1@1"},
    {},
    {},
    {},
]
CONTENT: Final[list[Body]] = [{"achievement": f"{SCHOOL}/GROUP-1@1"}] * 6
EMPTY: Final[list[Body]] = [{"credits": "0"}] * 6
FAILED: Final[list[Body]] = [{"passed": False, "credits": "0"}] * 6
ELSEWHERE: Final[list[Body]] = [{}, {}, {"programme": f"{WEST}/WELDER@1"}, {}, {}, {}]

PLACED: Final = st.tuples(
    st.integers(0, 5),
    st.sampled_from(["3", "3", "1.5", "0"]),
    st.sampled_from(["none", "shown", "too low", "hidden", "audited"]),
)
"""Which lot is offered, how much of it, and what is said of its score."""


def prepared(awards: Sequence[Body], enrolments: Sequence[Body]) -> Ledger:
    """Return a ledger of two learners, with an award and an enrolment for each."""
    ledger = ground()
    for published in (GROUPED, NAMED):
        ledger.say(SCHOOL, "achievement.published.v1", body=published)
    body = relation(WEST, learner_id=SECOND, relation_id=number(90))
    ledger.say(OTHER, "relation.opened.v1", body=body, mandate=MANDATE)
    for place, (given_, started) in enumerate(zip(awards, enrolments, strict=True)):
        learner = LEARNERS[place % 2]
        attempt(
            ledger,
            SCHOOL,
            name="credit.awarded.v1",
            body=award(
                f"lot-{place}", learner_id=learner, _sd=[digest_of(place)], **given_
            ),
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


Asked = tuple[int, str, str]


@example(ALIKE, ALIKE, RULES[1], [(2, "1.5", "none"), (1, "1.5", "none")], "counted")
@example(ALIKE, ALIKE, RULES[1], [(2, "1.5", "none"), (4, "1.5", "none")], "taken")
@example(ALIKE, ELSEWHERE, RULES[1], [(0, "1", "none"), (2, "1", "none")], "nothing")
@example(FAILED, ALIKE, RULES[5], [(0, "0", "none")], "nothing")
@example(EMPTY, ALIKE, RULES[5], [(0, "0", "none")], "revoked 0")
@example(LIKE_A_ROOT, ALIKE, RULES[11], [(0, "1", "none"), (2, "1", "none")], "taken")
@example(LIKE_A_ROOT, ALIKE, RULES[11], [(2, "1", "none"), (0, "1", "none")], "taken")
@example(CONTENT, ALIKE, RULES[6], [(0, "1", "none"), (4, "1", "none")], "taken")
@example(ALIKE, ALIKE, RULES[12], [(0, "1", "none"), (2, "1", "none")], "taken")
@settings(deadline=None)
@given(
    differing(AWARDS),
    differing(ENROLMENTS),
    st.sampled_from(RULES),
    st.lists(PLACED, min_size=4, max_size=12),
    st.sampled_from(
        ["nothing", "revoked 1", "revoked 0", "counted", "taken", "taken", "mixed"]
    ),
)
def test_requests_that_are_alike_come_to_what_each_does_alone(
    awards: Sequence[Body],
    enrolments: Sequence[Body],
    rule: Body,
    asked: Sequence[Asked],
    before: str,
) -> None:
    """Whatever lots and enrolments differ in, and whoever asked before."""
    ledger = prepared(awards, enrolments)
    if before.startswith("revoked"):
        body = revocation("lot-0", before.removeprefix("revoked "))
        attempt(ledger, SCHOOL, name="credit.revoked.v1", body=body)
    if before == "counted":
        count_first(ledger)
    under, numbers = Slice(ledger.state), count(200)
    kept = Slice(under, concluding=True)

    for place, one in enumerate(asked):
        terms = RULES[1] if before == "mixed" and place % 2 == 0 else rule
        act = request_of(ledger, terms, asked=one, identity=number(next(numbers)))
        expected = plain(act, under)
        assert written(act, kept) == expected
        if before in {"taken", "mixed"} and isinstance(expected, Outcome):
            under.put(each for each in expected.changed.values() if each is not None)


def request_of(ledger: Ledger, rule: Body, *, asked: Asked, identity: str) -> Act[Any]:
    """Return a request for a lot, with what is said of its score."""
    place, amount, score = asked
    body = dict(requested(rule, place, amount=amount, identity=identity))
    if score != "none":
        body["predicates"] = [{**SCORE, "award_id": award_of(f"lot-{place}")}]
    found = {"shown": "60", "too low": "59.9"}.get(score)
    values = {digest_of(place): ("score", found)} if found else {}
    shown = None if score == "audited" else values
    member, name = str(body["rule"]).partition("/")[0], "exchange.requested.v1"
    return ledger.act(member, name, body=body, mandate=MANDATE, shown=shown)


def digest_of(place: int) -> str:
    """Return the digest of the score in the award of a place."""
    return str(place) + "A" * 42


def requested(rule: Body, place: int, *, amount: str, identity: str) -> Body:
    """Return the body of a request for a lot."""
    return request(
        rule,
        exchange_id=identity,
        learner_id=LEARNERS[place % 2],
        enrolment_id=number(100 + place % 4),
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
