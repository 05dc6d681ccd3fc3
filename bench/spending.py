"""Wall time and processor time of a piece of work, and the median of several."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What a piece of work took; the processor time is that of all threads."""

    seconds: float
    cpu_seconds: float


def spend(work: Callable[[], object]) -> Spent:
    """Do the work once."""
    cpu, start = time.process_time(), time.perf_counter()
    work()
    seconds = time.perf_counter() - start
    return Spent(seconds=seconds, cpu_seconds=time.process_time() - cpu)


def repeat(work: Callable[[], object], *, runs: int, seconds_max: float) -> Spent:
    """Do the work up to ``runs`` times, while time is left; return the medians."""
    found = [spend(work)]
    while len(found) < runs and sum(one.seconds for one in found) < seconds_max:
        found.append(spend(work))
    return Spent(
        seconds=statistics.median(one.seconds for one in found),
        cpu_seconds=statistics.median(one.cpu_seconds for one in found),
    )


def rate(spent: Spent, *, items: int) -> dict[str, float]:
    """Return items per second and processor microseconds per item."""
    return {
        "rate": items / spent.seconds,
        "cpu_us": spent.cpu_seconds / items * 1e6,
        "seconds": spent.seconds,
    }
