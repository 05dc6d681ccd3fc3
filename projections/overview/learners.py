"""Learners counted once: what each account ever had is kept as marks beside it."""

from collections.abc import Iterator, Mapping
from typing import Final

from sqlalchemy import Connection

from ledger.domain.statements import accounts as a
from ledger.domain.statements.exchanges import CreditRedeemed, ExchangeAccepted
from projections.overview.records import Key
from projections.overview.tables import overview_learners
from projections.pages import Page
from projections.rows import insert_tuples, rows_by

ACCOUNTS: Final = "accounts"
CLAIMED: Final = "claimed"
CLOSED: Final = "closed"
LEARNERS: Final = "learners"
HAD_AWARD: Final = "award"
HAD_EXCHANGE: Final = "exchange"
HAD_REDEMPTION: Final = "redemption"

_MARKS: Final = {HAD_AWARD: 1, HAD_EXCHANGE: 2, HAD_REDEMPTION: 4}
_REMARK: Final = "ON CONFLICT (learner_id) DO UPDATE SET marks = excluded.marks"


def count_learners(page: Page, connection: Connection) -> Iterator[Key]:
    """Yield what a page adds to the figures of accounts and learners, one at a time."""
    marks, turns = _marks(page), list(_turns(page))
    named = marks.keys() | {learner_id for _, learner_id, _ in turns}
    found = rows_by(connection, overview_learners.c.learner_id, keys=named)
    before = {row.learner_id: row.marks for row in found}
    modes: dict[str, str] = {row.learner_id: row.mode for row in found}
    modes |= {learner_id: mode for _, learner_id, mode in turns if mode}
    for figure, learner_id, _ in turns:
        yield figure, modes[learner_id]
    after = {one: before.get(one, 0) | marks.get(one, 0) for one in sorted(named)}
    for learner_id, mark in after.items():
        fresh = mark & ~before.get(learner_id, 0)
        yield from ((LEARNERS, name) for name, bit in _MARKS.items() if fresh & bit)
    _write(connection, before, after=after, modes=modes)


def _write(
    connection: Connection,
    before: Mapping[str, int],
    *,
    after: Mapping[str, int],
    modes: Mapping[str, str],
) -> None:
    rows = [
        (one, modes[one], mark)
        for one, mark in after.items()
        if before.get(one) != mark
    ]
    insert_tuples(connection, overview_learners, rows=rows, conflict=_REMARK)


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


def _marks(page: Page) -> dict[str, int]:
    awarded = _MARKS[HAD_AWARD]
    marks = {page.awards[str(fact.award)].learner_id: awarded for fact in page.made}
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
