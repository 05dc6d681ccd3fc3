"""Making projections and the log's files: against the rate at which the log grew."""

from pathlib import Path

from bench.memory import peak_mb
from bench.spending import rate, repeat, spend
from ledger.database import open_engine
from ledger.publishing.folder import LogFolder
from ledger.publishing.publisher import Publisher
from ledger.store.application import LedgerStore
from projections.runner import Runner


def measure(
    *, url: str, projections_url: str, runs: int, seconds_max: float
) -> dict[str, float]:
    """Rebuild from position 0 and return entries per second; a task."""
    store = LedgerStore(open_engine(url))
    runner = Runner(store, open_engine(projections_url))
    try:
        spent = repeat(runner.rebuild, runs=runs, seconds_max=seconds_max)
        entries = runner.position() + 1
    finally:
        runner.close()
        store.close()
    return {**rate(spent, items=entries), "entries": entries}


def catch_up(*, url: str, projections_url: str) -> dict[str, float]:
    """Project what is new and return entries per second; a task."""
    store = LedgerStore(open_engine(url))
    runner = Runner(store, open_engine(projections_url))
    try:
        before = runner.position()
        spent = spend(runner.catch_up)
        entries = max(1, runner.position() - before)
    finally:
        runner.close()
        store.close()
    return {**rate(spent, items=entries), "memory_mb": peak_mb()}


def publish(*, url: str, folder: str) -> dict[str, float]:
    """Write the log's new files; a task."""
    store = LedgerStore(open_engine(url))
    publisher = Publisher(store, LogFolder(Path(folder)))
    try:
        spent = spend(publisher.publish)
    finally:
        publisher.close()
        store.close()
    return {"seconds": spent.seconds, "memory_mb": peak_mb()}
