"""Processes that save or restore, each of which dies at another step.

Each try is a fork, so that all of them cost one start of Python.
"""

import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from sqlalchemy import Engine, event

from tests.backing import bring_back, save

Work = Callable[[], object]


def main(url: str, vault_url: str, *, folder: Path) -> None:
    """Try until nobody dies any more; print what was tried, and at which step."""
    work: Work
    saved = folder
    for number in (1, 5, *range(10, 1_000, 9)):
        saved = folder / f"saved-{number}"
        work = partial(save, saved, url=url, vault_url=vault_url)
        if not dies(work, at=number, of_saving=True):
            break
        print("save", number)  # noqa: T201  # the test reads it
    for number in (1, *range(40, 10_000, 60)):
        made = f"sqlite:///{folder / f'restored-{number}'}"
        work = partial(
            bring_back, saved, url=f"{made}-ledger.db", vault_url=f"{made}-vault.db"
        )
        if not dies(work, at=number, of_saving=False):
            break
        print("restore", number)  # noqa: T201  # the test reads it


def dies(work: Work, *, at: int, of_saving: bool) -> bool:
    """Work in a process of its own; tell whether it died."""
    child = os.fork()
    if child == 0:
        left = [at]

        def step(*_: object, **__: object) -> None:
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)

        if of_saving:
            count_syncs(step)
        else:
            event.listen(Engine, "before_cursor_execute", step)
            event.listen(Engine, "commit", step)
        work()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def count_syncs(step: Callable[[], None]) -> None:
    """Take a step whenever something was brought to the disk."""
    sync = os.fsync

    def counting(descriptor: int) -> None:
        sync(descriptor)
        step()

    os.fsync = counting  # type: ignore[assignment]  # the same, but for its type


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], folder=Path(sys.argv[3]))
