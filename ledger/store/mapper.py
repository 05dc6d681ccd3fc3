"""Between stored rows and events: verbatim bytes under stable type names.

No row ever says what Python should import. An event's topic is a statement type from
the registry, or the head's own; its state is the entry's bytes, checked on the way in
and on the way out. A type whose meaning changed would get its upcaster here: from the
bytes of an old version to the value of the new, never to new bytes.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import Mapper, MapperDeserialisationError, StoredEvent

from ledger.domain.statements import BY_NAME
from ledger.integrity.entries import check_entry
from ledger.integrity.errors import IntegrityError
from ledger.store.heads import HEAD_TOPIC, read_head_state

BATCH_TOPIC: Final = "batch.v1"

Check = Callable[[bytes], object]
"""Reads the bytes of an event; raises if they are not of its form."""

TOPICS: Final[Mapping[str, Check]] = {
    HEAD_TOPIC: read_head_state,
    BATCH_TOPIC: check_entry,
    **dict.fromkeys(BY_NAME, check_entry),
}
"""Every topic that is ever stored."""


class RecordedEvent(NamedTuple):
    """One event of a stream: an entry's bytes, or a head's."""

    originator_id: str
    originator_version: int
    topic: str
    state: bytes


class LedgerMapper(Mapper[str]):
    """The library's mapper, with our registry instead of import paths."""

    def __init__(self, topics: Mapping[str, Check] = TOPICS) -> None:
        """Know these topics and no other."""
        self._topics = topics

    def to_stored_event(self, domain_event: DomainEventProtocol[str]) -> StoredEvent:
        """Return the row of an event.

        Raises:
            TypeError: not one of our events.
            MapperDeserialisationError: unknown topic, or bytes of another form.
        """
        if not isinstance(domain_event, RecordedEvent):
            raise TypeError(type(domain_event))
        self._check(domain_event.topic, domain_event.state)
        # Its parts are the row's, in the same order.
        return StoredEvent(*domain_event)

    def to_domain_event(self, stored_event: StoredEvent) -> Any:  # noqa: ANN401  # the library's signature
        """Return the event of a row.

        Raises:
            MapperDeserialisationError: unknown topic, or bytes of another form.
        """
        self._check(stored_event.topic, stored_event.state)
        return RecordedEvent(
            originator_id=str(stored_event.originator_id),
            originator_version=stored_event.originator_version,
            topic=stored_event.topic,
            state=stored_event.state,
        )

    def _check(self, topic: str, state: bytes) -> None:
        check = self._topics.get(topic)
        if check is None:
            raise MapperDeserialisationError(topic)
        try:
            check(state)
        except IntegrityError as error:
            raise MapperDeserialisationError(topic, error.code) from error
