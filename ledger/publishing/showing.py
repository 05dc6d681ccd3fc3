"""Which head of the store a published checkpoint is."""

from typing import Final

from ledger.integrity.checkpoints import body_of
from ledger.store.heads import Head
from ledger.store.reader import LogReader

_DIGITS_MAX: Final = 16


def head_shown(raw: bytes, log: LogReader) -> Head | None:
    """Return the store's head whose checkpoint a file holds; None if there is none.

    Others may have signed it, too.
    """
    body = body_of(raw.decode(errors="replace"))
    lines = body.split("\n")
    size = lines[1] if len(lines) > 1 else ""
    if not size.isdecimal() or not size.isascii() or len(size) > _DIGITS_MAX:
        return None
    head = log.head_of(int(size))
    return head if head is not None and body_of(head.note) == body else None
