"""Every award where it is made, and the entries that change one, in order.

What an award was at any position is their fold; what made it is read from the log.
"""

from collections import Counter
from collections.abc import Iterator
from operator import itemgetter
from typing import Final

import orjson
from sqlalchemy import Connection

from ledger.domain.rules.awards import amount_milli
from ledger.domain.statements.awards import CreditAwarded
from projections.listed import Listed
from projections.pages import KnownAward, Page
from projections.rows import insert_rows, insert_tuples
from projections.tables import award_entries, award_key, awards

Row = tuple[object, ...]

_NAMES: Final = list(awards.columns.keys())
_NUMBER: Final = _NAMES.index("number")
_KEY: Final = itemgetter(_NAMES.index("award_id"))


def project_awards(page: Page, connection: Connection) -> None:
    """Write the awards of a page, and the entries that change any.

    The trail has numbered all names that the page speaks of.
    """
    # In the order of their keys, in which a database takes them most cheaply.
    insert_tuples(connection, awards, rows=sorted(_made(page), key=_KEY))
    changes = [
        {
            "position": fact.position,
            "award_id": fact.award,
            "type": fact.statement.type,
            "recorded_at": fact.recorded_at,
            "recorded_on": fact.recorded_on,
            "statement_id": fact.statement.id,
            "signed_by": fact.kid,
            "body": orjson.dumps(fact.body).decode(),
        }
        for fact in page.others
        if fact.award is not None
    ]
    insert_rows(connection, award_entries, rows=changes)


def _made(page: Page) -> Iterator[Row]:
    numbers = page.memory.numbers
    for fact in page.made:
        award = str(fact.award)
        replaces = fact.statement.body.replaces  # type: ignore[attr-defined]  # an award's
        yield _row(award, page.awards[award], replaces=replaces, numbers=numbers)
    for one in page.lists:
        if one.award is not None:
            yield from _listed(one, one.award, page=page)
    at: Counter[int] = Counter()
    for lot in page.cases.made:
        row = _row(lot.award_id, lot.known, replaces=None, numbers=numbers)
        yield *row[:_NUMBER], at[lot.position] or None, *row[_NUMBER + 1 :]
        at[lot.position] += 1


def _listed(listed: Listed, award: CreditAwarded, *, page: Page) -> Iterator[Row]:
    """Yield the rows of lines that make awards: none of them replaces another."""
    numbers = page.memory.numbers
    issuer, amount = numbers[award.iss], amount_milli(award.body)
    kind = page.kinds[award.body.achievement]
    learners = (numbers[one] for one in listed.learner_ids)
    lines = zip(listed.keys, listed.positions, learners, strict=True)
    for key, position, learner in lines:
        yield position, amount, learner, issuer, None, key, kind, None


def _row(
    award_id: str, known: KnownAward, *, replaces: str | None, numbers: dict[str, int]
) -> Row:
    return (
        known.position,
        known.amount_milli,
        numbers[known.learner_id],
        numbers[known.issuer],
        None,
        award_key(award_id),
        known.category,
        None if replaces is None else award_key(replaces),
    )
