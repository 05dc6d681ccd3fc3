"""Every step of a database's I/O in order: each can fail, or be the last of a process.

The steps are counted where the driver is called, below everything that is ours, so that
no new query, table or connection can be forgotten.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from sqlalchemy import Engine

from ledger.vault.vault import VaultUnavailableError

T = TypeVar("T")

EXECUTING: Final = ("do_execute", "do_executemany", "do_execute_no_params")
ENDING: Final = {"do_commit": "COMMIT", "do_rollback": "ROLLBACK", "do_ping": "PING"}
CONNECT: Final = "CONNECT"
VAULT: Final = "VAULT"
_WORDS: Final = 40
_READ: Final = 160
"""Bytes of a query that are looked at for its words."""


class KilledError(BaseException):
    """The process is gone: nothing that it does after this counts."""


@dataclass(frozen=True, kw_only=True)
class Mishap:
    """What happens at the ``at``-th step from now, before it or after it took effect.

    ``act`` is told the step's words, and raises. A ``patient`` one waits for a step
    at which this process is not writing, so that another can; one with ``only`` for
    a step of these words.
    """

    at: int
    after: bool
    act: Callable[[str], None]
    patient: bool = False
    only: frozenset[str] | None = None


@dataclass
class Steps:
    """Counts the steps of one process; ``seen`` are their words."""

    seen: list[str] = field(default_factory=list)
    happened: str = ""
    dead: bool = False
    _mishap: Mishap | None = None
    _writing: bool = False

    def expect(self, mishap: Mishap | None) -> None:
        """Count from here, and let this happen when it is due."""
        self.seen.clear()
        self.happened, self._mishap = "", mishap

    def expect_nothing(self) -> None:
        """Let nothing happen from here; what did happen is still told."""
        self._mishap = None
        self.seen.clear()

    def take(self, words: str, run: Callable[[], T]) -> T:
        """Take one step, with what is due before it or after it."""
        if self.dead and words != "ROLLBACK":
            raise KilledError
        self.seen.append(words)
        due = self._due(words)
        if due is not None and not due.after:
            due.act(words)
        found = run()
        self._note(words)
        if due is not None and due.after:
            due.act(words)
        return found

    def watch(self, engine: Engine) -> None:
        """Count the steps of a database."""
        watch(engine, connecting=lambda: self, of=lambda _: self)

    def _due(self, words: str) -> Mishap | None:
        mishap = self._mishap
        if mishap is None or len(self.seen) < mishap.at:
            return None
        if mishap.patient and self._writing:
            return None
        if mishap.only is not None and words not in mishap.only:
            return None
        self._mishap = None
        when = "after" if mishap.after else "before"
        self.happened = f"{when} step {len(self.seen)} {words}"
        return mishap

    def _note(self, words: str) -> None:
        if words.startswith("BEGIN IMMEDIATE"):
            self._writing = True
        elif words in {"COMMIT", "ROLLBACK"}:
            self._writing = False


Find = Callable[[Any], Steps]  # Any: the driver's own connection.


def watch(engine: Engine, *, connecting: Callable[[], Steps], of: Find) -> None:
    """Count the steps of a database: of who connects now, and whose a connection is."""
    # The driver is called through these attributes, and by nothing else.
    dialect: Any = engine.dialect  # Any: attributes are replaced by name.
    for name in EXECUTING:
        setattr(dialect, name, _executing(getattr(dialect, name), of))
    for name, words in ENDING.items():
        setattr(dialect, name, _ending(getattr(dialect, name), words, of=of))
    dialect.connect = _connecting(dialect.connect, connecting)


# Any: the driver's own objects pass through.
def _executing(call: Callable[..., Any], of: Find) -> Callable[..., Any]:
    # Any: the driver's own cursor.
    def execute(cursor: Any, statement: str, *rest: object) -> object:  # noqa: ANN401
        words = " ".join(statement[:_READ].split())[:_WORDS]
        try:
            return of(cursor.connection).take(
                words, lambda: call(cursor, statement, *rest)
            )
        except KilledError:
            # The system takes the lock back at once, not when memory is tidied.
            cursor.connection.rollback()
            raise

    return execute


def _ending(call: Callable[..., Any], words: str, *, of: Find) -> Callable[..., Any]:
    # Any: the driver's own connection.
    def end(connection: Any, *given: object) -> object:  # noqa: ANN401
        return of(connection).take(words, lambda: call(connection, *given))

    return end


def _connecting(
    call: Callable[..., Any], steps: Callable[[], Steps]
) -> Callable[..., Any]:
    def connect(*given: object, **named: object) -> object:
        made: list[Any] = []  # Any: the driver's own connection.
        try:
            steps().take(CONNECT, lambda: made.append(call(*given, **named)))
        except BaseException:
            # Nobody got it, so nobody else will close it.
            for one in made:
                one.close()
            raise
        return made[0]

    return connect


def failing(engine: Engine) -> Callable[[str], None]:
    """Return what a driver does when its database does not answer."""

    def fail(words: str) -> None:
        if words == VAULT:
            raise VaultUnavailableError
        raise engine.dialect.loaded_dbapi.OperationalError(words)

    return fail
