"""Rules of awards: what a member may credit to a learner."""

import uuid
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from ledger.domain.errors import awards as errors
from ledger.domain.errors import catalogue as catalogue_errors
from ledger.domain.naming import named_uuid, named_uuids
from ledger.domain.rules.accounts import open_account
from ledger.domain.rules.act import Act, Rule
from ledger.domain.rules.alike import (
    alike,
    amount_milli,
    check_named,
    check_result,
    check_right,
    expiry,
    lots_like,
)
from ledger.domain.rules.certificates import check_not_deposited
from ledger.domain.rules.claimed import check_claim, closed_claim
from ledger.domain.rules.dates import effective_from
from ledger.domain.rules.envelope import answering, present
from ledger.domain.state import (
    AccountRecord,
    AchievementRecord,
    CalendarRecord,
    CertificateRecord,
    ClaimRecord,
    FrameworkRecord,
    LotRecord,
    MemberRecord,
    Record,
    Ref,
    Slice,
)
from ledger.domain.statements.awards import (
    Basis,
    CreditAwarded,
    CreditAwardedBody,
)

__all__ = [
    "AWARDED",
    "AWARD_NAMESPACE",
    "amount_milli",
    "award_id",
    "award_id_once",
    "award_stream",
    "award_uuids",
    "end_of",
    "id_of_award",
]

AWARD_NAMESPACE: Final = uuid.UUID("5a0f2a5e-3f0b-5d0c-9a51-2f6d1d0c7b11")
"""The UUIDv5 namespace of award ids."""


def award_id(*, member_id: str, reference_tag: str, revision: int) -> str:
    """Return the one id that this member's reference can have in this revision."""
    return _named(f"{member_id}/{reference_tag}/{revision}")


def award_id_once(*, member_id: str, reference_tag: str, revision: int) -> str:
    """Return the same where nobody asks again soon: to remember it costs as much."""
    return _name(f"{member_id}/{reference_tag}/{revision}")


def award_uuids(references: Iterable[str], *, member_id: str, revision: int) -> bytes:
    """Return what ids of many references in the same revision name: 16 bytes each."""
    names = [f"{member_id}/{reference}/{revision}" for reference in references]
    return named_uuids(AWARD_NAMESPACE, names)


def _name(name: str) -> str:
    return f"award_{named_uuid(AWARD_NAMESPACE, name)}"


# Needs, decision, changes and stream of an award all ask for its id.
_named: Final = lru_cache(maxsize=4096)(_name)


def id_of_award(statement: CreditAwarded) -> str:
    """Return the id of the award that a statement makes."""
    body = statement.body
    return _named(f"{statement.iss}/{body.reference_tag}/{body.revision}")


def award_stream(award: str) -> str:
    """Return the stream of an award."""
    return f"award:{award}"


def _needs(statement: CreditAwarded) -> Iterable[Ref]:
    body = statement.body
    found = [
        Ref(AccountRecord, body.learner_id),
        Ref(AchievementRecord, body.achievement),
        Ref(LotRecord, id_of_award(statement)),
    ]
    owner = body.achievement.partition("/")[0]
    if owner != statement.iss:
        found.append(Ref(MemberRecord, owner))
    if body.replaces is not None:
        found.append(Ref(LotRecord, body.replaces))
    if body.claim is not None:
        found.append(Ref(ClaimRecord, body.claim))
    if body.level is not None:
        found.append(Ref(FrameworkRecord, body.level.framework))
    if body.term is not None:
        found.append(Ref(CalendarRecord, body.term.calendar))
    return found


def _decide(act: Act[CreditAwarded], state: Slice) -> None:
    """Refuse in the order of ``errors/precedence.py``."""
    statement, body = act.statement, act.statement.body
    common = alike(act, state)
    version = _version(body, state) if common is None else common.version
    open_account(state, body.learner_id, pointer="/body/learner_id")
    if common is None:
        check_right(statement, version, state=state)
    if body.basis is not Basis.ISSUED and not act.tags:
        raise errors.CertificateNotDisclosedError(pointer="/body/_sd")
    if common is None:
        check_result(body, version, today=act.recorded_on)
    _check_revision(statement, state)
    _check_first_deposit(act, state)
    check_claim(act, state, version=version)


def _version(body: CreditAwardedBody, state: Slice) -> AchievementRecord:
    version = check_named(body, state)
    if version.retired and not _corrects(body, state):
        raise catalogue_errors.AchievementRetiredError(pointer="/body/achievement")
    return version


def _corrects(body: CreditAwardedBody, state: Slice) -> bool:
    """Tell whether the award puts a wrong amount right within the same version.

    A retired version accepts no new results, but the old ones can still be corrected.
    """
    if body.replaces is None:
        return False
    before = state.find(LotRecord, body.replaces)
    return before is not None and before.achievement == body.achievement


def _check_revision(statement: CreditAwarded, state: Slice) -> None:
    body = statement.body
    if (body.revision == 0) != (body.replaces is None):
        raise errors.RevisionError(pointer="/body/replaces")
    if body.replaces is None:
        return
    before = state.find(LotRecord, body.replaces)
    if before is None or not before.revoked:
        raise errors.RevisionError(pointer="/body/replaces")
    expected = award_id(
        member_id=before.issuer,
        reference_tag=body.reference_tag,
        revision=body.revision - 1,
    )
    same = before.award_id == expected and before.learner_id == body.learner_id
    answerable = tuple(answering(state, before.issuer))
    if not same or statement.iss not in answerable:
        raise errors.RevisionError(pointer="/body/replaces")
    # Each of them has award ids of its own: only one may replace what was revoked.
    for member_id in set(answerable) - {statement.iss}:
        other = award_id(
            member_id=member_id,
            reference_tag=body.reference_tag,
            revision=body.revision,
        )
        if state.find(LotRecord, other) is not None:
            raise errors.RevisionError(pointer="/body/replaces")


def _check_first_deposit(act: Act[CreditAwarded], state: Slice) -> None:
    known = state.find(LotRecord, id_of_award(act.statement))
    if known is not None:
        if known.body_hash == act.body_hash:
            raise errors.AwardExistsError(
                pointer="/body/reference_tag",
                award=known.award_id,
                position=known.position,
            )
        raise errors.ReferenceConflictError(
            pointer="/body/reference_tag", award=known.award_id, position=known.position
        )
    check_not_deposited(act.tags, state)


def end_of(lot: LotRecord, state: Slice) -> str | None:
    """Return the last day of a lot: its own, or the first of those it comes from."""
    version = None
    if lot.achievement is not None:
        version = present(state, AchievementRecord, key=lot.achievement)
    began = effective_from(
        assessed_on=lot.assessed_on,
        learned_to=lot.learned_to,
        recorded_on=lot.recorded_on,
    )
    own = expiry(lot.valid_until, version, began=began)
    sources = (present(state, LotRecord, key=one.award_id) for one in lot.derived_from)
    ends = (own, *(source.expires_on for source in sources))
    return min((end for end in ends if end is not None), default=None)


def _evolve(act: Act[CreditAwarded], state: Slice) -> Iterable[Record]:
    body, common = act.statement.body, alike(act, state)
    identity = id_of_award(act.statement)
    if common is None:
        version = state.find(AchievementRecord, body.achievement)
        new_lot = lots_like(act, version)
    else:
        new_lot = common.new_lot
    yield new_lot(
        award_id=identity,
        learner_id=body.learner_id,
        position=act.position,
        body_hash=act.body_hash,
        digests=body.sd,
    )
    for tag in act.tags:
        yield CertificateRecord(tag=tag, award_id=identity)
    yield from closed_claim(act, state, award=identity)


AWARDED: Rule[CreditAwarded] = Rule(
    stream=lambda statement: award_stream(id_of_award(statement)),
    needs=_needs,
    decide=_decide,
    evolve=_evolve,
)
