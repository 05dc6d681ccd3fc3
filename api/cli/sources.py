"""Where an auditor reads history from: folders, databases, backups, addresses."""

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Final

import httpx2

from client.certificates import believed
from ledger.audit.bundles.form import MARK, Bundle, ScopeKind
from ledger.audit.bundles.whole import BundleSource
from ledger.audit.errors import (
    Instead,
    NotALedgerError,
    SourceUnreachableError,
    UnreadableSourceError,
)
from ledger.audit.ports import ClosableSource, CosignedNote, Source, SourceEntry
from ledger.audit.tiles import NoEntriesError, TilesSource
from ledger.backup.errors import AnotherReleaseError
from ledger.backup.manifest import MANIFEST
from ledger.integrity.encoding import b64decode
from ledger.store.heads import StoredHead

PAGE: Final = 500
TIMEOUT_SECONDS: Final = 30
_SQLITE: Final = b"SQLite format 3\0"
_HEAD_BYTES_MAX: Final = 256 * 1024
_SIGNS_OF_A_BUNDLE: Final = (b'"bundle":"skillbank-bundle.', b'\n{"entry":"')
_DATABASES: Final = "ledger.audit.database"
_BACKUPS: Final = "api.cli.backups"
_SCHEMA: Final = "ledger.store.schema"


def open_source(source: str) -> Source:
    """Open a source by what a person would call it.

    Raises:
        NotALedgerError: there is no ledger.
        SourceUnreachableError: a bank or a database does not answer.
        UnreadableSourceError: a ledger's file is cut off or damaged from its start.
    """
    if is_address(source):
        return BankSource(source)
    if "://" in source:
        return _database(source)
    path = Path(source)
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NotALedgerError(Instead.ABSENT) from error
    except PermissionError:
        raise
    except (OSError, ValueError) as error:
        raise NotALedgerError(Instead.ASTRAY) from error
    if (path / MANIFEST).is_file():
        return _backup(path)
    if TilesSource.is_folder(path):
        return _tiles(path)
    return _file(path)


def is_address(source: str) -> bool:
    """Tell whether a source is a bank that is running."""
    return source.startswith(("http://", "https://"))


def _file(path: Path) -> Source:
    """Open a file, or a bank's folder.

    Raises:
        NotALedgerError: there is no ledger.
        UnreadableSourceError: a ledger's file is cut off or damaged from its start.
    """
    file = path / "ledger.db" if path.is_dir() else path
    if not file.is_file():
        raise NotALedgerError(Instead.FOLDER)
    bundle = _bundle(file)
    if bundle is not None:
        if _is_part(bundle):
            raise NotALedgerError(Instead.PART)
        return BundleSource(bundle)
    with file.open("rb") as opened:
        head = opened.read(_HEAD_BYTES_MAX)
    # Whoever damages what a ledger begins with must not make it look like a wrong path.
    if any(sign in head for sign in _SIGNS_OF_A_BUNDLE):
        raise UnreadableSourceError(0, "its first line is not that of a bundle")
    try:
        return _database(f"sqlite:///{file}")
    except NotALedgerError as error:
        if error.__cause__ is not None and _was_a_ledger(head):
            raise UnreadableSourceError(0, "its file is damaged or cut off") from error
        raise


@contextmanager
def closing(source: Source) -> Iterator[Source]:
    """Close a source in the end, whatever happens, if it holds something open."""
    try:
        yield source
    finally:
        if isinstance(source, ClosableSource):
            source.close()


def _was_a_ledger(head: bytes) -> bool:
    table: str = _part_of_a_bank(_SCHEMA).stored_events.name
    is_database = head.startswith(_SQLITE) or b"\0" in head
    return is_database and f"CREATE TABLE {table}".encode() in head


def _database(url: str) -> Source:
    """Open a database.

    Raises:
        NotALedgerError: it is none, or one without a ledger.
        SourceUnreachableError: what reads databases is not installed.
    """
    opened: Source = _part_of_a_bank(_DATABASES).DatabaseSource(url)
    return opened


def _part_of_a_bank(module: str) -> ModuleType:
    """Load what reads databases and backups; an auditor may do without.

    Raises:
        SourceUnreachableError: it is not installed.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        text = (
            "it is a database or a backup, and what reads these is not installed: "
            'pip install "skillbank[bank]". A bundle, the log as files, and the '
            "address of a bank can be read without"
        )
        raise SourceUnreachableError(text) from error


def size_in(note: str) -> int:
    """Return the size that a checkpoint says, unverified.

    Raises:
        NotALedgerError: it is none.
    """
    lines = note.split("\n")
    if len(lines) < 2 or not lines[1].isdecimal():  # noqa: PLR2004  # origin, size
        raise NotALedgerError(Instead.NO_CHECKPOINT)
    return int(lines[1])


def _tiles(folder: Path) -> TilesSource:
    """Open a log's folder.

    Raises:
        SourceUnreachableError: it has no entries.
    """
    try:
        return TilesSource(folder)
    except NoEntriesError as error:
        text = (
            "it holds hash tiles and no entries. Verify the bank's address or its "
            "database, or a folder that `skillbank tiles rebuild DIR --entries` wrote"
        )
        raise SourceUnreachableError(text) from error


def _backup(folder: Path) -> Source:
    """Open a backup.

    Raises:
        SourceUnreachableError: another release wrote it.
        UnreadableSourceError: it is damaged from its start.
    """
    try:
        opened: Source = _part_of_a_bank(_BACKUPS).BackupFolderSource(folder)
    except AnotherReleaseError as error:
        text = f"{error.table} has another form here: use the release that saved it"
        raise SourceUnreachableError(text) from error
    return opened


def open_part(source: str) -> Bundle | None:
    """Open a bundle that holds a part of a ledger; None if it is anything else."""
    path = Path(source)
    bundle = _bundle(path) if "://" not in source and path.is_file() else None
    return bundle if bundle is not None and _is_part(bundle) else None


def _bundle(file: Path) -> Bundle | None:
    with file.open("rb") as opened:
        begins = opened.read(len(MARK))
    return Bundle(file) if begins == MARK else None


def _is_part(bundle: Bundle) -> bool:
    header = bundle.header
    return header is not None and header.scope.kind is not ScopeKind.WHOLE


class BankSource:
    """The entries a bank serves, up to the checkpoint it signs for them."""

    def __init__(
        self, url: str, *, transport: httpx2.BaseTransport | None = None
    ) -> None:
        """Ask the bank for its newest checkpoint.

        Raises:
            SourceUnreachableError: it does not answer.
            NotALedgerError: it answers something else.
        """
        self._client = httpx2.Client(
            base_url=url,
            verify=believed(url),
            timeout=TIMEOUT_SECONDS,
            transport=transport,
        )
        try:
            self._note = self._newest()
            self._size = size_in(self._note)
        except BaseException:
            self.close()
            raise

    def _newest(self) -> str:
        size_in(self._get("/log/checkpoint").text)
        # What was recorded just now is published within a second, and belongs to it.
        newest = self._get("/v1/entries", after=-1, limit=1).json()["position"]
        return self._get("/log/checkpoint", min_position=newest).text

    def entries(self, *, after: int = -1) -> Iterator[SourceEntry]:
        """Return the entries under the checkpoint, in order; ``after`` skips some."""
        while after + 1 < self._size:
            limit = min(PAGE, self._size - after - 1)
            answer = self._get("/v1/entries", after=after, limit=limit).json()
            page = answer["entries"]
            if not page:
                return
            for entry in page:
                yield SourceEntry(
                    raw=b64decode(entry["entry"]), position=entry["position"]
                )
            after = page[-1]["position"]

    def heads(self) -> Iterator[StoredHead]:
        """Return nothing: a bank serves its newest checkpoint."""
        return iter(())

    def cosigned(self) -> Iterator[CosignedNote]:
        """Return what witnesses cosigned of these entries, in order of size."""
        found: list[CosignedNote] = []
        before: int | None = self._size + 1
        while before is not None:
            page = self._get("/v1/checkpoints", before=before, limit=PAGE).json()
            notes = [str(one["checkpoint"]) for one in page["checkpoints"]]
            found += [CosignedNote(size=size_in(note), note=note) for note in notes]
            # A page that does not go on would be asked for without end.
            further = page.get("next_before")
            before = further if further is not None and further < before else None
        return iter(sorted(found, key=lambda one: one.size))

    def size(self) -> int:
        """Return the size that the checkpoint says."""
        return self._size

    def checkpoint(self) -> str:
        """Return the checkpoint that all entries are held against."""
        return self._note

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _get(self, path: str, **query: int) -> httpx2.Response:
        try:
            response = self._client.get(path, params=query)
        except httpx2.HTTPError as error:
            text = f"{error}; is the bank running, and is this its address?"
            raise SourceUnreachableError(text) from error
        if response.status_code != httpx2.codes.OK:
            hint = "is this a bank's address, without a path?"
            text = f"HTTP {response.status_code} for {path}; {hint}"
            raise SourceUnreachableError(text)
        return response
