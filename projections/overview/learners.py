"""Learners counted once: what each account ever had is kept as marks beside it."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import Final

from sqlalchemy import Connection

from ledger.domain.statements import accounts as a
from ledger.domain.statements.exchanges import CreditRedeemed, ExchangeAccepted
from projections.memory import Learner, Memory
from projections.overview.records import Key
from projections.overview.tables import overview_learners
from projections.pages import Page
from projections.rows import insert_tuples, rows_in

ACCOUNTS: Final = "accounts"
CLAIMED: Final = "claimed"
CLOSED: Final = "closed"
LEARNERS: Final = "learners"
HAD_AWARD: Final = "award"
HAD_EXCHANGE: Final = "exchange"
HAD_REDEMPTION: Final = "redemption"

_MARKS: Final = {HAD_AWARD: 1, HAD_EXCHANGE: 2, HAD_REDEMPTION: 4}
_KNOWN: Final = "SELECT name_id, marks, mode FROM overview_learners WHERE name_id"
_REMARK: Final = "ON CONFLICT (name_id) DO UPDATE SET marks = excluded.marks"


def count_learners(page: Page, connection: Connection) -> Iterator[Key]:
    """Yield what a page adds to the figures of accounts and learners, one at a time."""
    marks, turns = _marks(page), list(_turns(page))
    named = marks.keys() | {learner_id for _, learner_id, _ in turns}
    found = _learners_known(connection, named, memory=page.memory)
    before = {one: marks for one, (_, marks) in found.items()}
    modes = {one: mode for one, (mode, _) in found.items()}
    modes |= {learner_id: mode for _, learner_id, mode in turns if mode}
    for figure, learner_id, _ in turns:
        yield figure, modes[learner_id]
    after = {one: before.get(one, 0) | marks.get(one, 0) for one in sorted(named)}
    for learner_id, mark in after.items():
        fresh = mark & ~before.get(learner_id, 0)
        yield from ((LEARNERS, name) for name, bit in _MARKS.items() if fresh & bit)
    numbers = page.memory.numbers
    rows = [
        (numbers[one], mark, modes[one])
        for one, mark in after.items()
        if before.get(one) != mark
    ]
    insert_tuples(connection, overview_learners, rows=rows, conflict=_REMARK)
    page.memory.learners.update({one: (modes[one], after[one]) for one in named})


def _learners_known(
    connection: Connection, learner_ids: AbstractSet[str], *, memory: Memory
) -> dict[str, Learner]:
    """Return mode and marks of those accounts that were opened before."""
    kept = memory.learners
    missing = [one for one in learner_ids if one not in kept]
    # The trail has numbered all names that the page speaks of.
    named = {memory.numbers[one]: one for one in missing}
    for row in rows_in(connection, _KNOWN, keys=sorted(named)):
        kept[named[row.name_id]] = row.mode, row.marks
    return {one: kept[one] for one in learner_ids if one in kept}


def _turns(page: Page) -> Iterator[tuple[str, str, str]]:
    """Yield figure and learner of what accounts go through, and the mode if opened."""
    for fact in page.others:
        match fact.statement:
            case a.AccountOpened(body=opened):
                yield ACCOUNTS, opened.learner_id, opened.mode.value
            case a.AccountClaimed(body=claimed):
                yield CLAIMED, claimed.learner_id, ""
            case a.AccountClosed(body=closed):
                yield CLOSED, closed.learner_id, ""
            case _:
                pass
    for one in page.lists:
        if isinstance(one.statement, a.AccountOpened):
            mode = one.statement.body.mode.value
            yield from ((ACCOUNTS, learner_id, mode) for learner_id in one.learner_ids)


def _marks(page: Page) -> dict[str, int]:
    awarded = _MARKS[HAD_AWARD]
    marks = {page.awards[str(fact.award)].learner_id: awarded for fact in page.made}
    for one in page.lists:
        if one.award is not None:
            marks.update(dict.fromkeys(one.learner_ids, awarded))
    for fact in page.others:
        match fact.statement:
            case ExchangeAccepted(body=accepted):
                name, learner_id = HAD_EXCHANGE, accepted.learner_id
            case CreditRedeemed():
                name, learner_id = HAD_REDEMPTION, page.cases.learners[fact.position]
            case _:
                continue
        marks[learner_id] = marks.get(learner_id, 0) | _MARKS[name]
    return marks
