"""The bank's machines: its database on a disk, and the processes that write.

No process has a thread: it writes when it is told to, and dies when it is told to.
"""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from typing_extensions import override

from ledger.publishing.folder import LogFolder
from ledger.publishing.publisher import Publisher
from ledger.sequencer import BankKeys, Committer, Sequencer, WriterClock
from ledger.store.application import LedgerStore
from ledger.vault.vault import Disclosed
from tests.bank import ORIGIN, SteppedClock
from tests.simulation.ground import Ground
from tests.simulation.sockets import LedgerSocket, give_back, take_socket
from tests.simulation.steps import VAULT, KilledError, Mishap, Steps, failing
from tests.unit.publishing.growing import StoppedError, StoppingDisk

FILE = "ledger.db"


class SteppedSequencer(Sequencer):
    """The house's own queue and groups, whose thread ends at once."""

    @override
    def _run(self) -> None:
        """Leave the writing to ``step``."""

    def step(self) -> bool:
        """Write the next group; tell whether there was one."""
        if self._carried is None and self._queue.empty():
            return False
        self._committer.commit(self._gather())
        return True


@dataclass
class SafeVault:
    """A vault that outlives every process; each time it is asked is a step of one."""

    kept: dict[tuple[str, str, str], Disclosed] = field(default_factory=dict)

    def of(self, steps: Steps) -> "VaultOfProcess":
        """Return the vault as a process sees it."""
        return VaultOfProcess(self, steps)


@dataclass
class VaultOfProcess:
    """The vault as one process sees it."""

    vault: SafeVault
    steps: Steps

    def put(self, disclosed: Sequence[Disclosed]) -> None:
        """Keep it, unless the step fails."""
        if disclosed:
            self.steps.take(VAULT, lambda: self._keep(disclosed))

    def _keep(self, disclosed: Sequence[Disclosed]) -> None:
        for one in disclosed:
            self.vault.kept[one.iss, one.statement_id, one.payload_hash] = one


@dataclass(kw_only=True)
class Process:
    """One process that writes; no other ever had its ``number``."""

    name: str
    number: int
    socket: LedgerSocket
    steps: Steps
    sequencer: SteppedSequencer
    clock: WriterClock
    publisher: Publisher | None = None

    @property
    def store(self) -> LedgerStore:
        """Return what reads and writes the database."""
        return self.socket.store

    def fail(self, words: str) -> None:
        """Fail as the database or the vault would."""
        failing(self.store.engine)(words)

    def write(self) -> bool:
        """Write all that waits; tell whether the process is still alive."""
        try:
            while self.sequencer.step():
                pass
        except KilledError:
            return False
        finally:
            self.steps.expect_nothing()
        return not self.steps.dead

    def end(self) -> None:
        """Let the system take back what the process had open."""
        give_back(self.socket)


@dataclass(kw_only=True)
class Machine:
    """The disk, and the processes that run."""

    ground: Ground
    folder: Path
    clock: SteppedClock
    vault: SafeVault = field(default_factory=SafeVault)
    processes: dict[str, Process] = field(default_factory=dict)
    crashed: int = 0
    started: int = 0

    @property
    def file(self) -> Path:
        """Where the database is now."""
        return self.folder / str(self.crashed) / FILE

    @property
    def log(self) -> Path:
        """Where the log is published."""
        return self.folder / "log"

    def install(self) -> None:
        """Put the ground's database on the disk."""
        self.file.parent.mkdir()
        self.file.write_bytes(self.ground.database)

    def start(self, name: str) -> Process:
        """Start a process, which knows only what is on the disk."""
        bank, socket = self.ground.bank, take_socket(LedgerSocket, self.file)
        steps = socket.plug(self.file)
        self.started += 1
        keys = BankKeys(origin=ORIGIN, service=bank.service, checkpoint=bank.checkpoint)
        clock = WriterClock(self.clock)
        committer = Committer(
            socket.store, keys, vault=self.vault.of(steps), clock=clock
        )
        process = Process(
            name=name,
            number=self.started,
            socket=socket,
            steps=steps,
            sequencer=SteppedSequencer(committer),
            clock=clock,
        )
        self.processes[name] = process
        return process

    def kill(self, name: str) -> None:
        """End a process: what it had not committed is gone."""
        self.processes.pop(name).end()

    def crash(self) -> Callable[[str], None]:
        """Return what stops the whole machine, and keeps its disk as it is just then.

        The database and its write-ahead log are copied before anything is rolled back
        or tidied: the next process finds what a machine without power leaves.
        """

        def stop(_: str) -> None:
            before, self.crashed = self.file.parent, self.crashed + 1
            self.file.parent.mkdir()
            for file in before.iterdir():
                if not file.name.endswith("-shm"):
                    shutil.copy(file, self.file.parent)
            self._die()

        return stop

    def _die(self) -> None:
        for one in self.processes.values():
            one.steps.dead = True
        raise KilledError

    def publish(self, name: str, *, stop_at: int, after: bool) -> bool:
        """Publish the head; tell whether the disk did not stop on the way."""
        process = self.processes[name]
        if stop_at >= 0 or process.publisher is None:
            disk = StoppingDisk(stop_at, after=after)
            process.publisher = Publisher(process.store, LogFolder(self.log, disk))
        try:
            process.publisher.publish()
        except StoppedError:
            process.publisher = None
            return False
        return True

    def end(self) -> None:
        """End whatever runs."""
        for name in list(self.processes):
            self.kill(name)


def killed(process: Process) -> Callable[[str], None]:
    """Return what ends one process at a step."""

    def kill(_: str) -> None:
        process.steps.dead = True
        raise KilledError

    return kill


def overtaking(other: Process, *, at: int) -> Mishap:
    """Return what lets another process write at a step of this one."""

    def write(_: str) -> None:
        other.write()

    return Mishap(at=at, after=False, act=write, patient=True)
