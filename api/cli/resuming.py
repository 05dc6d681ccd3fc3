"""``audit verify --resume FILE``: goes on where an interrupted audit has stopped."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import typer

from api.cli.terminal import NOT_CHECKED, WRONG_INPUT, say, stop
from ledger.audit.progress.errors import (
    ProgressFormError,
    ProgressInUseError,
    ProgressOfAnotherError,
    ProgressPlaceError,
    ProgressReleaseError,
    SourceChangedError,
)
from ledger.audit.progress.file import ProgressFile
from ledger.audit.progress.keeping import Keeping
from ledger.audit.spilling import IN_MEMORY_MAX

SECONDS_BETWEEN: Final = 30
"""How much of its work an audit may lose."""

ResumeOption = Annotated[
    Path | None,
    typer.Option(
        "--resume",
        help=(
            "Keep progress here, and go on from it after an interruption. Whoever can "
            "write this file can hide findings."
        ),
    ),
]


class Every:
    """Tells when so many seconds have passed since it told so last.

    Whoever is in a ``hurry`` is told so at once, and is interrupted the next time.
    """

    def __init__(
        self, seconds: int, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Begin now."""
        self._seconds = seconds
        self._clock = clock
        self._told = clock()
        self._is_hurried = self._is_over = False

    def hurry(self) -> None:
        """Be interrupted soon, and not before it was told that it is time."""
        self._is_hurried = True

    def __call__(self) -> bool:
        """Tell it.

        Raises:
            KeyboardInterrupt: it was told in a hurry.
        """
        if self._is_over:
            raise KeyboardInterrupt
        self._is_over = self._is_hurried
        now = self._clock()
        if not self._is_hurried and now - self._told < self._seconds:
            return False
        self._told = now
        return True


@contextmanager
def resuming(file: Path | None, *, as_json: bool) -> Iterator[Keeping | None]:
    """Open the file of an audit's progress; remove it when the audit is done.

    Raises:
        typer.Exit: it cannot be used, or not with this source.
    """
    if file is None:
        yield None
        return
    with _explaining(file, as_json=as_json):
        opened = ProgressFile(file, in_memory_max=IN_MEMORY_MAX)
        every = Every(SECONDS_BETWEEN)
        keeping = Keeping(opened, is_due=every)
        if keeping.begun and not as_json:
            say(f"going on after {keeping.begun:,} entries, which are only read again")
        try:
            with _keeping_first(every, file):
                yield keeping
            opened.remove()
        finally:
            opened.close()
            if opened.progress is None and not opened.has_saved:
                opened.remove()


@contextmanager
def _keeping_first(every: Every, file: Path) -> Iterator[None]:
    """When interrupted, keep what was checked before that ends all; twice, at once."""

    def hear(number: int, _: object) -> None:
        signal.signal(number, signal.default_int_handler)
        say(f"interrupted: keeping in {file} what was checked; once more ends at once")
        every.hurry()

    before = signal.signal(signal.SIGINT, hear)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _explaining(file: Path, *, as_json: bool) -> Iterator[None]:
    """Say why an audit cannot go on from a file.

    Raises:
        typer.Exit: it cannot.
    """
    anew = f"To begin anew, remove {file}, or name another file"
    try:
        yield
    except ProgressFormError:
        text = f"{file} keeps no progress of an audit, or is damaged. {anew}"
        stop("not-a-progress", text, exit_code=WRONG_INPUT, as_json=as_json)
    except ProgressReleaseError:
        text = f"{file} was written by another release of this program. {anew}"
        stop("progress-release", text, exit_code=WRONG_INPUT, as_json=as_json)
    except ProgressOfAnotherError:
        text = (
            f"{file} is about another ledger, or was begun with another --remember "
            f"file or --witness-policy. {anew}"
        )
        stop("progress-of-another", text, exit_code=WRONG_INPUT, as_json=as_json)
    except ProgressPlaceError as error:
        text = f"{file} cannot be written: {error.reason}"
        stop("progress-place", text, exit_code=WRONG_INPUT, as_json=as_json)
    except ProgressInUseError:
        text = f"another audit has {file} open: wait for it, or name another file"
        stop("progress-in-use", text, exit_code=NOT_CHECKED, as_json=as_json)
    except SourceChangedError:
        text = (
            "what was checked before reads differently now, so nothing is proven. Is "
            f"it the same source? {anew}"
        )
        stop("source-changed", text, exit_code=NOT_CHECKED, as_json=as_json)
