"""How credits may count: of which lot or gain, toward which requirement, how much."""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import product
from typing import Final

from ledger.domain.errors import RejectionError
from ledger.domain.errors import exchanges as errors
from ledger.domain.rules.counted import counts_toward
from ledger.domain.rules.envelope import answers_for, present
from ledger.domain.rules.planning.bounds import counts_for
from ledger.domain.rules.planning.steps import Counting, step_id, take
from ledger.domain.state import LotRecord, Part, RootCountRecord, Slice
from ledger.domain.statements.awards import Basis
from projections.plan.gathering import Gathered
from projections.plan.problem import Way

_ROOM: Final = (
    errors.RequirementFullError,
    errors.RootUsedError,
    errors.LastAtHomeError,
)
"""Refusals of too much: a part of it may still count."""


def own_ways(gathered: Gathered) -> Iterable[Way]:
    """Return how the learner's own lots may count."""
    rooms = gathered.rooms
    for lot, code in countable(gathered):
        shares = {
            root.award_id: root.amount_milli / lot.awarded_milli for root in lot.roots
        }
        yield Way(
            source=lot.award_id,
            requirement=code,
            most_milli=min(lot.available_milli, rooms[code]),
            roots=shares,
            away=is_away(gathered, [*shares]),
        )


def gained_ways(gathered: Gathered) -> Iterable[Way]:
    """Return how what applications give may count."""
    if gathered.blocked is not None:
        return
    rooms, requirements = gathered.rooms, gathered.ground.programme.requirements
    for number, one in enumerate(gathered.candidates):
        for place, requirement in product(range(len(one.gains)), requirements):
            gain, most = one.gains[place], rooms[requirement.code]
            most = min(gain.amount_milli, most)
            if most <= 0 or not counts_for(gain, requirement):
                continue
            shares = {
                root.award_id: root.amount_milli / gain.amount_milli
                for root in one.roots[place]
            }
            yield Way(
                source=(number, place),
                requirement=requirement.code,
                most_milli=most,
                roots=shares,
                away=is_away(gathered, [*shares]),
            )


def root_rooms(gathered: Gathered, ways: Sequence[Way]) -> dict[str, int]:
    """Return how much of every root may still count, as if nothing were rounded."""
    rooms: dict[str, int] = {}
    own = gathered.setting.enrolment_id
    for name in sorted({root for way in ways for root in way.roots}):
        whole = gathered.asking.ask(partial(_whole_of, name))
        counted = gathered.asking.ask(partial(_counted_of, (own, name)))
        rooms[name] = whole - counted
    return rooms


def _whole_of(root: str, known: Slice) -> int:
    return present(known, LotRecord, key=root).awarded_milli


def _counted_of(key: tuple[str, str], known: Slice) -> int:
    found = known.find(RootCountRecord, key)
    return 0 if found is None else found.amount_milli


def countable(gathered: Gathered) -> Iterator[tuple[LotRecord, str]]:
    """Return which lots may count toward which requirement, at least in part."""
    rooms = gathered.rooms
    for requirement in gathered.ground.programme.requirements:
        for lot in gathered.lots:
            amount = min(lot.available_milli, rooms[requirement.code])
            if amount <= 0 or not counts_toward(
                lot, requirement, enrolment=gathered.ground.enrolment
            ):
                continue
            error = _refusal(gathered, lot, requirement=requirement.code, amount=amount)
            if error is None or isinstance(error, _ROOM):
                yield lot, requirement.code
            else:
                gathered.uncounted[lot.award_id, requirement.code] = error


def _refusal(
    gathered: Gathered, lot: LotRecord, *, requirement: str, amount: int
) -> RejectionError | None:
    step = Counting(
        redemption_id=step_id(gathered.setting, -1),
        requirement=requirement,
        lots=(Part(award_id=lot.award_id, amount_milli=amount),),
        day=gathered.ground.today,
    )
    try:
        gathered.asking.ask(lambda known: take(step, known, setting=gathered.setting))
    except RejectionError as error:
        return error
    return None


def is_away(gathered: Gathered, origins: Sequence[str]) -> bool:
    """Tell whether any of these roots was not learned at the school itself."""
    school = gathered.ground.enrolment.school

    def away(known: Slice) -> bool:
        found = (present(known, LotRecord, key=one) for one in origins)
        return not all(
            one.basis is Basis.ISSUED
            and answers_for(known, iss=school, member_id=one.issuer)
            for one in found
        )

    return gathered.asking.ask(away)
