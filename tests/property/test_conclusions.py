"""What is concluded once for many statements is what each would conclude anew."""

from collections.abc import Sequence
from typing import Any, Final

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ledger.domain import rules
from ledger.domain.errors import RejectionError
from ledger.domain.rules.act import Act
from ledger.domain.state import (
    LedgerRecord,
    LotRecord,
    MemberRecord,
    NotLoadedError,
    Record,
    Slice,
)
from ledger.domain.state.slices import CONCLUSIONS_MAX
from tests.builders import (
    LEARNER,
    OPERATOR,
    OTHER,
    SCHOOL,
    SECOND,
    STRANGER,
    Body,
    achievement,
    award,
    award_of,
    opened,
)
from tests.scenario.cases import (
    CLOSED,
    DATED,
    LEVELLED,
    OUTSIDE_PUBLISHED,
    RETIRED,
    REVOKED,
    SUSPENDED,
    TAG,
    VERIFIED,
    WITHDRAWN,
    Say,
    revoked_key,
    say,
    status,
)

Said = tuple[Say, dict[str, Any]]
"""A statement, and what its act has besides. Any: as builders take it."""

SECOND_VERSION: Final = achievement(version=2, credits="2", shelf_life_months=12)
CHANGES: Final[Sequence[Say]] = (
    CLOSED,
    DATED,
    LEVELLED,
    OUTSIDE_PUBLISHED,
    RETIRED,
    REVOKED,
    SUSPENDED,
    WITHDRAWN,
    say(OPERATOR, "member.reinstated", body=status()),
    say(OPERATOR, "key.revoked", body=revoked_key()),
    say(SCHOOL, "achievement.published", body=SECOND_VERSION),
    say(
        OPERATOR,
        "member.succeeded",
        body={"predecessor": SCHOOL, "successor": OTHER, "reason_code": "merged"},
    ),
)
"""Statements that change what awards are judged by."""

PARTS: Final[dict[str, Sequence[object]]] = {
    "achievement": [f"{SCHOOL}/WELD-1@1", f"{SCHOOL}/WELD-1@2", f"{SCHOOL}/X-1@1"],
    "learner_id": [LEARNER, SECOND, STRANGER],
    "credits": ["3", "2", "4"],
    "passed": [True, False],
    "basis": ["issued", "attested"],
    "assessed_on": ["2026-06-30", "2026-09-02"],
    "valid_until": ["2027-01-01", "2020-01-01"],
    "level": [{"framework": "skill-level", "code": "5"}],
    "term": [{"calendar": f"{SCHOOL}/cal", "code": "T1"}],
    "verification": [VERIFIED, {**VERIFIED, "verified_on": "2026-09-02"}],
    "reference_tag": [award("one")["reference_tag"], award("two")["reference_tag"]],
    "replaces": [award_of()],
    "revision": [0, 1],
}


@st.composite
def awarded(draw: st.DrawFn) -> Said:
    """Return an award that differs in little from the others."""
    chosen = draw(st.sets(st.sampled_from(sorted(PARTS)), max_size=3))
    changes = {one: draw(st.sampled_from(PARTS[one])) for one in sorted(chosen)}
    body = {**award(), **changes}
    iss = draw(st.sampled_from([SCHOOL, SCHOOL, OTHER]))
    tags = draw(st.sampled_from([(), (TAG,)]))
    return say(iss, "credit.awarded", body=body), {"tags": tags}


BATCHES: Final = st.lists(
    st.lists(awarded() | st.sampled_from([(one, {}) for one in CHANGES]), max_size=6),
    max_size=6,
)


Refused = tuple[type[RejectionError], str, dict[str, str | int]]


# Any: acts of every type.
def outcome(act: Act[Any], state: Slice) -> Refused | list[Record]:
    """Decide and evolve one act; return the refusal, or the records."""
    try:
        rules.decide(act, state)
    except RejectionError as error:
        return type(error), error.pointer, dict(error.details)
    records = list(rules.evolve(act, state))
    state.put(records)
    return records


def batch_of(acts: Sequence[Act[Any]], state: Slice) -> list[Refused | list[Record]]:
    """Decide acts on a layer that is merged if all are accepted, and dropped else."""
    layer = Slice(state)
    found = [outcome(act, layer) for act in acts]
    if all(isinstance(one, list) for one in found):
        state.take(layer)
    return found


def known(name: str, body: Body) -> Said:
    """Return a statement of the school."""
    return say(SCHOOL, name, body=body), {}


@example([[known("credit.awarded", award()), (RETIRED, {})], [(SUSPENDED, {})]])
@example([[known("credit.awarded", award("a")), (RETIRED, {}), (RETIRED, {})]])
@given(BATCHES)
def test_conclusions_are_those_of_every_statement_alone(
    batches: Sequence[Sequence[Said]],
) -> None:
    """The same refusals and the same records, whatever changes in between or not."""
    ledger = opened()
    anew = Slice(ledger.state)
    kept = Slice(Slice(ledger.state, concluding=True))

    for batch in batches:
        acts = [ledger.act(*said[:2], body=said[2], **more) for said, more in batch]
        assert batch_of(acts, kept) == batch_of(acts, anew)


@pytest.mark.traced
def test_a_conclusion_may_rest_on_shared_records_only() -> None:
    """Whatever a line may change must be looked at line by line."""
    state = Slice(complete=True, concluding=True)

    with pytest.raises(TypeError):
        state.once("lot", lambda shared: shared.find(LotRecord, award_of()))

    assert state.once("none", lambda shared: shared.find(MemberRecord, SCHOOL)) is None


@pytest.mark.traced
@pytest.mark.parametrize("concluding", [True, False])
def test_what_a_conclusion_is_drawn_from_is_not_put_in_the_state(
    *, concluding: bool
) -> None:
    """Whether it is kept or not."""
    ledger = LedgerRecord(name="l", origin="o", operator="a", time_zone="UTC")
    state = Slice(complete=True, concluding=concluding)

    state.once("key", lambda shared: shared.put([ledger]))

    assert state.find(LedgerRecord, 0) is None


@pytest.mark.traced
def test_what_could_not_be_looked_up_is_no_conclusion() -> None:
    """It is asked again once the record is there."""
    base = Slice(concluding=True)
    state = Slice(base)

    with pytest.raises(NotLoadedError):
        state.once("key", lambda shared: shared.find(MemberRecord, SCHOOL))
    base.learn_all(MemberRecord, [SCHOOL], found={})

    assert state.once("key", lambda shared: shared.find(MemberRecord, SCHOOL)) is None


@pytest.mark.traced
def test_conclusions_are_kept_within_a_bound() -> None:
    """An auditor's state lives as long as the log."""
    state, asked = Slice(complete=True, concluding=True), []

    def ask(key: int) -> None:
        state.once(key, lambda _: asked.append(key))

    for key in (*range(CONCLUSIONS_MAX), 0, CONCLUSIONS_MAX, 0, 0):
        ask(key)

    assert asked == [*range(CONCLUSIONS_MAX + 1), 0]


@pytest.mark.traced
def test_a_layer_that_is_dropped_takes_its_conclusions_with_it() -> None:
    """What lies below never heard of its changes."""
    ledger = LedgerRecord(name="l", origin="o", operator="a", time_zone="UTC")
    base = Slice(complete=True, concluding=True)
    layer = Slice(base)
    seen = [base.once("key", lambda shared: shared.find(LedgerRecord, 0))]
    layer.put([ledger])
    seen += [
        one.once("key", lambda s: s.find(LedgerRecord, 0)) for one in (layer, base)
    ]

    base.take(layer)

    assert seen == [None, ledger, None]
    assert base.once("key", lambda shared: shared.find(LedgerRecord, 0)) == ledger
