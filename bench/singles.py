"""A ledger of singles that is large enough to audit.

Below ``WORTH_STARTING`` entries an audit starts no processes, and shows nothing of the
rate at which all cores audit.
"""

from functools import partial
from pathlib import Path
from typing import Final

from bench.databases import Databases
from bench.deciding import commit
from bench.plan import Plan
from bench.school import Office, School, admitted

GROUP: Final = 30
"""About as many as come together where they are posted over HTTP."""


def singles_written(databases: Databases, folder: Path, *, plan: Plan) -> School:
    """Return the school of a bank that wrote singles, without HTTP, in a new folder."""
    folder.mkdir()
    write = partial(_write, count=plan.audited)
    return admitted(databases, folder, learners=plan.learners, then=write)


def _write(office: Office, school: School, *, count: int) -> None:
    writer = office.committer()
    for start in range(0, count, GROUP):
        signed = [school.single() for _ in range(min(GROUP, count - start))]
        commit(writer, [office.receive(one) for one in signed])
