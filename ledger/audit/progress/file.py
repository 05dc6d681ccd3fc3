"""The file in which an audit keeps its progress: a SQLite database of its own.

What orders make it safe:

* All that changes between two savings is one transaction with the row that tells how
  far the audit was: a file that was left at any moment holds the last saving whole.
* The file is held from the moment it is opened, so two audits never share one.
* A sum over all rows is kept with that row. A row that is lost, changed, or left over
  from another moment alters it, and the file is refused.

The sum is against accidents. Whoever can write the file can hide what was found.
"""

import os
import sqlite3
from array import array
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Final

import orjson

from ledger.audit.findings import Finding
from ledger.audit.progress.errors import (
    ProgressFormError,
    ProgressInUseError,
    ProgressPlaceError,
    ProgressReleaseError,
)
from ledger.audit.progress.form import Progress, form_of
from ledger.audit.progress.records import KeptRecords, Tally
from ledger.audit.spilling import TABLE, SpillingState, explaining

APPLICATION: Final = 0x534B_4131
"""Stands in the header of the file, so that no other database is taken for one."""
_MAGIC: Final = b"SQLite format 3\0"
_APPLICATION_AT: Final = 68
_OWNER_ONLY: Final = 0o600
_LISTS: Final = (
    "CREATE TABLE lists (name TEXT, number INTEGER, value BLOB, "
    "PRIMARY KEY (name, number)) WITHOUT ROWID"
)
_PROGRESS: Final = (
    "CREATE TABLE progress (id INTEGER PRIMARY KEY, form TEXT, rows INTEGER, "
    "total BLOB, value BLOB, digest BLOB)"
)
_HELD_ELSEWHERE: Final = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_FINDINGS: Final = "findings"
CACHE_KIB: Final = 16 * 1024
_INTEGERS: Final = "q"

Lists = Mapping[str, "array[int]"]


class ProgressFile:
    """An open file: the state of an audit, its lists, and how far it has come.

    ``progress``, ``findings`` and ``lists`` are what was there when it was opened.
    """

    def __init__(self, path: Path, *, in_memory_max: int) -> None:
        """Open a file, or make one. Of the records so many are kept in memory.

        Raises:
            ProgressPlaceError: the system refuses.
            ProgressInUseError: another audit has it open.
            ProgressReleaseError: another release wrote it.
            ProgressFormError: it is something else, and left as it is, or damaged.
            NoRoomError: the file cannot be written.
        """
        self._path = path
        self._prepare()
        self._file = sqlite3.connect(path, isolation_level=None, timeout=0)
        self._tally = Tally()
        self._records = KeptRecords(self._file, self._tally)
        self.state = SpillingState(in_memory_max, records=self._records)
        self.findings: list[Finding] = []
        self.has_saved = False
        self.lists: dict[str, array[int]] = {}
        self._chunks = 0
        self._saved: dict[str, int] = {}
        try:
            self.progress = self._load(is_new=self._hold())
        except BaseException:
            self.close()
            raise

    def save(
        self, progress: Progress, *, findings: list[Finding], lists: Lists
    ) -> None:
        """Keep all that has changed since the last time, at once or not at all.

        Raises:
            NoRoomError: the file cannot be written.
        """
        with explaining():
            self._records.save(self._file)
            fresh = findings[self._saved.get(_FINDINGS, 0) :]
            if fresh:
                said = [(one.position, one.code, one.detail, one.last) for one in fresh]
                self._append(_FINDINGS, orjson.dumps(said), count=len(fresh))
            for name, numbers in lists.items():
                grown = numbers[self._saved.get(name, 0) :]
                if grown:
                    self._append(name, grown.tobytes(), count=len(grown))
            raw = progress.model_dump_json().encode()
            self._write_progress(raw)
            self._file.execute("COMMIT")
            self.has_saved = True
            self._file.execute("BEGIN IMMEDIATE")

    def close(self) -> None:
        """Let go of the file; what was not saved is forgotten."""
        self._file.close()

    def remove(self) -> None:
        """Remove the file: what it was kept for is done."""
        self.close()
        self._path.unlink(missing_ok=True)

    def _prepare(self) -> None:
        """Make a file that its owner alone may read; refuse one of something else.

        Raises:
            ProgressPlaceError: the system refuses.
            ProgressFormError: it is something else.
        """
        try:
            with suppress(FileExistsError):
                flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
                os.close(os.open(self._path, flags, _OWNER_ONLY))
            with self._path.open("r+b") as opened:
                head = opened.read(_APPLICATION_AT + 4)
        except OSError as error:
            raise ProgressPlaceError(error) from error
        named = head[_APPLICATION_AT:] == APPLICATION.to_bytes(4)
        # A file without anything in it was made, and then nothing was saved.
        if head and not (head.startswith(_MAGIC) and named):
            raise ProgressFormError

    def _hold(self) -> bool:
        """Take the file for this audit; tell whether there is nothing in it.

        Raises:
            ProgressInUseError: another audit has it open.
            ProgressFormError: it is damaged.
        """
        try:
            self._file.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._file.execute("PRAGMA synchronous = FULL")
            self._file.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
            self._file.execute("BEGIN IMMEDIATE")
            ((count,),) = self._file.execute("SELECT COUNT(*) FROM sqlite_schema")
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode & 0xFF in _HELD_ELSEWHERE:
                raise ProgressInUseError from error
            raise ProgressFormError from error
        return bool(count == 0)

    def _load(self, *, is_new: bool) -> Progress | None:
        if is_new:
            with explaining():
                self._file.execute(f"PRAGMA application_id = {APPLICATION}")
                for table in (TABLE, _LISTS, _PROGRESS):
                    self._file.execute(table)
                self._write_progress(b"")
                self._file.execute("COMMIT")
                self._file.execute("BEGIN IMMEDIATE")
            return None
        try:
            return self._read()
        except (sqlite3.Error, ValueError, TypeError) as error:
            raise ProgressFormError from error

    def _read(self) -> Progress | None:
        """Read everything back.

        Raises:
            ProgressReleaseError: another release wrote it.
            ProgressFormError: something is missing or changed.
        """
        asked = self._file.execute(
            "SELECT form, rows, total, value, digest FROM progress"
        )
        (form, *kept), *more = asked.fetchall() or [(None,)]
        rows, total, value, digest = kept or (0, b"", b"", b"")
        if more or digest != _digest(form, rows, total=total, value=value):
            raise ProgressFormError
        if form != form_of():
            raise ProgressReleaseError
        ((sound,),) = self._file.execute("PRAGMA integrity_check(1)").fetchall()
        if sound != "ok":
            raise ProgressFormError
        self._records.bring_all(self._file)
        for name, number, chunk in self._file.execute("SELECT * FROM lists"):
            self._take_chunk(name, number, chunk=chunk)
        if (self._tally.rows, self._tally.total()) != (rows, total):
            raise ProgressFormError
        return Progress.model_validate_json(value) if value else None

    def _take_chunk(self, name: str, number: int, *, chunk: bytes) -> None:
        self._tally.add(name.encode(), b"%d" % number, chunk)
        self._chunks = max(self._chunks, number + 1)
        if name == _FINDINGS:
            for position, code, detail, last in orjson.loads(chunk):
                found = Finding(position=position, code=code, detail=detail, last=last)
                self.findings.append(found)
            self._saved[name] = len(self.findings)
        else:
            numbers = self.lists.setdefault(name, array(_INTEGERS))
            numbers.frombytes(chunk)
            self._saved[name] = len(numbers)

    def _append(self, name: str, chunk: bytes, *, count: int) -> None:
        row = (name, self._chunks, chunk)
        self._file.execute("INSERT INTO lists VALUES (?, ?, ?)", row)
        self._tally.add(name.encode(), b"%d" % self._chunks, chunk)
        self._chunks += 1
        self._saved[name] = self._saved.get(name, 0) + count

    def _write_progress(self, value: bytes) -> None:
        form, rows, total = form_of(), self._tally.rows, self._tally.total()
        digest = _digest(form, rows, total=total, value=value)
        row = (form, rows, total, value, digest)
        write = "INSERT OR REPLACE INTO progress VALUES (0, ?, ?, ?, ?, ?)"
        self._file.execute(write, row)


def _digest(form: str, rows: int, *, total: bytes, value: bytes) -> bytes:
    return sha256(f"{form} {rows} {total.hex()} ".encode() + value).digest()
