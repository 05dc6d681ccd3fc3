"""``python -m bench``: measure, print one table, write ``bench/out/latest.json``."""

import argparse
import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final, NoReturn

from bench.databases import POSTGRESQL, SQLITE, opened
from bench.figures import Figure, Report
from bench.plan import FULL, SHORT, TINY, Plan
from bench.processes import ROOT, Result, run_task
from bench.run import PARTS, DatabaseRun, attempt

OUT: Final = ROOT / "bench" / "out" / "latest.json"


def main() -> int:
    """Run what was asked for; return 1 if a measure failed."""
    asked = _parse()
    plan = FULL if asked.full else TINY if asked.tiny else SHORT
    if asked.curve_to:
        sizes = tuple(size for size in plan.curve if size <= asked.curve_to)
        plan = replace(plan, curve=sizes)
    # Told to end, it unwinds: every server and file of the run goes with it.
    signal.signal(signal.SIGTERM, _stop)
    report, start = Report(), time.monotonic()
    try:
        parts = asked.part or PARTS
        rate = _measure_verify(plan, report) if "singles" in parts else None
        for name in asked.database or (SQLITE, POSTGRESQL):
            with _prepared(name, plan, report=report) as run:
                run.run(parts, verify_rate=rate)
    finally:
        # What was found is told, even if the run was ended.
        seconds = time.monotonic() - start
        report.notes.append(f"{os.cpu_count()} cores; the run took {seconds:.0f} s.")
        report.write(asked.out)
        sys.stdout.write(report.text())
    return 1 if report.failures else 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--full", action="store_true", help="longer, and with the curves")
    size.add_argument(
        "--tiny", action="store_true", help="seconds: figures say nothing"
    )
    parser.add_argument(
        "--database",
        action="append",
        choices=(SQLITE, POSTGRESQL),
        help="only this one",
    )
    parser.add_argument(
        "--part", action="append", choices=PARTS, help="only this part of the measures"
    )
    parser.add_argument(
        "--curve-to", type=int, help="how far a ledger is grown, in entries"
    )
    parser.add_argument("--out", type=Path, default=OUT, help="where the JSON goes")
    return parser.parse_args()


def _measure_verify(plan: Plan, report: Report) -> float | None:
    found: Result = {}
    with attempt(report, "Ed25519 verify"):
        found = run_task(
            "primitives:measure_verify",
            seconds=plan.peer_seconds,
            count=plan.verifications,
        )
    for cores, rate in (("one-core", "rate"), ("all-cores", "all_cores")):
        if rate in found:
            figure = Figure(
                name=f"ed25519-verify-{cores}",
                database="-",
                value=found[rate],
                unit="per s",
            )
            report.peers.append(figure)
    return found.get("all_cores")


@contextmanager
def _prepared(name: str, plan: Plan, *, report: Report) -> Iterator[DatabaseRun]:
    with (
        tempfile.TemporaryDirectory(prefix="bench") as folder,
        opened(name, Path(folder)) as databases,
    ):
        yield DatabaseRun(databases, plan, folder=Path(folder), report=report)


def _stop(_number: int, _frame: object) -> NoReturn:
    sys.exit(128 + signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main())
