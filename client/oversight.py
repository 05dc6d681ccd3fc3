"""What whoever oversees the consortium asks: the whole trail, and the figures."""

from collections.abc import Iterator

from client.answers import TrailEvent, When
from client.exchange import Connection, Query
from client.oversight_answers import Overview
from client.questions import NOW
from ledger.domain.types import Wire


class TrailFilter(Wire):
    """What the trail is asked about; all that is named must hold of an entry.

    ``type`` is whole, or its beginning up to a dot. ``since`` and ``until`` are dates
    or instants, both inclusive.
    """

    member: str | None = None
    learner: str | None = None
    rule: str | None = None
    type: str | None = None
    since: str | None = None
    until: str | None = None


class Oversight:
    """Questions about the whole ledger, each with a typed answer."""

    _connection: Connection

    def whole_trail(
        self, sought: TrailFilter, *, when: When = NOW
    ) -> Iterator[TrailEvent]:
        """Yield who said what and when, oldest first, page after page."""
        asked = sought.model_dump()
        period = {"from": asked.pop("since"), "to": asked.pop("until")}
        past = when.model_dump(exclude={"effective_on"})
        query: Query = {**asked, **period, **past}
        return self._connection.pages(
            TrailEvent, "/v1/audit/trail", member="events", query=query
        )

    def overview(self) -> Overview:
        """Return the consortium's figures, as they are now."""
        return self._connection.read(Overview, "/v1/overview")
