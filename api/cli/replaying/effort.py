"""What a replay may use of the machine, and what is said where that did not do."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from api.cli.terminal import NOT_CHECKED, stop
from ledger.audit.processes import PROCESSES_MAX, WorkerLostError
from ledger.audit.spilling import NoRoomError

ProcessesOption = Annotated[
    int | None,
    typer.Option(
        min=1,
        max=PROCESSES_MAX,
        show_default="one per core",
        help="Processes that read entries; a short ledger needs one only.",
    ),
]


@contextmanager
def explaining_machine(*, as_json: bool) -> Iterator[None]:
    """Say that a process died, or that a disk is full.

    Raises:
        typer.Exit: it is so.
    """
    try:
        yield
    except WorkerLostError:
        text = (
            "a process that read entries was ended from outside, so nothing was "
            "replayed. If the machine is short of memory, name fewer --processes"
        )
        stop("worker-lost", text, exit_code=NOT_CHECKED, as_json=as_json)
    except NoRoomError:
        text = (
            "there is no room for temporary files, so nothing was replayed. Make room, "
            "or name a folder that has some with SQLITE_TMPDIR"
        )
        stop("no-room", text, exit_code=NOT_CHECKED, as_json=as_json)
