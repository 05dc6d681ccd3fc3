"""Runs seeds, each for itself, and tells what became of them."""

import random
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.bank import SteppedClock
from tests.simulation.following import Following
from tests.simulation.ground import ground
from tests.simulation.machine import Machine
from tests.simulation.oracle import BrokenError, Oracle
from tests.simulation.saying import Clients
from tests.simulation.simulation import Simulation

MEMORY: Final = Path("/dev/shm")  # noqa: S108  # a folder of our own is made in it
FOLLOWED: Final = 8
"""In one seed of so many the log is followed, too: it costs as much again."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of a seed; ``broken`` is the promise that was not kept."""

    seed: int
    trace: tuple[str, ...]
    broken: str | None = None

    def __str__(self) -> str:
        """Name the seed first: it is what the next run is given."""
        return f"seed {self.seed}: {self.broken or 'kept every promise'}"


@contextmanager
def prepared(seed: int) -> Iterator[Simulation]:
    """Put the ground on a disk of its own, and draw from this seed."""
    start, chance = ground(), random.Random(seed)  # noqa: S311  # it must come again
    start.bank.start_over(start.first_number)
    start.bank.clock = SteppedClock()
    folder = tempfile.mkdtemp(dir=MEMORY if MEMORY.is_dir() else None)
    machine = Machine(ground=start, folder=Path(folder), clock=start.bank.clock)
    clients = Clients(start.bank, chance)
    oracle = Oracle(start, clients, vault=machine.vault)
    following = None if seed % FOLLOWED else Following(folder=machine.folder)
    machine.install()
    try:
        yield Simulation(
            seed=seed,
            ground=start,
            machine=machine,
            chance=chance,
            clients=clients,
            oracle=oracle,
            following=following,
        )
    finally:
        machine.end()
        oracle.close()
        if following is not None:
            following.end()
        shutil.rmtree(folder, ignore_errors=True)


def run_seed(seed: int) -> Outcome:
    """Run one seed to its end, or to the first promise that is broken."""
    broken = None
    with prepared(seed) as simulation:
        try:
            simulation.run()
        except BrokenError as error:
            broken = str(error)
        except Exception as error:  # noqa: BLE001  # a fault, too: the next seed goes on
            broken = f"{type(error).__name__}: {error}"
    return Outcome(seed=seed, trace=tuple(simulation.trace), broken=broken)


def failures(seeds: Sequence[int]) -> list[str]:
    """Run seeds; return what became of those that broke a promise."""
    ran = (run_seed(seed) for seed in seeds)
    return [str(one) for one in ran if one.broken is not None]
