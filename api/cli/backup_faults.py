"""What is said when a backup, or where it comes from or goes to, is at fault."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Final, NamedTuple

from sqlalchemy.exc import DBAPIError

from api.cli.evidence import NoCheckpointError
from api.cli.terminal import FAULT, NOT_CHECKED, WRONG_INPUT, stop
from ledger.backup import errors
from ledger.store.schema import SchemaVersionError


class _Said(NamedTuple):
    code: str
    exit_code: int
    text: str


_SAID: Final[Mapping[type[errors.BackupError], _Said]] = MappingProxyType(
    {
        errors.EntriesLostError: _Said(
            "entries-lost",
            FAULT,
            "{missing} entries are missing: {name} reaches to {known}, and "
            "{size} were restored. The bank signs nothing. Look for a newer "
            "backup, a standby or an archive of the database, and restore that one. If "
            "there is none, see “When entries are lost” in the operator's guide, and "
            "give them up with --accept-loss {missing}",
        ),
        errors.ForkError: _Said(
            "another-history",
            FAULT,
            "{name} stands for another history: the first {size} entries have "
            "another root here. The bank signs nothing. Keep the database and "
            "the checkpoint as evidence, and call an auditor",
        ),
        errors.BackupDamagedError: _Said(
            "backup-damaged",
            FAULT,
            "{path} is not as it was saved: take another backup",
        ),
        errors.LogDamagedError: _Said(
            "log-damaged",
            FAULT,
            "the entries do not lead to the checkpoint that was signed for them: audit "
            "the ledger (`skillbank audit verify`)",
        ),
        errors.NotABackupError: _Said(
            "not-a-backup",
            WRONG_INPUT,
            "this is no backup, or one that was never finished: no manifest.json",
        ),
        errors.BackupExistsError: _Said(
            "backup-exists",
            WRONG_INPUT,
            "there is something of this name already: choose another",
        ),
        errors.NotEmptyError: _Said(
            "not-empty",
            WRONG_INPUT,
            "the database to restore into is not empty ({table}): take a new one. If "
            "only the ledger was lost, keep the vault with --without-vault",
        ),
        errors.AnotherReleaseError: _Said(
            "another-release",
            WRONG_INPUT,
            "{table} has another form here: use the release that saved it",
        ),
        errors.NoLedgerError: _Said(
            "no-ledger", WRONG_INPUT, "there is no ledger in this database"
        ),
        errors.EvidenceError: _Said(
            "not-signed",
            WRONG_INPUT,
            "{name} is no checkpoint that a key of this ledger signed, as far as the "
            "restored log knows its keys",
        ),
        errors.LossDiffersError: _Said(
            "loss-differs",
            WRONG_INPUT,
            "--accept-loss must name what is missing, which is {missing}",
        ),
    }
)
"""Every fault; what stands in braces are the error's own facts."""


@contextmanager
def explaining(*, as_json: bool) -> Iterator[None]:
    """Turn what can go wrong into a text that helps and an exit code.

    Raises:
        typer.Exit: it went wrong.
    """
    try:
        yield
    except errors.BackupError as error:
        said, facts = _SAID[type(error)], dict(vars(error))
        text = said.text.format(**facts)
        stop(said.code, text, exit_code=said.exit_code, as_json=as_json, **facts)
    except NoCheckpointError as error:
        text = (
            f"{error} holds no checkpoint: give a signed note (/log/checkpoint), a "
            "receipt or a proof, as a file"
        )
        stop("no-checkpoint", text, exit_code=WRONG_INPUT, as_json=as_json)
    except SchemaVersionError as error:
        stop("another-release", str(error), exit_code=WRONG_INPUT, as_json=as_json)
    except DBAPIError as error:
        # Not the statement and its values: they may hold a learner's.
        text = f"a database does not answer, or refused: {error.orig}"
        stop("database", text, exit_code=NOT_CHECKED, as_json=as_json)
