"""A plan is never worse than the best of all orders of what could be done."""

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.domain.errors import RejectionError
from ledger.domain.rules.counted import counted_milli, counts_toward
from ledger.domain.rules.planning.steps import (
    Conversion,
    Counting,
    Setting,
    step_id,
    take,
)
from ledger.domain.state import (
    EnrolmentRecord,
    ExchangeRecord,
    LotRecord,
    Part,
    ProgrammeRecord,
    Slice,
)
from ledger.domain.types import Nature, credits_milli
from projections.plan.gathering import Gathered
from projections.plan.problem import Score
from tests.builders import LEARNER, OTHER, SCHOOL, TODAY, Body, Ledger, award
from tests.planning import gathered, plan
from tests.scenario.agreements import (
    agree,
    component,
    enrolment,
    ground,
    number,
    programme,
    proposal,
    requirement,
    target,
)

OWN: Final = number(50)
SMALL: Final = st.sampled_from(["1", "1.5", "2", "3"])
HALF: Final = {"method": "ratio", "ratio": {"numerator": 1, "denominator": 2}}
STEPPED: Final = {**HALF, "step": "0.5", "rounding": "half_up"}
FIXED: Final = {"method": "fixed"}
TAKES_TWO: Final = {"groups": [{"components": [component(credits_at_least="2")]}]}
GIVES_THREE: Final = [target(credits="3")]
RULES: Final[tuple[Body, ...]] = (
    {},
    {"effect": "recognise"},
    {"conversion": HALF},
    {"conversion": STEPPED, "effect": "recognise"},
    {"limits": [{"code": "two", "at_most": "2"}]},
    {"limits": [{"code": "once", "measure": "exchanges", "at_most": "1"}]},
    {"targets": [target(code="FREE")]},
    {"targets": [target(code="FREE", credits="2")], "conversion": FIXED},
    {"targets": GIVES_THREE, "conversion": FIXED, "source": TAKES_TWO},
    {
        "targets": GIVES_THREE,
        "conversion": FIXED,
        "source": TAKES_TWO,
        "remainder": "keep",
    },
    {"targets": [target(code="FREE")], "remainder": "elective", "conversion": HALF},
)
PROGRAMMES: Final[tuple[Body, ...]] = (
    {},
    {"limits": [{"code": "few", "at_most": "3"}]},
    {"last_at_home": "3"},
    {"home_at_least": "4"},
)


def _bank(lots: Sequence[str], rules: Sequence[int], *, bound: int) -> Ledger:
    """Return a ledger with these lots, rules, and bounds of the programme."""
    ledger = ground()
    needs = [
        requirement(credits="3"),
        requirement("OWN", credits="2", satisfied_by=[f"{SCHOOL}/WELD-1"]),
        requirement("FREE", nature="elective", credits="2"),
    ]
    body = programme(code="SMALL", credits="7", requirements=needs, **PROGRAMMES[bound])
    ledger.say(OTHER, "programme.published.v1", body=body)
    enrolled = enrolment(enrolment_id=OWN, programme=f"{OTHER}/SMALL@1")
    ledger.say(OTHER, "enrolment.opened.v1", body=enrolled)
    for place, amount in enumerate(lots):
        body = award(f"lot-{place}", credits=amount)
        ledger.say(SCHOOL, "credit.awarded.v1", body=body)
    for place in rules:
        aimed = {**proposal(f"R{place}", approval=[], **RULES[place])}
        agree(ledger, _aimed(aimed))
    return ledger


def _aimed(body: Body) -> Body:
    """Return a proposal whose targets are requirements of the small programme."""
    terms = body["terms"]
    assert isinstance(terms, dict)
    targets = [
        {**one, "requirement": {**one["requirement"], "programme": f"{OTHER}/SMALL"}}
        for one in terms["targets"]
    ]
    return {**body, "terms": {**terms, "targets": targets}}


class BruteForce:
    """Every order of every step, each as large as it can be."""

    def __init__(self, found: Gathered) -> None:
        """Look at the same candidates, and at nothing else of the plan."""
        self._found = found
        self._setting: Setting = found.setting
        ground_ = found.ground
        self._programme: ProgrammeRecord = ground_.programme
        self._before = ground_.enrolment
        self._lots = [lot.award_id for lot in found.lots]
        self.seen = 0

    def best(self, state: Slice) -> Score:
        """Return the best that can be reached."""
        return self._beyond(state, lots=self._lots, used=frozenset(), spent=(0, 0))

    def _beyond(
        self,
        state: Slice,
        *,
        lots: list[str],
        used: frozenset[int],
        spent: tuple[int, int],
    ) -> Score:
        self.seen += 1
        best = self._score(state, spent)
        for number_, one in enumerate(self._found.candidates):
            step = Conversion(
                exchange_id=step_id(self._setting, self.seen * 100 + number_),
                rule=one.rule.rule,
                lots=one.lots,
                day=one.day,
            )
            after = None if number_ in used else self._after(step, state)
            if after is None:
                continue
            case = after.find(ExchangeRecord, step.exchange_id)
            assert case is not None
            amount = sum(part.amount_milli for part in case.used)
            consumed = spent[0] + (amount if one.consumes else 0)
            reached = self._beyond(
                after,
                lots=[*lots, *case.created],
                used=used | {number_},
                spent=(consumed, spent[1] + 1),
            )
            best = max(best, reached)
        return max([best, *self._counted(state, lots=lots, spent=spent)])

    def _counted(
        self, state: Slice, *, lots: list[str], spent: tuple[int, int]
    ) -> Iterator[Score]:
        """Count everything that counts, in either order of the requirements."""
        needs = self._programme.requirements
        for order, names in product((needs, needs[::-1]), (lots, lots[::-1])):
            reached = state
            for need, name in product(order, names):
                reached = self._count(reached, name, code=need.code)
            yield self._score(reached, spent)

    def _count(self, state: Slice, name: str, *, code: str) -> Slice:
        lot, own = (
            state.find(LotRecord, name),
            state.find(EnrolmentRecord, self._setting.enrolment_id),
        )
        need = self._programme.requirement(code)
        assert lot is not None
        assert own is not None
        assert need is not None
        room = credits_milli(need.credits) - counted_milli(own, code)
        amount = min(lot.available_milli, room)
        if amount <= 0 or not counts_toward(lot, need, enrolment=own):
            return state
        self.seen += 1
        step = Counting(
            redemption_id=step_id(self._setting, self.seen * 100 + 99),
            requirement=code,
            lots=(Part(award_id=name, amount_milli=amount),),
            day=TODAY,
        )
        return self._after(step, state) or state

    def _after(self, step: Conversion | Counting, state: Slice) -> Slice | None:
        try:
            changes = take(step, state, setting=self._setting)
        except RejectionError:
            return None
        after = Slice(state)
        after.put(changes)
        return after

    def _score(self, state: Slice, spent: tuple[int, int]) -> Score:
        own = state.find(EnrolmentRecord, self._setting.enrolment_id)
        assert own is not None
        added = {
            one.code: counted_milli(own, one.code)
            - counted_milli(self._before, one.code)
            for one in self._programme.requirements
        }
        compulsory = sum(
            added[one.code]
            for one in self._programme.requirements
            if one.nature is Nature.COMPULSORY
        )
        return Score(sum(added.values()), compulsory, -spent[0], -spent[1])


@settings(max_examples=12)
@given(
    lots=st.lists(SMALL, max_size=1),
    rules=st.lists(st.integers(0, len(RULES) - 1), min_size=1, max_size=2, unique=True),
    bound=st.integers(0, len(PROGRAMMES) - 1),
)
@pytest.mark.traced
def test_a_plan_is_never_worse_than_brute_force(
    lots: list[str], rules: list[int], bound: int
) -> None:
    """Whatever the rules, lots and bounds: in the stated order of what is better."""
    ledger = _bank(lots, rules, bound=bound)
    found = gathered(ledger, enrolment_id=OWN)
    brute = BruteForce(found).best(ledger.state)

    made, _ = plan(ledger, enrolment_id=OWN)

    assert made.done.score >= brute
    assert made.complete


@settings(max_examples=12)
@given(
    lots=st.lists(SMALL, max_size=4),
    rules=st.lists(st.integers(0, len(RULES) - 1), min_size=1, max_size=4, unique=True),
    bound=st.integers(0, len(PROGRAMMES) - 1),
)
@pytest.mark.traced
def test_every_step_of_a_plan_is_accepted_in_its_order(
    lots: list[str], rules: list[int], bound: int
) -> None:
    """The steps as they are handed out bring what the plan promises."""
    ledger = _bank(lots, rules, bound=bound)

    made, setting = plan(ledger, enrolment_id=OWN)

    state = Slice(ledger.state)
    for one in made.steps:
        state.put(take(one.step, state, setting=setting))
    own = state.find(EnrolmentRecord, OWN)
    assert own is not None
    covered = sum(one.amount_milli for one in own.counted)
    assert covered == made.done.score.covered_milli


@pytest.mark.parametrize("place", range(len(RULES)))
def test_every_rule_of_the_generator_gives_something(place: int) -> None:
    """A rule that nobody could apply would prove nothing."""
    found = gathered(_bank(["2"], [place], bound=0), enrolment_id=OWN)

    assert found.candidates
    assert found.setting.learner_id == LEARNER
