"""Bundles as files: written whole or not at all, with what a learner wants shown."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field, TypeAdapter, ValidationError

from client.errors import StatementFileError
from client.files import OWNER_ONLY, sync_folder

_FILE_BYTES_MAX: Final = 8 * 1024 * 1024
_SHOWN: Final = TypeAdapter(
    Annotated[
        list[Annotated[str, Field(max_length=16 * 1024, pattern=r"^[A-Za-z0-9_-]+$")]],
        Field(max_length=1_000),
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """How much was written."""

    lines: int
    bytes: int


def read_shown(path: Path) -> list[str]:
    """Read a JSON list of disclosures, as the learner keeps them.

    Raises:
        StatementFileError: the file is something else.
        OSError: it cannot be read.
    """
    wanted = "a JSON list of disclosures"
    with path.open("rb") as file:
        raw = file.read(_FILE_BYTES_MAX + 1)
    if len(raw) > _FILE_BYTES_MAX:
        raise StatementFileError(wanted=wanted, found="more than 8 MiB")
    try:
        return _SHOWN.validate_json(raw)
    except ValidationError as error:
        raise StatementFileError(wanted=wanted, found="its form") from error


def write_lines(path: Path, lines: Iterable[bytes]) -> Written:
    """Write a private file that must not exist yet, so that it is whole or not there.

    Raises:
        FileExistsError: it exists; nothing is overwritten.
    """
    if path.exists():
        raise FileExistsError(17, "exists already, and nothing is overwritten", path)
    unfinished = path.with_name(path.name + ".part")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    count = size = 0
    try:
        with os.fdopen(os.open(unfinished, flags, OWNER_ONLY), "wb") as file:
            for line in lines:
                file.write(line)
                count, size = count + 1, size + len(line)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    sync_folder(path.parent)
    return Written(lines=count, bytes=size)
