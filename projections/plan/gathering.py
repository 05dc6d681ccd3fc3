"""What a plan is made from: the enrolment, the lots, and what could be applied for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from time import monotonic
from typing import Final

from ledger.domain.errors import RejectionError
from ledger.domain.rules.agreements import rule_item
from ledger.domain.rules.cases import facts_of
from ledger.domain.rules.counted import counted_milli
from ledger.domain.rules.envelope import present
from ledger.domain.rules.planning.bounds import Ground
from ledger.domain.rules.planning.candidates import (
    Candidate,
    Known,
    Lots,
    applications,
    day_for,
)
from ledger.domain.rules.planning.steps import Setting
from ledger.domain.rules.planning.weighing import weigh_fitting
from ledger.domain.rules.scopes import accounts_of, check_scope
from ledger.domain.state import (
    AchievementRecord,
    CatalogueItemRecord,
    EnrolmentRecord,
    LotRecord,
    MemberRecord,
    ProgrammeRecord,
    RuleRecord,
    Slice,
)
from ledger.domain.statements.accounts import Scope
from ledger.domain.types import credits_milli
from projections.asking import Asking
from projections.options.index import RuleIndex, RuleState
from projections.options.reach import rules_in_reach

APPLICATIONS_MAX: Final = 600
"""Applications tried for one plan; of each rule as many as of any other."""


class UnknownEnrolmentError(Exception):
    """The learner has no such enrolment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """What a rule says to the nearest application under it, and where it aims."""

    rule: RuleRecord
    error: RejectionError


@dataclass(slots=True, kw_only=True)
class Gathered:
    """Everything that a plan is chosen from; ``untried`` says how much was left out.

    ``blocked`` is why the school may not count anything for the learner at all.
    """

    asking: Asking
    ground: Ground
    setting: Setting
    lots: Sequence[LotRecord]
    known: Sequence[Known] = ()
    candidates: list[Candidate] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    uncounted: dict[tuple[str, str], RejectionError] = field(default_factory=dict)
    untried: int = 0
    blocked: RejectionError | None = None

    @property
    def rooms(self) -> dict[str, int]:
        """Return how much of every requirement is not met yet."""
        enrolment = self.ground.enrolment
        return {
            one.code: credits_milli(one.credits) - counted_milli(enrolment, one.code)
            for one in self.ground.programme.requirements
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Whose plan, for which enrolment, on what day, and after which position."""

    learner_id: str
    enrolment_id: str
    today: str
    position: int


def gather(
    question: Question, state: RuleState, *, index: RuleIndex, until: float
) -> Gathered:
    """Return what could be done; what takes longer than ``until`` is left out.

    Raises:
        UnknownEnrolmentError: the learner has no such enrolment.
    """
    asking = Asking(state)
    accounts = asking.ask(lambda known: accounts_of(known, question.learner_id))
    learner_ids = frozenset(one.learner_id for one in accounts)
    enrolment = asking.ask(
        lambda known: known.find(EnrolmentRecord, question.enrolment_id)
    )
    if enrolment is None or enrolment.learner_id not in learner_ids:
        raise UnknownEnrolmentError
    programme = asking.ask(
        lambda known: present(known, ProgrammeRecord, key=enrolment.programme)
    )
    home, today = accounts[0].home, question.today
    gathered = Gathered(
        asking=asking,
        ground=Ground(
            enrolment=enrolment,
            programme=programme,
            learner_ids=learner_ids,
            today=today,
        ),
        setting=Setting(
            learner_id=accounts[0].learner_id,
            enrolment_id=enrolment.enrolment_id,
            school=enrolment.school,
            applicant=_applicant(asking, enrolment, home=home, today=today),
            position=question.position,
        ),
        lots=_lots(asking, state, learner_ids=sorted(learner_ids)),
    )
    gathered.blocked = _refused(asking, partial(_may_redeem, gathered))
    _try_rules(gathered, state, index=index, until=until)
    return gathered


def _try_rules(
    gathered: Gathered, state: RuleState, *, index: RuleIndex, until: float
) -> None:
    asking, ground = gathered.asking, gathered.ground
    facts = [asking.ask(partial(facts_of, lot=lot)) for lot in gathered.lots]
    rules = rules_in_reach(
        index, state, enrolment=ground.enrolment, facts=facts, on=ground.today
    )
    items = {rule_item(rule.rule.partition("@")[0]) for rule in rules}
    asking.look_up(CatalogueItemRecord, items)
    gathered.known = list(zip(gathered.lots, facts, strict=True))
    _weigh_all(gathered, rules, until=until)


def _lots(
    asking: Asking, state: RuleState, *, learner_ids: Sequence[str]
) -> list[LotRecord]:
    """Return the learner's lots, and read what rules will ask of them in bulk."""
    lots = [
        lot
        for learner_id in learner_ids
        for lot in state.scan("lots", learner_id=learner_id)
        if isinstance(lot, LotRecord)
    ]
    asking.known.put(lots)
    known = {lot.award_id for lot in lots}
    origins = {root.award_id for lot in lots for root in lot.roots} - known
    asking.look_up(LotRecord, origins)
    achievements = {lot.achievement for lot in lots if lot.achievement is not None}
    asking.look_up(AchievementRecord, achievements)
    asking.look_up(MemberRecord, {lot.issuer for lot in lots})
    return sorted(lots, key=lambda lot: lot.position)


def _applicant(
    asking: Asking, enrolment: EnrolmentRecord, *, home: str, today: str
) -> str:
    """Return who applies: the school where it may, else the account's home."""

    def check(known: Slice) -> None:
        check_scope(
            known,
            learner_id=enrolment.learner_id,
            iss=enrolment.school,
            scope=Scope.EXCHANGE,
            on=today,
        )

    return enrolment.school if _refused(asking, check) is None else home


def _refused(asking: Asking, check: Callable[[Slice], None]) -> RejectionError | None:
    try:
        asking.ask(check)
    except RejectionError as error:
        return error
    return None


def _may_redeem(gathered: Gathered, known: Slice) -> None:
    check_scope(
        known,
        learner_id=gathered.ground.enrolment.learner_id,
        iss=gathered.setting.school,
        scope=Scope.REDEEM,
        on=gathered.ground.today,
    )


def _weigh_all(
    gathered: Gathered, rules: Sequence[RuleRecord], *, until: float
) -> None:
    share = max(1, APPLICATIONS_MAX // max(1, len(rules)))
    for rule in rules[:APPLICATIONS_MAX]:
        if monotonic() > until:
            gathered.untried += 1
            continue
        _weigh(gathered, rule, share=share)
    gathered.untried += max(0, len(rules) - APPLICATIONS_MAX)


def _weigh(gathered: Gathered, rule: RuleRecord, *, share: int) -> None:
    asking, today = gathered.asking, gathered.ground.today
    day = asking.ask(lambda known: day_for(rule, known, today=today))
    offered = asking.ask(
        lambda known: list(
            islice(applications(rule, gathered.known, state=known), share + 1)
        )
    )
    gathered.untried += len(offered) > share
    first: RejectionError | None = None
    weighed = False
    for lots in offered[:share]:
        try:
            found = asking.ask(
                partial(_weighed, gathered, rule=rule, lots=lots, day=day)
            )
        except RejectionError as error:
            first = first or error
            continue
        weighed = True
        gathered.candidates.append(found)
    if first is not None and not weighed:
        gathered.refused.append(Refused(rule=rule, error=first))


def _weighed(
    gathered: Gathered, known: Slice, *, rule: RuleRecord, lots: Lots, day: str
) -> Candidate:
    return weigh_fitting(lots, rule, day=day, state=known, setting=gathered.setting)
