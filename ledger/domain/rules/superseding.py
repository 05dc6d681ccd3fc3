"""Better results of the same content: what they top up, replace, or are refused for.

Content is compared on roots: what was converted once more is still the same content.
"""

from collections.abc import Iterable, Sequence

from ledger.domain.errors import exchanges as errors
from ledger.domain.language.shapes import Supersede
from ledger.domain.language.uses import Use
from ledger.domain.measures import Level
from ledger.domain.rules.cases import Case
from ledger.domain.rules.envelope import present
from ledger.domain.rules.holds import is_in_use
from ledger.domain.rules.settlement import Gain
from ledger.domain.state import (
    ExchangeRecord,
    FrameworkRecord,
    LotRecord,
    Slice,
)


def groups_of(case: Case) -> tuple[str, ...]:
    """Return the content group of every root that has one."""
    groups = (root.content_group for root in case.roots)
    return tuple(group for group in groups if group is not None)


def rivals_of(case: Case, earlier: Sequence[Use]) -> list[Use]:
    """Return what counts for the same content in this enrolment.

    With what was topped up before: its credits count still.
    """
    groups = set(groups_of(case)) if earlier else ()
    if not groups:
        return []
    return [
        use
        for use in earlier
        if use.content_group in groups
        and use.enrolment_id == case.enrolment.enrolment_id
    ]


def gains_left(
    case: Case, state: Slice, *, gains: Sequence[Gain], rivals: Sequence[Use]
) -> tuple[Gain, ...]:
    """Return what is gained beside what counts for the same content already.

    Raises:
        SupersedeRefusedError: two results of one content, or none that is better, or
            nothing left to add.
        DerivedInUseError: what would be replaced is used elsewhere.
    """
    mode = case.rule.terms.supersede
    if mode is None:
        return tuple(gains)
    groups = groups_of(case)
    if len(set(groups)) != len(groups):
        raise errors.SupersedeRefusedError(pointer="/body/lots", reason="only-highest")
    if not rivals:
        return tuple(gains)
    if mode is Supersede.REFUSE or not _is_better(case, state, rivals=rivals):
        raise errors.SupersedeRefusedError(pointer="/body/lots", reason="not-higher")
    if mode is Supersede.REPLACE:
        for exchange_id in sorted({use.case_id for use in rivals}):
            _check_replaceable(exchange_id, state)
        return tuple(gains)
    return _topped_up(gains, given=sum(use.target_milli for use in rivals))


def _topped_up(gains: Iterable[Gain], *, given: int) -> tuple[Gain, ...]:
    left = []
    for gain in gains:
        less = min(given, gain.amount_milli)
        given -= less
        left.append(gain._replace(amount_milli=gain.amount_milli - less))
    if not any(gain.amount_milli for gain in left):
        raise errors.SupersedeRefusedError(pointer="/body/lots", reason="adds-nothing")
    return tuple(left)


def _is_better(case: Case, state: Slice, *, rivals: Iterable[Use]) -> bool:
    ranks: dict[str, int] = {}
    levels = (rank_of(state, root.level) for root in case.roots)
    ranked = [(name, rank) for name, rank in levels if name and rank is not None]
    for name, rank in ranked:
        ranks[name] = max(rank, ranks.get(name, rank))
    return all(
        use.framework in ranks
        and use.level_rank is not None
        and ranks[use.framework] > use.level_rank
        for use in rivals
    )


def rank_of(state: Slice, level: Level | None) -> tuple[str | None, int | None]:
    """Return the framework of a level, and the rank of its code there."""
    if level is None:
        return None, None
    framework = present(state, FrameworkRecord, key=level.framework)
    return level.framework, dict(framework.ranks).get(level.code)


def _check_replaceable(exchange_id: str, state: Slice) -> None:
    record = present(state, ExchangeRecord, key=exchange_id)
    for identity in record.created:
        if is_in_use(present(state, LotRecord, key=identity), state):
            raise errors.DerivedInUseError(pointer="/body/lots", lot=identity)
