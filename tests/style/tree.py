"""The files of the house: what git tracks, and what it would if it were added."""

import subprocess
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]


def list_files() -> Iterator[PurePosixPath]:
    """Yield every file, relative to the root, that is not ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "-co", "--exclude-standard"],  # noqa: S607 - the git of this machine.
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    for name in sorted(set(listed.stdout.split("\0"))):
        if name and (ROOT / name).is_file():
            yield PurePosixPath(name)


def read_text(path: PurePosixPath) -> str | None:
    """Return the text of a file, or None when it holds bytes that are no text."""
    raw = (ROOT / path).read_bytes()
    if b"\0" in raw:
        return None
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return None
