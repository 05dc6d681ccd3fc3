"""Processes of a run: each has an end, and what it used can be read off.

Only processes that were started here are ever ended, by their own ids.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import orjson

from bench.memory import peak_mb

START_SECONDS: Final = 60
STOP_SECONDS: Final = 20
ROOT: Final = Path(__file__).resolve().parents[1]
_TICKS_PER_SECOND: Final = os.sysconf("SC_CLK_TCK")

Result = dict[str, float]


class MeasureError(Exception):
    """A measurement failed or did not end in time; the others go on."""


def run_task(name: str, *, seconds: float, **options: object) -> Result:
    """Run a function of this package in a process of its own and return its result.

    ``name`` is ``module:function``; the options are plain JSON.

    Raises:
        MeasureError: it failed, or was ended because its time was over.
    """
    words = [sys.executable, "-m", "bench.task", name, orjson.dumps(options).decode()]
    process = subprocess.Popen(  # noqa: S603  # our own module
        words,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        out, err = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired as error:
        msg = f"{name} did not end within {seconds:.0f} s"
        raise MeasureError(msg) from error
    finally:
        _end_group(process)
    if process.returncode != 0:
        lines = err.decode(errors="replace").strip().splitlines()
        msg = f"{name} failed: {lines[-1] if lines else process.returncode}"
        raise MeasureError(msg)
    result: Result = orjson.loads(out)
    return result


def _end_group(process: "subprocess.Popen[bytes]") -> None:
    # The task leads a session of its own: whatever it started ends with it.
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


class Server:
    """A server process on a free loopback port."""

    def __init__(self, process: "subprocess.Popen[bytes]", port: int) -> None:
        """Know the process and where it listens."""
        self.process = process
        self.port = port

    def cpu_seconds(self) -> float:
        """Return what the process and its children used so far."""
        return cpu_seconds_of_family(self.process.pid)

    def written_bytes(self) -> int:
        """Return what the process wrote to files and pipes so far.

        What the system counts as written back would be more: of a file that was read
        in a row it takes up to half a megabyte for one page that was changed.
        """
        told = Path(f"/proc/{self.process.pid}/io").read_text(encoding="ascii")
        (line,) = (one for one in told.splitlines() if one.startswith("wchar"))
        return int(line.split()[1])

    def writer_peak_mb(self) -> float:
        """Return the most memory that the process that writes had resident."""
        return peak_mb(self.process.pid)

    def memory_peak_mb(self) -> float:
        """Return the most memory that each of its processes had resident, summed.

        What they share since they were forked counts in each.
        """
        pid = self.process.pid
        return sum(peak_mb(one) for one in (pid, *children_of(pid)))


@contextmanager
def served(
    words: Sequence[str], *, port: int, environment: Mapping[str, str], log: Path
) -> Iterator[Server]:
    """Run a server until the end of the block.

    Raises:
        MeasureError: it does not listen in time; its last words are told.
    """
    with log.open("wb") as out:
        process = subprocess.Popen(  # noqa: S603  # our own modules
            [sys.executable, *words],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdout=out,
            stderr=out,
        )
    try:
        _wait_until_listening(process, port, log=log)
        yield Server(process, port)
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_listening(
    process: "subprocess.Popen[bytes]", port: int, *, log: Path
) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    msg = f"no server: {log.read_text(errors='replace')[-500:]}"
    raise MeasureError(msg)


def free_port() -> int:
    """Return a loopback port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


def cpu_seconds_of(pid: int, *, with_ended_children: bool = False) -> float:
    """Return user and system time of a process, 0 if it has ended."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0.0
    # The second field is a name in brackets, which may hold blanks.
    fields = text.rpartition(")")[2].split()
    count = 4 if with_ended_children else 2
    return sum(map(int, fields[11 : 11 + count])) / _TICKS_PER_SECOND


def cpu_seconds_of_family(pid: int) -> float:
    """Return what a process and its children used, ended ones too."""
    found = cpu_seconds_of(pid, with_ended_children=True)
    return found + sum(cpu_seconds_of(child) for child in children_of(pid))


def children_of(pid: int) -> list[int]:
    """Return the children that a process's first thread has, the oldest first."""
    listed = ""
    with suppress(OSError):
        listed = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    return sorted(map(int, listed.split()))
