"""Counts a page and adds what it found: one statement for each table."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from sqlalchemy import Connection

from ledger.domain.rules.awards import amount_milli
from ledger.domain.statements.awards import CreditAwarded
from ledger.domain.statements.exchanges import CreditRedeemed, ExchangeAccepted
from projections.follower import Fact
from projections.memory import awards_known
from projections.overview.learners import count_learners
from projections.overview.records import Key, counted_as, joined
from projections.overview.tables import overview, overview_used
from projections.pages import Page
from projections.rows import insert_tuples, rows_by

AWARDS: Final = "awards"
AWARDED: Final = "awarded"
CREDITS: Final = "credits"
USED: Final = "used"
MONTHS: Final = "months"
STATES: Final = ("available", "held", "exchanged", "redeemed", "expired", "revoked")

_ADD: Final = (
    "ON CONFLICT (figure, key) DO UPDATE SET amount = overview.amount + excluded.amount"
)
_DROP: Final = "DELETE FROM overview WHERE amount = 0"
Sums = Counter[Key]


def project_overview(page: Page, connection: Connection) -> None:
    """Add what a page counts for."""
    sums: Sums = Counter()
    _count_records(page, sums)
    _count_credits(page, sums)
    _count_awards(page, sums)
    sums.update(count_learners(page, connection))
    _count_used(page, sums, connection=connection)
    for fact in page.others:
        kind = _monthly(fact)
        if kind is not None:
            sums[MONTHS, joined(kind, fact.recorded_on[:7])] += 1
    rows = [(figure, key, amount) for (figure, key), amount in sums.items() if amount]
    insert_tuples(connection, overview, rows=rows, conflict=_ADD)
    if any(amount < 0 for _, _, amount in rows):
        connection.exec_driver_sql(_DROP)


def _count_records(page: Page, sums: Sums) -> None:
    for before, after in page.cases.changes:
        sums.subtract(counted_as(before, page.cases.rules))
        sums.update(counted_as(after, page.cases.rules))


def _count_credits(page: Page, sums: Sums) -> None:
    for made, owners in page.moved():
        for lot, source, target, amount, _ in made:
            unit = owners[lot].issuer
            _count_part(source, unit, sums=sums, amount=-amount)
            _count_part(target, unit, sums=sums, amount=amount)


def _count_part(part: str, unit: str, *, sums: Sums, amount: int) -> None:
    state = part.partition(":")[0]
    if state in STATES:
        sums[CREDITS, joined(state, unit)] += amount


def _count_awards(page: Page, sums: Sums) -> None:
    """Count awards by member and kind; all that one is made for is available."""
    counts: Counter[tuple[str, str]] = Counter()
    amounts: Counter[tuple[str, str]] = Counter()
    months: Counter[str] = Counter()
    for fact in page.made:
        award = page.awards[str(fact.award)]
        of = award.issuer, award.category or ""
        counts[of] += 1
        amounts[of] += award.amount_milli
        months[fact.recorded_on[:7]] += 1
    for one in page.lists:
        if one.award is not None:
            of, count = _kind_of(one.award, page), len(one.learner_ids)
            counts[of] += count
            amounts[of] += count * amount_milli(one.award.body)
            months[one.recorded_on[:7]] += count
    for (issuer, kind), count in counts.items():
        amount = amounts[issuer, kind]
        sums[AWARDS, joined(issuer, kind)] += count
        sums[AWARDED, joined(issuer, kind)] += amount
        sums[CREDITS, joined(STATES[0], issuer)] += amount
    for month, count in months.items():
        sums[MONTHS, joined("awards", month)] += count


def _kind_of(award: CreditAwarded, page: Page) -> tuple[str, str]:
    return award.iss, page.kinds[award.body.achievement]


def _count_used(page: Page, sums: Sums, *, connection: Connection) -> None:
    """Count awards at their first use.

    What an exchange made is no award of its own: its sources were counted by then.
    """
    lots: dict[str, int] = {}
    for fact in page.others:
        for lot in _lots_used(fact):
            lots.setdefault(lot, fact.position)
    found = rows_by(connection, overview_used.c.award_id, keys=lots)
    fresh = lots.keys() - {row.award_id for row in found}
    rows = []
    for award_id, award in awards_known(connection, fresh, memory=page.memory).items():
        if award.category is not None:
            sums[USED, award.issuer] += 1
            rows.append((award_id, lots[award_id]))
    insert_tuples(connection, overview_used, rows=rows)


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
        case ExchangeAccepted():
            return "exchanges"
        case CreditRedeemed():
            return "redemptions"
        case _:
            return None
