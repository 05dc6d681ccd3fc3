"""What a watch remembers from one run to the next: how far it reported, and the note.

It is written only after everything before it was reported: whoever is killed in between
reports again rather than not at all.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, ValidationError

from ledger.domain.types import Wire
from ledger.integrity.encoding import HASH_PATTERN


class MemoryFileError(Exception):
    """The file is no watch's memory."""


class Memory(Wire):
    """The newest checkpoint that was verified and reported."""

    watch: Literal["skillbank-watch.v1"] = "skillbank-watch.v1"
    ledger: Annotated[str, Field(max_length=300)]
    size: Annotated[int, Field(ge=0, lt=2**53)]
    root: Annotated[str, Field(pattern=HASH_PATTERN)]
    note: Annotated[str, Field(max_length=64 * 1024)]

    @classmethod
    def read(cls, raw: bytes) -> Self:
        """Read the file's bytes.

        Raises:
            MemoryFileError: they are something else.
        """
        try:
            return cls.model_validate_json(raw)
        except ValidationError as error:
            raise MemoryFileError from error

    def write(self) -> bytes:
        """Return the file's bytes."""
        return self.model_dump_json(indent=1).encode() + b"\n"
