"""The publisher follows the head, at most once a second, in one folder at a time."""

import tempfile
import threading
import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.integrity.tile_names import names_of
from ledger.integrity.tiles import TILE_WIDTH
from ledger.publishing.disk import held
from ledger.publishing.folder import WRITING, LogFolder, PublishingFaultError
from ledger.publishing.publisher import Publisher
from ledger.store.asking import StoreUnavailableError
from ledger.store.heads import Head
from tests.unit.publishing.growing import SIZES, GrowingLog, check_visible

LONG_SECONDS = 30


def names_in(folder: Path) -> set[str]:
    """Return the files of a folder, but for the checkpoint."""
    files = (path for path in folder.rglob("*") if path.is_file())
    found = {path.relative_to(folder).as_posix() for path in files}
    return found - {"checkpoint", WRITING}


@given(
    sizes=st.sets(st.sampled_from(SIZES), min_size=1).map(sorted),
    restarted=st.booleans(),
)
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_all_that_a_checkpoint_covers_is_there_and_what_it_replaced_is_not(
    log: GrowingLog, sizes: list[int], *, restarted: bool
) -> None:
    """For whatever sizes were published, by one publisher or by one after another."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name)
        publisher = Publisher(log, LogFolder(path))
        for size in sizes:
            if restarted:
                publisher = Publisher(log, LogFolder(path))
            log.size = size
            assert publisher.publish() == publisher.published() == log.read_head()
            assert check_visible(path, log) == size

        needed = {one.path() for size in sizes for one in names_of(size)}
        whole = {one.path() for one in names_of(sizes[-1]) if one.width == TILE_WIDTH}
        replaced = {one for one in needed if one.partition(".p/")[0] in whole - {one}}
        assert names_in(path) == needed - replaced


def test_an_empty_log_is_not_published(log: GrowingLog, tmp_path: Path) -> None:
    """There is no checkpoint of nothing, and no folder."""
    publisher = Publisher(log, LogFolder(tmp_path / "log"))

    assert publisher.publish() is None
    assert publisher.published() is None
    assert publisher.wait_for(0, timeout_seconds=0) is None
    publisher.close()
    assert not (tmp_path / "log").exists()


def test_hooks_are_told_of_each_publication_once(
    log: GrowingLog, tmp_path: Path
) -> None:
    """Also of the one that an earlier run made."""
    told: list[int] = []
    first = Publisher(log, LogFolder(tmp_path))
    first.on_published(lambda head: told.append(head.size))
    for size in (1, 1, 3):
        log.size = size
        first.publish()
    assert told == [1, 3]

    second = Publisher(log, LogFolder(tmp_path))
    second.on_published(lambda head: told.append(-head.size))
    second.publish()
    second.publish()

    assert told == [1, 3, -3]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("tile/0/000", b"other"),
        ("tile/0/001.p/1", b""),
        ("checkpoint", b"note over 3\n"),
        ("checkpoint", b"origin\n700\nroot\n\nsignature\n"),
        ("checkpoint", b"origin\n\xd9\xa1\nroot\n"),
        ("checkpoint", b"o\n" + b"9" * 5000 + b"\nr\n"),
        ("checkpoint", b"\xff"),
    ],
)
def test_other_bytes_stop_publishing_and_stay(
    log: GrowingLog, tmp_path: Path, name: str, content: bytes
) -> None:
    """They are evidence: nothing is written over them, and the thread ends."""
    file = tmp_path / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    log.size = 257
    publisher = Publisher(log, LogFolder(tmp_path))

    with pytest.raises(PublishingFaultError) as stopped:
        publisher.publish()
    publisher.run()

    assert stopped.value.name == name
    assert publisher.fault is not None
    assert publisher.fault.name == name
    assert file.read_bytes() == content
    assert publisher.published() is None


def test_a_folder_ahead_of_the_store_stops_publishing(
    log: GrowingLog, tmp_path: Path
) -> None:
    """As after the restore of an older backup: the bank must not fork its log."""
    (tmp_path / "checkpoint").write_bytes(b"origin\n99999\nroot\n\nsignature\n")
    log.size = 3

    with pytest.raises(PublishingFaultError):
        Publisher(log, LogFolder(tmp_path)).publish()


def test_one_process_publishes_and_another_follows_it(
    log: GrowingLog, tmp_path: Path
) -> None:
    """What is shown never goes back, whoever comes later with less."""
    log.size = 3
    first, second = (Publisher(log, LogFolder(tmp_path)) for _ in range(2))
    with held(tmp_path):
        assert second.publish() is None
    first.publish()
    log.size = 257
    with held(tmp_path) as is_free:
        assert is_free
        shown = second.publish()
    assert shown is not None
    assert shown.size == 3

    first.publish()
    log.size = 255
    behind = Publisher(log, LogFolder(tmp_path)).publish()

    assert behind is not None
    assert behind.size == 257
    assert check_visible(tmp_path, log) == 257


def test_a_second_passes_between_two_publications(
    log: GrowingLog, tmp_path: Path
) -> None:
    """However often somebody waits, and however fast the log grows."""
    times: list[float] = []
    publisher = Publisher(log, LogFolder(tmp_path))
    publisher.on_published(lambda _: times.append(time.monotonic()))
    log.size = 1
    publisher.start()
    for size in (1, 3, 256):
        log.size = size
        found = publisher.wait_for(size - 1, timeout_seconds=LONG_SECONDS)
        assert found is not None
        assert found.size == size
    publisher.close()

    assert len(times) == 3
    assert all(later - earlier >= 1 for earlier, later in pairwise(times))


def test_a_log_that_rests_is_published_at_once_when_somebody_waits(
    log: GrowingLog, tmp_path: Path
) -> None:
    """The rest between two looks is ended by whoever asks."""
    publisher = Publisher(log, LogFolder(tmp_path), seconds=LONG_SECONDS)
    publisher.start()
    log.size = 3

    found = publisher.wait_for(2, timeout_seconds=LONG_SECONDS - 1)

    publisher.close()
    assert found is not None


def test_what_passes_is_tried_again(log: GrowingLog, tmp_path: Path) -> None:
    """A database that does not answer, and a disk that refuses."""
    tried = threading.Event()
    faults = [StoreUnavailableError("away"), OSError("full")]

    class Faulty(GrowingLog):
        """A log that fails twice."""

        def read_head(self) -> Head | None:
            """Fail, or return the head."""
            if faults:
                raise faults.pop()
            tried.set()
            return super().read_head()

    faulty = Faulty(log.store, size=3)
    publisher = Publisher(faulty, LogFolder(tmp_path), seconds=0)
    publisher.start()

    found = publisher.wait_for(2, timeout_seconds=LONG_SECONDS)
    publisher.close()

    assert tried.is_set()
    assert found is not None
    assert publisher.fault is None
