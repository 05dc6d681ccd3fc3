"""What the bank itself says in answer to a statement, and what it looks at for it.

The bank works its answer out from the very state that would be asked to judge it, by
the very function that would judge it: asking that function again could only agree. So
no more is checked than what holds of every statement: that the service key may sign
now, and that the answer's id is new. An auditor judges the answer in full.
"""

from collections.abc import Iterable

from ledger.domain.rules import said
from ledger.domain.rules.acceptance import acceptance_id, evolve_judged
from ledger.domain.rules.act import Act
from ledger.domain.rules.counting import Judged
from ledger.domain.rules.envelope import envelope_needs, present
from ledger.domain.rules.tallies import first_page, further_pages
from ledger.domain.state import (
    AccountRecord,
    LedgerRecord,
    LotRecord,
    Record,
    Ref,
    Slice,
)
from ledger.domain.statements.envelope import Statement
from ledger.domain.statements.exchanges import ExchangeAccepted, ExchangeRequested


def evolve_spoken(
    act: Act[ExchangeAccepted], judged: Judged, *, state: Slice
) -> tuple[Record, ...]:
    """Return the records that the bank's answer changes."""
    return (*evolve_judged(act, judged, state=state), said(act))


def further_needs(statement: Statement, state: Slice) -> Iterable[Ref]:
    """Name what deciding will look at next, as far as what was loaded tells.

    A guess that is wrong costs a query and nothing else.
    """
    if not isinstance(statement, ExchangeRequested):
        return
    body = statement.body
    ledger = present(state, LedgerRecord, key=0)
    yield from envelope_needs(
        iss=ledger.operator,
        identity=acceptance_id(body.exchange_id, revision=body.revision),
        kid=ledger.operator,
    )
    for offered in body.lots:
        lot = state.find(LotRecord, offered.award_id)
        for root in () if lot is None else lot.roots:
            yield Ref(LotRecord, root.award_id)
    account = state.find(AccountRecord, body.learner_id)
    for learner_id in () if account is None else account.absorbed:
        yield Ref(AccountRecord, learner_id)
        yield first_page(learner_id)
    yield from further_pages(state, body.learner_id)
