"""Rules of rules: proposed by one party, agreed by all, ended by any."""

from collections.abc import Iterable
from typing import assert_never

from ledger.domain.errors import agreements as errors
from ledger.domain.rules.act import Act, Rule
from ledger.domain.rules.catalogue import check_next_version
from ledger.domain.rules.envelope import answers_for, present
from ledger.domain.rules.terms import check_terms, terms_needs
from ledger.domain.state import (
    CatalogueItemRecord,
    Record,
    Ref,
    RuleRecord,
    Slice,
)
from ledger.domain.statements.agreements import (
    RuleAcceded,
    RuleEndorsed,
    RuleProposed,
    RuleRatified,
    RuleRejected,
    RuleResumed,
    RuleRetired,
    RuleSuspended,
)

Agreement = RuleEndorsed | RuleRatified | RuleAcceded
Action = RuleRejected | RuleSuspended | RuleResumed | RuleRetired


def rule_item(rule: str) -> str:
    """Return the key under which a rule's newest version is kept."""
    return f"rule:{rule.partition('@')[0]}"


def _base(statement: RuleProposed) -> str:
    return f"{statement.iss}/{statement.body.code}"


def _proposal_needs(statement: RuleProposed) -> Iterable[Ref]:
    yield Ref(CatalogueItemRecord, rule_item(_base(statement)))
    yield from terms_needs(statement.body.terms)


def _decide_proposal(act: Act[RuleProposed], state: Slice) -> None:
    body = act.statement.body
    item = state.find(CatalogueItemRecord, rule_item(_base(act.statement)))
    check_next_version(item.version if item else None, body.version)
    check_terms(body.terms, state, proposer=act.statement.iss)


def _evolve_proposal(act: Act[RuleProposed], state: Slice) -> Iterable[Record]:
    del state
    statement, body = act.statement, act.statement.body
    base = _base(statement)
    yield CatalogueItemRecord(item=rule_item(base), version=body.version)
    yield RuleRecord(
        rule=f"{base}@{body.version}",
        proposer=statement.iss,
        recogniser=body.terms.recogniser,
        digest=act.body_hash,
        terms=body.terms,
        parties=body.terms.parties,
        ratified_by=(statement.iss,),
        endorsed=body.terms.committee is None,
        position=act.position,
    )


def known_rule(state: Slice, ref: str) -> RuleRecord:
    """Return a rule version.

    Raises:
        UnknownRuleError: never proposed.
    """
    rule = state.find(RuleRecord, ref)
    if rule is None:
        raise errors.UnknownRuleError(pointer="/body/rule")
    return rule


def _seen(act: Act[Agreement], state: Slice) -> RuleRecord:
    body = act.statement.body
    rule = known_rule(state, body.rule)
    if rule.digest != body.digest:
        raise errors.StaleRuleError(pointer="/body/digest", digest=rule.digest)
    return rule


def party_for(rule: RuleRecord, state: Slice, *, iss: str) -> str | None:
    """Return the party that a member is, or has succeeded."""
    for one in rule.parties:
        if answers_for(state, iss=iss, member_id=one):
            return one
    return None


def is_party_to(rule: RuleRecord, state: Slice, *, iss: str) -> bool:
    """Tell whether a member is a party, or has succeeded one."""
    return iss in rule.parties or party_for(rule, state, iss=iss) is not None


def _decide_endorsement(act: Act[RuleEndorsed], state: Slice) -> None:
    rule = _seen(act, state)
    if rule.terms.committee != act.statement.iss:
        raise errors.NotAPartyError(pointer="/iss")
    _require(holds=not rule.endorsed and rule.rejected_by is None, rule=rule)


def _decide_ratification(act: Act[RuleRatified], state: Slice) -> None:
    rule = _seen(act, state)
    party = party_for(rule, state, iss=act.statement.iss)
    if party is None:
        raise errors.NotAPartyError(pointer="/iss")
    missing = party not in rule.ratified_by
    _require(holds=missing and rule.rejected_by is None, rule=rule)


def _decide_accession(act: Act[RuleAcceded], state: Slice) -> None:
    rule, iss = _seen(act, state), act.statement.iss
    if not rule.terms.open_to_accession:
        raise errors.RuleNotOpenError(pointer="/body/rule")
    joined = party_for(rule, state, iss=iss) is not None
    _require(holds=not joined and rule.rejected_by is None, rule=rule)


def _acting(act: Act[Action], state: Slice) -> tuple[RuleRecord, str]:
    rule = known_rule(state, act.statement.body.rule)
    party = party_for(rule, state, iss=act.statement.iss)
    if party is None:
        raise errors.NotAPartyError(pointer="/iss")
    return rule, party


def _require(*, holds: bool, rule: RuleRecord) -> None:
    if not holds:
        raise errors.RuleStateError(pointer="/body/rule", status=rule.status)


def _decide_rejection(act: Act[RuleRejected], state: Slice) -> None:
    rule, party = _acting(act, state)
    open_still = not rule.is_agreed and rule.rejected_by is None
    _require(holds=open_still and party not in rule.ratified_by[1:], rule=rule)


def _decide_suspension(act: Act[RuleSuspended], state: Slice) -> None:
    rule, _ = _acting(act, state)
    _require(holds=rule.is_agreed and rule.suspended_by is None, rule=rule)


def _decide_resumption(act: Act[RuleResumed], state: Slice) -> None:
    rule, party = _acting(act, state)
    _require(holds=rule.suspended_by == party, rule=rule)


def _decide_retirement(act: Act[RuleRetired], state: Slice) -> None:
    rule, _ = _acting(act, state)
    body = act.statement.body
    _require(holds=rule.is_agreed and rule.last_day is None, rule=rule)
    if body.last_day < act.recorded_on:
        raise errors.RuleStateError(pointer="/body/last_day", status=rule.status)


def _evolve(act: Act[Agreement | Action], state: Slice) -> Iterable[Record]:
    rule = present(state, RuleRecord, key=act.statement.body.rule)
    party = party_for(rule, state, iss=act.statement.iss) or act.statement.iss
    changes = _changes(act.statement, rule, party=party)
    yield RuleRecord(**{**dict(rule), **changes})


def _changes(
    statement: Agreement | Action, rule: RuleRecord, *, party: str
) -> dict[str, object]:
    ratified_by = (*rule.ratified_by, party)
    changes: dict[str, object]
    match statement:
        case RuleEndorsed():
            changes = {"endorsed": True}
        case RuleRatified():
            changes = {"ratified_by": ratified_by}
        case RuleAcceded():
            changes = {"parties": (*rule.parties, party), "ratified_by": ratified_by}
        case RuleRejected():
            changes = {"rejected_by": party}
        case RuleSuspended():
            changes = {"suspended_by": party}
        case RuleResumed():
            changes = {"suspended_by": None}
        case RuleRetired(body=body):
            changes = {"last_day": body.last_day}
        case _:
            assert_never(statement)
    return changes


def _stream(statement: Agreement | Action) -> str:
    return rule_item(statement.body.rule)


def _needs(statement: Agreement | Action) -> Iterable[Ref]:
    return (Ref(RuleRecord, statement.body.rule),)


PROPOSED: Rule[RuleProposed] = Rule(
    stream=lambda statement: rule_item(_base(statement)),
    needs=_proposal_needs,
    decide=_decide_proposal,
    evolve=_evolve_proposal,
)
ENDORSED: Rule[RuleEndorsed] = Rule(
    stream=_stream, needs=_needs, decide=_decide_endorsement, evolve=_evolve
)
RATIFIED: Rule[RuleRatified] = Rule(
    stream=_stream, needs=_needs, decide=_decide_ratification, evolve=_evolve
)
ACCEDED: Rule[RuleAcceded] = Rule(
    stream=_stream, needs=_needs, decide=_decide_accession, evolve=_evolve
)
REJECTED: Rule[RuleRejected] = Rule(
    stream=_stream, needs=_needs, decide=_decide_rejection, evolve=_evolve
)
SUSPENDED: Rule[RuleSuspended] = Rule(
    stream=_stream, needs=_needs, decide=_decide_suspension, evolve=_evolve
)
RESUMED: Rule[RuleResumed] = Rule(
    stream=_stream, needs=_needs, decide=_decide_resumption, evolve=_evolve
)
RETIRED: Rule[RuleRetired] = Rule(
    stream=_stream, needs=_needs, decide=_decide_retirement, evolve=_evolve
)
