"""Compares a log's folder with the store, byte for byte."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ledger.integrity.tile_names import CHECKPOINT, TileName, read_tile_path
from ledger.publishing.folder import WRITING, LogFolder
from ledger.publishing.layout import Resources, resources_of
from ledger.store.heads import Head


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A file that is not as it should be: ``code`` says how, ``positions`` where."""

    code: str
    name: str
    positions: range = range(0)


def compare_log(
    folder: LogFolder, shown: Head, *, newest: Head, resources: Resources
) -> Iterator[Difference]:
    """Name each file that differs, is missing, or does not belong there.

    ``shown`` is the head whose checkpoint the folder shows, ``newest`` the store's.
    What a later head needs may be there already, since it comes first; a partial tile
    may be gone once the whole one is there. Entry bundles are asked for where there are
    any.
    """
    needed: set[str] = set()
    with_entries = (folder.path / "tile/entries").is_dir()
    for name in resources_of(shown.size, with_entries=with_entries):
        path = name.path()
        needed.add(path)
        found = folder.read(path)
        if found is None:
            if folder.read(name.as_whole().path()) is None:
                yield _about("missing", name)
        elif found != resources.read(name):
            yield _about("differs", name)
    for path in _files_in(folder.path):
        if path in needed or path in {CHECKPOINT, WRITING}:
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
