"""Runs the shell blocks of README and guides, and leaves no process behind."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.forking.children import parent

BOUND_SECONDS = 600
# Whatever becomes of a script, the bank it started is stopped before it ends.
STOP = "trap 'kill $(jobs -p) 2>/dev/null || true; wait' EXIT"


def blocks(text: str, language: str) -> str:
    """Return the blocks of one language, as one text."""
    return "\n".join(re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL))


def play(
    script: str,
    folder: Path,
    *,
    settings: Mapping[str, str] | None = None,
    is_cold: bool = False,
) -> str:
    """Run a script in one shell in an empty folder; return all that it printed.

    Its commands are forked, or start from nothing as a user's do.
    """
    scripts = Path(sys.executable).parent
    path = [*([] if is_cold else [str(parent())]), str(scripts), os.environ["PATH"]]
    process = subprocess.Popen(  # noqa: S603  # our own README
        ["bash", "-euo", "pipefail", "-c", f"{STOP}\n{script}"],  # noqa: S607  # whichever it is
        cwd=folder,
        env={
            "PATH": os.pathsep.join(path),
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            **(settings or {}),
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        text=True,
    )
    try:
        out, _ = process.communicate(timeout=BOUND_SECONDS)
    finally:
        is_alive = kill_session(process)
    assert process.returncode == 0, out
    assert not is_alive, out
    return out


def kill_session(process: "subprocess.Popen[str]") -> bool:
    """Kill what is left of a script; return whether anything was."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    process.wait()
    return True
