"""``python -m tests.killing WHAT [--times N] [--seed S]``.

WHAT is done that often:

* ``sqlite``, ``postgresql``: a writer is killed
* ``writers``: two writers on one SQLite ledger are killed
* ``stale``: one of two writers sleeps while the other writes, and wakes up
* ``server``: PostgreSQL itself is killed, under a writer
* ``disk``: SQLite's disk fills
* ``server-disk``: PostgreSQL's disk fills; only root can make it a small one
* ``answers``: a client posts a statement, whose requests and answers get lost
"""

import argparse
import logging
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.killing.answers import post_through_losses
from tests.killing.campaign import (
    ROOM_MAX,
    Campaign,
    Kill,
    campaign,
    filling_server,
    killing,
    killing_server,
    stalling,
)
from tests.killing.servers import mortal_server

TIMES: Final = {
    "sqlite": 500,
    "postgresql": 500,
    "writers": 200,
    "stale": 200,
    "server": 100,
    "disk": 200,
    "server-disk": 100,
    "answers": 10_000,
}
ON_SQLITE: Final = frozenset({"sqlite", "writers", "stale", "disk"})
DISK_BYTES: Final = 256 * 1024**2
TWO: Final = frozenset({"writers", "stale"})


@contextmanager
def prepared(what: str, seed: int) -> Iterator[tuple[Campaign, Kill]]:
    """Found the bank that is fought over, and say how."""
    if what in ON_SQLITE:
        room_max = ROOM_MAX if what == "disk" else None
        with tempfile.TemporaryDirectory() as folder:
            url = f"sqlite:///{Path(folder) / 'ledger.db'}"
            writers = 2 if what in TWO else 1
            with campaign(url, seed=seed, writers=writers, room_max=room_max) as going:
                yield going, _on_sqlite(what, going)
        return
    disk = DISK_BYTES if what == "server-disk" else None
    with (
        mortal_server(disk_bytes=disk) as server,
        campaign(server.new_database(), seed=seed) as going,
    ):
        if what == "server":
            yield going, killing_server(server, going)
        elif what == "server-disk":
            yield going, filling_server(server, going)
        else:
            yield going, killing(going.chance)


def _on_sqlite(what: str, going: Campaign) -> Kill:
    match what:
        case "stale":
            return stalling(going.chance)
        case "disk":
            return lambda _writers: None
        case _:
            return killing(going.chance)


def main() -> int:
    """Do it as often as asked."""
    parser = argparse.ArgumentParser(prog="python -m tests.killing")
    parser.add_argument("what", choices=sorted(TIMES))
    parser.add_argument("--times", type=int)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    logging.disable(logging.CRITICAL)
    times, began = asked.times or TIMES[asked.what], time.monotonic()
    if asked.what == "answers":
        with tempfile.TemporaryDirectory() as folder:
            told = post_through_losses(Path(folder), times, seed=asked.seed).told
    else:
        with prepared(asked.what, asked.seed) as (going, kill):
            told = going.run(times, kill=kill)
    seconds = time.monotonic() - began
    sys.stdout.write(
        f"{asked.what}: {times} times, {told} acknowledged, {seconds:.0f} s\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
