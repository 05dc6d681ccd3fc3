"""Checkpoints that others hold, read from the files they hand in."""

from pathlib import Path
from typing import Final

import orjson

from ledger.backup.comparing import Evidence

BYTES_MAX: Final = 8 * 1024 * 1024
_PROOF: Final = "c2sp.org/tlog-proof@"


class NoCheckpointError(Exception):
    """The file is neither a checkpoint nor something that holds one."""


def read_evidence(path: Path) -> Evidence:
    """Read a checkpoint: a signed note, or a receipt or proof with one inside.

    Whether it is signed is not looked at here.

    Raises:
        NoCheckpointError: there is none in it.
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        raw = file.read(BYTES_MAX + 1)
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise NoCheckpointError(path) from error
    if len(raw) > BYTES_MAX:
        raise NoCheckpointError(path)
    return Evidence(name=str(path), note=_note_in(text, path))


def _note_in(text: str, path: Path) -> str:
    if text.startswith(_PROOF):
        # An offline proof ends with the note, behind its first blank line.
        return text.partition("\n\n")[2]
    if not text.lstrip().startswith("{"):
        return text
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise NoCheckpointError(path) from error
    # What ``post --json`` printed has the receipt inside.
    receipt = found.get("receipt", found)
    note = receipt.get("checkpoint") if isinstance(receipt, dict) else None
    if not isinstance(note, str):
        raise NoCheckpointError(path)
    return note
