"""A backup of a release whose state had another form comes back all the same."""

from pathlib import Path

import pytest
from sqlalchemy import inspect

from ledger.audit.rebuild import rebuild
from ledger.backup.errors import AnotherReleaseError
from ledger.backup.manifest import read_manifest
from ledger.backup.opened import Backup
from ledger.backup.restoring import require_empty, restore_backup
from ledger.database import open_engine
from ledger.domain.state import KINDS
from ledger.store.application import LedgerStore
from tests.backing import RESTORED_AT, NewUrl, bring_back, nothing, rewrite


@pytest.fixture
def earlier(saved: Path, request: pytest.FixtureRequest) -> Path:
    """Say of a saved table of the state what an earlier release would."""
    files = read_manifest(saved).files
    lots = next(one for one in files if one.table == "state_lots")
    rest = tuple(one for one in files if one != lots)
    change = getattr(request, "param", {"columns": ("award_id", "roots")})
    rewrite(saved, files=(*rest, type(lots)(**{**lots.model_dump(), **change})))
    return saved


def records_in(url: str) -> dict[str, list[object]]:
    """Return all that the state of a ledger holds."""
    store = LedgerStore(open_engine(url))
    found: dict[str, list[object]] = {kind: list(store.scan(kind)) for kind in KINDS}
    store.close()
    return found


@pytest.mark.parametrize(
    "earlier",
    [
        {"columns": ("award_id", "roots")},
        {"table": "state_gone", "path": "ledger/state_gone.ndjson.gz"},
    ],
    ids=["columns", "table"],
    indirect=True,
)
def test_state_of_another_form_is_made_anew(
    archive: Path, earlier: Path, new_url: NewUrl
) -> None:
    """What came back is what the log gives, and what was saved besides."""
    urls = [new_url("sqlite") for _ in range(2)]

    for folder, url in zip((archive, earlier), urls, strict=True):
        backup = bring_back(folder, url=url, vault_url=None)
        assert backup.is_without_state == (folder is earlier)

    same, anew = map(records_in, urls)
    assert anew == same
    assert len(anew["lots"]) == 1


def test_it_is_read_by_whoever_audits_it(archive: Path, earlier: Path) -> None:
    """Entries and heads are what they were in every release."""
    backups = Backup(archive), Backup(earlier, with_vault=False)

    assert list(backups[0].entries()) == list(backups[1].entries())
    assert list(backups[0].heads()) == list(backups[1].heads())


def test_nobody_restores_it_who_cannot_make_the_state(
    earlier: Path, new_url: NewUrl
) -> None:
    """A bank without its state would know nobody."""
    ledger = open_engine(new_url("sqlite"))

    with pytest.raises(AnotherReleaseError) as refused:
        restore_backup(
            Backup(earlier),
            ledger=ledger,
            vault=None,
            restored_at=RESTORED_AT,
            before_commit=nothing,
        )

    assert refused.value.table.startswith("state_")
    require_empty(ledger, is_vault=False)
    assert not inspect(ledger).get_table_names()
    ledger.dispose()


def test_a_state_of_this_form_is_not_made_anew(saved: Path) -> None:
    """It comes back as it was saved."""
    assert not Backup(saved, rebuild=rebuild).is_without_state
