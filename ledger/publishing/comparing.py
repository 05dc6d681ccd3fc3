"""Compares a log's folder with the store, byte for byte."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ledger.integrity.tile_names import CHECKPOINT, TileName, read_tile_path
from ledger.publishing.folder import WRITING, LogFolder
from ledger.publishing.layout import Resources, resources_of
from ledger.publishing.showing import head_shown
from ledger.store.heads import Head
from ledger.store.reader import LogReader


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A file that is not as it should be: ``code`` says how, ``positions`` where."""

    code: str
    name: str
    positions: range = range(0)


def compare_log(
    folder: LogFolder, log: LogReader, *, newest: Head
) -> Iterator[Difference]:
    """Name each file that differs, is missing, or does not belong there.

    ``newest`` is the store's head. What a head needs that is not shown yet may be there
    already, since it comes first; a partial tile may be gone once the whole one is
    there. Entry bundles are asked for where there are any.
    """
    resources = Resources(log, log.tree.read_tile)
    needed = {CHECKPOINT, WRITING}
    raw = folder.read(CHECKPOINT)
    shown = None if raw is None else head_shown(raw, log)
    if shown is None:
        code = "missing" if raw is None else "differs"
        yield Difference(code=code, name=CHECKPOINT)
    with_entries = (folder.path / "tile/entries").is_dir()
    size = 0 if shown is None else shown.size
    for name in resources_of(size, with_entries=with_entries):
        path = name.path()
        needed.add(path)
        found = folder.read(path)
        if found is None:
            if folder.read(name.as_whole().path()) is None:
                yield _about("missing", name)
        elif found != resources.read(name):
            yield _about("differs", name)
    for path in _files_in(folder.path):
        if path in needed:
            continue
        other = read_tile_path(path)
        if other is None or not other.is_within(newest.size):
            yield Difference(code="not-of-this-log", name=path)
        elif folder.read(path) != resources.read(other):
            yield _about("differs", other)


def _about(code: str, name: TileName) -> Difference:
    return Difference(code=code, name=name.path(), positions=name.positions())


def _files_in(folder: Path) -> Iterator[str]:
    for place, folders, files in os.walk(folder):
        folders.sort()
        for name in sorted(files):
            yield (Path(place) / name).relative_to(folder).as_posix()
