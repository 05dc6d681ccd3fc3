"""Refusals about periods of reconciliation."""

from ledger.domain.errors import RejectionError


class PeriodExistsError(RejectionError):
    """A period of this code is closed already."""

    code = "period-exists"


class PeriodNotNextError(RejectionError):
    """The period does not begin on the day after the last one ended."""

    code = "period-not-next"


class PeriodNotOverError(RejectionError):
    """The last day of the period is not over."""

    code = "period-not-over"
