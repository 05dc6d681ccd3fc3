"""A folder is written from the store on demand, and compared byte for byte."""

from pathlib import Path

import pytest

from ledger.integrity.tile_names import read_tile_path
from ledger.publishing.comparing import compare_log
from ledger.publishing.disk import Disk, held
from ledger.publishing.folder import LogFolder, PublishingFaultError
from ledger.publishing.publisher import Publisher
from ledger.publishing.rebuilding import FolderBusyError, rebuild_log
from ledger.store.heads import Head
from tests.unit.publishing.growing import GrowingLog, check_visible

NEWEST = 700


@pytest.fixture
def head(log: GrowingLog) -> Head:
    """Return the newest head."""
    log.size = NEWEST
    found = log.read_head()
    assert found is not None
    return found


@pytest.fixture
def folder(log: GrowingLog, head: Head, tmp_path: Path) -> LogFolder:
    """Write a whole log, entries included."""
    folder = LogFolder(tmp_path / "log")
    rebuild_log(folder, log.log, head=head, with_entries=True)
    return folder


def differences(
    folder: LogFolder, log: GrowingLog, *, head: Head
) -> list[tuple[str, str, int]]:
    """Return what is found: code, name, and the first position."""
    found = compare_log(folder, log.log, newest=head)
    return [
        (one.code, one.name, one.positions.start if one.positions else -1)
        for one in found
    ]


def files_of(folder: LogFolder) -> list[str]:
    """Return the paths of its files."""
    found = [path for path in folder.path.rglob("*") if path.is_file()]
    return sorted(path.relative_to(folder.path).as_posix() for path in found)


def test_a_folder_that_was_just_written_is_as_it_should_be(
    folder: LogFolder, log: GrowingLog, head: Head
) -> None:
    """And to write it again changes nothing."""
    rebuild_log(folder, log.log, head=head, with_entries=True)

    assert differences(folder, log, head=head) == []
    assert check_visible(folder.path, log) == NEWEST
    assert len(files_of(folder)) == 3 + 1 + 3 + 1


def test_each_file_that_differs_or_lacks_is_named_with_its_positions(
    folder: LogFolder, log: GrowingLog, head: Head
) -> None:
    """One bit, one byte more, one less, or all of them gone."""
    for path in files_of(folder):
        file = folder.path / path
        kept = file.read_bytes()
        name = read_tile_path(path)
        first = -1 if name is None else name.positions().start
        for other in (bytes([kept[0] ^ 1]) + kept[1:], kept[:-1], b""):
            file.write_bytes(other)
            found = differences(folder, log, head=head)
            # A checkpoint's signatures are for others to look at.
            if path == "checkpoint" and other == kept[:-1]:
                assert found == []
            else:
                assert found == [("differs", path, first)]
        file.unlink()
        assert differences(folder, log, head=head) == [("missing", path, first)]
        file.write_bytes(kept)
    assert differences(folder, log, head=head) == []


def test_what_does_not_belong_there_is_named(
    folder: LogFolder, log: GrowingLog, head: Head
) -> None:
    """Beyond the log, of another spelling, or a partial tile with other bytes."""
    kept = (folder.path / "tile/0/002.p/188").read_bytes()
    for path, content in {
        "tile/0/002.p/189": kept,
        "tile/0/7": kept,
        "notes.txt": b"",
        "tile/0/002.p/3": kept[:96],
        "tile/0/001.p/9": kept[:288],
    }.items():
        (folder.path / path).parent.mkdir(exist_ok=True)
        (folder.path / path).write_bytes(content)

    assert sorted(differences(folder, log, head=head)) == [
        ("differs", "tile/0/001.p/9", 256),
        ("not-of-this-log", "notes.txt", -1),
        ("not-of-this-log", "tile/0/002.p/189", -1),
        ("not-of-this-log", "tile/0/7", -1),
    ]


def test_what_a_later_checkpoint_needs_may_be_there_already(
    log: GrowingLog, head: Head, tmp_path: Path
) -> None:
    """As after a crash; and a whole tile stands for its partial one."""
    log.size = 300
    folder = LogFolder(tmp_path)
    Publisher(log, folder).publish()
    whole = log.log.tree.read_tile(0, 1, width=256)
    folder.put("tile/0/001", whole)
    folder.drop_partial("tile/0/001")

    assert differences(folder, log, head=head) == []


def test_a_folder_in_use_or_of_another_log_is_left_as_it_is(
    folder: LogFolder, log: GrowingLog, head: Head
) -> None:
    """Nothing is written beside a publisher, nor over another log."""
    with held(folder.path), pytest.raises(FolderBusyError):
        rebuild_log(folder, log.log, head=head, with_entries=True)
    log.size = 300
    older = log.read_head()
    assert older is not None
    with pytest.raises(PublishingFaultError):
        rebuild_log(folder, log.log, head=older, with_entries=False)
    (folder.path / "checkpoint").write_bytes(b"another")
    with pytest.raises(PublishingFaultError):
        rebuild_log(folder, log.log, head=head, with_entries=False)


def test_nothing_is_removed_that_is_gone_already(tmp_path: Path) -> None:
    """Two may clear up at once."""
    folder = LogFolder(tmp_path)
    folder.prepare()

    folder.drop_partial("tile/0/000")
    Disk().remove(tmp_path / "none")

    assert folder.read("tile") is None
    assert folder.read("tile/0/000") is None
