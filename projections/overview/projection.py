"""Counts a page and adds what it found: one statement for each table."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

import orjson
from sqlalchemy import Connection, delete, select

from ledger.domain.rules.awards import amount_milli
from ledger.domain.statements.awards import CreditAwarded
from ledger.domain.statements.exchanges import CreditRedeemed, ExchangeAccepted
from projections.follower import Fact
from projections.overview.learners import count_learners
from projections.overview.records import Key, counted_as, joined
from projections.overview.tables import overview, overview_used
from projections.pages import Page
from projections.rows import insert_rows, rows_by
from projections.tables import awards, register

AWARDS: Final = "awards"
AWARDED: Final = "awarded"
CREDITS: Final = "credits"
USED: Final = "used"
MONTHS: Final = "months"
STATES: Final = ("available", "held", "exchanged", "redeemed", "expired", "revoked")

_ADD: Final = (
    "ON CONFLICT (figure, key) DO UPDATE SET amount = overview.amount + excluded.amount"
)
Sums = Counter[Key]


def project_overview(page: Page, connection: Connection) -> None:
    """Add what a page counts for."""
    sums: Sums = Counter()
    _count_records(page, sums)
    _count_credits(page, sums)
    _count_awards(page, sums, connection=connection)
    sums.update(count_learners(page, connection))
    _count_used(page, sums, connection=connection)
    for fact in page.facts:
        kind = _monthly(fact)
        if kind is not None:
            sums[MONTHS, joined(kind, fact.recorded_on[:7])] += 1
    rows = [
        {"figure": figure, "key": key, "amount": amount}
        for (figure, key), amount in sums.items()
        if amount
    ]
    insert_rows(connection, overview, rows=rows, conflict=_ADD)
    connection.execute(delete(overview).where(overview.c.amount == 0))


def _count_records(page: Page, sums: Sums) -> None:
    for before, after in page.cases.changes:
        sums.subtract(counted_as(before, page.cases.rules))
        sums.update(counted_as(after, page.cases.rules))


def _count_credits(page: Page, sums: Sums) -> None:
    for _, _, posting in page.moved:
        part = posting.account.partition(":")[0]
        if part in STATES:
            sums[CREDITS, joined(part, posting.member)] += posting.amount_milli


def _count_awards(page: Page, sums: Sums, *, connection: Connection) -> None:
    made = [
        fact.statement
        for fact in page.facts
        if isinstance(fact.statement, CreditAwarded)
    ]
    kinds = _kinds(connection, {one.body.achievement for one in made})
    for one in made:
        key = joined(one.iss, kinds[one.body.achievement])
        sums[AWARDS, key] += 1
        sums[AWARDED, key] += amount_milli(one.body)


def _kinds(connection: Connection, names: Iterable[str]) -> dict[str, str]:
    """Return the kinds of achievements; a version never changes its kind."""
    query = select(register.c.key, register.c.document).where(
        register.c.kind == "achievement", register.c.key.in_(sorted(names))
    )
    return {
        row.key: orjson.loads(row.document)["kind"] for row in connection.execute(query)
    }


def _count_used(page: Page, sums: Sums, *, connection: Connection) -> None:
    """Count awards at their first use.

    What an exchange made is no award of its own: its sources were counted by then.
    """
    lots: dict[str, int] = {}
    for fact in page.facts:
        for lot in _lots_used(fact):
            lots.setdefault(lot, fact.position)
    if not lots:
        return
    found = rows_by(connection, overview_used.c.award_id, keys=lots)
    fresh = lots.keys() - {row.award_id for row in found}
    rows = []
    for row in rows_by(connection, awards.c.award_id, keys=fresh):
        if row.exchange_id is None:
            sums[USED, row.issuer] += 1
            rows.append({"award_id": row.award_id, "position": lots[row.award_id]})
    insert_rows(connection, overview_used, rows=rows)


def _lots_used(fact: Fact) -> Iterator[str]:
    match fact.statement:
        case ExchangeAccepted(body=accepted):
            yield from (one.award_id for one in accepted.used)
        case CreditRedeemed(body=redeemed):
            yield from (one.award_id for one in redeemed.lots)
        case _:
            return


def _monthly(fact: Fact) -> str | None:
    match fact.statement:
        case CreditAwarded():
            return "awards"
        case ExchangeAccepted():
            return "exchanges"
        case CreditRedeemed():
            return "redemptions"
        case _:
            return None
