"""A log's folder is read back, and each file at fault is found with its positions."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.audit.errors import NotALedgerError, UnreadableSourceError
from ledger.audit.tiles import NoEntriesError, TilesSource
from ledger.database import open_engine
from ledger.publishing.folder import LogFolder
from ledger.publishing.rebuilding import rebuild_log
from ledger.store.application import LedgerStore
from tests.unit.publishing.growing import fill

Found = tuple[str, int, int | None]

SIZE = 600
TILES = {
    "tile/0/000": range(256),
    "tile/0/001": range(256, 512),
    "tile/0/002.p/88": range(512, 600),
    "tile/1/000.p/2": range(512),
}
BUNDLES = {
    "tile/entries/000": range(256),
    "tile/entries/001": range(256, 512),
    "tile/entries/002.p/88": range(512, 600),
}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a log of three tiles, entries included; nothing may change it."""
    folder = tmp_path_factory.mktemp("tiles")
    store = LedgerStore(open_engine(f"sqlite:///{folder / 'ledger.db'}"))
    fill(store, (300, SIZE))
    for size in (300, SIZE):
        head = store.log.head_of(size)
        assert head is not None
        place = LogFolder(folder / "log")
        rebuild_log(place, store.log, head=head, with_entries=True)
    store.close()
    return folder / "log"


@pytest.fixture
def folder(written: Path, tmp_path: Path) -> Path:
    """Return a copy that may be changed."""
    return Path(shutil.copytree(written, tmp_path / "log"))


def audited(folder: Path) -> tuple[int, set[Found]]:
    """Return how many entries are read, and what is found: code, first, last."""
    source = TilesSource(folder)
    entries = list(source.entries())
    assert [one.position for one in entries] == list(range(len(entries)))
    found = [(one.code, one.position, one.last) for one in source.findings()]
    assert len(found) == len(set(found))
    return len(entries), set(found)


def test_a_whole_folder_is_read_without_a_finding(folder: Path) -> None:
    """Its entries up to the checkpoint, which is the only one that it shows."""
    source = TilesSource(folder)

    assert audited(folder) == (SIZE, set())
    assert source.checkpoint().split("\n")[1] == str(SIZE)
    assert list(source.heads()) == []
    assert TilesSource.is_folder(folder)


@given(
    path=st.sampled_from([*TILES, *BUNDLES]), place=st.floats(0, 1, exclude_max=True)
)
def test_any_flipped_byte_is_found_at_the_entries_under_it(
    written: Path, path: str, place: float
) -> None:
    """In a tile at its hash, in a bundle at the entry, and nowhere before it."""
    kept = (written / path).read_bytes()
    at = int(place * len(kept))
    try:
        (written / path).write_bytes(kept[:at] + bytes([kept[at] ^ 4]) + kept[at + 1 :])
        _, found = audited(written)
    finally:
        (written / path).write_bytes(kept)

    assert found
    first = min(position for _, position, _ in found)
    under = {**TILES, **BUNDLES}[path]
    if path in TILES:
        step = 256 if path.startswith("tile/1") else 1
        assert first == at // 32 * step + under[0]
        assert found == {("tile-differs", first, first + step - 1)}
    assert first in under


@pytest.mark.parametrize("path", TILES)
def test_a_tile_that_is_gone_or_has_another_length_is_found_once(
    folder: Path, path: str
) -> None:
    """All entries are read: a tile proves them, and is not where they are read."""
    under = TILES[path]
    kept = (folder / path).read_bytes()
    for length, code in ((-1, "tile-length"), (-32, "tile-length"), (0, "tile-length")):
        (folder / path).write_bytes(kept[: length or None] + b"x" * (length == 0))
        assert audited(folder) == (SIZE, {(code, under[0], under[-1])})
    (folder / path).unlink()

    assert audited(folder) == (SIZE, {("tile-missing", under[0], under[-1])})


@pytest.mark.parametrize("path", BUNDLES)
def test_a_bundle_that_is_gone_short_cut_or_overlong_is_found_where_it_is(
    folder: Path, path: str
) -> None:
    """History ends before the first entry that lacks."""
    file, under = folder / path, BUNDLES[path]
    kept = file.read_bytes()
    first, last = under[0], under[-1]

    file.write_bytes(kept + b"\x00\x00")
    assert audited(folder) == (SIZE, {("bundle-overlong", last, last)})
    file.write_bytes(kept[:-1])
    assert audited(folder) == (last, {("bundle-cut", last, last)})
    file.write_bytes(b"")
    assert audited(folder) == (first, {("bundle-short", first, last)})
    file.unlink()
    assert audited(folder) == (first, {("bundle-missing", first, last)})


def test_two_bundles_in_each_others_place_are_found(folder: Path) -> None:
    """Each entry of theirs; the tiles above agree with the tile, and are no fault."""
    one, two = folder / "tile/entries/000", folder / "tile/entries/001"
    one_bytes, two_bytes = one.read_bytes(), two.read_bytes()
    one.write_bytes(two_bytes)
    two.write_bytes(one_bytes)

    found = {("tile-differs", 0, 255), ("tile-differs", 256, 511)}
    assert audited(folder) == (SIZE, found)


def test_what_a_size_that_nobody_signed_asks_for_is_not_gone_through(
    folder: Path,
) -> None:
    """Whatever number stands in a checkpoint, an audit ends."""
    note = folder / "checkpoint"
    for size in (SIZE + 200, 2**53, 10**16 - 1):
        note.write_text(note.read_text().replace("\n600\n", f"\n{size}\n"))
        count, found = audited(folder)
        assert count <= SIZE
        assert found
        note.write_text(note.read_text().replace(f"\n{size}\n", "\n600\n"))


@pytest.mark.parametrize("kind", ["0", "entries"])
def test_a_partial_state_that_was_left_behind_must_be_the_beginning(
    folder: Path, kind: str
) -> None:
    """Of the whole one that took its place; what is no state is nobody's business."""
    whole = (folder / f"tile/{kind}/001").read_bytes()
    beginning = whole[:32]
    if kind == "entries":
        beginning = whole[: 2 + int.from_bytes(whole[:2], "big")]
    part = folder / f"tile/{kind}/001.p/1"
    part.parent.mkdir(exist_ok=True)
    (part.parent / "x").write_bytes(b"")
    (part.parent / "256").write_bytes(b"")

    part.write_bytes(beginning)
    assert audited(folder) == (SIZE, set())
    part.write_bytes(beginning[:-1] + b"!")
    assert audited(folder) == (SIZE, {("partial-differs", 256, 256)})


def test_the_whole_state_stands_for_the_partial_one(folder: Path) -> None:
    """The log went on after its checkpoint was read."""
    note = folder / "checkpoint"
    for path in ("tile/0/000", "tile/entries/000"):
        assert (folder / path).exists()
    note.write_text(note.read_text().replace("\n600\n", "\n250\n"))
    assert audited(folder) == (250, set())

    (folder / "tile/entries/000").write_bytes(b"\x00")

    assert audited(folder) == (0, {("bundle-short", 0, 249)})


def test_an_upper_tile_is_held_against_the_entries_where_a_lower_one_lacks(
    folder: Path,
) -> None:
    """One fault does not hide another."""
    (folder / "tile/0/001").unlink()
    upper = folder / "tile/1/000.p/2"
    upper.write_bytes(upper.read_bytes()[:-1] + b"!")

    found = {("tile-missing", 256, 511), ("tile-differs", 256, 511)}
    assert audited(folder) == (SIZE, found)


def test_what_is_no_logs_folder_is_no_ledger(tmp_path: Path) -> None:
    """A mistyped path is not a forgery."""
    assert not TilesSource.is_folder(tmp_path)
    assert not TilesSource.is_folder(tmp_path / "none")
    for note in (b"", b"one line", b"a\nb\nc\n", b"a\n-1\nc\n", b"a\n" + b"9" * 17):
        (tmp_path / "checkpoint").write_bytes(note)
        with pytest.raises(NotALedgerError):
            TilesSource(tmp_path)


def test_a_logs_folder_without_entries_cannot_be_audited(folder: Path) -> None:
    """It is one, and says nothing against anybody."""
    shutil.rmtree(folder / "tile/entries")

    with pytest.raises(NoEntriesError):
        TilesSource(folder)


@pytest.mark.parametrize("change", [Path.unlink, lambda file: file.write_bytes(b"x")])
def test_a_logs_folder_whose_checkpoint_says_nothing_is_at_fault(
    folder: Path, change: Callable[[Path], object]
) -> None:
    """It is recognised by its tiles."""
    change(folder / "checkpoint")

    with pytest.raises(UnreadableSourceError):
        TilesSource(folder)


def test_a_disk_that_fails_names_the_place(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was read before is not lost."""
    source = TilesSource(folder)
    real = Path.open

    def fail(path: Path, mode: str) -> object:
        if path.name == "001" and path.parent.name == "entries":
            raise OSError(5, "input/output error")
        return real(path, mode)

    monkeypatch.setattr(Path, "open", fail)
    read: Iterator[object] = source.entries()
    for _ in range(256):
        next(read)
    with pytest.raises(UnreadableSourceError) as stopped:
        next(read)

    assert stopped.value.position == 256
