"""How a process is asked for; the standard library is enough, since starting is dear.

Over one connection to ``parent``: a length, then a folder, the number of words, the
words and the environment, with the three standard descriptors. Back come the process's
number and, when it has ended, its exit code, each on a line. Whoever hangs up before
that kills the process.
"""

import os
import signal
import socket
import sys
from collections.abc import Mapping, Sequence

FORWARDED = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)


def ask(
    door: str,
    words: Sequence[str],
    *,
    env: Mapping[str, str],
    descriptors: Sequence[int],
) -> tuple[socket.socket, int]:
    """Have a process started in this folder; return the line to it and its number."""
    pairs = [f"{name}={value}" for name, value in env.items()]
    fields = [os.getcwd(), str(len(words)), *words, *pairs]  # noqa: PTH109  # pathlib is dear
    body = "\0".join(fields).encode(errors="surrogateescape")
    line = socket.socket(socket.AF_UNIX)
    line.connect(door)
    socket.send_fds(line, [b"%08d" % len(body)], list(descriptors))
    line.sendall(body)
    return line, hear(line)


def hear(line: socket.socket) -> int:
    """Return the number that comes next."""
    said = b""
    while not said.endswith(b"\n"):
        more = line.recv(1)
        if not more:
            raise ConnectionResetError
        said += more
    return int(said)


def stand_in(door: str) -> None:
    """Be what a shell starts: pass signals on, and end as the process ends."""
    line, pid = ask(door, sys.argv[1:], env=os.environ, descriptors=(0, 1, 2))
    for number in FORWARDED:
        signal.signal(number, lambda one, _: os.kill(pid, one))
    code = hear(line)
    if code < 0:
        signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    sys.exit(code)
