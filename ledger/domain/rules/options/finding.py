"""One rule tried on a learner's lots by the very checks that a request meets.

What is called available passed all of them, but for values that its holder must show
and numbers that somebody must vouch for: the bank knows neither. What does not depend
on the rule was checked of every lot once, for all rules: a lot that does not pass is
never brought.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from ledger.domain.errors import RejectionError
from ledger.domain.errors import exchanges as errors
from ledger.domain.language.dates import spans
from ledger.domain.language.matching import Offer, nearly_matches
from ledger.domain.language.shapes import Window
from ledger.domain.rules.agreements import party_for
from ledger.domain.rules.cases import (
    Application,
    Case,
    calendar_years,
    check_in_force,
    check_window,
    ranks_for,
    rule_day_of,
)
from ledger.domain.rules.counting import Settlement, check_aims, settle_beside
from ledger.domain.rules.eligibility import check_brought
from ledger.domain.rules.options.cutting import less_under
from ledger.domain.rules.options.holdings import Holding, Holdings
from ledger.domain.rules.options.lacks import Lack, distinct, refused_with
from ledger.domain.rules.options.option import Option
from ledger.domain.rules.options.picking import Pick, Picker
from ledger.domain.state import HeldLot, RuleRecord, Slice
from ledger.domain.statements.exchanges import LotPredicate

TRIES_MAX: Final = 8
"""So many selections are tried for one rule: what refuses one may allow another."""
NOBODY: Final = "00000000-0000-4000-8000-000000000000"
"""Stands for the id that whoever applies will choose."""
_ELSEWHERE: Final = frozenset({"another-school", "newer-version"})


def find_option(
    rule: RuleRecord, holdings: Holdings, *, lots: Sequence[Holding], state: Slice
) -> Option | None:
    """Return what a rule makes of those lots that are nearly what it means.

    None where it is no rule for the enrolment.
    """
    try:
        return _Attempt(rule, holdings, lots=lots, state=state).run()
    except _ElsewhereError:
        return None


def near_lots(
    rule: RuleRecord, lots: Iterable[Holding], *, state: Slice
) -> list[Holding]:
    """Return the lots of its parties that a rule's components nearly mean."""
    components = rule.terms.source.components
    return [
        one
        for one in lots
        if any(nearly_matches(one.facts, component.of) for component in components)
        and party_for(rule, state, iss=one.lot.issuer)
    ]


class _ElsewhereError(Exception):
    """The rule is for another school or programme, or a newer version is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    case: Case
    settlement: Settlement | None = None
    refusal: Lack | None = None
    capped: Lack | None = None


class _Attempt:
    def __init__(
        self,
        rule: RuleRecord,
        holdings: Holdings,
        *,
        lots: Sequence[Holding],
        state: Slice,
    ) -> None:
        self._rule, self._holdings = rule, holdings
        self._lots, self._state = lots, state
        self._ranks = ranks_for(state, rule)
        self._components = rule.terms.source.components
        self._by_name = {one.lot.award_id: one for one in lots}
        self._facts = {name: one.facts for name, one in self._by_name.items()}
        for one in lots:
            for origin in one.origins:
                self._facts.setdefault(origin.award_id, origin)

    def run(self) -> Option:
        """Try selections until one is accepted, or none is left."""
        self._check_aims()
        excluded: dict[str, Lack] = {}
        while True:
            pick = self._pick(excluded)
            if pick.lacks or len(excluded) >= TRIES_MAX:
                lacks = pick.lacks or tuple(excluded.values())
                # A rule may be dated by what is brought: else by what was earned last.
                case = self._case(pick.offered or self._any())
                return self._option(_Outcome(case=case), lacks=lacks)
            outcome = self._settled(pick.offered)
            if outcome.refusal is None:
                return self._option(outcome)
            victim = self._victim(outcome.refusal, pick.offered)
            excluded[victim] = outcome.refusal

    def _pick(self, excluded: Mapping[str, Lack]) -> Pick:
        return Picker(
            terms=self._rule.terms,
            components=self._components,
            holdings=self._holdings,
            lots=self._lots,
            ranks=self._ranks,
            excluded=excluded,
        ).pick()

    def _option(self, outcome: _Outcome, *, lacks: tuple[Lack, ...] = ()) -> Option:
        """Return the option, with what the rule itself says of the day."""
        return Option(
            rule=self._rule,
            application=outcome.case.application,
            settlement=outcome.settlement,
            lacks=distinct((*self._days(outcome.case), *lacks)),
            capped=outcome.capped,
        )

    def _any(self) -> tuple[HeldLot, ...]:
        award_id = self._lots[-1].lot.award_id
        return (HeldLot(award_id=award_id, amount_milli=0, component=0),)

    def _case(self, offered: tuple[HeldLot, ...]) -> Case:
        """Return the case that a request would open."""
        rule, enrolment = self._rule, self._holdings.enrolment
        offers = tuple(
            Offer(
                lot=self._facts[one.award_id],
                amount_milli=one.amount_milli,
                component=one.component,
            )
            for one in offered
        )
        return Case(
            application=self._application(offered),
            rule=rule,
            enrolment=enrolment,
            programme=self._holdings.programme,
            learner_ids=self._holdings.learner_ids,
            lots=tuple(self._by_name[one.award_id].lot for one in offered),
            offers=offers,
            facts=self._facts,
            ranks=self._ranks,
            rule_day=rule_day_of(
                rule, enrolment, offers=offers, requested_on=self._holdings.on
            ),
        )

    def _application(self, offered: tuple[HeldLot, ...]) -> Application:
        enrolment = self._holdings.enrolment
        return Application(
            exchange_id=NOBODY,
            learner_id=enrolment.learner_id,
            enrolment_id=enrolment.enrolment_id,
            rule=self._rule.rule,
            lots=offered,
            predicates=tuple(
                LotPredicate(**one.__dict__, award_id=lot.award_id)
                for lot in offered
                for one in self._components[lot.component].predicates
            ),
            vouched=(),
            requested_on=self._holdings.on,
        )

    def _check_aims(self) -> None:
        try:
            check_aims(self._rule, self._holdings.programme)
        except errors.RuleNotInForceError as error:
            raise _ElsewhereError from error

    def _days(self, case: Case) -> Iterable[Lack]:
        """Return what keeps the rule from applying today, whatever is brought."""
        try:
            check_in_force(case, self._state)
        except errors.RuleNotInForceError as error:
            if error.details["reason"] in _ELSEWHERE:
                raise _ElsewhereError from error
            yield _not_in_force(case, error)
        window = case.rule.terms.request_window
        if window is None:
            return
        try:
            check_window(case, self._state)
        except errors.OutsideWindowError as error:
            opens_on = _opens_on(window, case, state=self._state)
            yield refused_with(error, opens_on=opens_on)

    def _settled(self, offered: tuple[HeldLot, ...]) -> _Outcome:
        """Return what an application meets; under a cap, of as much as it allows."""
        capped: Lack | None = None
        case, beside = self._case(offered), self._holdings.beside
        for _ in range(TRIES_MAX):
            try:
                check_brought(case, self._state)
                settlement = settle_beside(case, self._state, beside=beside)
            except (errors.CapExceededError, errors.RootUsedError) as error:
                capped = capped or self._told(error)
                less = less_under(case, error)
                if not less:
                    break
                case = self._case(less)
            except RejectionError as error:
                return _Outcome(case=case, refusal=capped or self._told(error))
            else:
                return _Outcome(case=case, settlement=settlement, capped=capped)
        return _Outcome(case=case, refusal=capped)

    def _told(self, error: RejectionError) -> Lack:
        """Return a refusal with the case that a root already counts in."""
        root, earlier = error.details.get("root"), self._holdings.beside.earlier
        cases = (use.case_id for use in earlier if use.root == root)
        return refused_with(error, exchange_id=next(cases, None))

    def _victim(self, refusal: Lack, offered: Sequence[HeldLot]) -> str:
        """Return the lot without which another selection might do: of all the worst."""
        root = refusal.fact("root")
        guilty = {
            one.lot.award_id
            for one in self._lots
            if root in {each.award_id for each in one.lot.roots}
        }
        names = [one.award_id for one in offered]
        return next((one for one in reversed(names) if one in guilty), names[-1])


def _not_in_force(case: Case, error: RejectionError) -> Lack:
    rule, reason = case.rule, str(error.details["reason"])
    if reason != "outside-its-dates":
        return refused_with(error, last_day=rule.last_day)
    if case.rule_day < rule.terms.valid_from:
        begins = rule.terms.valid_from
        return refused_with(error, reason="not-yet", day=case.rule_day, opens_on=begins)
    ended = rule.terms.valid_until
    return refused_with(error, reason="ended", day=case.rule_day, last_day=ended)


def _opens_on(window: Window, case: Case, *, state: Slice) -> str | None:
    """Return the first day on which one may apply again, if the calendar knows it."""
    first = timedelta(days=window.first_day - 1)
    years = calendar_years(state, window.calendar)
    opens = (
        date.fromisoformat(span.starts_on) + first for span in spans(years, window.unit)
    )
    days = (day.isoformat() for day in opens)
    return min(
        (day for day in days if day > case.application.requested_on), default=None
    )
