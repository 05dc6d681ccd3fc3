"""Finds the entries that open streams, which the index of streams leaves out.

Where an award or an account was opened its state knows; whether the entry that stands
there is of that stream, the log says. A lot that an exchange made has no such entry:
its stream begins with what is said of it later.
"""

from collections.abc import Collection
from typing import Final

from sqlalchemy import Connection

from ledger.domain.state import AccountRecord, LotRecord, Record
from ledger.store.reader import entries_at
from ledger.store.state_tables import StateTables

_KINDS: Final = {"account": AccountRecord.kind, "award": LotRecord.kind}
"""Whose state tells the position. After its header nothing is filed with a batch."""


def opened(
    connection: Connection, tables: StateTables, *, streams: Collection[str]
) -> frozenset[str]:
    """Return those of the streams whose first event is an opening entry."""
    ids: dict[str, list[str]] = {}
    for stream in streams:
        prefix, _, identity = stream.partition(":")
        ids.setdefault(prefix, []).append(identity)
    positions = [
        _position(record)
        for prefix, kind in _KINDS.items()
        for record in tables[kind].load(connection, ids.get(prefix, ())).values()
    ]
    if not positions:
        return frozenset()
    found = {one.stream for one in entries_at(connection, positions)}
    return frozenset(found.intersection(streams))


def _position(record: Record) -> int:
    if isinstance(record, AccountRecord):
        return record.opened_position
    assert isinstance(record, LotRecord)  # noqa: S101  # what is loaded of its table
    return record.position
