"""What an import is told, and what it tells."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from client.errors import InputError
from client.imports.columns import Wording
from client.imports.faults import Faults
from ledger.domain.statements.envelope import Mandate

CHECKING: Final = "checking"
OPENING: Final = "opening accounts"
POSTING: Final = "posting"
"""The stages that progress is reported for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """How far a stage is; ``total`` 0 means that nobody knows yet."""

    stage: str
    done: int
    total: int = 0


Progress = Callable[[Step], None]


class FileChangedError(InputError):
    """The file changed between the check and the sending."""

    code = "file-changed"
    text = "{path} changed while it was read: run the import again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to import and how. ``mode`` is that of the accounts that are opened."""

    path: Path
    today: str
    wording: Wording = field(default_factory=Wording)
    encoding: str | None = None
    mode: str = "provisional"
    mandate: Mandate | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What an import did. ``known`` were in the ledger before."""

    rows: int
    posted: int = 0
    known: int = 0
    accounts_opened: int = 0
    batches: int = 0
    replayed: int = 0
    refused: Faults = field(default_factory=lambda: Faults(kept=(), count=0))
    ignored_columns: tuple[str, ...] = ()
    encoding: str = ""
