"""How far an audit has come, told to a person; the audit itself knows no terminal."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from api.cli.terminal import errors, say
from ledger.audit.ports import SizedSource, Source

SECONDS_BETWEEN: Final = 5
_ENTRIES_BETWEEN: Final = 128
_MINUTE: Final = 60

OnEntries = Callable[[int], None]


@contextmanager
def showing_progress(
    source: Source, *, as_json: bool, begun: int = 0
) -> Iterator[OnEntries | None]:
    """Give what an audit calls with the number of entries done; None if unheard.

    ``begun`` of them were done before, and say nothing about the rate. A terminal gets
    a bar, a file or pipe a line every few seconds, and a program that reads JSON
    nothing.
    """
    total = source.size() if isinstance(source, SizedSource) else None
    if errors.is_terminal:
        columns = (TextColumn("Verifying"), BarColumn(), _Counted())
        left = () if total is None else (TimeRemainingColumn(),)
        with Progress(*columns, *left, console=errors, transient=True) as bar:
            task = bar.add_task("", total=total, completed=begun)
            yield seldom(lambda done: bar.update(task, completed=done))
    elif as_json:
        yield None
    else:
        yield seldom(Lines(total, begun=begun).tell)


def seldom(tell: OnEntries) -> OnEntries:
    """Pass on one of many calls: to tell must cost nothing beside the audit."""

    def on_entries(done: int) -> None:
        if done % _ENTRIES_BETWEEN == 0:
            tell(done)

    return on_entries


class Lines:
    """Says every few seconds how far the audit is."""

    def __init__(
        self,
        total: int | None,
        *,
        begun: int = 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin now, when so many are done."""
        self._total = total
        self._first = begun
        self._clock = clock
        self._begun = self._told = clock()

    def tell(self, done: int) -> None:
        """Say it, unless it was said just now."""
        now = self._clock()
        if now - self._told < SECONDS_BETWEEN:
            return
        self._told = now
        rate = (done - self._first) / (now - self._begun)
        say(progress_text(done, total=self._total, rate=rate))


def progress_text(done: int, *, total: int | None, rate: float) -> str:
    """Return entries done, their rate, and the time left if the end is known."""
    speed = f"{rate:,.0f} entries/s"
    if total is None or total < done or not rate:
        return f"verified {done:,} entries, {speed}"
    minutes, seconds = divmod(round((total - done) / rate), _MINUTE)
    left = f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
    return f"verified {done:,} of {total:,} entries, {speed}, about {left} left"


class _Counted(ProgressColumn):
    """Entries done and their rate."""

    def render(self, task: Task) -> Text:
        """Return them."""
        of = "" if task.total is None else f" of {int(task.total):,}"
        rate = f", {task.speed:,.0f} entries/s" if task.speed else ""
        return Text(f"{int(task.completed):,}{of}{rate}")
