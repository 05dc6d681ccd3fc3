"""The ledger that every seed starts from, written once per process, the same always."""

import itertools
import tempfile
from collections import Counter
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Final, Self

from typing_extensions import override

from ledger.audit.books import Moves
from ledger.audit.history import HistoryReader
from ledger.audit.replay import AnyAct, Replay
from ledger.domain.state import Record
from ledger.integrity import canonical
from ledger.integrity.keys import KeyUse, PublicKey, SigningKey
from ledger.integrity.merkle import EMPTY, Frontier, leaf_hash
from tests.bank import SCHOOL, achievement
from tests.exchanging import (
    APPROVAL,
    CALENDAR,
    OTHER,
    ExchangeBank,
    calendar,
    programme,
    terms,
)
from tests.tampering.grounds import seeded_key

LEARNERS: Final = tuple(f"learner_{number:032x}" for number in (1, 2, 3))
FILLING: Final = 215
"""Awards of one batch, so that soon the first tile is complete."""


class Following(Replay):
    """A replay that remembers what was changed since it was asked last."""

    def __init__(self) -> None:
        """Stand before entry 0."""
        super().__init__()
        self._fresh: list[Record] = []

    @override
    def evolve(self, act: AnyAct, moves: Moves | None = None) -> tuple[Record, ...]:
        """Apply an act, and remember what it changed."""
        changes = super().evolve(act, moves)
        self._fresh += changes
        return changes

    def take_changes(self) -> list[Record]:
        """Return what was changed since this was asked last."""
        changes, self._fresh = self._fresh, []
        return changes


class GroundBank(ExchangeBank):
    """Two colleges that have agreed, three learners, and a batch of old awards.

    Seeds use it to make statements, after its database was closed.
    """

    keyring: dict[str, PublicKey]

    @override
    def make_key(self, member_id: str, use: KeyUse = KeyUse.MEMBER) -> SigningKey:
        """Return the key that this bank always gives that member."""
        key = seeded_key("simulated", member_id, use=use)
        self.__dict__.setdefault("keyring", {})[key.kid] = key.public
        return key

    def another_key(self, member_id: str, name: str) -> SigningKey:
        """Return a further key of a member."""
        key = seeded_key(name, member_id, use=KeyUse.MEMBER)
        self.keyring[key.kid] = key.public
        return key

    def __enter__(self) -> Self:
        """Found the ledger, and agree on two rules that no case can exhaust."""
        self.digests = {}
        self.found()
        for member_id in (SCHOOL, OTHER):
            self.admit(member_id, kind="school")
        self.post(SCHOOL, "achievement.published.v1", body=achievement())
        self.post(OTHER, "programme.published.v1", body=programme())
        self.post(OTHER, "calendar.published.v1", body=calendar())
        many = [{"code": "many", "at_most": "900"}]
        self.agree("AUTOMATIC", terms(limits=many))
        self.agree("DESKS", terms(limits=many, approval=APPROVAL, workdays=CALENDAR))
        for learner_id in LEARNERS:
            for one in self.enrolling(learner_id):
                self.submit(self.receive(self.sign(one))).result()
        lines = [self.award(f"old-{number}") for number in range(FILLING)]
        self.submit(self.receive_batch(self.batch_bytes(SCHOOL, lines))).result()
        return self

    def start_over(self, first_number: int) -> None:
        """Number and sign as right after the ground was written."""
        self._numbers = itertools.count(first_number)
        self.keys = {name: self.make_key(name) for name in self.keys}

    def next_number(self) -> int:
        """Return a number that nothing has yet."""
        return next(self._numbers)


@dataclass(frozen=True, kw_only=True)
class Ground:
    """The database's bytes, and what an auditor knows after reading them."""

    bank: GroundBank
    database: bytes
    entries: tuple[bytes, ...]
    acts: tuple[AnyAct, ...]
    replay: Replay
    first_number: int
    counts: Mapping[str, int]

    def replayed(self) -> "Following":
        """Return a replay that stands at the end of the ground."""
        again = Following()
        again.state.known.update(self.replay.state.known)
        again.books.members.update(self.replay.books.members)
        again.books.awards = self.replay.books.awards
        again.books.awarded_milli = self.replay.books.awarded_milli
        return again

    @cached_property
    def tree(self) -> Frontier:
        """Return the tree over all entries."""
        return EMPTY.extend(map(leaf_hash, self.entries))

    def reader(self) -> HistoryReader:
        """Return a reader that knows what the first and last entry told."""
        return deepcopy(self._reader)

    @cached_property
    def _reader(self) -> HistoryReader:
        reader = HistoryReader()
        for position in (0, self.filling - 1):
            reader.read(self.entries[position], position=position)
        return reader

    @property
    def filling(self) -> int:
        """Where the batch's header stands."""
        return len(self.entries) - FILLING - 1

    @property
    def recorded_at(self) -> str:
        """When the last entry was recorded."""
        line = canonical.loads(self.entries[-1].partition(b"\n")[0])
        assert isinstance(line, dict)
        return str(line["recorded_at"])


@cache
def ground() -> Ground:
    """Write the ledger, once."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "ledger.db"
        with GroundBank(f"sqlite:///{file}") as bank:
            entries = tuple(bank.raw_entries())
            first_number = bank.next_number()
        database = file.read_bytes()
    replay, reader, acts = Replay(), HistoryReader(), list[AnyAct]()
    for position, raw in enumerate(entries):
        recorded = reader.read(raw, position=position)
        assert recorded is not None
        assert not list(replay.apply(recorded.act))
        acts.append(recorded.act)
    return Ground(
        bank=bank,
        database=database,
        entries=entries,
        acts=tuple(acts),
        replay=replay,
        first_number=first_number,
        counts=Counter(record.kind for record, _ in replay.state.known),
    )
