"""Every reason for which the rules refuse a statement.

``precedence.py`` lists the classes in their order: of several faults the bank
reports the one that stands first. ``code`` is the stable part; wording and status
codes belong to the API.
"""

from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Mapping


class RejectionError(Exception):
    """The rules refuse what was asked; nothing was written.

    ``pointer`` is the JSON pointer of the field at fault (empty: the whole
    statement). ``details`` are facts safe to show to whoever sent it.
    """

    code: ClassVar[str] = "rejected"

    def __init__(self, pointer: str = "", **details: str | int) -> None:
        """Keep the place and the facts; the wording is the API's."""
        super().__init__(self.code, pointer)
        self.pointer = pointer
        self.details: Mapping[str, str | int] = MappingProxyType(details)
