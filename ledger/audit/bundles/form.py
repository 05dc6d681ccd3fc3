"""The form of a bundle: lines of canonical JSON, a header and one line per entry.

The format is promised in ``docs/spec/bundle.md``. A second spelling of a line is none.
"""

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, Literal

import orjson
from pydantic import Field, ValidationError

from ledger.domain.types import Wire
from ledger.integrity.encoding import HASH_PATTERN, b64decode
from ledger.integrity.entries import ENTRY_BYTES_MAX

MARK: Final = b'{"bundle":"skillbank-bundle.'
"""What every bundle begins with, whatever its version."""
LINE_BYTES_MAX: Final = 1024 * 1024
PATH_MAX: Final = 64
ID_CHARACTERS_MAX: Final = 100
BATCH_PATH_MAX: Final = 10
_ENTRY_CHARACTERS_MAX: Final = ENTRY_BYTES_MAX * 4 // 3 + 4

_Number = Annotated[int, Field(ge=0, lt=2**53)]
_Hash = Annotated[str, Field(pattern=HASH_PATTERN)]
_Path = Annotated[tuple[_Hash, ...], Field(max_length=PATH_MAX)]


class NotABundleError(Exception):
    """The file is no bundle."""


class ScopeKind(StrEnum):
    """How much of a ledger a bundle holds."""

    WHOLE = "whole"
    RANGE = "range"
    LEARNER = "learner"
    AWARD = "award"


class Scope(Wire):
    """What a bundle was asked to hold.

    A range names its first and last position, a learner or an award its id.
    """

    kind: Annotated[ScopeKind, Field(strict=False)]
    first: _Number | None = None
    last: _Number | None = None
    id: Annotated[str, Field(max_length=ID_CHARACTERS_MAX)] | None = None


class Run(Wire):
    """What proves that a run of entries stands as one piece under the checkpoint.

    ``frontier`` is the tree before its first entry; ``path`` the consistency proof
    from the tree after its last entry to the checkpoint.
    """

    frontier: _Path
    path: _Path


class Header(Wire):
    """The first line: whose entries, how many, and the checkpoint over them all.

    ``cosigned`` is of a whole ledger: the newest checkpoint that witnesses have seen,
    where that is a smaller one.
    """

    bundle: Literal["skillbank-bundle.v1"] = "skillbank-bundle.v1"
    checkpoint: Annotated[str, Field(max_length=64 * 1024)]
    cosigned: Annotated[str, Field(max_length=64 * 1024)] | None = None
    count: _Number
    ledger: Annotated[str, Field(max_length=300)]
    run: Run | None = None
    scope: Scope


class Line(Wire):
    """One entry. ``entry`` is base64url of its bytes.

    ``path`` is its inclusion proof, absent where the entry is part of a run;
    ``batch_path`` leads from a batch's line to the root that its header signs.
    ``disclosures`` are values that the learner chose to show.
    """

    batch_path: (
        Annotated[tuple[_Hash, ...], Field(max_length=BATCH_PATH_MAX)] | None
    ) = None
    disclosures: (
        Annotated[
            tuple[Annotated[str, Field(max_length=16 * 1024)], ...],
            Field(min_length=1, max_length=32),
        ]
        | None
    ) = None
    entry: Annotated[str, Field(max_length=_ENTRY_CHARACTERS_MAX)]
    path: _Path | None = None
    position: _Number

    def raw(self) -> bytes:
        """Return the entry's bytes."""
        return b64decode(self.entry)


def spell(value: Header | Line) -> bytes:
    """Return the one line that says this, with its newline."""
    # Names are ASCII and numbers whole: sorted keys are canonical JSON here.
    found = value.model_dump(mode="json", exclude_none=True)
    return orjson.dumps(found, option=orjson.OPT_SORT_KEYS) + b"\n"


class Bundle:
    """A bundle's file, read line by line."""

    def __init__(self, path: Path) -> None:
        """Read the header.

        Raises:
            NotABundleError: the file does not begin as a bundle does.
        """
        self.path = path
        with path.open("rb") as file:
            first = file.readline(LINE_BYTES_MAX)
        if not first.startswith(MARK):
            raise NotABundleError
        self.header = _read_header(first)

    def lines(self) -> Iterator[Line | None]:
        """Return the lines after the header; None for one that cannot be read."""
        with self.path.open("rb") as file:
            file.readline(LINE_BYTES_MAX)
            while raw := file.readline(LINE_BYTES_MAX):
                yield _read_line(raw)


def _read_header(raw: bytes) -> Header | None:
    try:
        header = Header.model_validate_json(raw)
    except ValidationError:
        return None
    return header if spell(header) == raw and _is_sound(header) else None


def _is_sound(header: Header) -> bool:
    """Tell whether a header has what its kind of scope needs, and nothing else."""
    scope = header.scope
    ranged = scope.kind is ScopeKind.RANGE
    named = scope.kind in {ScopeKind.LEARNER, ScopeKind.AWARD}
    has = (
        scope.first is not None,
        scope.last is not None,
        header.run is not None,
        scope.id is not None,
    )
    whole = scope.kind is ScopeKind.WHOLE
    return has == (ranged, ranged, ranged, named) and (whole or not header.cosigned)


def _read_line(raw: bytes) -> Line | None:
    try:
        line = Line.model_validate_json(raw)
        line.raw()
    except ValueError:
        return None
    return line if spell(line) == raw else None
