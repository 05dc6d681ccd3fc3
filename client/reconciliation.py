"""The part of a bank that is about reconciliation between members (互认对账)."""

from collections.abc import Iterator
from dataclasses import dataclass

from client.answers import Answer, When
from client.exchange import Connection, Query

NOW = When()
_PATH = "/v1/reconciliation"


class PeriodView(Answer):
    """A period; ends that are not said are open. The open one is called ``open``."""

    code: str
    first_day: str | None
    last_day: str | None
    closed_position: int | None


class TotalView(Answer):
    """What one member recognised of another's credits in one category."""

    recogniser: str
    root_member: str
    category: str
    credits: str
    lines: int


class NetView(Answer):
    """A pair of members: what each recognised of the other's, and the difference."""

    members: tuple[str, ...]
    category: str
    recognised: tuple[str, ...]
    net: str


class LineView(Answer):
    """One share of one recognised lot, or with a minus what was taken back of it."""

    position: int
    number: int
    period: str
    recorded_at: str
    recorded_on: str
    type: str
    issuer: str
    statement_id: str
    recogniser: str
    root_member: str
    category: str
    credits: str
    learner_id: str
    exchange_id: str
    rule: str
    lot: str
    root: str


class ReconciliationHead(Answer):
    """What a period adds up to; ``period`` is None where all are asked for."""

    period: PeriodView | None
    periods: tuple[PeriodView, ...]
    totals: tuple[TotalView, ...]
    net: tuple[NetView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which lines are asked for: of a period, a member, a pair, or one exchange."""

    period: str | None = None
    member: str | None = None
    counterpart: str | None = None
    exchange_id: str | None = None

    def query(self, when: When) -> Query:
        """Return it as the bank reads it."""
        past = when.model_dump(exclude={"effective_on"})
        return {
            **past,
            "period": self.period,
            "member": self.member,
            "counterpart": self.counterpart,
            "exchange_id": self.exchange_id,
        }


class Reconciliation:
    """Questions of a bank, each with a typed answer."""

    _connection: Connection

    def reconciliation(self, wanted: Wanted, *, when: When = NOW) -> ReconciliationHead:
        """Return what was recognised between members, in sums.

        Raises:
            BankRefusedError: no such period.
        """
        query: Query = {**wanted.query(when), "limit": 1}
        return self._connection.read(ReconciliationHead, _PATH, query=query)

    def reconciliation_lines(
        self, wanted: Wanted, *, when: When = NOW
    ) -> Iterator[LineView]:
        """Yield every line, each with its statement.

        Raises:
            BankRefusedError: no such period.
        """
        query = wanted.query(when)
        return self._connection.pages(LineView, _PATH, member="lines", query=query)
