"""From where a document is written: state, projections, and the moment it is of."""

from dataclasses import dataclass

from sqlalchemy import Connection

from projections.holders import State
from projections.moments import Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Standpoint:
    """What a document is written from."""

    state: State
    connection: Connection
    moment: Moment

    @property
    def position(self) -> int:
        """Return the position up to which entries count."""
        return self.moment.position
