"""The manifest: what a backup holds. It is written last, so it says all is there.

Two lines: canonical JSON, and the digest of that line. The digest is against damage.
What protects from a person are the signatures in the log, which are checked before a
backup is restored, and the seals in the vault.
"""

import hashlib
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ledger.backup.errors import BackupDamagedError, NotABackupError
from ledger.backup.files import Digest
from ledger.domain.types import Instant
from ledger.integrity import canonical
from ledger.integrity.encoding import HASH_PATTERN, b64encode
from ledger.integrity.errors import IntegrityError

MANIFEST: Final = "manifest.json"
MANIFEST_BYTES_MAX: Final = 1024 * 1024
FORMAT: Final = "skillbank-backup-1"

_Count = Annotated[int, Field(ge=0, lt=2**53)]
_Hash = Annotated[str, Field(pattern=HASH_PATTERN)]
_Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class SavedFile(_Value):
    """One file: rows of one table, a line each."""

    path: Annotated[str, Field(pattern=r"^(ledger|vault)/[a-z0-9_]{1,63}\.ndjson\.gz$")]
    table: _Name
    columns: Annotated[tuple[_Name, ...], Field(min_length=1, max_length=200)]
    rows: _Count
    length_bytes: _Count
    sha256: _Hash

    def digest(self) -> Digest:
        """Return what the file's bytes must lead to."""
        return Digest(length_bytes=self.length_bytes, sha256=self.sha256)


class Manifest(_Value):
    """What was saved: a ledger of ``size`` entries under ``root``, at an instant."""

    format: Literal["skillbank-backup-1"] = FORMAT
    ledger: Annotated[str, Field(max_length=500)]
    size: Annotated[int, Field(ge=1, lt=2**53)]
    root: _Hash
    checkpoint: Annotated[str, Field(max_length=64 * 1024)]
    made_at: Instant
    schema_version: Annotated[int, Field(ge=1, lt=2**31)]
    files: Annotated[tuple[SavedFile, ...], Field(max_length=1_000)]


def write_manifest(manifest: Manifest) -> bytes:
    """Return the bytes of a manifest."""
    line = canonical.dumps(manifest.model_dump(mode="json")) + b"\n"
    return line + b64encode(hashlib.sha256(line).digest()).encode() + b"\n"


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a backup.

    Raises:
        NotABackupError: there is none.
        BackupDamagedError: it is not as it was written.
    """
    try:
        with (folder / MANIFEST).open("rb") as file:
            raw = file.read(MANIFEST_BYTES_MAX + 1)
    except OSError as error:
        raise NotABackupError from error
    try:
        manifest = Manifest.model_validate_json(raw.partition(b"\n")[0])
        same = write_manifest(manifest) == raw
    except (ValidationError, ValueError, IntegrityError) as error:
        raise BackupDamagedError(MANIFEST) from error
    if not same:
        raise BackupDamagedError(MANIFEST)
    return manifest
