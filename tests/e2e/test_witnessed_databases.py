"""Cosignatures in a bank's database and in its backup, as an auditor reads them."""

from pathlib import Path

import orjson
import pytest
from sqlalchemy import insert, update

from api.cli.sources import open_source
from ledger.audit.database import PAGE, DatabaseSource
from ledger.audit.errors import UnreadableSourceError
from ledger.audit.findings import AuditReport, WitnessFigures
from ledger.audit.parts import HeldAgainst
from ledger.audit.verify import verify
from ledger.audit.witnessed import Witnesses
from ledger.database import open_engine
from ledger.store.schema import cosignatures
from ledger.vault.vault import Vault
from tests.backing import MASTER, save
from tests.bank import Bank
from tests.e2e.cli_machine import run_command
from tests.gathering import NAMES, Gathering, gathering_from

pytestmark = pytest.mark.traced


def audit(found: Gathering, source: str | Path) -> AuditReport:
    """Audit a source under the policy of the bank's own witnesses."""
    opened = open_source(str(source))
    witnesses = Witnesses(policy=found.gatherer.policy)
    try:
        return verify(
            opened, ledger=found.bank.ledger, against=HeldAgainst(witnesses=witnesses)
        )
    finally:
        close = getattr(opened, "close", lambda: None)
        close()


def test_witnesses_and_audits_work_on_either_database(
    database_url: str, tmp_path: Path
) -> None:
    """The ledger, what a witness remembers, and the auditor's reading of both."""
    urls = {name: f"sqlite:///{tmp_path / name}.db" for name in NAMES}
    with Bank(database_url) as bank:
        seconds = int(bank.clock.now().timestamp())
        # One witness keeps its memory in the same database, of whatever kind.
        urls["north"] = database_url
        with gathering_from(bank, urls=urls, seconds=seconds) as found:
            assert found.asker("north").ask_once()
            first = found.size()
            found.award("r1")
            for name in ("north", "south"):
                assert found.asker(name).ask_once()
            found.award("r2")
            check(found, tmp_path, first=first)


def check(found: Gathering, folder: Path, *, first: int) -> None:
    """Require the same figures of each source, and faults where harm is done."""
    figures = WitnessFigures(
        cosigned=2,
        with_quorum=1,
        quorum_size=first + 1,
        seen={"north": first + 1, "south": first + 1, "west": 0},
    )
    vault_url = f"sqlite:///{folder / 'vault.db'}"
    Vault(open_engine(vault_url), MASTER).close()
    save(folder / "backup", url=found.bank.url, vault_url=vault_url)
    for source in (found.bank.url, folder / "backup"):
        report = audit(found, source)
        assert (report.findings, report.witnesses) == ((), figures)
    check_command(found, folder)
    check_harm(found, first=first)


def check_command(found: Gathering, folder: Path) -> None:
    """Require that the command tells of witnesses, and refuses what is no policy."""
    policy = folder / "policy.toml"
    policy.write_text(found.policy)
    words = ("audit", "verify", found.bank.url, "--ledger", found.bank.ledger)
    told = run_command(*words, "--witness-policy", policy)
    assert "2 checkpoints cosigned, 1 with quorum" in told.out
    assert "has cosigned none" in told.out
    shown = run_command(*words, "--json", "--witness-policy", policy).figures()
    assert shown["witnesses"] == {
        "cosigned": 2,
        "with_quorum": 1,
        "quorum_size": found.size() - 1,
        "seen": {"north": found.size() - 1, "south": found.size() - 1, "west": 0},
    }
    policy.write_text(found.policy.replace("needed = 2", "needed = 4"))
    for file in (policy, folder / "no.toml"):
        refused = run_command(*words, "--json", "--witness-policy", file)
        assert refused.code == 3
        assert orjson.loads(refused.out)["error"] == "invalid-witness-policy"


def check_harm(found: Gathering, *, first: int) -> None:
    """Require that what somebody changes in the database is found at its place."""
    table, engine = cosignatures.c, found.bank.store.engine
    with engine.begin() as connection:
        connection.execute(
            update(cosignatures)
            .where(table.witness == "south.example")
            .values(size=first)
        )
        connection.execute(
            update(cosignatures)
            .where(table.witness == "north.example", table.size > first)
            .values(size=first + 7)
        )
    harmed = audit(found, found.bank.url)
    assert [(one.code, one.position) for one in harmed.findings] == [
        ("cosignature-invalid", first - 1),
        ("cosigned-missing", first + 6),
    ]
    with engine.begin() as connection:
        # As a bank of an earlier release left it.
        cosignatures.drop(connection)
    assert audit(found, found.bank.url).findings == ()


def test_many_cosignatures_are_read_in_order_and_a_broken_table_is_a_fault(
    sqlite_url: str,
) -> None:
    """Page by page, also within one size; never taken for none at all."""
    with Bank(sqlite_url) as bank:
        sizes = [1, *range(2, PAGE), PAGE, PAGE, PAGE, PAGE + 1]
        rows = [
            {"size": size, "witness": f"w{number}", "seconds": 1, "line": "x"}
            for number, size in enumerate(sizes)
        ]
        with bank.store.engine.begin() as connection:
            connection.execute(insert(cosignatures), rows)
        source = DatabaseSource(sqlite_url)

        assert [one.size for one in source.cosigned()] == list(range(1, PAGE + 2))

        with bank.store.engine.begin() as connection:
            connection.exec_driver_sql(
                "ALTER TABLE cosignatures RENAME COLUMN line TO other"
            )
        with pytest.raises(UnreadableSourceError):
            list(source.cosigned())
        source.close()
