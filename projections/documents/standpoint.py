"""From where a document is written: state, projections, and the moment it is of."""

from dataclasses import dataclass

from sqlalchemy import Connection

from projections.holders import Ledger
from projections.moments import Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Standpoint:
    """What a document is written from.

    ``standing`` is the position up to which cases went on: earlier than the moment's
    where a date is asked for, since a case stands as it was last said by its end.
    """

    state: Ledger
    connection: Connection
    moment: Moment
    standing: int

    @property
    def position(self) -> int:
        """Return the position up to which entries count."""
        return self.moment.position
