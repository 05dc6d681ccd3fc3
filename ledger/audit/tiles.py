"""A log's folder as a source: entry bundles, and every hash tile held against them.

The checks of a folder, numbered in the code:

1. Each entry bundle is there, can be taken apart, and has as many entries as its name
   says. History ends before the first entry that is not: what follows rests on it.
2. Each hash tile is there and has the hashes of its entries, or of the tiles below.
3. A partial state that is there besides is the beginning of what took its place.

Findings name the entries under what is at fault. Where a tile differs from what lies
below it, the tiles above may agree with either: one fault is not found on each level.
"""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from ledger.audit.errors import NotALedgerError, UnreadableSourceError
from ledger.audit.findings import Finding
from ledger.audit.ports import SourceEntry
from ledger.integrity.entry_bundles import (
    BUNDLE_BYTES_MAX,
    LENGTH_BYTES,
    split_entries,
)
from ledger.integrity.merkle import HASH_BYTES, leaf_hash
from ledger.integrity.tile_names import (
    CHECKPOINT,
    TileName,
    names_of,
    read_tile_path,
)
from ledger.integrity.tiles import TILE_WIDTH, split_hashes, tile_root
from ledger.store.heads import StoredHead

_SIZE_MAX: Final = 2**53
_DIGITS_MAX: Final = 16
_BODY_LINES: Final = 3

_Likely = frozenset[bytes]
"""What a hash may be: one where all agree, none where nothing is known."""


class NoEntriesError(Exception):
    """The folder holds hash tiles only: they prove entries, and are no history."""


class TilesSource:
    """The entries of a folder up to the checkpoint that it shows.

    What was found is complete when the entries were read to their end.
    """

    def __init__(self, folder: Path) -> None:
        """Open a folder.

        Raises:
            NotALedgerError: it is no log's folder.
            NoEntriesError: it has no entry bundles.
            UnreadableSourceError: it is one, and its checkpoint says nothing.
        """
        self._folder = folder
        self._found: list[Finding] = []
        self._note = (self._read(CHECKPOINT) or b"").decode(errors="replace")
        size = _size_in(self._note)
        if size is None and (folder / "tile").is_dir():
            raise UnreadableSourceError(0, "its checkpoint is missing or says nothing")
        if size is None:
            raise NotALedgerError
        if not (folder / "tile/entries").is_dir():
            raise NoEntriesError
        self._size = size

    @staticmethod
    def is_folder(folder: Path) -> bool:
        """Tell whether this is a log's folder, however much of it is left."""
        return (folder / "tile").is_dir() or (folder / CHECKPOINT).is_file()

    def entries(self) -> Iterator[SourceEntry]:
        """Return all entries in position order, as far as there is no gap.

        Raises:
            UnreadableSourceError: the disk fails on the way.
        """
        self._found = []
        below: list[_Likely] = []
        reached, whole = 0, True
        for name in itertools.takewhile(_is_leaf, names_of(self._size)):
            tile, bundle = self._read_tile(name), self._read_bundle(name)
            if tile is None and bundle is None:
                # A size that nobody signed may be any number: it is not gone through.
                first, last = name.positions().start, self._size - 1
                code = "entries-missing"
                self._found.append(Finding(position=first, code=code, last=last))
                break
            entries = self._take_apart(name, bundle)  # 1
            likely = [frozenset({leaf_hash(one)}) for one in entries]
            below.append(self._check_tile(name, tile, likely=likely))  # 2
            first = name.index * TILE_WIDTH
            reached = first + name.width
            for offset, raw in enumerate(entries if whole else ()):
                yield SourceEntry(raw=raw, position=first + offset)
            whole = whole and len(entries) == name.width
        self._check_upper(below, size=reached)

    def heads(self) -> Iterator[StoredHead]:
        """Return nothing: a folder shows its newest checkpoint."""
        return iter(())

    def size(self) -> int:
        """Return the size that its checkpoint says."""
        return self._size

    def checkpoint(self) -> str:
        """Return the checkpoint that all entries are held against."""
        return self._note

    def findings(self) -> Sequence[Finding]:
        """Return what was found wrong with the folder itself."""
        return tuple(self._found)

    def _check_upper(self, below: list[_Likely], *, size: int) -> None:
        """Check the levels above the leaves, each against the one below it."""
        for _, names in itertools.groupby(names_of(size), key=lambda one: one.level):
            roots = []
            for name in names:
                if name.level == 0:
                    roots = below
                    break
                first = name.index * TILE_WIDTH
                likely = below[first : first + name.width]
                tile = self._read_tile(name)
                roots.append(self._check_tile(name, tile, likely=likely))
            below = roots

    def _check_tile(
        self, name: TileName, raw: bytes | None, *, likely: list[_Likely]
    ) -> _Likely:
        """Check one tile; return what its root may be."""
        hashes = split_hashes(raw or b"")
        if raw is None:
            self._report("tile-missing", name)
        elif len(raw) != name.width * HASH_BYTES:
            self._report("tile-length", name)
            hashes = []
        else:
            pairs = zip(hashes, likely, strict=False)
            differing = [bool(known) and own not in known for own, known in pairs]
            for one in _runs(differing):
                self._report("tile-differs", name, at=one)
            if not any(differing):
                self._check_partials(name, raw, ends=range(0, len(raw) + 1, HASH_BYTES))
        if name.width < TILE_WIDTH:
            return frozenset()
        roots = {tile_root(hashes)} if hashes else set()
        if len(likely) == TILE_WIDTH and all(len(one) == 1 for one in likely):
            roots.add(tile_root([next(iter(one)) for one in likely]))
        return frozenset(roots)

    def _take_apart(self, name: TileName, raw: bytes | None) -> list[bytes]:
        """Return the entries of a bundle, as far as they can be read."""
        bundle = name.as_bundle()
        if raw is None:
            self._report("bundle-missing", bundle)
            return []
        entries, left = split_entries(raw, count=name.width)
        if len(entries) < name.width:
            code = "bundle-cut" if left else "bundle-short"
            self._report(code, bundle, at=range(len(entries), name.width))
        elif left:
            self._report("bundle-overlong", bundle, at=range(name.width)[-1:])
        ends = itertools.accumulate(
            (LENGTH_BYTES + len(one) for one in entries), initial=0
        )
        self._check_partials(bundle, raw, ends=list(ends))
        return entries

    def _check_partials(
        self, name: TileName, raw: bytes, *, ends: Sequence[int]
    ) -> None:
        """Compare shorter states; ``ends`` are where a state of that width ends."""
        folder = self._folder / f"{name.as_whole().path()}.p"
        for file in sorted(folder.iterdir()) if folder.is_dir() else ():  # 3
            path = file.relative_to(self._folder).as_posix()
            part = read_tile_path(path)
            if part is None or part.width >= min(name.width, len(ends)):
                continue
            if self._read(path) != raw[: ends[part.width]]:
                self._report("partial-differs", part)

    def _read_tile(self, name: TileName) -> bytes | None:
        found = self._read(name.path())
        if found is None and name.width < TILE_WIDTH:
            # The whole tile took its place when the log had gone on.
            found = self._read(name.as_whole().path())
            found = found and found[: name.width * HASH_BYTES]
        return found

    def _read_bundle(self, name: TileName) -> bytes | None:
        bundle = name.as_bundle()
        found = self._read(bundle.path())
        if found is None and name.width < TILE_WIDTH:
            found = self._read(bundle.as_whole().path())
            left = split_entries(found, count=name.width)[1] if found else b""
            found = found and found[: len(found) - len(left)]
        return found

    def _read(self, name: str) -> bytes | None:
        """Return a file as far as any file of a log may go, None if it is not there.

        Raises:
            UnreadableSourceError: the disk fails.
        """
        try:
            with (self._folder / name).open("rb") as opened:
                return opened.read(BUNDLE_BYTES_MAX + 1)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None
        except PermissionError:
            raise
        except OSError as error:
            found = read_tile_path(name)
            position = 0 if found is None else found.positions().start
            raise UnreadableSourceError(position) from error

    def _report(self, code: str, name: TileName, *, at: range | None = None) -> None:
        """Report a file, or the entries under some of its hashes."""
        offsets = range(name.width) if at is None else at
        under = name.positions(first=offsets.start, count=len(offsets))
        self._found.append(
            Finding(
                position=under.start,
                code=code,
                last=under.stop - 1,
                detail=name.path(),
            )
        )


def _size_in(note: str) -> int | None:
    """Return the size that a checkpoint says, unverified; None if it is none."""
    lines = note.split("\n")
    if len(lines) < _BODY_LINES:
        return None
    size = lines[1]
    if not (size.isdecimal() and size.isascii() and len(size) <= _DIGITS_MAX):
        return None
    return min(int(size), _SIZE_MAX)


def _is_leaf(name: TileName) -> bool:
    return name.level == 0


def _runs(flags: Iterable[bool]) -> Iterator[range]:
    """Return where flags are set, runs taken together."""
    for is_set, run in itertools.groupby(enumerate(flags), key=lambda one: one[1]):
        places = [place for place, _ in run]
        if is_set:
            yield range(places[0], places[-1] + 1)
