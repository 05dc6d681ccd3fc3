"""Refusals about policies."""

from typing import Final

from ledger.domain.errors import agreements, awards, catalogue
from ledger.domain.errors import programmes as errors
from tests.builders import (
    COMMITTEE,
    OPERATOR,
    SCHOOL,
    Body,
    admitted,
    digest,
    opened,
)
from tests.scenario.cases import say
from tests.scenario.lives import case_at


def policy(**changes: object) -> Body:
    """Return the body of a policy: at most half of a programme."""
    half = {"numerator": 1, "denominator": 2}
    limit = {"code": "half", "share": half, "share_of": "programme_credits"}
    body = {"code": "HALF", "version": 1, "title": "比例", "committee": COMMITTEE}
    return {**body, "valid_from": "2026-01-01", "limits": [limit], **changes}


def endorsement(**changes: object) -> Body:
    """Return the body that puts the policy in force."""
    named = {"policy": f"{OPERATOR}/HALF@1", "digest": digest(policy())}
    return {**named, **changes}


PUBLISHED: Final = say(OPERATOR, "policy.published", body=policy())
ENDORSED: Final = say(COMMITTEE, "policy.endorsed", body=endorsement())
EXPERTS: Final = admitted("experts", "committee")
POLICIES = [
    case_at(
        opened,
        catalogue.VersionNotNextError,
        pointer="/body/version",
        when=say(OPERATOR, "policy.published", body=policy(version=2)),
    ),
    case_at(
        opened,
        errors.LimitShapeError,
        pointer="/body/limits/0/at_most",
        when=say(OPERATOR, "policy.published", body=policy(limits=[{"code": "x"}])),
    ),
    *(
        case_at(
            opened,
            errors.PolicyCommitteeError,
            pointer="/body/committee",
            when=say(OPERATOR, "policy.published", body=policy(committee=member)),
        )
        for member in (SCHOOL, "nobody-at-all")
    ),
    case_at(
        opened,
        awards.DateOrderError,
        pointer="/body/valid_until",
        when=say(OPERATOR, "policy.published", body=policy(valid_until="2025-12-31")),
    ),
    case_at(
        opened,
        errors.UnknownPolicyError,
        pointer="/body/policy",
        when=ENDORSED,
    ),
    case_at(
        opened,
        agreements.StaleRuleError,
        pointer="/body/digest",
        given=(PUBLISHED,),
        when=say(COMMITTEE, "policy.endorsed", body=endorsement(digest="c" * 43)),
    ),
    case_at(
        opened,
        errors.PolicyCommitteeError,
        pointer="/iss",
        given=(say(OPERATOR, "member.admitted", body=EXPERTS), PUBLISHED),
        when=say("experts", "policy.endorsed", body=endorsement()),
    ),
    case_at(
        opened,
        errors.PolicyEndorsedError,
        pointer="/body/policy",
        given=(PUBLISHED, ENDORSED),
        when=ENDORSED,
    ),
]
