"""The file in which ``audit verify --remember`` keeps what it has seen."""

from pathlib import Path

from client.files import write_whole
from ledger.audit.findings import AuditReport
from ledger.audit.memory import MEMORY_BYTES_MAX, Memory, MemoryFormError, read_memory


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


def remember(file: Path | None, memory: Memory, *, report: AuditReport) -> None:
    """Keep the newest checkpoint of a ledger that nothing was found wrong with."""
    if file is not None and report.passed:
        kept = memory.with_note(report.note)
        write_whole(file, kept.model_dump_json().encode())
