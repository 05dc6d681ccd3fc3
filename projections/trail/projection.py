"""Everything that was said: a row per statement, found from all that it is about."""

from collections.abc import Iterable, Iterator

import orjson
from sqlalchemy import Connection, select

from ledger.domain.statements import accounts, members
from ledger.domain.statements.awards import CreditAwarded
from ledger.domain.statements.envelope import Statement
from projections.follower import Fact
from projections.pages import Page
from projections.rows import insert_rows
from projections.trail import names
from projections.trail.subjects import members_of, rule_of
from projections.trail.tables import trail, trail_about, trail_subjects

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


def project_trail(page: Page, connection: Connection) -> None:
    """Write the rows of a page."""
    named = _about(page, connection)
    numbers = names.number_names(connection, _all_names(page, named))
    rows, pairs = [], []
    for fact in page.facts:
        about = [numbers[name] for _, name in named[fact.position]]
        kind = numbers[fact.statement.type]
        rows.append(_row(fact, about, numbers=numbers))
        pairs += [
            {"name_id": one, "type_id": kind, "position": fact.position}
            for one in about
        ]
    insert_rows(connection, trail, rows=rows)
    insert_rows(connection, trail_about, rows=pairs)


def _about(page: Page, connection: Connection) -> dict[int, list[names.Name]]:
    """Return the learners, members and rule that each statement is about."""
    named: dict[int, list[names.Name]] = {}
    subjects: dict[str, tuple[str, ...]] = {}
    for fact in page.facts:
        subject, learners = _learners(fact, page)
        if subject and learners:
            subjects[subject] = learners
        elif subject:
            learners = subjects.get(subject) or _learners_of(connection, subject)
        rule = rule_of(fact, page)
        named[fact.position] = [
            *((names.LEARNER, one) for one in learners),
            *((names.MEMBER, one) for one in members_of(fact, page)),
            *(() if rule is None else ((names.RULE, rule),)),
        ]
    _keep(subjects, connection)
    return named


def _keep(subjects: dict[str, tuple[str, ...]], connection: Connection) -> None:
    rows = [
        {"subject": subject, "learner_id": learner_id}
        for subject, learners in subjects.items()
        for learner_id in learners
        if learner_id not in _learners_of(connection, subject)
    ]
    insert_rows(connection, trail_subjects, rows=rows)


def _all_names(page: Page, named: dict[int, list[names.Name]]) -> Iterator[names.Name]:
    for fact in page.facts:
        yield names.TYPE, fact.statement.type
        yield names.KEY, fact.kid
        yield names.ACTOR, names.actor_name(fact.statement.actor)
        yield from named[fact.position]


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


def _row(
    fact: Fact, about: Iterable[int], *, numbers: dict[str, int]
) -> dict[str, object]:
    statement = fact.statement
    return {
        "position": fact.position,
        "recorded_at": fact.recorded_at,
        "type_id": numbers[statement.type],
        "key_id": numbers[fact.kid],
        "actor_id": numbers[names.actor_name(statement.actor)],
        "statement_id": statement.id,
        "about": " ".join(map(str, about)),
        "details": orjson.dumps(_details(fact)).decode(),
    }


def _details(fact: Fact) -> dict[str, object]:
    statement, body = fact.statement, fact.body
    details = {name: body[name] for name in _SHOWN if name in body}
    if fact.award is not None:
        details["award_id"] = fact.award
    elif "award_id" in body:
        details["award_id"] = body["award_id"]
    if isinstance(statement, CreditAwarded):
        details["passed"] = statement.body.passed
    if isinstance(statement, members.MemberAdmitted | members.KeyAdded):
        details["kid"] = statement.body.key.kid
    if statement.mandate is not None:
        details["mandate"] = statement.mandate.model_dump(mode="json")
    return details
