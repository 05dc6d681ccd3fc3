"""Which pseudonym stands for which of the member's own student numbers.

A private file that only grows: one JSON object per line, on the disk before any
pseudonym in it is used. While it is open, no other process can use it. A last line
without its end was never used and is cut off.
"""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import orjson

from client import ids
from client.errors import (
    LearnerBookDamagedError,
    LearnerBookError,
    LearnerBookInUseError,
)
from client.files import OWNER_ONLY, append_through, warn_if_loose


class LearnerBook:
    """The list of one member's learners (学号 to 学分账户号)."""

    def __init__(
        self, path: Path, *, new_id: Callable[[], str] = ids.learner_id
    ) -> None:
        """Open and lock the list.

        Raises:
            LearnerBookError: another process holds it, or a line is not readable.
        """
        self.path = path
        self._new_id = new_id
        self._ids: dict[str, str] = {}
        self._opened: set[tuple[str, str]] = set()
        self._unsaved: list[dict[str, str]] = []
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, OWNER_ONLY)
        try:
            self._lock()
            warn_if_loose(path)
            self._load()
        except LearnerBookError:
            self.close()
            raise

    def __enter__(self) -> Self:
        """Use it in a ``with`` statement."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let others use it."""
        self.close()

    def close(self) -> None:
        """Let others use it. What was not saved is forgotten."""
        os.close(self._descriptor)

    def find(self, student_number: str) -> str | None:
        """Return the pseudonym of a student number, None if it has none."""
        return self._ids.get(student_number)

    def assign(self, student_number: str, learner_id: str | None = None) -> str:
        """Return the pseudonym of a student number, given or drawn on first use.

        Raises:
            ValueError: another pseudonym was given for it before.
        """
        known = self._ids.get(student_number)
        if known is None:
            known = learner_id or self._new_id()
            self._ids[student_number] = known
            self._unsaved.append({"student": student_number, "learner_id": known})
        elif learner_id is not None and learner_id != known:
            raise ValueError(learner_id)
        return known

    def is_open(self, learner_id: str, *, ledger: str) -> bool:
        """Tell whether the learner's account is known to be open in a ledger."""
        return (learner_id, ledger) in self._opened

    def mark_open(self, learner_id: str, *, ledger: str) -> None:
        """Note that a ledger holds the learner's account."""
        if not self.is_open(learner_id, ledger=ledger):
            self._opened.add((learner_id, ledger))
            self._unsaved.append({"open": learner_id, "ledger": ledger})

    def save(self) -> None:
        """Bring all that is new down to the disk."""
        if self._unsaved:
            lines = b"".join(orjson.dumps(line) + b"\n" for line in self._unsaved)
            append_through(self._descriptor, lines)
            self._unsaved.clear()

    def _lock(self) -> None:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LearnerBookInUseError(path=str(self.path)) from None

    def _load(self) -> None:
        raw = self.path.read_bytes()
        whole = raw.rfind(b"\n") + 1
        os.ftruncate(self._descriptor, whole)
        for number, line in enumerate(raw[:whole].splitlines(), start=1):
            try:
                self._take(orjson.loads(line))
            except (ValueError, KeyError, TypeError):
                raise LearnerBookDamagedError(
                    path=str(self.path), line=number
                ) from None

    def _take(self, line: dict[str, str]) -> None:
        if "open" in line:
            self._opened.add((line["open"], line["ledger"]))
        else:
            self._ids[line["student"]] = line["learner_id"]
