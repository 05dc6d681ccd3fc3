"""``python -m tests.killing WHAT [--times N] [--seed S]``.

WHAT is killed that often: ``sqlite`` (a writer on SQLite), ``postgresql`` (a writer on
PostgreSQL), ``writers`` (two writers on one SQLite ledger), ``server`` (PostgreSQL
itself, under a writer). ``disk`` kills nobody: the disk fills that often.
"""

import argparse
import logging
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.killing.campaign import (
    ROOM_MAX,
    SECONDS_MAX,
    Campaign,
    campaign,
    killing,
    wait_for,
)
from tests.killing.children import Writer
from tests.killing.servers import MortalServer, mortal_server

TIMES = {"sqlite": 500, "postgresql": 500, "writers": 200, "server": 100, "disk": 200}


def killing_server(server: MortalServer, going: Campaign) -> None:
    """Kill the server at some moment, and wait until it is back."""
    time.sleep(going.chance.uniform(0, 2 * SECONDS_MAX))
    server.kill()
    wait_for(going.bank.store)


@contextmanager
def prepared(what: str, seed: int) -> Iterator[tuple[Campaign, MortalServer | None]]:
    """Found the bank that is fought over."""
    writers = 2 if what == "writers" else 1
    room_max = ROOM_MAX if what == "disk" else None
    if what in {"sqlite", "writers", "disk"}:
        with tempfile.TemporaryDirectory() as folder:
            url = f"sqlite:///{Path(folder) / 'ledger.db'}"
            with campaign(url, seed=seed, writers=writers, room_max=room_max) as going:
                yield going, None
        return
    with (
        mortal_server() as server,
        campaign(server.new_database(), seed=seed) as going,
    ):
        yield going, server


def main() -> int:
    """Kill as often as asked."""
    parser = argparse.ArgumentParser(prog="python -m tests.killing")
    parser.add_argument("what", choices=sorted(TIMES))
    parser.add_argument("--times", type=int)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    logging.disable(logging.CRITICAL)
    times = asked.times or TIMES[asked.what]
    with prepared(asked.what, asked.seed) as (going, server):

        def kill(writers: list[Writer]) -> None:
            if asked.what == "server" and server is not None:
                killing_server(server, going)
            elif asked.what != "disk":
                killing(going.chance)(writers)

        told = going.run(times, kill=kill)
    sys.stdout.write(f"{asked.what}: {times} times, {told} acknowledged\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
