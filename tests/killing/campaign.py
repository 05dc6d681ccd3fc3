"""Kills at random, and requires after each that nothing acknowledged is lost.

1. Each acknowledged statement is in the log once, at the place its receipt proves.
2. Positions are without a gap; nothing is there that was not sent.
3. What was not acknowledged is accepted, or answered again, the next time.
4. The audit finds nothing, and every checkpoint handed out is of this very tree.
"""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import create_engine, exc

from ledger.audit.database import DatabaseSource
from ledger.audit.verify import verify
from ledger.integrity.receipts import verify_single
from ledger.lists.drafts import Draft
from ledger.store.application import LedgerStore
from tests.bank import ORIGIN, Bank
from tests.killing.children import Told, Writer, start
from tests.killing.servers import MortalServer

EACH: Final = 24
"""Statements sent for the first time in one round."""

FEW: Final = 6
"""The same where a writer only has to be met at work, and a kill may cost little."""

IN_SUITE: Final = {"sqlite": 40, "postgresql": 10}
"""Writers that the suite kills at work on either database; ``make soak`` kills more."""

AUDITED: Final = 25
"""Rounds between two audits: an audit reads the whole log."""

SECONDS_MAX: Final = 0.12
FEW_SECONDS_MAX: Final = 0.06
STALE_SECONDS_MAX: Final = 0.4
FULL_SECONDS_MAX: Final = 1.0
ROOM_MAX: Final = 400_000
"""Bytes of a file, beyond which a full disk lets nothing grow."""

SERVER_ROOM_MAX: Final = 48_000
"""Bytes that a full disk still has: about what the tables grow by in one round."""

GROUND: Final = 4
"""Entries that the bank's founding leaves."""

Kill = Callable[[list[Writer]], None]


@dataclass(kw_only=True)
class Campaign:
    """Rounds of writing and killing on one ledger."""

    bank: Bank
    chance: random.Random
    writers: int
    room_max: int | None = None
    each: int = EACH
    killed: int = 0
    sent: dict[int, Draft] = field(default_factory=dict)
    told: dict[int, Told] = field(default_factory=dict)
    notes: set[str] = field(default_factory=set)

    def run(self, rounds: int, *, kill: Kill) -> int:
        """Run rounds; return how many statements were acknowledged."""
        for number in range(1, rounds + 1):
            self._round(kill)
            if number % AUDITED == 0:
                self.audit()
        return self._finish()

    def run_until_killed(self, writers: int, *, kill: Kill) -> int:
        """Run rounds until so many writers died at work; return the same.

        A writer that had written everything before its kill does not count.
        """
        while self.killed < writers:
            self._round(kill)
        return self._finish()

    def _finish(self) -> int:
        self.room_max = None
        self._round(lambda _: None)
        assert self.told.keys() == self.sent.keys()  # 3
        self.audit()
        return len(self.told)

    def audit(self) -> None:
        """Have a stranger audit the ledger, who holds every checkpoint."""
        source = DatabaseSource(self.bank.url)
        try:
            notes = sorted(self.notes)
            report = verify(source, ledger=self.bank.ledger, remembered=notes)
        finally:
            source.close()
        assert report.findings == ()  # 4
        assert not any(report.trial_balance.values())

    def _round(self, kill: Kill) -> None:
        waiting = [n for n in self.sent if n not in self.told]
        waiting += [self._new() for _ in range(self.each)]
        self.bank.store.engine.dispose()
        drafts = [(number, self.sent[number]) for number in waiting]
        # Two writers get many statements twice, in another order.
        room = None if self.room_max is None else self.chance.randrange(self.room_max)
        started = [start(self.bank, drafts, room=room)]
        for _ in range(self.writers - 1):
            shuffled = self.chance.sample(drafts, len(drafts))
            started.append(start(self.bank, shuffled))
        kill(started)
        for one in started:
            ended = one.end()
            self.killed += ended.was_killed
            for told in ended.told:
                self._hear(told)
        self._check()

    def _new(self) -> int:
        number = len(self.sent)
        raw = self.bank.sign(self.bank.award(str(number)))
        self.sent[number] = self.bank.receive(raw)
        return number

    def _hear(self, told: Told) -> None:
        before = self.told.setdefault(told.number, told)
        assert before.receipt == told.receipt
        key, draft = self.bank.checkpoint.public, self.sent[told.number]
        verify_single(told.receipt, draft.member_bytes, origin=ORIGIN, key=key)  # 1
        self.notes.add(told.receipt.checkpoint)

    def _check(self) -> None:
        entries = self.bank.store.read_entries(after=GROUND - 1, limit=1_000_000)
        places = {one.raw.partition(b"\n")[2]: one.position - GROUND for one in entries}
        assert sorted(places.values()) == list(range(len(entries)))  # 2
        assert places.keys() <= {one.member_bytes for one in self.sent.values()}
        for told in self.told.values():
            there = places[self.sent[told.number].member_bytes] + GROUND
            assert there == told.receipt.position


@contextmanager
def campaign(
    url: str,
    *,
    seed: int,
    writers: int = 1,
    room_max: int | None = None,
    each: int = EACH,
) -> Iterator[Campaign]:
    """Found a bank whose own writer rests, and fight over it."""
    with Bank(url) as bank:
        bank.sequencer.close()
        chance = random.Random(seed)  # noqa: S311  # when to kill is no secret
        yield Campaign(
            bank=bank, chance=chance, writers=writers, room_max=room_max, each=each
        )


def killing(chance: random.Random, *, seconds_max: float = SECONDS_MAX) -> Kill:
    """Return what kills every writer at some moment."""

    def kill(writers: list[Writer]) -> None:
        time.sleep(chance.uniform(0, seconds_max))
        for one in writers:
            one.kill()

    return kill


def stalling(chance: random.Random) -> Kill:
    """Return what lets the first writer sleep while the others write on."""

    def stall(writers: list[Writer]) -> None:
        time.sleep(chance.uniform(0, SECONDS_MAX))
        writers[0].pause()
        time.sleep(chance.uniform(0, STALE_SECONDS_MAX))
        writers[0].wake()

    return stall


def killing_server(server: MortalServer, going: Campaign) -> Kill:
    """Return what kills the database's server under the writers."""

    def kill(_writers: list[Writer]) -> None:
        time.sleep(going.chance.uniform(0, 2 * SECONDS_MAX))
        server.kill()
        wait_for(going.bank.store)

    return kill


def filling_server(server: MortalServer, going: Campaign) -> Kill:
    """Return what lets the server's disk be full for a while, under the writers."""

    def fill(_writers: list[Writer]) -> None:
        left = going.chance.randrange(SERVER_ROOM_MAX)
        with server.full_disk(left_bytes=left):
            time.sleep(going.chance.uniform(0, FULL_SECONDS_MAX))
        wait_for(going.bank.store, server=server)

    return fill


def wait_for(
    store: LedgerStore, *, seconds: float = 300, server: MortalServer | None = None
) -> None:
    """Wait until a database answers again; a server that died meanwhile is started."""
    deadline = time.monotonic() + seconds
    engine = create_engine(store.engine.url)
    while True:
        try:
            with engine.connect():
                break
        except exc.DBAPIError:
            assert time.monotonic() < deadline
            if server is not None:
                server.revive()
            time.sleep(0.05)
    engine.dispose()
