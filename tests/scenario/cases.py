"""What refusals are made of: statements that are right, and cases that are not."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest

from ledger.domain.errors import RejectionError
from ledger.domain.errors.precedence import PRECEDENCE
from tests.builders import (
    COMMITTEE,
    LEARNER,
    MANDATE,
    OPERATOR,
    OTHER,
    SCHOOL,
    SECOND,
    Body,
    Ledger,
    achievement,
    award,
    award_of,
    declared,
    kid,
    opened,
    revocation,
)

Say = tuple[str, str, Body]
LATER = "2026-09-09T08:00:00.000Z"
RELATION = "8f14e45f-ceea-4679-8f14-e45fceea4679"
TAG = "s" * 43
SECOND_ID = "45c48cce-2e2d-4fbd-8f14-e45fceea4679"
OUTSIDE = achievement("X-1", awarding_body={"name": "外部机构", "scheme": "X证书"})
VERIFIED = {"method": "original_seen", "source": "原件", "verified_on": "2026-08-01"}
LEVEL = {"code": "5", "rank": 1, "name": "初级工"}
LEVELS = {"code": "skill-level", "version": 1, "title": "等级", "levels": [LEVEL]}
TERM = {"code": "T1", "starts_on": "2025-09-01", "ends_on": "2026-01-31"}
YEAR = {
    "code": "Y1",
    "starts_on": "2025-09-01",
    "ends_on": "2026-08-31",
    "terms": [TERM],
}


def attested(**changes: object) -> Body:
    """Return the body of an attested award."""
    named = {"achievement": f"{SCHOOL}/X-1@1", "basis": "attested"}
    return {**award(), **named, "verification": VERIFIED, **changes}


def merge(**changes: object) -> Body:
    """Return the body of a merge of both accounts."""
    body = {"merge_id": RELATION, "survivor": LEARNER, "absorbed": SECOND}
    return {**body, "reason_code": "duplicate", **changes}


def unmerge() -> Body:
    """Return the body that undoes the merge."""
    return {"merge_id": RELATION, "reason_code": "merged_in_error"}


def relation(**changes: object) -> Body:
    """Return the body of a relation."""
    body = {"relation_id": RELATION, "learner_id": LEARNER, "member_id": OTHER}
    more = {"scopes": ["read"], "purpose": "转学", "basis": "书面授权"}
    return {**body, **more, **changes}


def calendar(**changes: object) -> Body:
    """Return the body of a calendar of one year and one term."""
    body = {"code": "cal", "version": 1, "title": "校历", "years": [YEAR]}
    return {**body, **changes}


def revoked_key(member: str = SCHOOL, name: str = "a", **changes: object) -> Body:
    """Return the body of a key's revocation."""
    body = {"member_id": member, "kid": kid(member, name), "reason_code": "lost"}
    return {**body, **changes}


def added_key(member: str = SCHOOL, name: str = "b", **changes: object) -> Body:
    """Return the body of a key's addition."""
    return {"member_id": member, "key": {**declared(member, name), **changes}}


def status(member: str = SCHOOL) -> Body:
    """Return the body of a change of status."""
    return {"member_id": member, "reason_code": "other"}


def amendment(**changes: object) -> Body:
    """Return the body of an amendment."""
    return {"award_id": award_of(), "reason_code": "other", **changes}


def say(iss: str, type_name: str, *, body: Body) -> Say:
    """Name one statement."""
    return iss, f"{type_name}.v1", body


AWARDED = say(SCHOOL, "credit.awarded", body=award())
REVOKED = say(SCHOOL, "credit.revoked", body=revocation())
CLOSED = say(
    SCHOOL, "account.closed", body={"learner_id": LEARNER, "reason_code": "other"}
)
CLAIMED = say(SCHOOL, "account.claimed", body={"learner_id": LEARNER})
SUSPENDED = say(OPERATOR, "member.suspended", body=status())
WITHDRAWN = say(OPERATOR, "member.withdrawn", body=status())
MERGING = say(SCHOOL, "accounts.merged", body=merge())
MERGED = tuple(
    say(one, "accounts.merged", body=merge()) for one in (SCHOOL, OTHER, OPERATOR)
)
KEY_ADDED = say(SCHOOL, "key.added", body=added_key())
OUTSIDE_PUBLISHED = say(SCHOOL, "achievement.published", body=OUTSIDE)
RETIRED = say(SCHOOL, "achievement.retired", body={"achievement": f"{SCHOOL}/WELD-1@1"})
RELATED = say(SCHOOL, "relation.opened", body=relation())
ENDORSED = say(
    COMMITTEE, "achievement.endorsed", body={"achievement": f"{SCHOOL}/WELD-1@1"}
)
LEVELLED = say(OPERATOR, "framework.published", body=LEVELS)
DATED = say(SCHOOL, "calendar.published", body=calendar())


@dataclass(frozen=True, kw_only=True)
class Case:
    """One refusal."""

    error: type[RejectionError]
    when: Say
    pointer: str = ""
    given: tuple[Say, ...] = ()
    envelope: Body = field(default_factory=dict)
    start: Callable[[], Ledger] = opened


def case(
    error: type[RejectionError],
    pointer: str,
    *,
    when: Say,
    given: tuple[Say, ...] = (),
    **envelope: object,
) -> Case:
    """Name a case in a ledger with two schools."""
    return Case(error=error, pointer=pointer, when=when, given=given, envelope=envelope)


Pair = tuple[Case, type[RejectionError]]
"""A case with two faults: its error is reported, and the other would be later."""


def ids_of(pairs: Sequence[Pair]) -> list[str]:
    """Name pairs by their place and both errors."""
    return [
        f"{place}-{one.error.__name__}-{later.__name__}"
        for place, (one, later) in enumerate(pairs)
    ]


def refusal_of(one: Case) -> RejectionError:
    """Return the refusal of a case, which is of its class."""
    ledger = one.start()
    for iss, type_name, body in one.given:
        ledger.say(iss, type_name, body=body, mandate=MANDATE)
    iss, type_name, body = one.when

    with pytest.raises(RejectionError) as refused:
        ledger.say(iss, type_name, body=body, **one.envelope)

    assert type(refused.value) is one.error
    return refused.value


def check_first(one: Case, later: type[RejectionError]) -> None:
    """Require that of both faults the first in the documented order is reported."""
    refusal_of(one)

    assert PRECEDENCE.index(one.error) < PRECEDENCE.index(later)
