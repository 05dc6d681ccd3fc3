"""Processes that are forked from one ``parent``, as ``subprocess`` would show them."""

import atexit
import contextlib
import functools
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from tests.forking import asking

STAND_IN = """#!{python} -IS
import sys
sys.path.insert(0, {folder!r})
from asking import stand_in
stand_in({door!r})
"""


@functools.cache
def parent() -> Path:
    """Start the parent, once in each process that tests; return its folder."""
    # A short path: a socket's name is limited to about a hundred characters.
    folder = Path(tempfile.mkdtemp(prefix="fork"))
    code = STAND_IN.format(
        python=sys.executable,
        folder=str(Path(asking.__file__).parent),
        door=str(folder / "door"),
    )
    (folder / "skillbank").write_text(code)
    (folder / "skillbank").chmod(0o700)
    process = subprocess.Popen(  # noqa: S603  # our own module
        [sys.executable, "-m", "tests.forking.parent", str(folder)],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    # It ends with its standard input, should this process be killed.
    atexit.register(process.communicate)
    return folder


class Child:
    """A command in a process of its own."""

    def __init__(
        self,
        words: Sequence[str | Path],
        *,
        env: Mapping[str, str] = os.environ,
        err: IO[bytes] | None = None,
    ) -> None:
        """Start it; what it prints is kept, or its errors go to a file."""
        self.returncode: int | None = None
        self._listening = threading.Lock()
        self._out, self._err = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115  # closed at its end
        with Path(os.devnull).open("rb") as nothing:
            self._line, self.pid = asking.ask(
                str(parent() / "door"),
                [str(one) for one in words],
                env=env,
                descriptors=[
                    one.fileno() for one in (nothing, self._out, err or self._err)
                ],
            )

    def poll(self) -> int | None:
        """Return the exit code, or None while it runs."""
        # Another thread that waits is listening already.
        if self._listening.acquire(blocking=False):
            try:
                if self.returncode is None and can_read(self._line):
                    self._end()
            finally:
                self._listening.release()
        return self.returncode

    def wait(self) -> int:
        """Wait for its end; return the exit code, negative for a signal."""
        with self._listening:
            return self._end() if self.returncode is None else self.returncode

    def _end(self) -> int:
        code = asking.hear(self._line)
        self._line.close()
        self._said = (read(self._out), read(self._err))
        self.returncode = code
        return code

    def communicate(self) -> tuple[str, str]:
        """Wait for its end; return what it printed."""
        self.wait()
        return self._said

    def send_signal(self, number: signal.Signals) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill it."""
        self.send_signal(signal.SIGKILL)


def can_read(line: socket.socket) -> bool:
    """Tell whether something was said on a line."""
    return bool(select.select([line], [], [], 0)[0])


def read(file: IO[bytes]) -> str:
    """Return all that was written to a file, and close it."""
    with file:
        file.seek(0)
        return file.read().decode()
