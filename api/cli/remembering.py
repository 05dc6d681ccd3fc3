"""The file in which ``audit verify --remember`` keeps what it has seen."""

import os
from pathlib import Path

from client.files import OWNER_ONLY, write_whole
from ledger.audit.findings import AuditReport
from ledger.audit.memory import MEMORY_BYTES_MAX, Memory, MemoryFormError, read_memory


class MemoryPlaceError(Exception):
    """The file cannot be written where it is named."""

    def __init__(self, error: OSError) -> None:
        """Keep what the system says."""
        self.reason = error.strerror or type(error).__name__
        super().__init__(self.reason)


def recall(file: Path | None, *, ledger: str) -> Memory:
    """Return what was kept in a file; nothing if there is no file yet.

    Raises:
        MemoryFormError: it cannot be read, or is something else.
        MemoryOfAnotherError: it is about another ledger.
    """
    if file is None:
        return Memory(ledger=ledger)
    try:
        with file.open("rb") as opened:
            raw = opened.read(MEMORY_BYTES_MAX + 1)
    except FileNotFoundError:
        return Memory(ledger=ledger)
    except OSError as error:
        raise MemoryFormError from error
    return read_memory(raw, ledger=ledger)


def require_place(file: Path | None) -> None:
    """Look before a long audit whether its checkpoint can be kept.

    Raises:
        MemoryPlaceError: it cannot.
    """
    if file is None:
        return
    # Where the whole is written to first; what another audit writes there stays.
    trial = file.with_name(file.name + ".part")
    try:
        try:
            os.close(os.open(trial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY))
        except FileExistsError:
            os.close(os.open(trial, os.O_WRONLY))
        else:
            trial.unlink()
    except OSError as error:
        raise MemoryPlaceError(error) from error


def remember(file: Path | None, memory: Memory, *, report: AuditReport) -> None:
    """Keep the newest checkpoint of a ledger that nothing was found wrong with.

    Raises:
        MemoryPlaceError: it cannot be written any more.
    """
    if file is not None and report.passed:
        kept = memory.with_note(report.note)
        try:
            write_whole(file, kept.model_dump_json().encode())
        except OSError as error:
            raise MemoryPlaceError(error) from error
