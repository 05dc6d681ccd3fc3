"""A checkpoint says of the tree what the row beside it says, or the audit tells."""

import sqlite3
from pathlib import Path

import orjson

from ledger.integrity import canonical
from tests.bank import Bank

READ = "SELECT state FROM stored_events WHERE notification_id = ?"
WRITE = "UPDATE stored_events SET state = ? WHERE notification_id = ?"
OLDER, NEWER = -2, -3
"""Heads are numbered from minus one downwards."""


def test_a_signed_note_of_another_size_than_its_row_is_found(tmp_path: Path) -> None:
    """The note of the group before is the bank's own, and says less than the row."""
    with Bank(f"sqlite:///{tmp_path / 'ledger.db'}") as bank:
        connection = sqlite3.connect(tmp_path / "ledger.db")
        states = [
            orjson.loads(connection.execute(READ, (one,)).fetchone()[0])
            for one in (OLDER, NEWER)
        ]
        older, newer = states
        forged = canonical.dumps({**newer, "note": older["note"]})
        connection.execute(WRITE, (forged, NEWER))
        connection.commit()
        connection.close()

        report = bank.audit()

    found = {(one.position, one.code) for one in report.findings}
    assert (newer["first"], "checkpoint-row-differs") in found
