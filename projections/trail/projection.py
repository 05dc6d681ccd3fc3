"""Everything that happened to a learner's account, one row per learner and entry."""

import orjson
from sqlalchemy import Connection, select

from ledger.domain.statements import accounts
from ledger.domain.statements.awards import CreditAwarded
from ledger.domain.statements.envelope import Statement
from projections.follower import Fact
from projections.pages import Page
from projections.rows import insert_rows
from projections.tables import trail, trail_subjects

_SHOWN = (
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
)
"""What of a body the trail shows; free text and digests stay in the entry."""


def project_trail(page: Page, connection: Connection) -> None:
    """Write the rows of a page."""
    rows: list[dict[str, object]] = []
    subjects: dict[str, tuple[str, ...]] = {}
    for fact in page.facts:
        subject, learners = _learners(fact, page)
        if subject and learners:
            subjects[subject] = learners
        elif subject:
            learners = subjects.get(subject) or _learners_of(connection, subject)
        is_case = fact.position in page.cases.learners
        rows.extend(_row(fact, learner, is_case=is_case) for learner in learners)
    named = [
        {"subject": subject, "learner_id": learner_id}
        for subject, learners in subjects.items()
        for learner_id in learners
        if learner_id not in _learners_of(connection, subject)
    ]
    insert_rows(connection, trail_subjects, rows=named)
    insert_rows(connection, trail, rows=rows)


def _learners(fact: Fact, page: Page) -> tuple[str, tuple[str, ...]]:
    """Return the subject whose id stands for learners, and the learners if named."""
    if fact.position in page.cases.learners:
        return "", (page.cases.learners[fact.position],)
    if fact.award is not None:
        return "", (page.awards[fact.award].learner_id,)
    return _named(fact.statement)


def _named(statement: Statement) -> tuple[str, tuple[str, ...]]:
    match statement:
        case (
            accounts.AccountOpened(body=body)
            | accounts.AccountClaimed(body=body)
            | accounts.AccountClosed(body=body)
        ):
            return "", (body.learner_id,)
        case accounts.RelationOpened(body=opened):
            return opened.relation_id, (opened.learner_id,)
        case accounts.RelationEnded(body=ended):
            return ended.relation_id, ()
        case accounts.AccountsMerged(body=merged):
            return merged.merge_id, (merged.survivor, merged.absorbed)
        case accounts.AccountsUnmerged(body=unmerged):
            return unmerged.merge_id, ()
        case _:
            return "", ()


def _learners_of(connection: Connection, subject: str) -> tuple[str, ...]:
    query = select(trail_subjects.c.learner_id).where(
        trail_subjects.c.subject == subject
    )
    return tuple(sorted(connection.scalars(query)))


def _row(fact: Fact, learner_id: str, *, is_case: bool) -> dict[str, object]:
    statement = fact.statement
    details = {name: fact.body[name] for name in _SHOWN if name in fact.body}
    if fact.award is not None:
        details["award_id"] = fact.award
    if is_case:
        details["role"] = statement.actor.role
        if "award_id" in fact.body:
            details["award_id"] = fact.body["award_id"]
    if isinstance(statement, CreditAwarded):
        details["passed"] = statement.body.passed
    return {
        "learner_id": learner_id,
        "position": fact.position,
        "recorded_at": fact.recorded_at,
        "type": statement.type,
        "issuer": statement.iss,
        "statement_id": statement.id,
        "signed_by": fact.kid,
        "details": orjson.dumps(details).decode(),
    }
