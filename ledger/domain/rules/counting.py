"""What a case counts for: better results, duplicates by root, and caps.

A settlement is worked out at the request, for the quote, at the acceptance, and by
every auditor, by this one function over the state at that position.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from ledger.domain.errors import exchanges as errors
from ledger.domain.language.arithmetic import apportion
from ledger.domain.language.matching import LotFacts
from ledger.domain.language.shapes import Supersede
from ledger.domain.language.uses import Use
from ledger.domain.rules.caps import check_caps
from ledger.domain.rules.cases import Case
from ledger.domain.rules.envelope import present
from ledger.domain.rules.policies import policies_on
from ledger.domain.rules.repeats import check_roots
from ledger.domain.rules.settlement import (
    Gain,
    root_parts,
    split_roots,
    work_out,
)
from ledger.domain.rules.superseding import (
    gains_left,
    groups_of,
    rank_of,
    rivals_of,
)
from ledger.domain.rules.tallies import live, uses_of
from ledger.domain.state import (
    AchievementRecord,
    CatalogueItemRecord,
    LotRecord,
    Part,
    PolicyRecord,
    ProgrammeRecord,
    RuleRecord,
    Slice,
)
from ledger.domain.statements.awards import Basis
from ledger.domain.types import Module, Nature
from ledger.making import altered, maker

_new_use: Final = maker(Use)


class Settlement(NamedTuple):
    """What an acceptance uses, creates and replaces, and what it will count for.

    ``roots`` says for every gain how much of every root stands behind it;
    ``replaced`` names the cases whose lots a better result withdraws, ``outdone`` those
    that it only tops up, in the content groups ``groups``.
    """

    used: tuple[Part, ...]
    gains: tuple[Gain, ...]
    roots: tuple[tuple[Part, ...], ...]
    uses: tuple[Use, ...]
    replaced: frozenset[str]
    outdone: frozenset[str]
    groups: frozenset[str]


class Beside(NamedTuple):
    """What a case is settled beside: what counts already, and the policies in force."""

    earlier: Sequence[Use]
    policies: Sequence[PolicyRecord]


class Judged(NamedTuple):
    """A case that may be accepted, and what accepting it comes to."""

    case: Case
    settlement: Settlement


def settle(case: Case, state: Slice, *, on: str) -> Settlement:
    """Work out a case on a date, against everything that counts already.

    Raises:
        RuleNotInForceError: the rule aims at another programme than the enrolment's.
        SourceTooSmallError: the sum of the source is too small for the target.
        SupersedeRefusedError: as good a result of the same content counts already.
        DerivedInUseError: what a better result would replace is used elsewhere.
        RootUsedError: a root counts already.
        CapExceededError: a limit of the rule, the programme or a policy.
    """
    check_aims(case.rule, case.programme)
    beside = Beside(earlier=earlier_uses(case, state), policies=policies_on(state, on))
    return settle_beside(case, state, beside=beside)


def settle_beside(case: Case, state: Slice, *, beside: Beside) -> Settlement:
    """Work out a case of a rule that aims at what the programme requires.

    Raises:
        And those of ``settle`` but for the aim.
    """
    amounts = work_out(case, earlier=beside.earlier)
    rivals = rivals_of(case, beside.earlier)
    gains = gains_left(case, state, gains=amounts.gains, rivals=rivals)
    settlement = account_for(case, state, used=amounts.used, gains=gains, rivals=rivals)
    kept = live(mark_superseded(beside.earlier, case, settlement=settlement))
    check_roots(case, kept, new=settlement.uses)
    check_caps(case, state, before=kept, uses=settlement.uses, policies=beside.policies)
    return settlement


def account_for(
    case: Case,
    state: Slice,
    *,
    used: Sequence[Part],
    gains: Sequence[Gain],
    rivals: Sequence[Use],
) -> Settlement:
    """Return what these amounts count for beside their rivals, without judging."""
    mode, none = case.rule.terms.supersede, frozenset[str]()
    amounts = [gain.amount_milli for gain in gains]
    split = split_roots(root_parts(case.lots, used), amounts)
    return Settlement(
        used=tuple(used),
        gains=tuple(gains),
        roots=split,
        uses=tuple(_uses(case, state, gains=gains, shared=(used, split))),
        replaced=_cases(rivals) if mode is Supersede.REPLACE else none,
        outdone=_cases(_current(rivals)) if mode is Supersede.TOP_UP else none,
        groups=frozenset(groups_of(case)),
    )


def _current(rivals: Iterable[Use]) -> Iterable[Use]:
    return (use for use in rivals if use.superseded_by is None)


def _cases(rivals: Iterable[Use]) -> frozenset[str]:
    return frozenset(use.case_id for use in rivals)


def check_aims(rule: RuleRecord, against: ProgrammeRecord) -> None:
    """Check that a rule aims at what the enrolment's programme requires.

    Raises:
        RuleNotInForceError: at another programme, or at nothing in this version.
    """
    programme = against.programme.partition("@")[0]
    for target in rule.terms.targets:
        aim = target.requirement
        if aim is None:
            continue
        if aim.programme != programme or against.requirement(aim.code) is None:
            raise errors.RuleNotInForceError(
                pointer="/body/enrolment_id", reason="another-programme"
            )


def earlier_uses(case: Case, state: Slice) -> tuple[Use, ...]:
    """Return everything that the learner's roots count for, but by this case."""
    own = case.application.exchange_id
    uses = uses_of(state, case.learner_ids)
    return tuple([use for use in uses if not use.withdrawn and use.case_id != own])


def beside_of(state: Slice, learner_ids: Iterable[str], *, on: str) -> Beside:
    """Return what a new case of a learner would be settled beside."""
    earlier = live(uses_of(state, learner_ids))
    return Beside(earlier=earlier, policies=policies_on(state, on))


def mark_superseded(
    uses: Iterable[Use], case: Case, *, settlement: Settlement
) -> Iterable[Use]:
    """Return the uses as they are once the case is accepted."""
    if not settlement.replaced and not settlement.outdone:
        return uses
    return _marked(uses, case, settlement=settlement)


def _marked(
    uses: Iterable[Use], case: Case, *, settlement: Settlement
) -> Iterable[Use]:
    own = case.application.exchange_id
    for use in uses:
        withdrawn = use.case_id in settlement.replaced
        topped_up = (
            use.case_id in settlement.outdone
            and use.content_group in settlement.groups
            and use.superseded_by is None
        )
        if withdrawn or topped_up:
            yield altered(use, superseded_by=own, withdrawn=withdrawn)
        else:
            yield use


def _uses(
    case: Case,
    state: Slice,
    *,
    gains: Sequence[Gain],
    shared: tuple[Sequence[Part], Sequence[Sequence[Part]]],
) -> Iterable[Use]:
    used, split = shared
    source = sum(part.amount_milli for part in used)
    sources = apportion(source, [gain.amount_milli for gain in gains])
    for number, (gain, roots) in enumerate(zip(gains, split, strict=True)):
        weights = [root.amount_milli for root in roots]
        shares = apportion(gain.amount_milli, weights)
        behind = apportion(sources[number], weights)
        nature, module = _aim_of(case, state, gain=gain)
        for root, share, brought in zip(roots, shares, behind, strict=True):
            yield _new_use(
                **fields_of_root(state, case.facts[root.award_id]),
                case_id=case.application.exchange_id,
                target=number,
                root_milli=root.amount_milli,
                source_milli=brought,
                target_milli=share,
                rule=case.rule.rule,
                enrolment_id=case.enrolment.enrolment_id,
                programme=case.enrolment.programme,
                member=case.enrolment.school,
                requirement=gain.requirement.code if gain.requirement else None,
                nature=nature,
                module=module,
                requested=case.application.requested_on,
            )


# Any: as Use has.
def fields_of_root(state: Slice, facts: LotFacts) -> dict[str, Any]:
    """Return what a use says of its root."""
    origin = present(state, LotRecord, key=facts.award_id)
    framework, rank = rank_of(state, facts.level)
    return {
        "root": facts.award_id,
        "root_member": origin.issuer,
        "attested": origin.basis is Basis.ATTESTED,
        "root_kind": facts.issuer_kind,
        "achievement_kind": facts.achievement_kind,
        "scheme": facts.scheme,
        "content_group": facts.content_group,
        "framework": framework,
        "level_rank": rank,
        "root_total_milli": origin.awarded_milli - origin.revoked_milli,
        "learning_ended": facts.learned_to or facts.assessed_on,
        "assessed": facts.assessed_on or facts.learned_to,
    }


def _aim_of(
    case: Case, state: Slice, *, gain: Gain
) -> tuple[Nature | None, Module | None]:
    if gain.requirement is not None:
        found = case.programme.requirement(gain.requirement.code)
        return (None, None) if found is None else (found.nature, found.module)
    if gain.achievement is not None:
        item = present(state, CatalogueItemRecord, key=gain.achievement)
        ref = f"{gain.achievement}@{item.version}"
        version = present(state, AchievementRecord, key=ref)
        return version.nature, version.module
    return Nature.ELECTIVE, None
