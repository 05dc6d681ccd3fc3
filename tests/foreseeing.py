"""Goes through the small ground of the campaign, deciding ahead what can be."""

from collections.abc import Iterator
from functools import cache

from ledger.audit.foreseeing import Shared, foresee
from ledger.audit.history import HistoryReader
from ledger.audit.parsing import Foreseen, Taken, take_apart
from ledger.audit.replay import Replay
from ledger.audit.spilling import SpillingState
from ledger.domain.rules.act import Act
from ledger.domain.state import (
    LotRecord,
)
from ledger.domain.statements.awards import CreditAwarded
from ledger.domain.statements.envelope import Statement
from tests.tampering.campaign import small_grounds


class Walk:
    """Goes through the small ground, and foresees what can be before each entry."""

    def __init__(self, replay: Replay) -> None:
        """Stand before entry 0."""
        self.replay, self.shared = replay, Shared()
        self.reader, self.plain = HistoryReader(), Replay()
        self.header: Taken | None = None
        self.as_of = 0

    def entries(self) -> Iterator[Taken]:
        """Yield each entry as it is foreseen; whoever asks for the next applies it."""
        ours, _ = small_grounds()
        for stored in ours.entries:
            news = self.replay.take_news()
            self.shared.learn(news.records)
            self.as_of = news.as_of
            taken = take_apart(stored.raw)
            if taken.header is not None:
                self.header = taken
            elif taken.signed is not None:
                taken = taken._replace(signed=None, verdict="")
            yield foresee(taken, self.shared, as_of=self.as_of, header=self.header)

    def apply(self, taken: Taken, position: int) -> None:
        """Decide an entry in its turn, whatever was foreseen of it."""
        ours, _ = small_grounds()
        recorded = self.reader.read(ours.entries[position].raw, position=position)
        assert recorded is not None
        assert list(self.plain.apply(recorded.act)) == []
        if taken.foreseen is None:
            assert list(self.replay.apply(recorded.act)) == []
            return
        assert self.replay.holds(taken.foreseen)
        self.replay.apply_foreseen(taken.foreseen)


@cache
def walked() -> tuple[Walk, tuple[tuple[int, Taken, Foreseen], ...]]:
    """Go through the small ground; return it with what was foreseen, by position."""
    walk = Walk(Replay(SpillingState()))
    seen = []
    for position, taken in enumerate(walk.entries()):
        if taken.foreseen is not None:
            seen.append((position, taken, taken.foreseen))
        walk.apply(taken, position)
    return walk, tuple(seen)


def first_award() -> tuple[int, Taken, Foreseen]:
    """Return the first award that was foreseen, and its position."""
    _, seen = walked()
    return next(one for one in seen if one[2].awarded_milli is not None)


@cache
def sample() -> tuple[LotRecord, CreditAwarded, Act[Statement]]:
    """Return the lot that this award makes, what it says, and the act."""
    ours, _ = small_grounds()
    position, _, foreseen = first_award()
    reader = HistoryReader()
    for at in range(position):
        reader.read(ours.entries[at].raw, position=at)
    recorded = reader.read(ours.entries[position].raw, position=position)
    assert recorded is not None
    assert isinstance(recorded.act, Act)
    assert isinstance(recorded.act.statement, CreditAwarded)
    lot = foreseen.made[0].read()
    assert isinstance(lot, LotRecord)
    return lot, recorded.act.statement, recorded.act
