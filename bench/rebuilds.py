"""Making all projections anew: against the rate at which the log grew."""

from bench.spending import rate, repeat
from ledger.database import open_engine
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
