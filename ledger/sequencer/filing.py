"""Where a group's entries are filed: each continues the stream that it belongs to."""

from collections.abc import Mapping

from ledger.sequencer.group import Group
from ledger.store.application import NewEntry
from ledger.store.schema import OPENING_TOPICS


def followed(group: Group) -> set[str]:
    """Return the streams whose versions are to be asked for.

    What opens a stream is its first event, whatever the database holds.
    """
    streams = {one.stream for one in group.entries if one.topic not in OPENING_TOPICS}
    return streams - group.begun


def filed(group: Group, known: Mapping[str, int]) -> list[NewEntry]:
    """Number the group's entries on from the versions their streams have."""
    versions, entries = dict(known), []
    for position, stream, topic, raw in group.entries:
        version = versions.get(stream, 0) + 1
        versions[stream] = version
        entries.append(NewEntry(position, stream, version, topic, raw))
    return entries
