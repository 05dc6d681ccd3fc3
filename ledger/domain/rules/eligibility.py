"""Whether the lots of a case are what its rule asks for.

The checks, in their order of precedence:

1. Each lot is the learner's, passed, and neither in doubt, flagged nor revoked
   (``offers``, before anything is said about the rule).
2. None is past its shelf life, the strictest of all that bind it or its roots.
3. None would come back to a member that its credits have been at.
4. Each was issued by a party, and is what its component selects.
5. Each is recent enough, down to its roots.
6. Every value that the rule reads was shown to reach its minimum.
7. All components that must be there are, with enough in each.
8. Every number that somebody must vouch for was vouched for.
"""

from collections.abc import Container, Iterable, Mapping

from ledger.domain.errors import exchanges as errors
from ledger.domain.language.dates import add_months
from ledger.domain.language.matching import (
    LotFacts,
    Ranks,
    is_recent,
    matches,
    missing_component,
)
from ledger.domain.language.selectors import Component, DateOf, MaxAge, Predicate
from ledger.domain.language.shapes import Effect
from ledger.domain.rules.agreements import is_party_to
from ledger.domain.rules.cases import Case, in_doubt
from ledger.domain.rules.policies import policies_on
from ledger.domain.state import LotRecord, ProgrammeRecord, Slice
from ledger.domain.types import credits_milli

Values = Mapping[tuple[str, str], object]
"""Disclosed values by award and name, as far as they are at hand."""


def check_eligible(case: Case, state: Slice, *, on: str, holding: bool) -> None:
    """Check that sound lots of a case satisfy the source of its rule on a date.

    ``holding`` says that the case already holds what it consumes. What step 8 asks is
    left to ``check_vouched``, since desks may still vouch.

    Raises:
        LotExpiredError: check 2.
        LotInsufficientError: a lot has not so much available.
        RoundTripError: check 3.
        And those of ``check_matched``.
    """
    ages = shelf_lives(case.programme, state, on=on)
    for number, lot in enumerate(case.lots):
        pointer = f"/body/lots/{number}"
        check_not_expired(lot, on=on, pointer=pointer)  # 2
        for origin in case.origins_of(lot):
            check_shelf_life(origin, ages, on=on, pointer=pointer)
        _check_left(case, number, holding=holding, pointer=pointer)
    check_matched(case, state)


def check_brought(case: Case, state: Slice) -> None:
    """Check the same of lots that are known to be sound and within their shelf life.

    Raises:
        And those of ``check_eligible`` but for check 2.
    """
    for number in range(len(case.lots)):
        _check_left(case, number, holding=False, pointer=f"/body/lots/{number}")
    check_matched(case, state)


def _check_left(case: Case, number: int, *, holding: bool, pointer: str) -> None:
    lot, offer = case.lots[number], case.offers[number]
    recognised = case.rule.terms.effect is Effect.RECOGNISE
    left = lot.held_milli if holding and not recognised else lot.available_milli
    _check_enough(lot, offer.amount_milli, left_milli=left, pointer=pointer)
    if case.rule.recogniser in lot.path or case.enrolment.school in lot.path:  # 3
        raise errors.RoundTripError(pointer=f"{pointer}/award_id")


def check_matched(case: Case, state: Slice) -> None:
    """Check 4 to 7: the lots are what the rule asks for, and enough of it.

    Raises:
        SourceNotMatchedError: check 4.
        LotTooOldError: check 5.
        PredicateMissingError: check 6.
        SourceTooSmallError: check 7.
    """
    components, shown = case.rule.terms.source.components, _shown(case)
    for number, (lot, offer) in enumerate(zip(case.lots, case.offers, strict=True)):
        pointer = f"/body/lots/{number}"
        if offer.component >= len(components):
            raise errors.SourceNotMatchedError(pointer=f"{pointer}/component")
        component = components[offer.component]
        is_party = is_party_to(case.rule, state, iss=lot.issuer)
        if not is_party or not matches(offer.lot, component.of, ranks=case.ranks):  # 4
            raise errors.SourceNotMatchedError(pointer=f"{pointer}/award_id")
        if component.age is not None:
            for origin in case.origins_of(lot):
                _check_age(origin, component.age, case=case, pointer=pointer)  # 5
        _check_predicates(offer.lot, component, shown=shown, pointer=pointer)  # 6
    missing = missing_component(case.rule.terms.source, case.offers)
    if missing is not None:  # 7
        raise errors.SourceTooSmallError(pointer="/body/lots", component=missing)


def check_usable(
    lot: LotRecord, state: Slice, *, pointer: str, learner_ids: Iterable[str]
) -> None:
    """Check that a lot is the learner's and stands as it was given.

    Raises:
        LotUnusableError: ``reason`` says why it is not.
    """
    reasons = (
        ("another-learner", lot.learner_id not in learner_ids),
        ("revoked", lot.revoked),
        ("not-passed", not lot.passed),
        ("contested", in_doubt(state, lot)),
        ("flagged", bool(lot.flags)),
    )
    for reason, holds in reasons:
        if holds:
            raise errors.LotUnusableError(pointer=f"{pointer}/award_id", reason=reason)


def check_not_expired(lot: LotRecord, *, on: str, pointer: str) -> None:
    """Check that a lot's shelf life has not ended; its last day counts.

    Raises:
        LotExpiredError: it has.
    """
    if lot.expires_on is not None and lot.expires_on < on:
        raise errors.LotExpiredError(
            pointer=f"{pointer}/award_id", expired_on=lot.expires_on
        )


def shelf_lives(
    programme: ProgrammeRecord, state: Slice, *, on: str
) -> tuple[int, ...]:
    """Return for how many months results count: by the programme, by each policy."""
    policies = (one.shelf_life_months for one in policies_on(state, on))
    found = (programme.shelf_life_months, *policies)
    return tuple(months for months in found if months is not None)


def check_shelf_life(
    root: LotFacts, ages: Iterable[int], *, on: str, pointer: str
) -> None:
    """Check that a root is still young enough to count anywhere.

    Raises:
        LotExpiredError: it is not.
    """
    began = root.date_of(DateOf.ASSESSED)
    for months in ages:
        last = add_months(began, months)
        if last < on:
            raise errors.LotExpiredError(pointer=f"{pointer}/award_id", expired_on=last)


def _check_enough(
    lot: LotRecord, amount_milli: int, *, left_milli: int, pointer: str
) -> None:
    if amount_milli > left_milli or (not amount_milli and lot.awarded_milli):
        raise errors.LotInsufficientError(
            pointer=f"{pointer}/credits", left_milli=left_milli
        )


def _check_age(lot: LotFacts, age: MaxAge, *, case: Case, pointer: str) -> None:
    requested, enrolled = case.application.requested_on, case.enrolment.started_on
    if not is_recent(lot, age, requested=requested, enrolled=enrolled):
        raise errors.LotTooOldError(pointer=f"{pointer}/award_id")


_Shown = tuple[str, str, str, str | None, str | None]


def _shown(case: Case) -> frozenset[_Shown]:
    """Return what is shown of which lot: name, minimum, scale and framework."""
    return frozenset(
        (one.award_id, one.name, one.at_least, one.scale, one.framework)
        for one in case.application.predicates
    )


def _check_predicates(
    lot: LotFacts, component: Component, *, shown: Container[_Shown], pointer: str
) -> None:
    for one in component.predicates:
        wanted = (lot.award_id, one.name, one.at_least, one.scale, one.framework)
        if wanted not in shown:
            raise errors.PredicateMissingError(
                pointer=f"{pointer}/award_id", name=one.name, at_least=one.at_least
            )


def check_vouched(case: Case) -> None:
    """Check 8: every number that somebody must vouch for was vouched for.

    Raises:
        VouchingMissingError: nobody has, or it is too small.
    """
    best: dict[str, int] = {}
    for one in case.application.vouched:
        value = credits_milli(one.value)
        best[one.code] = max(value, best.get(one.code, 0))
    for wanted in case.rule.terms.attestations:
        if best.get(wanted.code, -1) < credits_milli(wanted.at_least):
            raise errors.VouchingMissingError(
                pointer="/body/vouched", name=wanted.code, at_least=wanted.at_least
            )


def holds_true(predicate: Predicate, value: object, *, ranks: Ranks) -> bool:
    """Tell whether a disclosed value reaches a predicate's minimum.

    A number is a decimal string or an integer on the scale of 100, or an object
    ``{"value", "scale"}``; a grade is a code, or ``{"framework", "code"}``.
    """
    fields = value if isinstance(value, dict) else {}
    if predicate.name == "grade":
        framework = predicate.framework or ""
        code = fields.get("code") if fields else value
        if fields and fields.get("framework") != framework:
            return False
        scale = ranks[framework]
        return (
            isinstance(code, str)
            and code in scale
            and scale[code] >= scale[predicate.at_least]
        )
    number = fields.get("value") if fields else value
    on_scale = str(fields.get("scale", "100")) if fields else "100"
    try:
        same = credits_milli(on_scale) == credits_milli(predicate.scale or "100")
        return same and credits_milli(str(number)) >= credits_milli(predicate.at_least)
    except ValueError:
        return False
