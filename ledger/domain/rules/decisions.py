"""Decisions that one may appeal against: whose each is, and about whom."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from ledger.domain.rules.envelope import present
from ledger.domain.state import (
    AssessmentRecord,
    ClaimRecord,
    ClaimStatus,
    EnrolmentRecord,
    ExchangeRecord,
    ExchangeStatus,
    LotRecord,
    RedemptionRecord,
    RuleRecord,
    Slice,
)
from ledger.domain.statements.appeals import AppealAgainst, Appealed

_AT_A_DESK: Final = frozenset(
    {ExchangeStatus.RETURNED, ExchangeStatus.DECLINED, ExchangeStatus.LAPSED}
)
_BY_THE_RECOGNISER: Final = frozenset(
    {ExchangeStatus.ACCEPTED, ExchangeStatus.REVERSED}
)
_BY_THE_ATTESTER: Final = frozenset(
    {ClaimStatus.RETURNED, ClaimStatus.REFUSED, ClaimStatus.AWARDED}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What one may appeal against: whose decision it is, about whom.

    ``name`` tells it from other decisions about the same thing: a case that was handed
    in again is decided again, and an award may be given and taken back. ``recogniser``
    is for whom the bank itself may have registered it.
    """

    name: str
    learner_id: str
    member: str
    recogniser: str = ""


Finder = Callable[[str, Slice], Decision | None]


def _of_exchange(identity: str, state: Slice) -> Decision | None:
    record = state.find(ExchangeRecord, identity)
    if record is None:
        return None
    rule = present(state, RuleRecord, key=record.rule)
    member = rule.recogniser if record.status in _BY_THE_RECOGNISER else ""
    if record.status in _AT_A_DESK:
        member = rule.terms.approval[record.step].member
    return Decision(
        name=f"exchange:{identity}:{record.revision}:{record.status}",
        learner_id=record.learner_id,
        member=member,
        recogniser=rule.recogniser,
    )


def _of_award(identity: str, state: Slice) -> Decision | None:
    lot = state.find(LotRecord, identity)
    if lot is None:
        return None
    given = "given" if lot.revoked_from is None else "revoked"
    name = f"award:{identity}:{given}"
    return Decision(name=name, learner_id=lot.learner_id, member=lot.issuer)


def _of_claim(identity: str, state: Slice) -> Decision | None:
    record = state.find(ClaimRecord, identity)
    if record is None:
        return None
    return Decision(
        name=f"claim:{identity}:{record.revision}:{record.status}",
        learner_id=record.learner_id,
        member=record.attester if record.status in _BY_THE_ATTESTER else "",
    )


def _of_graduation(identity: str, state: Slice) -> Decision | None:
    record = state.find(AssessmentRecord, identity)
    if record is None:
        return None
    name = f"graduation:{identity}"
    return Decision(name=name, learner_id=record.learner_id, member=record.school)


def _of_redemption(identity: str, state: Slice) -> Decision | None:
    record = state.find(RedemptionRecord, identity)
    if record is None:
        return None
    school = present(state, EnrolmentRecord, key=record.enrolment_id).school
    made = "reversed" if record.reversed else "made"
    name = f"redemption:{identity}:{made}"
    return Decision(name=name, learner_id=record.learner_id, member=school)


_FINDERS: Final[Mapping[AppealAgainst, Finder]] = MappingProxyType(
    {
        AppealAgainst.EXCHANGE: _of_exchange,
        AppealAgainst.AWARD: _of_award,
        AppealAgainst.CLAIM: _of_claim,
        AppealAgainst.GRADUATION: _of_graduation,
        AppealAgainst.REDEMPTION: _of_redemption,
    }
)
"""Where each decision is found."""


def find_decision(against: Appealed, state: Slice) -> Decision | None:
    """Return the decision that an appeal is against; None if there is none."""
    return _FINDERS[against.what](against.id, state)
