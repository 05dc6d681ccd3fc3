"""Writes what a page recognises, and what it takes back."""

from sqlalchemy import Connection

from ledger.domain.statements.awards import CreditRevoked
from ledger.domain.statements.exchanges import ExchangeAccepted, ExchangeReversed
from projections.follower import Fact
from projections.pages import Page
from projections.reconciliation.book import Book
from projections.reconciliation.origins import Origins
from projections.reconciliation.tables import recognised_shares, reconciliation_lines
from projections.rows import insert_rows, insert_tuples


def project_reconciliation(page: Page, connection: Connection) -> None:
    """Write the rows of a page; awards and the register were written before."""
    facts = [fact for fact in page.others if _is_told(fact)]
    if not facts:
        return
    used, touched = _lots(facts)
    origins = Origins(connection, page.memory, used=used, touched=touched)
    book = Book(connection, origins)
    for fact in facts:
        match fact.statement:
            case ExchangeAccepted(body=accepted):
                book.accept(fact, accepted, rule=page.cases.applied[fact.position])
            case ExchangeReversed(body=undone):
                book.reverse(fact, undone.exchange_id)
            case CreditRevoked(body=revoked):
                book.revoke(fact, revoked)
            case _:
                raise AssertionError(fact.statement.type)
    insert_rows(connection, recognised_shares, rows=book.shares)
    insert_tuples(connection, reconciliation_lines, rows=book.lines)


def _is_told(fact: Fact) -> bool:
    told = (ExchangeAccepted, ExchangeReversed, CreditRevoked)
    return isinstance(fact.statement, told)


def _lots(facts: list[Fact]) -> tuple[set[str], set[str]]:
    """Return the lots that a page uses, and those that it takes something back of."""
    used: set[str] = set()
    touched: set[str] = set()
    for fact in facts:
        match fact.statement:
            case ExchangeAccepted(body=body):
                used.update(part.award_id for part in body.used)
                touched.update(part.award_id for part in body.superseded)
            case CreditRevoked(body=revoked):
                touched.add(revoked.award_id)
            case _:
                continue
    return used, touched
