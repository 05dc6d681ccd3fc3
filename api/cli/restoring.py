"""Restores a backup: audited as a stranger would, then brought back whole."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from sqlalchemy.engine import make_url

from api.bank import NotFoundedError
from api.cli.backups import BackupSource
from api.cli.folders import check_exists
from api.settings import Settings
from ledger.audit.findings import AuditReport
from ledger.audit.verify import verify
from ledger.backup.opened import Backup
from ledger.backup.restoring import require_empty, restore_backup
from ledger.database import open_engine
from ledger.integrity.encoding import b64encode
from projections.tables import metadata as projections


def audit_backup(backup: Backup) -> AuditReport:
    """Audit the ledger that a backup holds, under the name that its manifest says."""
    return verify(BackupSource(backup), ledger=backup.manifest.ledger)


def is_whole(backup: Backup, report: AuditReport) -> bool:
    """Tell whether an audit found the log that the manifest names, and no fault."""
    manifest = backup.manifest
    found = (report.entries, b64encode(report.root))
    return report.passed and found == (manifest.size, manifest.root)


def require_room(settings: Settings, *, with_vault: bool) -> None:
    """Look before a long audit whether there is room for what shall be restored.

    Raises:
        NotEmptyError: a database holds rows.
    """
    urls = {settings.database_url: False}
    if with_vault:
        urls[settings.vault_url] = True
    for url, is_vault in urls.items():
        try:
            check_exists(url)
        except NotFoundedError:
            continue
        engine = open_engine(url)
        try:
            require_empty(engine, is_vault=is_vault)
        finally:
            engine.dispose()


def bring_back(
    backup: Backup, settings: Settings, *, restored_at: str, with_vault: bool
) -> None:
    """Restore a backup that was audited into the databases of a bank.

    Projections of the ledger that was there before are dropped: they may know entries
    that came back no more.

    Raises:
        BackupError: the backup is damaged, or a database is not empty.
        DatabaseUrlError: neither a SQLite file nor a PostgreSQL address.
        DBAPIError: a database refused.
    """
    with ExitStack() as opened:
        opened.enter_context(_leaving_no_file(settings.database_url))
        if with_vault:
            opened.enter_context(_leaving_no_file(settings.vault_url))
        # Engines are disposed before files are taken away.
        ledger = open_engine(settings.database_url)
        opened.callback(ledger.dispose)
        vault = None
        if with_vault:
            vault = open_engine(settings.vault_url)
            opened.callback(vault.dispose)
        restore_backup(
            backup,
            ledger=ledger,
            vault=vault,
            restored_at=restored_at,
            before_commit=_dropping_projections(settings.projections_url),
        )


def _dropping_projections(url: str) -> Callable[[], None]:
    def drop() -> None:
        try:
            check_exists(url)
        except NotFoundedError:
            return
        engine = open_engine(url)
        try:
            projections.drop_all(engine)
        finally:
            engine.dispose()

    return drop


@contextmanager
def _leaving_no_file(url: str) -> Iterator[None]:
    """Take away a SQLite file that was not there before, if what is done fails."""
    parsed = make_url(url)
    file = Path(parsed.database or "")
    is_new = parsed.get_backend_name() == "sqlite" and not file.exists()
    try:
        yield
    except BaseException:
        if is_new:
            for end in ("", "-wal", "-shm"):
                file.with_name(file.name + end).unlink(missing_ok=True)
        raise
