"""Publishing is stopped at every step; what is visible verifies, and it goes on."""

import itertools
from pathlib import Path

import pytest

from ledger.publishing.folder import LogFolder
from ledger.publishing.publisher import Publisher
from tests.unit.publishing.growing import (
    GrowingLog,
    StoppedError,
    StoppingDisk,
    check_visible,
)

JOURNEYS = [(1, 3), (3, 256, 257), (255, 513), (256, 512), (513, 700)]


def publish(log: GrowingLog, path: Path, *, sizes: tuple[int, ...]) -> None:
    """Publish at these sizes on a disk that works."""
    publisher = Publisher(log, LogFolder(path))
    for size in sizes:
        log.size = size
        assert publisher.publish() == log.read_head()


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("sizes", JOURNEYS, ids=str)
def test_a_crash_at_any_step_leaves_what_verifies(
    log: GrowingLog, tmp_path: Path, sizes: tuple[int, ...], *, after: bool
) -> None:
    """The old checkpoint or the new one, with all it covers; the next start goes on.

    The start after it is a larger log's, as when it went on without being published.
    """
    *before, last = sizes
    for step in itertools.count():
        path = tmp_path / str(step)
        publish(log, path, sizes=tuple(before))
        log.size = last
        disk = StoppingDisk(step, after=after)
        try:
            Publisher(log, LogFolder(path, disk)).publish()
        except StoppedError:
            assert check_visible(path, log) in {before[-1], last}
        else:
            assert check_visible(path, log) == last
            break
        publish(log, path, sizes=(700,))
        assert check_visible(path, log) == 700
    assert step >= 6


def test_a_checkpoint_comes_after_all_that_it_covers(
    log: GrowingLog, tmp_path: Path
) -> None:
    """Each name is on the disk before the checkpoint is even written."""
    steps: list[str] = []

    class Told(StoppingDisk):
        """A disk that tells what it does."""

        def write(self, file: Path, content: bytes) -> None:
            steps.append("write checkpoint" if content[:6] == b"origin" else "write")
            super().write(file, content)

        def rename(self, file: Path, target: Path) -> None:
            steps.append(f"name in {target.parent.relative_to(tmp_path)}")
            super().rename(file, target)

        def settle(self, folder: Path) -> None:
            steps.append(f"settle {folder.relative_to(tmp_path)}")
            super().settle(folder)

    log.size = 700
    Publisher(log, LogFolder(tmp_path, Told(-1, after=False))).publish()

    covered = steps[: steps.index("write checkpoint")]
    named = {step.removeprefix("name in ") for step in covered if "name" in step}
    for folder in named:
        last = len(covered) - 1 - covered[::-1].index(f"name in {folder}")
        assert f"settle {folder}" in covered[last:]
    assert named == {"tile/0", "tile/0/002.p", "tile/1/000.p"}
    assert steps[-2:] == ["name in .", "settle ."]
