"""The rules of every statement type: decide may refuse, evolve cannot.

Writer and auditor run these same functions over a loaded slice of the state.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from ledger.domain.errors import RejectionError
from ledger.domain.errors.members import NotFoundedError
from ledger.domain.rules import (
    acceptance,
    accounts,
    agreements,
    appeals,
    assessments,
    awards,
    catalogue,
    claims,
    corrections,
    exchanges,
    keys,
    members,
    merges,
    periods,
    policies,
    programmes,
    redemptions,
    requests,
    reversals,
)
from ledger.domain.rules.act import Act, Rule
from ledger.domain.rules.envelope import (
    Signer,
    check_signer,
    check_standing,
    check_times,
    check_unused,
    envelope_needs,
)
from ledger.domain.state import Record, Ref, Slice, StatementRecord
from ledger.domain.statements.envelope import Statement
from ledger.domain.statements.members import MemberAdmitted
from ledger.making import maker

_new_said: Final = maker(StatementRecord)

# Any: each rule takes its own statement type, which the key of the table names.
RULES: Final[Mapping[str, Rule[Any]]] = MappingProxyType(
    {
        "member.admitted.v1": members.ADMITTED,
        "member.renamed.v1": members.RENAMED,
        "member.suspended.v1": members.SUSPENDED_RULE,
        "member.reinstated.v1": members.REINSTATED,
        "member.withdrawn.v1": members.WITHDRAWN_RULE,
        "member.succeeded.v1": members.SUCCEEDED_RULE,
        "key.added.v1": keys.ADDED,
        "key.revoked.v1": keys.REVOKED,
        "entries.confirmed.v1": keys.CONFIRMED,
        "framework.published.v1": catalogue.FRAMEWORK,
        "calendar.published.v1": catalogue.CALENDAR,
        "achievement.published.v1": catalogue.PUBLISHED,
        "achievement.endorsed.v1": catalogue.ENDORSED,
        "achievement.retired.v1": catalogue.RETIRED,
        "account.opened.v1": accounts.OPENED,
        "account.claimed.v1": accounts.CLAIMED,
        "account.closed.v1": accounts.CLOSED,
        "accounts.merged.v1": merges.MERGED_RULE,
        "accounts.unmerged.v1": merges.UNMERGED_RULE,
        "relation.opened.v1": accounts.RELATION_OPENED,
        "relation.ended.v1": accounts.RELATION_ENDED,
        "credit.awarded.v1": awards.AWARDED,
        "credit.amended.v1": corrections.AMENDED,
        "credit.revoked.v1": corrections.REVOKED,
        "claim.filed.v1": claims.FILED,
        "claim.returned.v1": claims.RETURNED,
        "claim.refused.v1": claims.REFUSED,
        "claim.withdrawn.v1": claims.WITHDRAWN,
        "programme.published.v1": programmes.PUBLISHED,
        "programme.retired.v1": programmes.RETIRED,
        "enrolment.opened.v1": programmes.ENROLMENT_OPENED,
        "enrolment.changed.v1": programmes.ENROLMENT_CHANGED,
        "enrolment.ended.v1": programmes.ENROLMENT_ENDED,
        "policy.published.v1": policies.PUBLISHED,
        "policy.endorsed.v1": policies.ENDORSED,
        "rule.proposed.v1": agreements.PROPOSED,
        "rule.endorsed.v1": agreements.ENDORSED,
        "rule.ratified.v1": agreements.RATIFIED,
        "rule.acceded.v1": agreements.ACCEDED,
        "rule.rejected.v1": agreements.REJECTED,
        "rule.suspended.v1": agreements.SUSPENDED,
        "rule.resumed.v1": agreements.RESUMED,
        "rule.retired.v1": agreements.RETIRED,
        "exchange.requested.v1": requests.REQUESTED,
        "exchange.endorsed.v1": exchanges.ENDORSED,
        "exchange.returned.v1": exchanges.RETURNED,
        "exchange.accepted.v1": acceptance.ACCEPTED,
        "exchange.declined.v1": exchanges.DECLINED,
        "exchange.cancelled.v1": exchanges.CANCELLED,
        "exchange.lapsed.v1": exchanges.LAPSED,
        "exchange.reversed.v1": reversals.REVERSED,
        "credit.redeemed.v1": redemptions.REDEEMED,
        "redemption.reversed.v1": redemptions.REVERSED,
        "credit.expired.v1": redemptions.EXPIRED,
        "period.closed.v1": periods.CLOSED,
        "graduation.assessed.v1": assessments.ASSESSED,
        "appeal.filed.v1": appeals.APPEAL_FILED,
        "appeal.decided.v1": appeals.APPEAL_DECIDED,
    }
)
"""One rule for every statement type, and no other."""


def stream_of(statement: Statement) -> str:
    """Return the stream of the statement's subject."""
    return RULES[statement.type].stream(statement)


def needs(statement: Statement, *, kid: str) -> Iterable[Ref]:
    """Name the records that deciding this statement is known to look at.

    More may turn out while deciding: ``NotLoadedError`` names them.
    """
    yield from envelope_needs(iss=statement.iss, identity=statement.id, kid=kid)
    yield from RULES[statement.type].needs(statement)


def needs_of_line(statement: Statement) -> Iterable[Ref]:
    """Name what a batch's line needs besides what its header does."""
    return (
        Ref(StatementRecord, (statement.iss, statement.id)),
        *RULES[statement.type].needs(statement),
    )


def decide(act: Act[Statement], state: Slice) -> object:
    """Accept the act by returning, or refuse it. Nothing is changed.

    Returns what the rule worked out, if an answer given at once has use for it.

    Raises:
        RejectionError: the first fault in the order of ``errors/precedence.py``.
        NotLoadedError: a record is missing from the slice; load it, ask again.
    """
    statement = act.statement
    if act.position == 0:
        if not isinstance(statement, MemberAdmitted):
            raise NotFoundedError(pointer="/type")
        members.decide_founding(act)  # type: ignore[arg-type]  # narrowed above
        return None
    check_said(act, state)
    return RULES[statement.type].decide(act, state)


def check_said(act: Act[Statement], state: Slice) -> None:
    """Check what holds of every statement: who says it, under which id, and when.

    Raises:
        RejectionError: the first fault in the order of ``errors/precedence.py``.
        NotLoadedError: a record is missing from the slice; load it, ask again.
    """
    statement, at = act.statement, act.recorded_at
    member = None
    if not may_say(act, state):
        # Who may not is told so in order of precedence: its id may be used, too.
        member = check_signer(state, _signer(act), at=at)
    check_unused(
        state,
        iss=statement.iss,
        identity=statement.id,
        payload_hash=act.payload_hash,
    )
    check_times(iat=statement.iat, exp=statement.exp, at=at)
    if member is not None:
        check_standing(member, statement.type)


def _signer(act: Act[Statement]) -> Signer:
    said = act.statement
    return Signer(iss=said.iss, aud=said.aud, kid=act.kid, type_name=said.type)


def may_say(act: Act[Statement], state: Slice) -> bool:
    """Tell whether nothing about its signer refuses an act."""
    said, at = act.statement, act.recorded_at
    return state.once(
        ("signer", said.iss, said.aud, act.kid, said.type, at),
        lambda shared: _is_right(_signer(act), shared, at=at),
    )


def _is_right(signer: Signer, shared: Slice, *, at: str) -> bool:
    try:
        member = check_signer(shared, signer, at=at)
        check_standing(member, signer.type_name)
    except RejectionError:
        return False
    return True


def evolve(act: Act[Statement], state: Slice) -> tuple[Record, ...]:
    """Return the records that an accepted act changes. Total over history."""
    return (*RULES[act.statement.type].evolve(act, state), said(act))


def said(act: Act[Statement]) -> StatementRecord:
    """Return the record that an act's statement was accepted."""
    return _new_said(
        iss=act.statement.iss,
        id=act.statement.id,
        payload_hash=act.payload_hash,
        position=act.position,
    )
