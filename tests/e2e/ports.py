"""Loopback ports for the servers that tests start."""

import secrets
import socket
from typing import Final

FIRST: Final = 20_000
COUNT: Final = 12_000
"""Below what a machine takes for the near end of a connection that somebody opens.

Of those, one that is free now may be in use by the time that a server wants it, for
tests open many; and a server that is killed and comes back wants it again.
"""


def free_port() -> int:
    """Return a port that nobody listens on."""
    while True:
        port = FIRST + secrets.randbelow(COUNT)
        with socket.socket() as tried:
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
