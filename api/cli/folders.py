"""A bank's folder on this machine, and what is said when it is not as it should be."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final, NoReturn

import typer
from sqlalchemy.exc import OperationalError

from api.bank import NotFoundedError
from api.cli.terminal import NOT_CHECKED, WRONG_INPUT, say
from ledger.database import DatabaseUrlError, open_for_reading
from ledger.integrity.quorum import PolicyError
from ledger.store.reader import StoreUnavailableError
from ledger.store.schema import SchemaVersionError, StateFormError
from ledger.vault.keys import MasterKeyError, SealBrokenError
from ledger.vault.vault import VaultUnavailableError

HERE: Final = Path()

FolderOption = Annotated[
    Path,
    typer.Option(
        "--data",
        metavar="DIR",
        file_okay=False,
        help="The bank's folder; the SKILLBANK_… variables override parts of it.",
    ),
]


_OF_ANOTHER_RELEASE: Final = {
    StateFormError: "the writer's tables are of an earlier release: stop the bank, and "
    "make them anew from the log with `skillbank project --rebuild-state`",
    SchemaVersionError: "the ledger was written by a later release: install that one",
}


def check_exists(url: str) -> None:
    """Look before opening for writing, which would make a new file.

    Raises:
        NotFoundedError: there is no such database.
    """
    engine = open_for_reading(url)
    try:
        engine.connect().close()
    except OperationalError as error:
        raise NotFoundedError from error
    finally:
        engine.dispose()


@contextmanager
def bank_at(folder: Path) -> Iterator[None]:
    """Say what is wrong with a bank's folder or databases.

    Raises:
        typer.Exit: something is.
    """
    try:
        yield
    except DatabaseUrlError as error:
        fail(f"{error} databases are not supported: SQLite or PostgreSQL")
    except NotFoundedError:
        fail(f"there is no bank in {folder}: found one with `skillbank init`")
    except (StateFormError, SchemaVersionError) as error:
        fail(_OF_ANOTHER_RELEASE[type(error)])
    except MasterKeyError:
        fail(
            "the vault was made with another key, or this is no key: restore "
            "keys/vault.key, or set SKILLBANK_VAULT_KEY to the right one"
        )
    except PolicyError as error:
        fail(
            f"SKILLBANK_WITNESS_POLICY names no policy of witnesses ({error}): see "
            "docs/guide/witness.md"
        )
    except VaultUnavailableError:
        fail(
            "the vault cannot be opened, or does not answer: is there a bank in "
            f"{folder}, is the vault's database running, and is SKILLBANK_VAULT_URL "
            "right?",
            exit_code=NOT_CHECKED,
        )
    except StoreUnavailableError:
        fail("the ledger's database does not answer", exit_code=NOT_CHECKED)
    except SealBrokenError:
        fail(
            "the vault holds something that was changed, or moved there from "
            "elsewhere: restore it from a backup"
        )


def fail(text: str, *, exit_code: int = WRONG_INPUT) -> NoReturn:
    """Say what is wrong, and stop.

    Raises:
        typer.Exit: always.
    """
    say(f"error: {text}")
    raise typer.Exit(exit_code)
