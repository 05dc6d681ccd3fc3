"""Statements about the periods by which recognition is reconciled (互认对账)."""

from typing import Literal

from ledger.domain.statements.envelope import Body, Statement
from ledger.domain.types import Code, Date


class PeriodClosedBody(Body):
    """A period by its first and last day, both counted by the ledger's time zone."""

    code: Code
    first_day: Date
    last_day: Date


class PeriodClosed(Statement):
    """The operator closes a period; what is corrected later falls into the next."""

    type: Literal["period.closed.v1"] = "period.closed.v1"
    body: PeriodClosedBody
