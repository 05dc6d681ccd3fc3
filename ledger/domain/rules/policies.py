"""Rules of policies: the operator writes them, the committee puts them in force."""

from collections.abc import Iterable

from ledger.domain.errors import agreements as agreement_errors
from ledger.domain.errors import awards as award_errors
from ledger.domain.errors import programmes as errors
from ledger.domain.rules.act import Act, Rule
from ledger.domain.rules.catalogue import check_next_version
from ledger.domain.rules.envelope import present
from ledger.domain.rules.limits import calendar_refs, check_limits_shape
from ledger.domain.state import (
    CatalogueItemRecord,
    MemberRecord,
    PolicyListRecord,
    PolicyRecord,
    Record,
    Ref,
    Slice,
)
from ledger.domain.statements.agreements import PolicyEndorsed, PolicyPublished
from ledger.domain.types import MemberKind


def _base(statement: PolicyPublished) -> str:
    return f"{statement.iss}/{statement.body.code}"


def _item(base: str) -> str:
    return f"policy:{base}"


def is_committee(state: Slice, member_id: str) -> bool:
    """Tell whether a member was admitted as a committee."""
    member = state.find(MemberRecord, member_id)
    return member is not None and member.member_kind is MemberKind.COMMITTEE


def _publication_needs(statement: PolicyPublished) -> Iterable[Ref]:
    yield Ref(CatalogueItemRecord, _item(_base(statement)))
    yield Ref(MemberRecord, statement.body.committee)
    yield from calendar_refs(statement.body.limits)


def _decide_publication(act: Act[PolicyPublished], state: Slice) -> None:
    body = act.statement.body
    item = state.find(CatalogueItemRecord, _item(_base(act.statement)))
    check_next_version(item.version if item else None, body.version)
    check_limits_shape(body.limits, state, pointer="/body/limits")
    if not is_committee(state, body.committee):
        raise errors.PolicyCommitteeError(pointer="/body/committee")
    if body.valid_until is not None and body.valid_until < body.valid_from:
        raise award_errors.DateOrderError(pointer="/body/valid_until")


def _evolve_publication(act: Act[PolicyPublished], state: Slice) -> Iterable[Record]:
    del state
    body, base = act.statement.body, _base(act.statement)
    yield CatalogueItemRecord(item=_item(base), version=body.version)
    yield PolicyRecord(
        policy=f"{base}@{body.version}",
        title=body.title,
        digest=act.body_hash,
        committee=body.committee,
        valid_from=body.valid_from,
        valid_until=body.valid_until,
        limits=body.limits,
        shelf_life_months=body.shelf_life_months,
        endorsed=False,
        position=act.position,
    )


def _decide_endorsement(act: Act[PolicyEndorsed], state: Slice) -> None:
    body = act.statement.body
    policy = state.find(PolicyRecord, body.policy)
    if policy is None:
        raise errors.UnknownPolicyError(pointer="/body/policy")
    if policy.digest != body.digest:
        raise agreement_errors.StaleRuleError(
            pointer="/body/digest", digest=policy.digest
        )
    if policy.committee != act.statement.iss:
        raise errors.PolicyCommitteeError(pointer="/iss")
    if policy.endorsed:
        raise errors.PolicyEndorsedError(pointer="/body/policy")


def _evolve_endorsement(act: Act[PolicyEndorsed], state: Slice) -> Iterable[Record]:
    name = act.statement.body.policy
    policy = present(state, PolicyRecord, key=name)
    yield PolicyRecord(**{**dict(policy), "endorsed": True})
    listed = state.find(PolicyListRecord, 0)
    others = () if listed is None else listed.endorsed
    yield PolicyListRecord(endorsed=(*others, name))


def policies_on(state: Slice, day: str) -> tuple[PolicyRecord, ...]:
    """Return the policies in force on a date.

    Of each, the newest endorsed version whose dates cover it: a version for later
    leaves no gap before it begins.
    """
    listed = state.find(PolicyListRecord, 0)
    newest: dict[str, PolicyRecord] = {}
    for name in sorted(() if listed is None else listed.endorsed, key=_by_version):
        one = present(state, PolicyRecord, key=name)
        until = one.valid_until
        if one.valid_from <= day and (until is None or day <= until):
            newest[name.partition("@")[0]] = one
    return tuple(newest.values())


def _by_version(policy: str) -> tuple[str, int]:
    base, _, version = policy.partition("@")
    return base, int(version)


PUBLISHED: Rule[PolicyPublished] = Rule(
    stream=lambda statement: f"policy:{_base(statement)}",
    needs=_publication_needs,
    decide=_decide_publication,
    evolve=_evolve_publication,
)
ENDORSED: Rule[PolicyEndorsed] = Rule(
    stream=lambda statement: f"policy:{statement.body.policy.partition('@')[0]}",
    needs=lambda statement: (
        Ref(PolicyRecord, statement.body.policy),
        Ref(PolicyListRecord, 0),
    ),
    decide=_decide_endorsement,
    evolve=_evolve_endorsement,
)
