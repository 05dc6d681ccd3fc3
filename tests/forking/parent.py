"""A Python that has every command loaded, and forks a process for each that is run.

Loading takes a second or more, forking none. What runs is a process of its own all the
same, with its own memory, descriptors, signals and exit code, and can be killed.
``tests/e2e/test_readme.py`` and others start commands from nothing.
"""

import contextlib
import gc
import importlib
import os
import select
import shutil
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import NamedTuple

from api.cli.main import COMMANDS, main

LOADED_LATE = (
    "api.main",
    "uvicorn.loops.uvloop",
    "uvicorn.protocols.http.httptools_impl",
)
"""What a command loads only when it runs."""


class Asked(NamedTuple):
    """What one process shall be."""

    folder: str
    words: list[str]
    env: dict[str, str]
    descriptors: list[int]


def load() -> None:
    """Load what any command needs."""
    for place in COMMANDS.values():
        importlib.import_module(place.module)
    for name in LOADED_LATE:
        importlib.import_module(name)
    # A collection would copy every page that is shared with the processes.
    gc.collect()
    gc.freeze()


def wait_for_work(door: socket.socket) -> Asked | None:
    """Return, in each new process, what it shall be; and None when all is over."""
    attending: list[int] = []
    while True:
        ready, _, _ = select.select([door, sys.stdin], [], [])
        if sys.stdin in ready:
            return None
        line, _ = door.accept()
        pid = os.fork()
        if pid == 0:
            door.close()
            return attend(line)
        line.close()
        # Whoever has ended is forgotten, and its time is counted as this process's.
        attending = [one for one in (*attending, pid) if is_running(one)]


def is_running(pid: int) -> bool:
    """Tell whether a process of this one has not ended."""
    return os.waitpid(pid, os.WNOHANG)[0] == 0


def attend(line: socket.socket) -> Asked:
    """Fork once more, and return in the new process only."""
    head, descriptors, _, _ = socket.recv_fds(line, 8, 3)
    body = bytearray()
    while len(body) < int(head):
        body += line.recv(int(head) - len(body))
    folder, count, *rest = body.decode(errors="surrogateescape").split("\0")
    words, pairs = rest[: int(count)], rest[int(count) :]
    pid = os.fork()
    if pid == 0:
        line.close()
        env = dict(pair.split("=", 1) for pair in pairs)
        return Asked(folder, words, env, descriptors)
    for one in (*descriptors, 0):
        os.close(one)
    line.sendall(b"%d\n" % pid)
    threading.Thread(target=kill_when_alone, args=(line, pid), daemon=True).start()
    _, status = os.waitpid(pid, 0)
    line.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))
    os._exit(0)


def kill_when_alone(line: socket.socket, pid: int) -> None:
    """Kill the process when whoever asked for it hangs up."""
    line.recv(1)
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def become(asked: Asked) -> None:
    """Be as if started by whoever asked."""
    for number, one in enumerate(asked.descriptors):
        os.dup2(one, number)
        os.close(one)
    os.chdir(asked.folder)
    os.environ.clear()
    os.environ.update(asked.env)
    sys.argv = ["skillbank", *asked.words]


def run(folder: Path) -> None:
    """Answer at a socket in the folder until standard input ends."""
    load()
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(folder / "door"))
        door.listen()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        asked = wait_for_work(door)
    if asked is None:
        shutil.rmtree(folder, ignore_errors=True)
        return
    become(asked)
    main()


if __name__ == "__main__":
    run(Path(sys.argv[1]))
