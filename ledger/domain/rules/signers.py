"""Which kinds of member may say what, and with which of their keys."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from ledger.domain.statements.members import KeyUse
from ledger.domain.types import AWARDING_KINDS, MemberKind

_OPERATOR: Final = frozenset({MemberKind.OPERATOR})
_COMMITTEE: Final = frozenset({MemberKind.COMMITTEE})
_SCHOOL: Final = frozenset({MemberKind.SCHOOL})
_ALL: Final = frozenset(MemberKind)

SIGNERS: Final[Mapping[str, frozenset[MemberKind]]] = MappingProxyType(
    {
        "member.admitted.v1": _OPERATOR,
        "member.renamed.v1": _OPERATOR,
        "member.suspended.v1": _OPERATOR,
        "member.reinstated.v1": _OPERATOR,
        "member.withdrawn.v1": _OPERATOR,
        "member.succeeded.v1": _OPERATOR,
        "key.added.v1": _ALL,
        "key.revoked.v1": _ALL,
        "entries.confirmed.v1": _ALL,
        "framework.published.v1": _OPERATOR,
        "calendar.published.v1": AWARDING_KINDS | _OPERATOR,
        "achievement.published.v1": AWARDING_KINDS,
        "achievement.endorsed.v1": _COMMITTEE,
        "achievement.retired.v1": AWARDING_KINDS,
        "account.opened.v1": AWARDING_KINDS,
        "account.claimed.v1": AWARDING_KINDS,
        "account.closed.v1": AWARDING_KINDS,
        "accounts.merged.v1": AWARDING_KINDS | _OPERATOR,
        "accounts.unmerged.v1": AWARDING_KINDS | _OPERATOR,
        "relation.opened.v1": AWARDING_KINDS,
        "relation.ended.v1": AWARDING_KINDS,
        "credit.awarded.v1": AWARDING_KINDS,
        "credit.amended.v1": AWARDING_KINDS,
        "credit.revoked.v1": AWARDING_KINDS,
        "programme.published.v1": _SCHOOL,
        "programme.retired.v1": _SCHOOL,
        "enrolment.opened.v1": _SCHOOL,
        "enrolment.changed.v1": _SCHOOL,
        "enrolment.ended.v1": _SCHOOL,
        "policy.published.v1": _OPERATOR,
        "policy.endorsed.v1": _COMMITTEE,
        "rule.proposed.v1": AWARDING_KINDS,
        "rule.endorsed.v1": _COMMITTEE,
        "rule.ratified.v1": AWARDING_KINDS,
        "rule.acceded.v1": AWARDING_KINDS,
        "rule.rejected.v1": AWARDING_KINDS,
        "rule.suspended.v1": AWARDING_KINDS,
        "rule.resumed.v1": AWARDING_KINDS,
        "rule.retired.v1": AWARDING_KINDS,
        "exchange.requested.v1": AWARDING_KINDS,
        "exchange.endorsed.v1": AWARDING_KINDS | _COMMITTEE,
        "exchange.returned.v1": AWARDING_KINDS | _COMMITTEE | _OPERATOR,
        "exchange.accepted.v1": AWARDING_KINDS | _OPERATOR,
        "exchange.declined.v1": AWARDING_KINDS | _COMMITTEE | _OPERATOR,
        "exchange.cancelled.v1": AWARDING_KINDS,
        "exchange.lapsed.v1": _OPERATOR,
        "exchange.reversed.v1": AWARDING_KINDS,
        "credit.redeemed.v1": _SCHOOL,
        "redemption.reversed.v1": _SCHOOL,
        "credit.expired.v1": _OPERATOR,
        "period.closed.v1": _OPERATOR,
    }
)
"""Which kinds of member may sign a type."""

MEMBER_KEY: Final = frozenset({KeyUse.MEMBER})
KEY_USES: Final[Mapping[str, frozenset[KeyUse]]] = MappingProxyType(
    {
        "exchange.accepted.v1": frozenset({KeyUse.MEMBER, KeyUse.SERVICE}),
        "exchange.lapsed.v1": frozenset({KeyUse.SERVICE}),
        "credit.expired.v1": frozenset({KeyUse.SERVICE}),
    }
)
"""The types that the bank says itself, under its service key; no others."""
