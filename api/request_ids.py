"""Names for requests that brought none."""

import secrets
from typing import Final

_ID_BYTES: Final = 8
_IDS_AT_ONCE: Final = 512


class RequestIds:
    """Ids that nobody guesses; to ask for randomness each time costs a system call."""

    def __init__(self) -> None:
        """Begin with none at hand."""
        self._left: list[str] = []

    def next(self) -> str:
        """Return an id: 16 hexadecimal digits."""
        if not self._left:
            text, digits = secrets.token_hex(_ID_BYTES * _IDS_AT_ONCE), 2 * _ID_BYTES
            starts = range(0, len(text), digits)
            self._left = [text[start : start + digits] for start in starts]
        return self._left.pop()
