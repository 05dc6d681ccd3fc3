"""Writes a log's folder from its first entry on, beside what is there already."""

from ledger.integrity.tile_names import CHECKPOINT
from ledger.publishing.disk import held
from ledger.publishing.folder import LogFolder, PublishingFaultError
from ledger.publishing.layout import Resources, write_log
from ledger.publishing.showing import head_shown
from ledger.store.heads import Head
from ledger.store.reader import LogReader


class FolderBusyError(Exception):
    """Somebody else is publishing in this folder now."""


def rebuild_log(
    folder: LogFolder, log: LogReader, *, head: Head, with_entries: bool
) -> None:
    """Have a folder show a head, and hold everything that it needs.

    A file that is there is compared, and never overwritten.

    Raises:
        FolderBusyError: a bank is publishing there.
        PublishingFaultError: a file has other bytes, or what is shown is newer.
    """
    folder.prepare()
    with held(folder.path) as is_free:
        if not is_free:
            raise FolderBusyError
        raw = folder.read(CHECKPOINT)
        shown = head if raw is None else head_shown(raw, log)
        if shown is None or shown.size > head.size:
            raise PublishingFaultError(CHECKPOINT)
        resources = Resources(log, log.tree.read_tile)
        write_log(folder, head, resources=resources, with_entries=with_entries)
