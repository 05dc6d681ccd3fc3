"""Runs one seed: rounds of saying, writing, failing and answering, then all at peace.

The trace names everything that happened. The same seed gives the same trace.
"""

import random
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from ledger.integrity.encoding import b64encode
from ledger.sequencer import (
    Accepted,
    BusyError,
    ClockJumpError,
    RefusedError,
    UncertainError,
)
from tests.simulation.following import Following
from tests.simulation.ground import Ground
from tests.simulation.machine import Machine, Process, killed, overtaking
from tests.simulation.oracle import Oracle, require
from tests.simulation.said import Said
from tests.simulation.saying import Clients
from tests.simulation.steps import VAULT, Mishap

STEPS_MAX: Final = 70
FOLLOWING_MAX: Final = 60
AIMED: Final = frozenset({"COMMIT", VAULT})
ROUNDS: Final = (1, 1, 1, 1, 2, 2, 4)
"""How many rounds a seed has: most have few, so that there are many seeds."""
JUMPS: Final = (timedelta(days=30), timedelta(minutes=-20), timedelta(days=-30))


@dataclass(frozen=True, kw_only=True)
class Sent:
    """One sending of something that was said."""

    said: Said
    to: str
    future: Future[Accepted]


@dataclass(kw_only=True)
class Simulation:
    """One seed on its way."""

    seed: int
    ground: Ground
    machine: Machine
    chance: random.Random
    clients: Clients
    oracle: Oracle
    following: Following | None
    trace: list[str] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
    vault_failed: bool = False
    disturbed: bool = False
    jumped: bool = False

    def tell(self, *words: object) -> None:
        """Add a line to the trace."""
        self.trace.append(" ".join(str(word) for word in words))

    def run(self) -> None:
        """Go through all rounds, then let everybody hear an answer."""
        self.machine.start("one")
        if self.following is not None:
            self.following.install()
        for number in range(self.chance.choice(ROUNDS)):
            self.tell("round", number)
            self._round()
        self._finish()

    def _round(self) -> None:
        self.vault_failed = self.disturbed = False
        if self.chance.random() < 0.3 and len(self.machine.processes) == 1:
            self.machine.start("two")
            self.tell("another writer")
        self._move_clock()
        for _ in range(self.chance.randint(1, 4)):
            self._send(self.clients.say())
        again = [one for one in self.clients.said[:-1] if self._comes_again(one)]
        for said in again[:4]:
            self._send(said)
        self._write()
        self._publish()
        self._follow()

    def _comes_again(self, said: Said) -> bool:
        return self.chance.random() < (0.1 if said.is_answered else 0.6)

    def _send(self, said: Said) -> None:
        name = self.chance.choice(sorted(self.machine.processes))
        self._send_to(self.machine.processes[name], said)
        self.tell("send", said.name, "to", name)

    def _send_to(self, process: Process, said: Said) -> None:
        future = process.sequencer.submit(said.submission)
        said.sent_to.add(process.number)
        self.sent.append(Sent(said=said, to=process.name, future=future))

    def _move_clock(self) -> None:
        drawn = self.chance.random()
        if drawn < 0.7:
            self.machine.clock.step(self.chance.choice((0, 1, 60)))
        elif drawn < 0.8:
            self.machine.clock.wall += timedelta(minutes=self.chance.choice((-4, 4)))
        elif drawn < 0.9:
            jump = self.chance.choice(JUMPS)
            self.machine.clock.wall += jump
            self.jumped = True
            self.tell("clock jumps", jump)
        if self.jumped and self.chance.random() < 0.7:
            self._confirm()

    def _confirm(self) -> None:
        for one in self.machine.processes.values():
            one.sequencer.confirm_clock()
        self.tell("clock confirmed")
        self.jumped = False

    def _write(self) -> None:
        names = sorted(self.machine.processes)
        self.chance.shuffle(names)
        for name in names:
            process = self.machine.processes.get(name)
            if process is None:
                continue
            self._disturb(process)
            alive, crashes = process.write(), self.machine.crashed
            happened = process.steps.happened
            self.tell("write", name, happened)
            self.vault_failed |= VAULT in happened
            self.disturbed |= bool(happened)
            if not alive:
                self._die(process, crashes=crashes)
        self._answer()

    def _disturb(self, process: Process) -> None:
        drawn, others = self.chance.random(), set(self.machine.processes)
        at, after = self.chance.randint(1, STEPS_MAX), self.chance.random() < 0.5
        others.discard(process.name)
        if others and drawn < 0.5:
            other = self.machine.processes[others.pop()]
            process.steps.expect(overtaking(other, at=at // 3))
            return
        if drawn < 0.35:
            # Where it matters most is one step of fifty: it is aimed at.
            only = AIMED if self.chance.random() < 0.4 else None
            at = at if only is None else 1
            mishap = Mishap(at=at, after=after, act=process.fail, only=only)
            process.steps.expect(mishap)
        elif drawn < 0.55:
            process.steps.expect(Mishap(at=at, after=after, act=killed(process)))
        elif drawn < 0.7:
            process.steps.expect(Mishap(at=at, after=after, act=self.machine.crash()))

    def _die(self, process: Process, *, crashes: int) -> None:
        """Hear what was said before the end; then start whatever died again."""
        dead = [n for n, one in self.machine.processes.items() if one.steps.dead]
        self._answer()
        for name in sorted(dead):
            self.machine.kill(name)
            self.sent = [one for one in self.sent if one.to != name]
        self.tell("died", *sorted(dead), "crashes", crashes)
        first = self.machine.start(process.name)
        # Whoever starts now takes the clock that it finds as right.
        self.oracle.read(self.machine.file)
        self.oracle.check(first.store)

    def _answer(self) -> None:
        """Let the clients hear what was answered, unless it is lost on the way."""
        self.oracle.read(self.machine.file)
        answered = [one for one in self.sent if one.future.done()]
        self.sent = [one for one in self.sent if not one.future.done()]
        for one in answered:
            lost = self.chance.random() < 0.25
            self._hear(one, lost=lost)

    def _hear(self, one: Sent, *, lost: bool) -> None:
        error = one.future.exception()
        answer = one.future.result() if error is None else error
        self.tell("lost" if lost else "hear", one.said.name, told(answer))
        match answer:
            case Accepted() | RefusedError():
                if not lost:
                    self.oracle.hear(one.said, answer)
            case UncertainError():
                require(self.disturbed, "nobody is left in doubt without a reason")
            case BusyError():
                require(self.vault_failed, "nobody is sent away without a reason")
            case ClockJumpError():
                pass
            case _:
                require(False, f"{one.said.name} was answered {answer!r}")  # noqa: FBT003  # never kept

    def _publish(self) -> None:
        if self.chance.random() < 0.6:
            return
        name = min(self.machine.processes)
        stop_at = self.chance.randint(-4, 8)
        whole = self.machine.publish(
            name, stop_at=max(-1, stop_at), after=self.chance.random() < 0.5
        )
        self.tell("publish", "whole" if whole else "stopped")
        self.oracle.check_published(self.machine.log)

    def _follow(self) -> None:
        """Project what is new, through a process that may fail or die of it."""
        if self.following is None or self.chance.random() < 0.3:
            return
        act = self.chance.choice((self.following.die, self.following.fail))
        at, after = self.chance.randint(1, FOLLOWING_MAX), self.chance.random() < 0.5
        mishap = Mishap(at=at, after=after, act=act)
        store = self.machine.processes[min(self.machine.processes)].store
        self.tell("follow", self.following.follow(store, mishap))

    def _finish(self) -> None:
        """Let all that was said be answered, undisturbed."""
        self.tell("peace")
        self.vault_failed = self.disturbed = False
        self._confirm()
        process = self.machine.processes[min(self.machine.processes)]
        process.write()
        self._answer_all()
        for said in self.clients.said:
            if not said.is_answered:
                self._send_to(process, said)
        for one in self.machine.processes.values():
            one.write()
        self._answer_all()
        require(
            all(one.is_answered for one in self.clients.said), "everybody is answered"
        )
        self.machine.publish(process.name, stop_at=-1, after=False)
        self.oracle.check_published(self.machine.log)
        self.oracle.check(process.store)
        if self.following is not None:
            self.following.follow(process.store, None)
            self.oracle.check_projections(self.following)
        self.tell("size", len(self.oracle.entries), b64encode(self.oracle.root))

    def _answer_all(self) -> None:
        self.oracle.read(self.machine.file)
        for one in self.sent:
            require(one.future.done(), "every answer comes")
            self._hear(one, lost=False)
        self.sent = []


def told(answer: object) -> str:
    """Return an answer in one word or two."""
    match answer:
        case Accepted():
            receipt = answer.receipt.model_dump()
            place = receipt.get("position", receipt.get("header_position"))
            return f"accepted at {place}" + (" again" if answer.replayed else "")
        case RefusedError():
            codes = " ".join(str(one.error.code) for one in answer.faults)
            return f"refused after {answer.decided_at_position}: {codes}"
        case _:
            return str(getattr(answer, "code", type(answer).__name__))
