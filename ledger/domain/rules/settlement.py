"""What accepting a case uses and creates: the same numbers for everybody who asks.

In order: amounts, what better results replace, duplicates by root, caps.
"""

import uuid
from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import partial
from typing import Final, NamedTuple, Protocol

from ledger.domain.errors import exchanges as errors
from ledger.domain.language.arithmetic import (
    apportion,
    as_fraction,
    round_to,
    upward,
    workload_credits,
)
from ledger.domain.language.matching import Offer
from ledger.domain.language.selectors import DateOf
from ledger.domain.language.shapes import (
    Conversion,
    Method,
    Outcome,
    Remainder,
    RequirementName,
    RoundAt,
    RuleTerms,
    Target,
)
from ledger.domain.language.uses import Use
from ledger.domain.naming import named_uuid
from ledger.domain.rules.cases import Case
from ledger.domain.state import Part, Root
from ledger.domain.types import credits_milli
from ledger.making import maker

_new_part: Final = maker(Part)

LOT_NAMESPACE: Final = uuid.UUID("0a1a9a3e-52a5-5f1d-8b0e-6f2c8d1f7c42")
"""The UUIDv5 namespace of lots that exchanges create."""


Need = tuple[Sequence[int], int]
"""Which of the offers, by index, are needed, and how much of them together."""


class Gain(NamedTuple):
    """One lot that an acceptance creates."""

    outcome: Outcome
    requirement: RequirementName | None
    achievement: str | None
    amount_milli: int
    due_days: int | None = None


class Amounts(NamedTuple):
    """How much of every offered lot is used, and what it gives."""

    used: tuple[Part, ...]
    gains: tuple[Gain, ...]


def lot_id(exchange_id: str, number: int) -> str:
    """Return the one id of the ``number``-th lot that an exchange creates."""
    return f"award_{named_uuid(LOT_NAMESPACE, f'{exchange_id}/{number}')}"


def work_out(case: Case, *, earlier: Sequence[Use]) -> Amounts:
    """Work out what a case uses and gives, before better results and caps.

    ``earlier`` are the learner's uses so far, for rounding over a whole programme.

    Raises:
        SourceTooSmallError: the sum of the source is too small for the target.
    """
    terms = case.rule.terms
    brought = sum(offer.amount_milli for offer in case.offers)
    _check_whole(case)
    if terms.conversion.method is Method.FIXED:
        gained = sum(credits_milli(target.credits or "0") for target in terms.targets)
        needs = _fixed_needs(case)
        surplus = brought - sum(amount for _, amount in needs)
        gains = [_gain(target, None) for target in terms.targets]
    else:
        exact = _exact(case, earlier=earlier)
        gained, needed, surplus = _converted(terms, exact, brought=brought)
        needs = [(range(len(case.offers)), needed)]
        gains = [_gain(target, gained) for target in terms.targets]
    shortfall = terms.shortfall_at_most
    if shortfall is not None and brought < gained - credits_milli(shortfall):
        raise errors.SourceTooSmallError(pointer="/body/lots")
    if terms.remainder is Remainder.ELECTIVE and surplus > 0:
        gains.append(_elective(surplus))
    used = needs if terms.remainder is Remainder.KEEP else _all_of(case)
    return Amounts(used=_spread(case, used), gains=tuple(gains))


def _check_whole(case: Case) -> None:
    """Where no amount is asked for, a part of a result is not the result.

    Else a thousandth of it would give as much as the whole, a thousand times.
    """
    terms = case.rule.terms
    if terms.conversion.method is Method.RATIO:
        return
    components = terms.source.components
    measured = terms.conversion.method is Method.FIXED
    for number, (lot, offer) in enumerate(zip(case.lots, case.offers, strict=True)):
        if measured and components[offer.component].credits_at_least is not None:
            continue
        if offer.amount_milli < lot.awarded_milli - lot.revoked_milli:
            raise errors.SourceTooSmallError(pointer=f"/body/lots/{number}/credits")


def _all_of(case: Case) -> list[Need]:
    return [((index,), one.amount_milli) for index, one in enumerate(case.offers)]


def _gain(target: Target, computed: int | None) -> Gain:
    amount = computed if target.credits is None else credits_milli(target.credits)
    return Gain(
        outcome=target.outcome,
        requirement=target.requirement,
        achievement=target.achievement,
        amount_milli=amount or 0,
        due_days=target.supplement.due_days if target.supplement else None,
    )


def _elective(surplus: int) -> Gain:
    return Gain(
        outcome=Outcome.ELECTIVE_CREDIT,
        requirement=None,
        achievement=None,
        amount_milli=surplus,
    )


def _fixed_needs(case: Case) -> list[Need]:
    """Return how much of the lots for each component a fixed target needs."""
    needs: list[Need] = []
    for number, component in enumerate(case.rule.terms.source.components):
        own = [
            index
            for index, offer in enumerate(case.offers)
            if offer.component == number
        ]
        needed = sum(case.offers[index].amount_milli for index in own)
        if component.credits_at_least is not None:
            needed = min(needed, credits_milli(component.credits_at_least))
        needs.append((own, needed))
    return needs


def _exact(case: Case, *, earlier: Sequence[Use]) -> Fraction:
    """Return the unrounded thousandths, or rounded ones where each lot is rounded."""
    conversion = case.rule.terms.conversion
    step, rounding = credits_milli(conversion.step), conversion.rounding
    each = [_exact_of(offer, conversion) for offer in case.offers]
    if conversion.round_at is RoundAt.LOT:
        whole = (round_to(one, step_milli=step, rounding=rounding) for one in each)
        return Fraction(sum(whole))
    # Most offer one lot, and adding it to nothing is not for nothing.
    total = each[0] if len(each) == 1 else sum(each, Fraction(0))
    if conversion.round_at is not RoundAt.PROGRAMME or conversion.ratio is None:
        return total
    same = [use for use in earlier if _same_sum(use, case)]
    before = sum(use.source_milli for use in same) * as_fraction(conversion.ratio)
    upto = round_to(before + total, step_milli=step, rounding=rounding)
    # What a cap or a better result kept back is not made up for later, and what a
    # reversal left rounded up is not rounded up again.
    due = round_to(before, step_milli=step, rounding=rounding)
    given = sum(use.target_milli for use in same if _is_result(use, case.rule.terms))
    return Fraction(max(0, upto - max(due, given)))


def _exact_of(offer: Offer, conversion: Conversion) -> Fraction:
    if conversion.ratio is not None:
        ratio = conversion.ratio
        return Fraction(offer.amount_milli * ratio.numerator, ratio.denominator)
    load = offer.lot.workload
    found = workload_credits(load, conversion.per_credit) if load else None
    if found is None:
        raise errors.SourceTooSmallError(pointer="/body/lots")
    return found


def _same_sum(use: Use, case: Case) -> bool:
    same_enrolment = use.enrolment_id == case.enrolment.enrolment_id
    return same_enrolment and use.rule == case.rule.rule


def _is_result(use: Use, terms: RuleTerms) -> bool:
    """Tell whether a use is of what was worked out, not of a fixed target."""
    return use.target >= len(terms.targets) or terms.targets[use.target].credits is None


def _converted(
    terms: RuleTerms, exact: Fraction, *, brought: int
) -> tuple[int, int, int]:
    """Return the credits gained, the source needed for them, and what is left over."""
    conversion = terms.conversion
    gained = int(exact)
    if conversion.round_at is RoundAt.CASE:
        gained = round_to(
            exact,
            step_milli=credits_milli(conversion.step),
            rounding=conversion.rounding,
        )
    caps = [
        credits_milli(one.credits_at_most)
        for one in terms.targets
        if one.credits is None and one.credits_at_most is not None
    ]
    gained = min([gained, *caps])
    keeps = terms.remainder is Remainder.KEEP
    if gained == 0 and (keeps or conversion.round_at is not RoundAt.PROGRAMME):
        raise errors.SourceTooSmallError(pointer="/body/lots")
    needed = brought
    if conversion.ratio is not None:
        needed = min(brought, upward(gained, conversion.ratio))
    return gained, needed, max(0, int(exact) - gained)


def _spread(case: Case, needs: Iterable[Need]) -> tuple[Part, ...]:
    """Take from the lots earned first; what remains stays in the one earned last."""
    taken = [0] * len(case.offers)
    for own, needed in needs:
        left = needed
        several = len(own) > 1
        for index in sorted(own, key=partial(_earned, case)) if several else own:
            taken[index] = min(left, case.offers[index].amount_milli)
            left -= taken[index]
    return tuple(
        _new_part(award_id=lot.award_id, amount_milli=amount)
        for lot, amount in zip(case.lots, taken, strict=True)
    )


def _earned(case: Case, index: int) -> tuple[str, int]:
    day = case.offers[index].lot.date_of(DateOf.LEARNING_ENDED)
    return day, case.lots[index].position


class Rooted(Protocol):
    """A lot as far as its roots go."""

    @property
    def award_id(self) -> str:
        """Return its id."""
        ...

    @property
    def awarded_milli(self) -> int:
        """Return how much it was made for."""
        ...

    @property
    def roots(self) -> Sequence[Root]:
        """Return what it goes back to, with amounts."""
        ...


def root_parts(lots: Iterable[Rooted], used: Iterable[Part]) -> tuple[Part, ...]:
    """Return how much of every root stands behind what is used.

    Rounded up, so that many tiny parts are never less than the whole; behind a lot
    without credits stands all that is behind it.
    """
    parts: dict[str, int] = {}
    taken = {part.award_id: part.amount_milli for part in used}
    behind = [lot for lot in lots if taken.get(lot.award_id) or not lot.awarded_milli]
    for lot in behind:
        amount, whole = taken.get(lot.award_id, 0), lot.awarded_milli
        for root in lot.roots:
            share = root.amount_milli
            if whole:
                share = -(-root.amount_milli * amount // whole)
            parts[root.award_id] = parts.get(root.award_id, 0) + share
    return tuple(_new_part(award_id=key, amount_milli=parts[key]) for key in parts)


def split_roots(
    roots: Sequence[Part], amounts: Sequence[int]
) -> tuple[tuple[Part, ...], ...]:
    """Return for every lot that is gained how much of every root stands behind it."""
    columns = [apportion(root.amount_milli, amounts) for root in roots]
    return tuple(
        tuple(
            _new_part(award_id=root.award_id, amount_milli=column[number])
            for root, column in zip(roots, columns, strict=True)
        )
        for number in range(len(amounts))
    )
