"""The operator's own vault beside an audit: what it holds, by digests only."""

from pathlib import Path

from sqlalchemy.exc import ArgumentError

from api.bank import NotFoundedError
from api.cli.folders import check_exists
from api.cli.terminal import NOT_CHECKED, WRONG_INPUT, stop
from api.settings import Settings, read_vault_key
from ledger.audit.disclosures import DisclosureCheck, Held
from ledger.database import DatabaseUrlError, open_for_reading
from ledger.vault.holdings import holdings
from ledger.vault.keys import MasterKeyError
from ledger.vault.vault import VaultUnavailableError


def held_in(url: str, *, source: str, as_json: bool) -> DisclosureCheck:
    """Read a vault, which is changed by nothing.

    The key is in the environment, or in the keys' folder of the bank that is audited.

    Raises:
        typer.Exit: there is no such vault, it does not answer, or the key is not its.
    """
    try:
        return _read(url, folder=_folder(source))
    except (FileNotFoundError, MasterKeyError):
        text = (
            "the vault's key is not here, or is another one: set SKILLBANK_VAULT_KEY, "
            "or SKILLBANK_BANK_KEYS_DIR to the folder that holds it"
        )
        stop("vault-key", text, exit_code=WRONG_INPUT, as_json=as_json)
    except (NotFoundedError, DatabaseUrlError, ArgumentError):
        text = "no vault is there: name the URL of its database with --vault"
        stop("no-vault", text, exit_code=WRONG_INPUT, as_json=as_json)
    except VaultUnavailableError:
        text = "the vault does not answer, or is none; nothing was checked"
        stop("vault-unreachable", text, exit_code=NOT_CHECKED, as_json=as_json)


def _folder(source: str) -> Path:
    path = Path(source)
    if "://" in source or not path.exists():
        return Path()
    return path if path.is_dir() else path.parent


def _read(url: str, *, folder: Path) -> DisclosureCheck:
    check_exists(url)
    key = read_vault_key(Settings.from_environment(folder))
    engine = open_for_reading(url)
    try:
        return DisclosureCheck(
            Held(
                iss=one.claim.iss,
                statement_id=one.claim.statement_id,
                payload_hash=one.claim.payload_hash,
                digests=one.digests,
                settled=one.settled,
            )
            for one in holdings(engine, key)
        )
    finally:
        engine.dispose()
