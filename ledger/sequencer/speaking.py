"""What the bank itself says in answer to a statement.

The bank works its answer out from the very state that would be asked to judge it, by
the very function that would judge it: asking that function again could only agree. So
no more is checked than what holds of every statement: that the service key may sign
now, and that the answer's id is new. An auditor judges the answer in full.
"""

from ledger.domain.rules import said
from ledger.domain.rules.acceptance import evolve_judged
from ledger.domain.rules.act import Act
from ledger.domain.rules.counting import Judged
from ledger.domain.state import (
    Record,
    Slice,
)
from ledger.domain.statements.exchanges import ExchangeAccepted


def evolve_spoken(
    act: Act[ExchangeAccepted], judged: Judged, *, state: Slice
) -> tuple[Record, ...]:
    """Return the records that the bank's answer changes."""
    return (*evolve_judged(act, judged, state=state), said(act))
