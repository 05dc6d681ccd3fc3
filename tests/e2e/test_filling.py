"""The benchmark's filler writes what a bank would have written."""

from pathlib import Path

import pytest

from api.bank import Bank
from bench.databases import SqliteFiles
from bench.filling import filling
from bench.school import School, admitted
from ledger.audit.database import DatabaseSource
from ledger.audit.rebuild import Rebuilt, Until, rebuild_all
from ledger.audit.verify import verify
from ledger.domain.state import KINDS
from ledger.intake import receive_batch
from ledger.store.application import LedgerStore


@pytest.fixture
def school(tmp_path: Path) -> School:
    """Found a bank and fill it in steps, the first of which ends among accounts."""
    school = admitted(SqliteFiles(tmp_path), tmp_path, learners=1)
    for sizes in ((600, 1_400), (1_900,)):
        with filling(school) as filler:
            for size in sizes:
                filler.fill(size)
    return school


def test_an_audit_finds_nothing_in_a_filled_ledger_that_its_writer_went_on_with(
    school: School,
) -> None:
    """Signatures, roots, rules, and every record that the writer reads."""
    bank = Bank(school.settings)
    try:
        write_on(bank, school)
        rebuilt = audited(school)
        assert rebuilt.entries == 1_900 + 1 + 20
        check_state(bank.store, rebuilt)
    finally:
        bank.close()


def write_on(bank: Bank, school: School) -> None:
    """Have the bank's own writer take a batch, which awards new learners, too."""
    tagger = bank.vault.keys.certificate_tag
    raw = school.batch(20)
    bank.sequencer.submit(
        receive_batch(raw, find_key=bank.find_key, tagger=tagger)
    ).result()


def audited(school: School) -> Rebuilt:
    """Audit the database as a stranger would, and replay it."""
    source = DatabaseSource(school.settings.database_url)
    try:
        assert verify(source, ledger=school.ledger).findings == ()
        return rebuild_all(source.entries(), until=Until())
    finally:
        source.close()


def check_state(store: LedgerStore, rebuilt: Rebuilt) -> None:
    """Hold every state table against the replayed log."""
    for kind, record in KINDS.items():
        replayed = {one.key: one for one in rebuilt.state.all_of(record)}
        assert {one.key: one for one in store.scan(kind)} == replayed
