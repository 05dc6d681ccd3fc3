"""A replay tells the same whatever it keeps in memory, and keeps no more than that."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import orjson
import pytest

from api.cli.replaying.story import Told, story_object
from ledger.audit.compare.rows import compare_table
from ledger.audit.compare.tables import TableWriter, derived_tables
from ledger.audit.explain.proofs import Leaves
from ledger.audit.explain.story import Story, Subject
from ledger.audit.figures.balances import balances
from ledger.audit.figures.effective import Effective
from ledger.audit.figures.recognised import Recognised
from ledger.audit.figures.summary import Replayed, sections, summary
from ledger.audit.ports import SourceEntry
from ledger.audit.rebuild import Effort, Observer, Step, Until, rebuild_all
from ledger.audit.replay import AnyAct
from ledger.audit.workers import Workers
from ledger.database import open_engine
from ledger.domain.state import KINDS, LotRecord, Slice
from ledger.integrity.merkle import EMPTY
from ledger.integrity.proofs import verify_inclusion
from tests.listing import AHEAD as BY_BATCHES
from tests.listing import ALONE, LINES, learner, listings
from tests.tampering.campaign import rich_grounds

FEW = 3
PLENTY = 1_000_000
HERE = Workers()
AHEAD = Workers(
    processes=2, worth_starting=0, span=10, start=lambda _: ThreadPoolExecutor(1)
)
EFFORTS = {
    "in-memory": Effort(in_memory_max=PLENTY),
    "from-a-file": Effort(in_memory_max=FEW),
    "ahead": Effort(in_memory_max=PLENTY, workers=AHEAD),
    "ahead-from-a-file": Effort(in_memory_max=FEW, workers=AHEAD, size=PLENTY),
    "verified": Effort(in_memory_max=FEW, workers=AHEAD, verified=True),
}
LISTED = Effort(in_memory_max=PLENTY, workers=BY_BATCHES)
LATE = 100
PASTS = (
    (Until(), None),
    (Until(), "2026-03-01"),
    (Until(position=LATE), None),
    (Until(position=LATE), "2026-07-01"),
    (Until(instant="2026-09-02T17:00:00.000Z"), None),
)


@dataclass(frozen=True, kw_only=True)
class Case:
    """A replay of the rich ledger up to a point, and a story of it."""

    replayed: Replayed
    told: Told

    def figures(self) -> list[bytes]:
        """Return every line that is printed of it."""
        lines = [orjson.dumps(summary(self.replayed))]
        for rows in sections(self.replayed).values():
            lines += map(orjson.dumps, rows())
        return [*lines, orjson.dumps(story_object(self.told))]


def entries() -> Sequence[SourceEntry]:
    """Return the entries of a ledger in which nearly everything happens."""
    ground, _ = rich_grounds()
    return ground.entries


@cache
def busiest() -> str:
    """Return the learner who has most."""
    found = rebuild_all(entries(), until=Until())
    owners = [lot.learner_id for lot in found.state.all_of(LotRecord)]
    return max(sorted(set(owners)), key=owners.count)


def replay(
    until: Until, day: str | None, *, effort: Effort, learner_id: str | None = None
) -> Case:
    """Replay, have figures worked out, and a story told.

    Of the rich ledger and its busiest learner, or of lists and one who is on them.
    """
    log = entries() if learner_id is None else listings()[0].entries
    told_of = busiest() if learner_id is None else learner_id
    most = effort.in_memory_max or PLENTY
    recognised = Recognised(in_memory_max=most)
    effective = None if day is None else Effective(day, in_memory_max=most)
    subject = Subject(learners=frozenset({told_of}))
    story, leaves = Story(subject, effective_on=day), Leaves()
    looking = [one for one in (recognised, effective, story) if one is not None]
    rebuilt = rebuild_all(
        log, until=until, observers=looking, on_leaf=leaves.add, effort=effort
    )
    replayed = Replayed(
        rebuilt=rebuilt, recognised=recognised, effective=effective, effective_on=day
    )
    told = Told(
        subject=told_of,
        replayed=replayed,
        story=story,
        leaves=leaves,
        checkpoint=None,
    )
    return Case(replayed=replayed, told=told)


@pytest.mark.parametrize(("until", "day"), PASTS)
def test_every_figure_and_story_is_the_same(until: Until, day: str | None) -> None:
    """Byte for byte: what is in memory, in a file, or was applied ahead."""
    told = {}
    for name, effort in EFFORTS.items():
        case = replay(until, day, effort=effort)
        told[name] = case.figures()
        case.replayed.close()
        case.told.leaves.close()

    assert len(told["in-memory"]) > len(EFFORTS)
    for name, lines in told.items():
        assert lines == told["in-memory"], name


@pytest.mark.parametrize("day", [None, "2026-09-01", "2030-01-01"])
@pytest.mark.parametrize("back", [0, 1, LINES - 2, -LINES])
def test_lists_are_replayed_as_line_by_line(back: int, day: str | None) -> None:
    """Byte for byte, up to the end or into a list, with a story of who is on it."""
    whole = rebuild_all(listings()[0].entries, until=Until(), effort=LISTED)
    until = Until(position=whole.position - back)
    if back < 0:
        # As it was a minute before the last list.
        before = rebuild_all(
            listings()[0].entries, until=Until(position=whole.position + back - 1)
        )
        until = Until(instant=before.recorded_at)
    efforts = (
        Effort(in_memory_max=PLENTY, workers=ALONE),
        LISTED,
        Effort(in_memory_max=FEW, workers=BY_BATCHES),
        Effort(in_memory_max=FEW, workers=AHEAD),
        Effort(in_memory_max=FEW, workers=BY_BATCHES, verified=True),
        Effort(in_memory_max=PLENTY, workers=AHEAD, verified=True),
    )
    told = []
    for effort in efforts:
        case = replay(until, day, effort=effort, learner_id=learner(3))
        told.append(case.figures())
        case.replayed.close()
        case.told.leaves.close()

    assert all(lines == told[0] for lines in told)


def test_every_table_is_the_same(tmp_path: Path) -> None:
    """Row for row, kind by kind, and the entries with them."""
    engines = []
    for name in ("in-memory", "ahead-from-a-file"):
        engine = open_engine(f"sqlite:///{tmp_path / name}.db")
        writer = TableWriter(engine)
        effort = EFFORTS[name]
        rebuilt = rebuild_all(
            entries(), until=Until(), observers=[writer], effort=effort
        )
        writer.finish(rebuilt, ())
        rebuilt.close()
        engines.append(engine)

    with engines[0].connect() as one, engines[1].connect() as other:
        for table in derived_tables(heads=True):
            assert list(compare_table(table, shown=one, recomputed=other)) == []
        sql = "SELECT * FROM stored_events ORDER BY notification_id"
        rows = [each.exec_driver_sql(sql).all() for each in (one, other)]
    assert rows[0] == rows[1]
    assert len(rows[0]) == len(entries())
    for engine in engines:
        engine.dispose()


class Counting:
    """Counts what is in memory of kinds that are not shared, after every entry."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.most = 0
        self.plain = 0

    def before(self, act: AnyAct, state: Slice) -> None:
        """Nothing: it counts what is there after."""

    def after(self, step: Step, state: Slice) -> None:
        """Count."""
        self.pass_by(step, state)

    def pass_by(self, step: Step, state: Slice) -> None:
        """Count what is plain, too."""
        self.plain += step.act is None
        held = sum(not kind.shared for kind, _ in state.known)
        self.most = max(self.most, held)


@pytest.mark.parametrize("workers", [HERE, AHEAD], ids=["here", "ahead"])
def test_what_is_in_memory_does_not_grow_with_the_log(workers: Workers) -> None:
    """However long it is: no more than was asked for, and what one entry needs."""
    few, all_ = Counting(), Counting()
    for counting, most in ((few, FEW), (all_, PLENTY)):
        effort = Effort(in_memory_max=most, workers=workers)
        looking: list[Observer] = [counting]
        found = rebuild_all(entries(), until=Until(), observers=looking, effort=effort)
        found.close()

    # Twice the shared ones that stay are allowed, and there are about 70.
    assert all_.most > 3 * few.most
    assert few.plain > 0


def test_reading_out_holds_no_more_than_a_page() -> None:
    """Summaries, rows and balances alike: kinds that are not shared are read again."""
    case = replay(Until(), None, effort=EFFORTS["from-a-file"])
    state = case.replayed.rebuilt.state

    case.figures()

    held = {kind for kind, _ in state.known if not kind.shared}
    assert held == set()
    assert sum(state.count(kind) for kind in KINDS.values()) > 2 * LATE
    case.replayed.close()


def test_lots_of_nobody_are_in_no_balance() -> None:
    """A log that was not verified may have them, before and after all learners."""
    found = rebuild_all(entries(), until=Until())
    lot, *_ = lots = list(found.state.all_of(LotRecord))
    nobodys = [
        LotRecord(**{**dict(lot), "learner_id": f"learner_{sign * 32}"})
        for sign in "0f"
    ]

    expected = list(balances(found.state, lots))

    assert list(balances(found.state, [*nobodys, *lots])) == expected
    found.close()


def test_proofs_come_out_of_more_than_a_tile() -> None:
    """Every leaf of a tree of two levels of tiles."""
    leaves = Leaves()
    hashes = [number.to_bytes(32) for number in range(600)]
    for one in hashes:
        leaves.add(one)
    root = leaves.prove(0)

    assert root.size == len(hashes)
    whole = rebuilt_root(hashes)
    for position in (0, 255, 256, 511, 512, 599):
        assert leaves.leaf(position) == hashes[position]
        proof = leaves.prove(position)
        verify_inclusion(hashes[position], proof, root=whole)
    leaves.close()


def rebuilt_root(hashes: Sequence[bytes]) -> bytes:
    """Return the root over leaves."""
    return EMPTY.extend(hashes).root()
