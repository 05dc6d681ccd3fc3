"""Everything that was said: a row per statement, found from all that it is about."""

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection

from ledger.domain.statements import accounts
from ledger.domain.statements.awards import CreditAwarded
from ledger.domain.statements.envelope import Statement
from projections import names
from projections.follower import Fact
from projections.pages import Page
from projections.rows import insert_rows, insert_tuples, rows_by
from projections.trail.subjects import members_of, rule_of
from projections.trail.tables import trail, trail_about, trail_subjects

About = dict[int, Sequence[names.Name]]
"""What each statement is about, by position."""


def project_trail(page: Page, connection: Connection) -> None:
    """Write the rows of a page, and number the names that it speaks of."""
    about = _about(page, connection)
    numbers = page.memory.numbers
    named = _all_names(page, about)
    numbers.update(names.number_names(connection, named, known=numbers))
    rows, pairs = [], []
    for fact in page.facts:
        position = fact.position
        kind = numbers[fact.statement.type]
        ids = [numbers[name] for _, name in about[position]]
        rows.append((position, kind, " ".join(map(str, ids))))
        pairs += [(one, kind, position) for one in ids]
    insert_tuples(connection, trail, rows=rows)
    # In the order of their key, in which a database takes them most cheaply.
    insert_tuples(connection, trail_about, rows=sorted(pairs))


def _about(page: Page, connection: Connection) -> About:
    """Return the learners, members and rule that each statement is about."""
    about: About = {}
    subjects: dict[str, tuple[str, ...]] = {}
    cases = page.cases.parties
    for fact in page.facts:
        statement = fact.statement
        if isinstance(statement, CreditAwarded) and fact.position not in cases:
            about[fact.position] = _of_award(statement)
            continue
        subject, learners = _learners(fact, page)
        if subject and learners:
            subjects[subject] = learners
        elif subject:
            learners = subjects.get(subject) or _learners_of(connection, subject)
        rule = rule_of(fact, page)
        about[fact.position] = [
            *((names.LEARNER, one) for one in learners),
            *((names.MEMBER, one) for one in members_of(fact, page)),
            *(() if rule is None else ((names.RULE, rule),)),
        ]
    _keep(subjects, connection)
    return about


def _of_award(statement: CreditAwarded) -> Sequence[names.Name]:
    """Return what most statements are about: an award that ends no claim."""
    body, issuer = statement.body, statement.iss
    owner = body.achievement.partition("/")[0]
    found = [(names.LEARNER, body.learner_id), (names.MEMBER, issuer)]
    return found if owner == issuer else [*found, (names.MEMBER, owner)]


def _keep(subjects: dict[str, tuple[str, ...]], connection: Connection) -> None:
    there = rows_by(connection, trail_subjects.c.subject, keys=subjects)
    known = {tuple(row) for row in there}
    rows = [
        {"subject": subject, "learner_id": learner_id}
        for subject, learners in subjects.items()
        for learner_id in learners
        if (subject, learner_id) not in known
    ]
    insert_rows(connection, trail_subjects, rows=rows)


def _all_names(page: Page, about: About) -> Iterator[names.Name]:
    for fact in page.facts:
        yield names.TYPE, fact.statement.type
        yield from about[fact.position]


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
    found = rows_by(connection, trail_subjects.c.subject, keys=[subject])
    return tuple(sorted(row.learner_id for row in found))
