"""Tests keep their files in memory, where a machine has room for that.

A commit waits for the disk, so that it outlives a power cut. No test cuts the power:
they kill processes, and what those wrote is there for the next one either way. Without
this, half the time of the suite is spent in waiting for the disk. ``TMPDIR`` chooses
another place.

A pytest plugin (``-p tests.memory`` in pyproject.toml), so that the place is chosen
before anything asks for one; processes that tests start inherit it.
"""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

MEMORY: Final = Path("/dev/shm")  # noqa: S108  # tempfile makes names that nobody guesses
FREE_BYTES_MIN: Final = 2 * 1024**3
"""Several times what the suite keeps at any time."""


def has_room(folder: Path) -> bool:
    """Tell whether tests can keep their files here, and run scripts among them."""
    if not os.access(folder, os.W_OK | os.X_OK):
        return False
    runs_scripts = not os.statvfs(folder).f_flag & os.ST_NOEXEC
    return runs_scripts and shutil.disk_usage(folder).free >= FREE_BYTES_MIN


if "TMPDIR" not in os.environ and has_room(MEMORY):
    os.environ["TMPDIR"] = str(MEMORY)
    tempfile.tempdir = None
