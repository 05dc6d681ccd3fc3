"""``python -m tests.tampering [--seeds N] [--from S] [--minutes M] [--rich]``.

Runs seeds until they or the minutes are over. Prints each seed that fails as it fails;
``--from S --seeds 1`` does the same harm again. Exit code 1 if any failed.
"""

import argparse
import sys
import time

from tests.tampering.campaign import (
    ANYWHERE,
    NAMES,
    rich_grounds,
    run_seed,
    small_grounds,
)
from tests.tampering.papers import PAPERS

SEEDS = 10_000
MINUTES = 30.0
TOLD_EVERY = 500


def main() -> int:
    """Run the campaign."""
    parser = argparse.ArgumentParser(prog="python -m tests.tampering")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--from", type=int, default=0, dest="start")
    parser.add_argument("--minutes", type=float, default=MINUTES)
    parser.add_argument("--rich", action="store_true", help="on the large ledger")
    asked = parser.parse_args()
    grounds = rich_grounds() if asked.rich else small_grounds()
    names = (*ANYWHERE, *PAPERS) if asked.rich else NAMES
    end, ran, failed = time.monotonic() + 60 * asked.minutes, 0, 0
    for seed in range(asked.start, asked.start + asked.seeds):
        if time.monotonic() > end:
            break
        failure = run_seed(seed, grounds, names=names)
        ran += 1
        if failure is not None:
            failed += 1
            sys.stdout.write(f"{failure}\n")
        if ran % TOLD_EVERY == 0:
            sys.stdout.write(f"{ran} seeds so far, {failed} failed\n")
        sys.stdout.flush()
    sys.stdout.write(f"{ran} of {asked.seeds} seeds ran, {failed} failed\n")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
