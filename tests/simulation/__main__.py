"""``python -m tests.simulation [--seeds N] [--from S] [--seed S]``.

Prints each seed that breaks a promise, with its trace; ``--seed S`` runs that one again
and prints its trace in any case. Exit code 1 if any failed.
"""

import argparse
import gc
import logging
import sys
import time

from tests.simulation.seeds import Outcome, run_seed

SEEDS = 10_000


def show(outcome: Outcome) -> None:
    """Print a seed with all that happened."""
    sys.stdout.write("\n".join((*outcome.trace, str(outcome), "")))
    sys.stdout.flush()


def main() -> int:
    """Run the seeds."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--from", type=int, default=0, dest="start")
    parser.add_argument("--seed", type=int, help="this one, with its trace")
    asked = parser.parse_args()
    # What fails on purpose is no news.
    logging.disable(logging.CRITICAL)
    if asked.seed is not None:
        outcome = run_seed(asked.seed)
        show(outcome)
        return int(outcome.broken is not None)
    began, failed = time.process_time(), 0
    for seed in range(asked.start, asked.start + asked.seeds):
        outcome = run_seed(seed)
        if outcome.broken is not None:
            failed += 1
            show(outcome)
        if seed % 100 == 0:
            gc.collect()
    each = 1000 * (time.process_time() - began) / max(1, asked.seeds)
    sys.stdout.write(f"{asked.seeds} seeds ran, {failed} failed, {each:.0f} ms each\n")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
