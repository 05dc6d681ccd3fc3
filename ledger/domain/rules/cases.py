"""One application of one rule version: everything that deciding it looks at."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, assert_never

from ledger.domain.errors import exchanges as errors
from ledger.domain.errors import programmes as programme_errors
from ledger.domain.language.dates import is_open
from ledger.domain.language.matching import LotFacts, Offer, Ranks
from ledger.domain.language.shapes import DatedBy
from ledger.domain.measures import AcademicYear
from ledger.domain.rules.agreements import known_rule, rule_item
from ledger.domain.rules.envelope import answers_for, is_contested, present
from ledger.domain.rules.programmes import known_programme
from ledger.domain.rules.scopes import accounts_of
from ledger.domain.state import (
    AchievementRecord,
    CalendarRecord,
    CatalogueItemRecord,
    EnrolmentRecord,
    ExchangeRecord,
    FrameworkRecord,
    HeldLot,
    LotRecord,
    LotSketch,
    MemberRecord,
    ProgrammeRecord,
    RuleRecord,
    Slice,
)
from ledger.domain.statements.exchanges import LotPredicate, Vouched


class Application(NamedTuple):
    """What is applied for, whether just now or some entries ago.

    ``requested_on`` is the date of the request in the ledger's time zone.
    """

    exchange_id: str
    learner_id: str
    enrolment_id: str
    rule: str
    lots: tuple[HeldLot, ...]
    predicates: tuple[LotPredicate, ...]
    vouched: tuple[Vouched, ...]
    requested_on: str


def application_in(record: ExchangeRecord) -> Application:
    """Return what a recorded case applies for."""
    return Application(
        exchange_id=record.exchange_id,
        learner_id=record.learner_id,
        enrolment_id=record.enrolment_id,
        rule=record.rule,
        lots=record.lots,
        predicates=record.predicates,
        vouched=record.vouched,
        requested_on=record.requested_on,
    )


class Case(NamedTuple):
    """An application with the records it is about; ``rule_day`` picks the version.

    ``facts`` are those of the lots and of all roots behind them, by award.
    """

    application: Application
    rule: RuleRecord
    enrolment: EnrolmentRecord
    programme: ProgrammeRecord
    learner_ids: frozenset[str]
    lots: tuple[LotRecord, ...]
    offers: tuple[Offer, ...]
    facts: Mapping[str, LotFacts]
    ranks: Ranks
    rule_day: str

    def origins_of(self, lot: LotRecord) -> tuple[LotFacts, ...]:
        """Return the facts of a lot's roots: its own where nothing was converted."""
        return tuple(self.facts[root.award_id] for root in lot.roots)

    @property
    def roots(self) -> tuple[LotFacts, ...]:
        """Return the facts of every root behind the lots, once."""
        found = {one.award_id: one for lot in self.lots for one in self.origins_of(lot)}
        return tuple(found.values())


def open_case(state: Slice, application: Application) -> Case:
    """Gather what an application is about.

    Raises:
        UnknownRuleError: no such rule version.
        UnknownEnrolmentError: no such enrolment of this learner.
        LotUnusableError: no such lot.
        LotRepeatedError: a lot is offered twice.
    """
    rule = known_rule(state, application.rule)
    accounts = accounts_of(state, application.learner_id)
    learner_ids = frozenset(one.learner_id for one in accounts)
    enrolment = state.find(EnrolmentRecord, application.enrolment_id)
    pointer = "/body/enrolment_id"
    if enrolment is None or enrolment.learner_id not in learner_ids:
        raise programme_errors.UnknownEnrolmentError(pointer=pointer)
    lots = _lots(state, application)
    facts = _facts(state, lots)
    offers = tuple(
        Offer(
            lot=facts[lot.award_id],
            amount_milli=held.amount_milli,
            component=held.component,
        )
        for lot, held in zip(lots, application.lots, strict=True)
    )
    return Case(
        application=application,
        rule=rule,
        enrolment=enrolment,
        programme=known_programme(state, enrolment.programme, pointer=pointer),
        learner_ids=learner_ids,
        lots=lots,
        offers=offers,
        facts=facts,
        ranks=ranks_for(state, rule),
        rule_day=rule_day_of(
            rule, enrolment, offers=offers, requested_on=application.requested_on
        ),
    )


def _lots(state: Slice, application: Application) -> tuple[LotRecord, ...]:
    found: list[LotRecord] = []
    for number, held in enumerate(application.lots):
        lot = state.find(LotRecord, held.award_id)
        if lot is None:
            raise errors.LotUnusableError(
                pointer=f"/body/lots/{number}/award_id", reason="unknown"
            )
        if lot in found:
            raise errors.LotRepeatedError(pointer=f"/body/lots/{number}/award_id")
        found.append(lot)
    return tuple(found)


def facts_of(state: Slice, lot: LotRecord | LotSketch) -> LotFacts:
    """Return what a rule may look at in a lot."""
    version = None
    if lot.achievement is not None:
        version = present(state, AchievementRecord, key=lot.achievement)
    return LotFacts(
        award_id=lot.award_id,
        issuer=lot.issuer,
        issuer_kind=present(state, MemberRecord, key=lot.issuer).member_kind,
        achievement=lot.achievement,
        achievement_kind=version.achievement_kind if version else None,
        scheme=version.scheme if version else None,
        content_group=version.content_group if version else None,
        level=lot.level or (version.level if version else None),
        skills=version.skills if version else (),
        nature=version.nature if version else None,
        module=version.module if version else None,
        workload=lot.workload or (version.workload if version else None),
        learned_to=lot.learned_to,
        assessed_on=lot.assessed_on,
        recorded_on=lot.recorded_on,
    )


def _facts(state: Slice, lots: Sequence[LotRecord]) -> dict[str, LotFacts]:
    found = {lot.award_id: facts_of(state, lot) for lot in lots}
    for root in (root.award_id for lot in lots for root in lot.roots):
        if root not in found:
            found[root] = facts_of(state, present(state, LotRecord, key=root))
    return found


def ranks_for(state: Slice, rule: RuleRecord) -> Ranks:
    """Return the ranks of every framework that a rule names."""
    wanted = {
        name
        for component in rule.terms.source.components
        for name in (
            component.of.level.framework if component.of.level else None,
            *(predicate.framework for predicate in component.predicates),
        )
        if name is not None
    }
    return {
        name: dict(present(state, FrameworkRecord, key=name).ranks)
        for name in sorted(wanted)
    }


def rule_day_of(
    rule: RuleRecord,
    enrolment: EnrolmentRecord,
    *,
    offers: Sequence[Offer],
    requested_on: str,
) -> str:
    """Return the date that decides which version of a rule applies."""
    match rule.terms.dated_by:
        case DatedBy.LEARNING_ENDED:
            return max(
                offer.lot.learned_to or offer.lot.assessed_on or offer.lot.recorded_on
                for offer in offers
            )
        case DatedBy.COHORT:
            return enrolment.started_on
        case DatedBy.REQUESTED:
            return requested_on
        case _:
            assert_never(rule.terms.dated_by)


def check_in_force(case: Case, state: Slice) -> None:
    """Check that this very version of the rule applies to the case.

    Raises:
        EnrolmentEndedError: the enrolment has ended.
        RuleNotInForceError: not agreed, suspended, retired, outside its dates, another
            recogniser than the enrolment's school, or replaced by a newer version.
    """
    if case.enrolment.ended_on is not None:
        raise programme_errors.EnrolmentEndedError(pointer="/body/enrolment_id")
    rule, day = case.rule, case.rule_day
    reason, status = "", rule.status
    if status not in {"agreed", "retired"}:
        reason = status
    elif rule.last_day is not None and case.application.requested_on > rule.last_day:
        reason = "retired"
    elif not _covers(rule, day):
        reason = "outside-its-dates"
    elif not answers_for(state, iss=case.enrolment.school, member_id=rule.recogniser):
        reason = "another-school"
    elif _newer(rule, state, day=day) is not None:
        reason = "newer-version"
    if reason:
        raise errors.RuleNotInForceError(pointer="/body/rule", reason=reason)


def _covers(rule: RuleRecord, day: str) -> bool:
    until = rule.terms.valid_until
    return rule.terms.valid_from <= day and (until is None or day <= until)


def _newer(rule: RuleRecord, state: Slice, *, day: str) -> RuleRecord | None:
    base, _, version = rule.rule.partition("@")
    newest = present(state, CatalogueItemRecord, key=rule_item(base)).version
    for number in range(int(version) + 1, newest + 1):
        other = state.find(RuleRecord, f"{base}@{number}")
        if other is not None and other.is_agreed and _covers(other, day):
            return other
    return None


def check_window(case: Case, state: Slice) -> None:
    """Check that one may apply on the day of the request.

    Raises:
        OutsideWindowError: the window is closed.
    """
    window = case.rule.terms.request_window
    if window is None:
        return
    years = calendar_years(state, window.calendar)
    if not is_open(window, years, day=case.application.requested_on):
        raise errors.OutsideWindowError(pointer="/body/rule")


def calendar_years(state: Slice, calendar: str) -> Sequence[AcademicYear]:
    """Return the years of a published calendar."""
    return present(state, CalendarRecord, key=calendar).years


def in_doubt(state: Slice, lot: LotRecord) -> bool:
    """Tell whether the entry that made a lot, or one of its roots, is contested."""
    roots = (present(state, LotRecord, key=root.award_id) for root in lot.roots)
    return any(
        is_contested(state, kid=one.kid, position=one.position) for one in (lot, *roots)
    )
