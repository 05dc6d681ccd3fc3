"""The benchmark runs, and writes what programs read; nothing here looks at time."""

import subprocess
import sys
from pathlib import Path

import orjson

from bench import oversight
from bench.figures import Figure
from bench.processes import ROOT

NAMES = {"audit-single", "single"}
"""One part, to be quick: a server, its floor, loads, and tasks with an end."""

SECONDS_MAX = 900


def test_the_smallest_benchmark_writes_its_figures(tmp_path: Path) -> None:
    """Each measure is there once, beside what it is compared with."""
    out = tmp_path / "latest.json"
    words = ["--tiny", "--database=sqlite", "--part=singles", f"--out={out}"]

    process = subprocess.run(  # noqa: S603  # our own module
        [sys.executable, "-m", "bench", *words],
        cwd=ROOT,
        capture_output=True,
        timeout=SECONDS_MAX,
        text=True,
        check=False,
    )

    assert process.returncode == 0, process.stdout + process.stderr
    figures = [Figure.model_validate(one) for one in orjson.loads(out.read_bytes())]
    assert {figure.name for figure in figures} == NAMES
    assert len(figures) == len(NAMES)
    for figure in figures:
        assert figure.database == "sqlite"
        assert figure.value > 0
        assert figure.reference is not None
        assert figure.ratio == figure.value / figure.reference
        assert figure.cpu_us is not None
    assert "Ed25519 verify" in process.stdout


def test_the_figures_of_a_consortium_are_of_statements_that_can_be_read(
    sqlite_url: str,
) -> None:
    """What it fills in itself is held against the shapes as they are now."""
    found = oversight.measure(url=sqlite_url, size=40, reads=1)

    assert {"p50_ms", "learner_p50_ms", "rare_p50_ms"} <= found.keys()
