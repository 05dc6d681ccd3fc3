"""How long a source says it is: what progress is told by, and nothing is proven by."""

from pathlib import Path

from ledger.audit.bundles.form import MARK, Bundle, Header, Scope, ScopeKind, spell
from ledger.audit.bundles.whole import BundleSource
from ledger.audit.database import DatabaseSource
from ledger.audit.verify import verify
from ledger.integrity.checkpoints import Checkpoint, sign_checkpoint
from tests.bank import ORIGIN, Bank


def test_a_database_says_how_many_entries_it_has(
    sqlite_url: str, tmp_path: Path
) -> None:
    """And nothing once it cannot be asked any more."""
    with Bank(sqlite_url) as bank:
        size = len(list(bank.raw_entries()))
    source, broken = DatabaseSource(sqlite_url), DatabaseSource(sqlite_url)

    before = source.size()
    source.close()
    broken.close()
    (tmp_path / "ledger.db").write_bytes(b"no database any more" * 1_000)
    after = broken.size()
    broken.close()

    assert (before, after) == (size, None)


def test_a_bank_may_go_on_while_it_is_audited(database_url: str) -> None:
    """What is written meanwhile is for the next audit, its checkpoint too."""
    with Bank(database_url) as bank:
        size = len(list(bank.raw_entries()))
        source = DatabaseSource(database_url)
        assert source.size() == size
        bank.submit(bank.receive(bank.sign(bank.award("later")))).result()
        assert len(list(bank.raw_entries())) == size + 1

        report = verify(source, ledger=bank.ledger)
        source.close()

    assert report.passed, report.findings
    assert report.entries == size


def test_a_bundle_says_what_its_header_does(sqlite_url: str, tmp_path: Path) -> None:
    """And nothing where the header cannot be read."""
    with Bank(sqlite_url) as bank:
        signed = Checkpoint(origin=ORIGIN, size=1, root=b"r" * 32)
        header = Header(
            checkpoint=sign_checkpoint(signed, bank.checkpoint),
            count=1,
            ledger=bank.ledger,
            scope=Scope(kind=ScopeKind.WHOLE),
        )
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    whole.write_bytes(spell(header))
    broken.write_bytes(MARK + b"?\n")

    sizes = [BundleSource(Bundle(one)).size() for one in (whole, broken)]

    assert sizes == [1, None]
