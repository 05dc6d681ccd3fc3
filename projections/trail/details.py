"""What of a statement the trail shows."""

from typing import Final

from ledger.domain.statements import members
from ledger.domain.statements.awards import CreditAwarded
from ledger.domain.statements.envelope import Statement
from projections.follower import award_of, plain_body

_SHOWN: Final = (
    "achievement",
    "credits",
    "class",
    "reason_code",
    "effective_on",
    "assessed_on",
    "mode",
    "merge_id",
    "survivor",
    "absorbed",
    "relation_id",
    "member_id",
    "scopes",
    "until",
    "replaces",
    "enrolment_id",
    "programme",
    "cohort",
    "outcome",
    "started_on",
    "ended_on",
    "exchange_id",
    "redemption_id",
    "claim_id",
    "claim",
    "attester",
    "missing_codes",
    "rule",
    "revision",
    "step",
    "requirement",
    "effect",
    "member",
    "lots",
    "used",
    "created",
    "superseded",
    "due_on",
    "expired_on",
    "assessment_id",
    "result",
    "appeal_id",
    "against",
    "panel",
    "follows",
    "grounds",
    "predecessor",
    "successor",
    "kind",
    "kid",
    "since_position",
    "positions",
    "code",
    "version",
    "policy",
    "digest",
    "document_number",
    "decided_on",
    "last_day",
)
"""What of a body the trail shows; free text and digests stay in the entry."""


def details_of(statement: Statement) -> dict[str, object]:
    """Return what the trail shows of a statement besides who signed it, and when."""
    body, award = plain_body(statement), award_of(statement)
    details: dict[str, object] = {name: body[name] for name in _SHOWN if name in body}
    if award is not None:
        details["award_id"] = award
    elif "award_id" in body:
        details["award_id"] = body["award_id"]
    if isinstance(statement, CreditAwarded):
        details["passed"] = statement.body.passed
    if isinstance(statement, members.MemberAdmitted | members.KeyAdded):
        details["kid"] = statement.body.key.kid
    if statement.mandate is not None:
        details["mandate"] = statement.mandate.model_dump(mode="json")
    return details
