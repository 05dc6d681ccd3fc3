"""Types have names from a closed list, and bytes pass through unchanged."""

from dataclasses import dataclass, replace

import pytest
from eventsourcing.persistence import MapperDeserialisationError, StoredEvent

from ledger.domain.statements import BY_NAME
from ledger.store.heads import HEAD_TOPIC, head_state
from ledger.store.mapper import BATCH_TOPIC, TOPICS, LedgerMapper, RecordedEvent
from tests.conformance.store_groups import head_after, new_entry

ENTRY = new_entry(0)
HEAD = head_state(head_after(None, [ENTRY]))


@dataclass(frozen=True)
class ForeignEvent:
    """An event of another application."""

    originator_id: str = "award:0"
    originator_version: int = 1


def test_every_statement_type_has_a_topic() -> None:
    """With the head's and the batch's own, and no other."""
    assert TOPICS.keys() == {*BY_NAME, BATCH_TOPIC, HEAD_TOPIC}


@pytest.mark.parametrize("topic", sorted(TOPICS))
def test_an_event_comes_back_as_it_was(topic: str) -> None:
    """Bytes and all."""
    event = RecordedEvent(
        originator_id="award:0",
        originator_version=1,
        topic=topic,
        state=HEAD if topic == HEAD_TOPIC else ENTRY.raw,
    )
    mapper = LedgerMapper()

    stored = mapper.to_stored_event(event)

    assert stored == StoredEvent("award:0", 1, topic, event.state)
    assert mapper.to_domain_event(stored) == event


@pytest.mark.parametrize(
    ("topic", "state"),
    [
        ("os:system", ENTRY.raw),
        ("credit.awarded.v1", HEAD),
        (HEAD_TOPIC, ENTRY.raw),
        (BATCH_TOPIC, b"{}"),
    ],
)
def test_unknown_topics_and_other_forms_are_refused_both_ways(
    topic: str, state: bytes
) -> None:
    """A row decides nothing but which check it has to pass."""
    stored = StoredEvent("award:0", 1, topic, state)
    event = RecordedEvent(
        originator_id="award:0", originator_version=1, topic=topic, state=state
    )

    with pytest.raises(MapperDeserialisationError):
        LedgerMapper().to_domain_event(replace(stored))
    with pytest.raises(MapperDeserialisationError):
        LedgerMapper().to_stored_event(event)


def test_a_foreign_event_is_a_mistake() -> None:
    """The library would store whatever it is given."""
    with pytest.raises(TypeError):
        LedgerMapper().to_stored_event(ForeignEvent())
