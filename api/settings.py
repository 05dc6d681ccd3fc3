"""What a bank is told by its environment, and by files that this names."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from ledger.integrity.encoding import b64decode
from ledger.integrity.quorum import Policy, PolicyError
from ledger.vault.keys import MasterKeyError

LEDGER_FILE = "ledger.db"
PROJECTIONS_FILE = "projections.db"
VAULT_FILE = "vault.db"
KEYS_FOLDER = "keys"
LOG_FOLDER = "log"
SERVICE_KEY_FILE = "service.json"
CHECKPOINT_KEY_FILE = "checkpoint.json"
VAULT_KEY_FILE = "vault.key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where a bank keeps its three databases and its own keys, and publishes its log.

    Environment: ``SKILLBANK_DATABASE_URL``, ``SKILLBANK_PROJECTIONS_URL``,
    ``SKILLBANK_VAULT_URL``, ``SKILLBANK_BANK_KEYS_DIR``, ``SKILLBANK_VAULT_KEY`` (32
    bytes in base64url; otherwise the file ``vault.key`` in the keys' folder),
    ``SKILLBANK_LOG_DIR``, ``SKILLBANK_WITNESS_POLICY`` (a TOML file: who cosigns
    checkpoints). The keys of a member are another folder, ``SKILLBANK_KEYS_DIR``,
    which a bank never reads.
    """

    database_url: str
    projections_url: str
    vault_url: str
    keys: Path
    log: Path
    vault_key: str | None = None
    witness_policy: Path | None = None

    @classmethod
    def in_folder(cls, folder: Path) -> Self:
        """Return the settings of a bank that lives in one folder, on SQLite."""
        return cls(
            database_url=f"sqlite:///{folder / LEDGER_FILE}",
            projections_url=f"sqlite:///{folder / PROJECTIONS_FILE}",
            vault_url=f"sqlite:///{folder / VAULT_FILE}",
            keys=folder / KEYS_FOLDER,
            log=folder / LOG_FOLDER,
        )

    @classmethod
    def from_environment(cls, folder: Path) -> Self:
        """Return what the environment says, and the folder's defaults for the rest."""
        default = cls.in_folder(folder)
        read = os.environ.get
        policy = read("SKILLBANK_WITNESS_POLICY")
        return cls(
            database_url=read("SKILLBANK_DATABASE_URL", default.database_url),
            projections_url=read("SKILLBANK_PROJECTIONS_URL", default.projections_url),
            vault_url=read("SKILLBANK_VAULT_URL", default.vault_url),
            keys=Path(read("SKILLBANK_BANK_KEYS_DIR", str(default.keys))),
            log=Path(read("SKILLBANK_LOG_DIR", str(default.log))),
            vault_key=read("SKILLBANK_VAULT_KEY"),
            witness_policy=Path(policy) if policy else None,
        )


def read_vault_key(settings: Settings) -> bytes:
    """Return the vault's master key, from the environment or from its file.

    Raises:
        FileNotFoundError: it is neither here nor there.
        MasterKeyError: it is not written in base64url.
    """
    text = settings.vault_key
    if text is None:
        text = (settings.keys / VAULT_KEY_FILE).read_text(encoding="ascii").strip()
    try:
        return b64decode(text)
    except ValueError:
        # Without the cause: it could quote the key.
        raise MasterKeyError from None


def read_policy(settings: Settings) -> Policy | None:
    """Return whose cosignatures are gathered, None where nobody's are.

    Raises:
        PolicyError: the file is not there, or is no policy.
    """
    path = settings.witness_policy
    if path is None:
        return None
    try:
        return Policy.read(path.read_bytes())
    except OSError as error:
        raise PolicyError(reason="unreadable") from error
