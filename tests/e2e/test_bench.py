"""The benchmark runs, and writes what programs read; nothing here looks at time."""

import subprocess
import sys
from pathlib import Path

import orjson

from bench import oversight
from bench.figures import Figure
from bench.processes import ROOT
from bench.sustained import Look, lags

NAMES = {"audit-single", "single", "sustained"}
"""Two parts, to be quick: a server, its floor, loads, and tasks with an end."""

SECONDS_MAX = 900


def test_the_smallest_benchmark_writes_its_figures(tmp_path: Path) -> None:
    """Each measure is there once, beside what it is compared with."""
    out = tmp_path / "latest.json"
    words = ["--tiny", "--database=sqlite", f"--out={out}"]
    words += ["--part=singles", "--part=sustained"]

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
    assert "s behind at most" in process.stdout


def test_how_far_projections_are_behind_is_counted_from_the_oldest_entry() -> None:
    """An entry is as old as the last look that did not see it."""
    looks = [
        Look(at=0.0, recorded=10, projected=10),
        Look(at=1.0, recorded=30, projected=10),
        Look(at=2.0, recorded=50, projected=29),
        Look(at=3.0, recorded=60, projected=30),
        Look(at=4.0, recorded=60, projected=50),
        Look(at=5.0, recorded=60, projected=60),
        Look(at=6.0, recorded=60, projected=80),
    ]

    assert lags(looks) == [1.0, 2.0, 2.0, 2.0, 0.0, 0.0]


def test_the_figures_of_a_consortium_are_of_statements_that_can_be_read(
    sqlite_url: str,
) -> None:
    """What it fills in itself is held against the shapes as they are now."""
    found = oversight.measure(url=sqlite_url, size=40, reads=1)

    assert {"p50_ms", "learner_p50_ms", "rare_p50_ms"} <= found.keys()
