"""Invented learners, and what a vault's database holds of them, byte by byte."""

from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import make_url

from ledger.database import open_engine
from ledger.integrity.disclosures import Disclosure, make_disclosure
from ledger.vault.vault import Disclosed, Vault

MASTER = bytes(range(32))
SCHOOL = "north-college"
LEARNER = "learner_" + "a" * 32
OTHER = "learner_" + "b" * 32
NAME = "王小明"
NUMBER = "S-2026-0417"
IDENTITY = "ID 0417 8861"
SCORE = "ninety-one"
EXPIRES = "2026-09-02T08:00:00.000Z"
LONG_AFTER = "2026-09-09T08:00:00.000Z"

_FILES = text(
    "SELECT pg_relation_filepath(oid) FROM pg_class"
    " WHERE relname LIKE 'vault%' AND relkind IN ('r', 'i')"
)


def open_vault(url: str, master: bytes = MASTER) -> Vault:
    """Open a vault over connections of its own."""
    return Vault(open_engine(url), master)


def disclosure(name: str, value: object) -> Disclosure:
    """Return a disclosure whose salt is always the same."""
    return make_disclosure(name, value, salt="s" * 22)


PERSON = (
    disclosure("name", NAME),
    disclosure("student_number", NUMBER),
    disclosure("identity_number", IDENTITY),
)


def opening(
    statement_id: str = "opening",
    learner_id: str = LEARNER,
    *,
    disclosures: tuple[Disclosure, ...] = PERSON,
    **changes: str,
) -> Disclosed:
    """Return what an account's opening discloses."""
    fields = {
        "iss": SCHOOL,
        "payload_hash": f"hash of {statement_id}",
        "expires_at": EXPIRES,
        **changes,
    }
    return Disclosed(
        statement_id=statement_id,
        learner_id=learner_id,
        disclosures=disclosures,
        **fields,
    )


def grading(statement_id: str = "grading", learner_id: str = LEARNER) -> Disclosed:
    """Return what an award discloses."""
    score = disclosure("score", SCORE)
    return opening(statement_id, learner_id, disclosures=(score,))


def found(vault: Vault, field: str, *, value: str, iss: str = SCHOOL) -> list[str]:
    """Return whom a member finds."""
    return vault.find_learners(iss=iss, field=field, value=value)


def stored_bytes(url: str) -> bytes:
    """Return every byte of the vault's tables as they are on the disk."""
    path = Path(make_url(url).database or "")
    if url.startswith("sqlite"):
        files = sorted(path.parent.glob(f"{path.name}*"))
        return b"".join(file.read_bytes() for file in files)
    engine = open_engine(url)
    with engine.connect() as connection:
        outside = connection.execution_options(isolation_level="AUTOCOMMIT")
        outside.execute(text("CHECKPOINT"))
        folder = Path(outside.execute(text("SHOW data_directory")).scalar_one())
        names = list(outside.scalars(_FILES))
    engine.dispose()
    return b"".join((folder / name).read_bytes() for name in names)


def put_ten(url: str, first: int) -> None:
    """Keep ten statements about five learners, as another process would."""
    vault = open_vault(url)
    for number in range(first, first + 10):
        learner_id = f"learner_{number % 5:032d}"
        vault.put([grading(f"grading-{number}", learner_id)])
    vault.close()
