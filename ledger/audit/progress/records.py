"""The records of an audit in the file of its progress, and a sum over what is there."""

import sqlite3
from collections.abc import Mapping
from hashlib import blake2b
from typing import Final

import orjson
from typing_extensions import override

from ledger.audit.progress.errors import ProgressFormError
from ledger.audit.progress.form import RECORDS
from ledger.audit.spilling import READ, WRITE, Known, Ref, Written, place_of, row_of
from ledger.domain.state import Record

_SUM_BYTES: Final = 16


class Tally:
    """How many rows there are, and a sum over them in which no order counts."""

    def __init__(self) -> None:
        """Count nothing yet."""
        self.rows = 0
        self._total = 0

    def add(self, *parts: bytes) -> None:
        """Count a row; no part but the last may hold a zero byte."""
        self.rows += 1
        self._total += _weight(parts)

    def take(self, *parts: bytes) -> None:
        """Count a row no more."""
        self.rows -= 1
        self._total -= _weight(parts)

    def total(self) -> bytes:
        """Return the sum."""
        return (self._total % (1 << 8 * _SUM_BYTES)).to_bytes(_SUM_BYTES)


def _weight(parts: tuple[bytes, ...]) -> int:
    return int.from_bytes(blake2b(b"\0".join(parts), digest_size=_SUM_BYTES).digest())


class KeptRecords(Known):
    """Records in the file, and what is in memory of them."""

    def __init__(self, file: sqlite3.Connection, tally: Tally) -> None:
        """Know nothing of the file yet; ``tally`` counts its rows."""
        super().__init__()
        self.file = file
        self._tally = tally

    @override
    def write_down(
        self, file: sqlite3.Connection, changed: Mapping[Ref, Record | Written]
    ) -> None:
        """Write records down, within the transaction that is open."""
        for ref in sorted(changed, key=place_of):
            kind, name, value = row_of(changed[ref])
            before = self.may_hold(ref) and file.execute(READ, (kind, name)).fetchone()
            if before:
                self._tally.take(kind.encode(), name, before[0])
            self._tally.add(kind.encode(), name, value)
            file.execute(WRITE, (kind, name, value))
            self.note(ref)

    def save(self, file: sqlite3.Connection) -> None:
        """Write down all that changed, and keep it in memory, too."""
        changed = {
            ref: record
            for ref, record in self.items()
            if record is not None and ref not in self.unchanged
        }
        self.write_down(file, changed)
        self.unchanged.update(changed)

    def bring_all(self, file: sqlite3.Connection) -> None:
        """Go through all rows once, and keep those of shared kinds in memory.

        Raises:
            ProgressFormError: a row is none of a record.
        """
        for kind, name, value in file.execute("SELECT * FROM records"):
            record = RECORDS.get(kind)
            if record is None or not isinstance(value, bytes):
                raise ProgressFormError
            key = orjson.loads(name)
            ref = (record, tuple(key) if isinstance(key, list) else key)
            self._tally.add(kind.encode(), name, value)
            self.note(ref)
            if record.shared:
                self[ref] = record.model_validate_json(value)
                self.unchanged.add(ref)
