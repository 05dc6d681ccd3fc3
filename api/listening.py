"""Sockets on which a bank's processes listen together."""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from socket import AF_UNIX, SOCK_STREAM, create_server, getaddrinfo, socket
from typing import Final

_ANYBODY: Final = 0o666
"""Who may connect: reaching the folder is what counts, as for a loopback port."""


@contextmanager
def bound(host: str, port: int, *, uds: Path | None = None) -> Iterator[list[socket]]:
    """Bind, and let go of it at the end; nobody listens yet.

    Raises:
        OSError: nobody can listen there.
    """
    with ExitStack() as closing:
        if uds is not None:
            yield [closing.enter_context(_bound_file(uds))]
            return
        found = getaddrinfo(host, port, type=SOCK_STREAM)
        # In the order of the system, each once.
        addresses = {(family, address[:2]): None for family, *_, address in found}
        yield [
            closing.enter_context(create_server(address, family=family))
            for family, address in addresses
        ]


@contextmanager
def _bound_file(path: Path) -> Iterator[socket]:
    if not is_unused(path):
        raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE), str(path))
    # What a bank that was killed has left.
    if path.exists() and stat.S_ISSOCK(path.stat().st_mode):
        path.unlink()
    with socket(AF_UNIX) as made:
        made.bind(str(path))
        path.chmod(_ANYBODY)
        ours = _number_of(path)
        try:
            yield made
        finally:
            # Somebody may have put another there since.
            if _number_of(path) == ours:
                path.unlink()


def is_unused(path: Path) -> bool:
    """Tell whether a bank can listen here: nobody does, and it is no other file."""
    if not path.exists():
        return True
    if not stat.S_ISSOCK(path.stat().st_mode):
        return False
    with socket(AF_UNIX) as asking:
        return asking.connect_ex(str(path)) == errno.ECONNREFUSED


def _number_of(path: Path) -> int | None:
    return path.stat().st_ino if path.exists() else None
