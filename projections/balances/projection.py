"""Postings: every movement with its position and the date it holds from."""

from collections.abc import Iterable

from sqlalchemy import Connection, func, select

from ledger.domain.postings import Posting
from projections.pages import Page
from projections.rows import insert_rows, rows_by
from projections.tables import posting_accounts, postings


def project_balances(page: Page, connection: Connection) -> None:
    """Write the postings of a page."""
    if not page.moved:
        return
    ids = _account_ids(connection, [posting for _, _, posting in page.moved])
    rows = [
        {
            "position": position,
            "side": side,
            "account_id": ids[posting.account],
            "amount_milli": posting.amount_milli,
            "effective_on": posting.effective_on,
        }
        for position, side, posting in page.moved
    ]
    insert_rows(connection, postings, rows=rows)


def _account_ids(connection: Connection, moved: Iterable[Posting]) -> dict[str, int]:
    members = {posting.account: posting.member for posting in moved}
    known = rows_by(connection, posting_accounts.c.account, keys=members)
    ids: dict[str, int] = {row.account: row.id for row in known}
    last = connection.execute(select(func.max(posting_accounts.c.id))).scalar() or 0
    new = []
    # In the order of the log, so that a rebuild gives every account the same number.
    for account, member in members.items():
        if account in ids:
            continue
        last += 1
        ids[account] = last
        part, _, rest = account.partition(":")
        holder = rest.partition(":")[0]
        is_learner = holder.startswith("learner_")
        new.append(
            {
                "id": last,
                "account": account,
                "part": part,
                "member": member,
                "learner_id": holder if is_learner else None,
            }
        )
    insert_rows(connection, posting_accounts, rows=new)
    return ids
