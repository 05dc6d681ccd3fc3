"""Replaying a ledger, against what reading it costs at least in the same run."""

from collections.abc import Callable
from urllib.parse import urlsplit

from bench.figures import Figure, Report
from bench.processes import Result
from bench.school import School


def run(repeat: Callable[..., Result], school: School, *, report: Report) -> None:
    """Measure on a school's ledger; ``repeat`` does a task a few times.

    Raises:
        MeasureError: one of them failed.
    """
    url = school.settings.database_url
    parsed = repeat("audits:measure_parsing", url=url)
    found = repeat("audits:measure_replay", url=url)
    database = urlsplit(url).scheme.partition("+")[0]
    figure = Figure(
        name="replay",
        database=database,
        value=found["rate"],
        unit="entries/s",
        cpu_us=found["cpu_us"],
    )
    against = "read, hash and parse JSON alone"
    report.add(figure, reference=parsed["rate"], against=against)
    report.notes.append(
        f"replay on {database}: {found['entries']:,.0f} entries; "
        f"{found['memory_mb']:.0f} MB at most in the process that has the state; "
        f"floor {parsed['cpu_us']:.0f} us."
    )
