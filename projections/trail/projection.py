"""Everything that was said: a row per statement, found from all that it is about."""

from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import Connection

from ledger.domain.statements import accounts
from ledger.domain.statements.awards import CreditAwarded
from ledger.domain.statements.envelope import Statement
from projections import names
from projections.follower import Fact
from projections.listed import Listed
from projections.pages import Page
from projections.rows import insert_rows, insert_tuples, rows_by
from projections.trail.runs import Span, write_runs
from projections.trail.subjects import members_of, named_in, rule_of
from projections.trail.tables import trail, trail_about, trail_subjects

About = dict[int, Sequence[names.Name]]
"""What each statement is about, by position."""


def project_trail(page: Page, connection: Connection) -> None:
    """Write the rows of a page, and number the names that it speaks of."""
    about = _about(page, connection)
    numbers = page.memory.numbers
    named = _all_names(page, about)
    numbers.update(names.number_names(connection, named, known=numbers))
    pairs: list[tuple[int, int, int]] = []
    rows: list[tuple[int, str]] = []
    spans: list[Span] = []
    for item in page.items:
        if isinstance(item, Listed):
            spans.append(_span_of_list(item, numbers))
            pairs += _pairs_of_list(item, numbers)
            continue
        position, kind = item.position, numbers[item.statement.type]
        found = about[position]
        if found != named_in(item.statement):
            ids = (str(numbers[name]) for _, name in found)
            rows.append((position, " ".join(ids)))
        members = [numbers[name] for of, name in found if of == names.MEMBER]
        spans.append(Span(kind, members, position, position))
        pairs += [(numbers[name], kind, position) for name in _singly(item, found)]
    insert_tuples(connection, trail, rows=rows)
    # In the order of their key, in which a database takes them most cheaply.
    insert_tuples(connection, trail_about, rows=sorted(pairs))
    write_runs(connection, spans, memory=page.memory)


def _singly(fact: Fact, about: Sequence[names.Name]) -> Iterator[str]:
    """Yield the names from which an entry is found by itself."""
    is_award = isinstance(fact.statement, CreditAwarded)
    for of, name in about:
        if of == names.RULE or (of == names.LEARNER and not is_award):
            yield name


def _span_of_list(listed: Listed, numbers: Mapping[str, int]) -> Span:
    kind, positions = numbers[listed.statement.type], listed.positions
    named = named_in(listed.statement) or ()
    members = [numbers[name] for of, name in named if of == names.MEMBER]
    return Span(kind, members, positions[0], positions[-1])


def _pairs_of_list(
    listed: Listed, numbers: Mapping[str, int]
) -> Iterator[tuple[int, int, int]]:
    if listed.award is None:
        kind = numbers[listed.statement.type]
        for name, position in zip(listed.learner_ids, listed.positions, strict=True):
            yield numbers[name], kind, position


def _about(page: Page, connection: Connection) -> About:
    """Return the learners, members and rule that each statement is about."""
    about: About = {}
    subjects: dict[str, tuple[str, ...]] = {}
    cases = page.cases.parties
    for fact in page.facts:
        statement = fact.statement
        told = named_in(statement) if fact.position not in cases else None
        if told is not None:
            about[fact.position] = told
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
    """Yield all names in the order in which the log speaks of them."""
    for item in page.items:
        yield names.TYPE, item.statement.type
        if isinstance(item, Listed):
            yield names.LEARNER, item.learner_ids[0]
            yield from (named_in(item.statement) or ())[1:]
            yield from ((names.LEARNER, one) for one in item.learner_ids)
        else:
            yield from about[item.position]


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
