"""Inclusion proofs: against a small tree, since what counts is that they stay flat."""

import statistics
from collections.abc import Callable, Iterator
from time import perf_counter, process_time
from typing import Final

from sqlalchemy import Connection, insert

from bench.databases import Databases
from bench.figures import Figure, Report
from bench.plan import Plan
from bench.processes import run_task
from ledger.database import open_engine
from ledger.integrity.merkle import EMPTY, Frontier, leaf_hash
from ledger.integrity.proofs import ReadNode, prove_inclusion, verify_inclusion
from ledger.integrity.tiles import TILE_WIDTH, TileEdge, split_hashes, tile_root
from ledger.store.application import LedgerStore
from ledger.store.schema import log_tiles, stored_events

SIZE_SMALL: Final = 10_000
TASK_SECONDS: Final = 300
_SECONDS_MAX: Final = 4
_STRIDE: Final = 104_729
"""A prime, so that positions lie all over the tree."""


def run(databases: Databases, plan: Plan, *, report: Report) -> None:
    """Measure in a small tree and in a large one.

    Raises:
        MeasureError: a task failed.
    """
    small, large = (
        run_task(
            "proofs:measure",
            seconds=TASK_SECONDS,
            url=databases.url("proofs"),
            size=size,
            proofs=plan.proofs,
        )
        for size in (SIZE_SMALL, plan.tree_size)
    )
    figure = Figure(
        name="proof",
        database=databases.name,
        value=large["p50_ms"],
        unit="ms",
        cpu_us=large["cpu_us"],
    )
    against = f"{SIZE_SMALL:,} leaves; value is of {plan.tree_size:,}"
    report.add(figure, reference=small["p50_ms"], against=against)
    report.notes.append(
        f"proof on {databases.name}: p99 {large['p99_ms']:.2f} ms; "
        "here a small ratio is good."
    )


def measure(*, url: str, size: int, proofs: int) -> dict[str, float]:
    """Fill a new database with the tiles of a tree, and prove; a task.

    The tree is one of numbers, since a proof looks at hashes only; entries exist where
    a tile is not complete yet and the store reads them. The upper levels have been used
    before, as in any server that runs a while; the tile of a leaf is new each time, as
    far as there are so many.
    """
    engine = open_engine(url)
    store = LedgerStore(engine)
    with engine.begin() as connection:
        root = _fill(connection, size)
    read_node = store.node_reader()
    for position in range(TILE_WIDTH, size, TILE_WIDTH * TILE_WIDTH):
        prove_inclusion(position, size, read_node=read_node)
    found = _proven(read_node, size, proofs=proofs, root=root, leaf=_leaf)
    store.close()
    return found


def measure_stored(*, url: str, proofs: int) -> dict[str, float]:
    """Prove entries of a bank's own ledger, all over it; a task."""
    store = LedgerStore(open_engine(url))
    head, read_node = store.read_head(), store.node_reader()
    if head is None:
        raise LookupError(url)
    for position in range(0, head.size, TILE_WIDTH * TILE_WIDTH):
        prove_inclusion(position, head.size, read_node=read_node)

    def leaf(position: int) -> bytes:
        return leaf_hash(store.read_raw(position))

    size, root = head.size, head.root
    found = _proven(read_node, size, proofs=proofs, root=root, leaf=leaf)
    store.close()
    return found


def _proven(
    read_node: ReadNode,
    size: int,
    *,
    proofs: int,
    root: bytes,
    leaf: Callable[[int], bytes],
) -> dict[str, float]:
    times: list[float] = []
    cpu_seconds = 0.0
    end = perf_counter() + _SECONDS_MAX
    for number in range(max(1, min(proofs, size // TILE_WIDTH // 2))):
        position = number * _STRIDE % size
        start, cpu = perf_counter(), process_time()
        proof = prove_inclusion(position, size, read_node=read_node)
        times.append(perf_counter() - start)
        cpu_seconds += process_time() - cpu
        verify_inclusion(leaf(position), proof, root=root)
        if perf_counter() > end:
            break
    times.sort()
    return {
        "p50_ms": statistics.median(times) * 1e3,
        "p99_ms": times[len(times) * 99 // 100] * 1e3,
        "cpu_us": cpu_seconds / len(times) * 1e6,
    }


def _leaf(position: int) -> bytes:
    return leaf_hash(_raw(position))


def _fill(connection: Connection, size: int) -> bytes:
    edge = TileEdge(size=0, read_tile=_no_tile)
    frontier: Frontier = EMPTY
    for leaves in _pages(size):
        frontier = frontier.extend(leaves)
        tiles = [
            {
                "level": level,
                "tile_index": index,
                "hashes": hashes,
                "root": tile_root(split_hashes(hashes)),
            }
            for level, index, hashes in edge.extend(leaves)
        ]
        if tiles:
            connection.execute(insert(log_tiles), tiles)
    first = size - size % TILE_WIDTH
    rows = [
        {
            "originator_id": "numbers",
            "originator_version": position + 1,
            "topic": "number",
            "state": _raw(position),
            "notification_id": position + 1,
        }
        for position in range(first, size)
    ]
    if rows:
        connection.execute(insert(stored_events), rows)
    return frontier.root()


def _pages(size: int) -> Iterator[list[bytes]]:
    page = TILE_WIDTH * TILE_WIDTH
    for start in range(0, size, page):
        numbers = range(start, min(start + page, size))
        yield [leaf_hash(_raw(number)) for number in numbers]


def _raw(number: int) -> bytes:
    return b"%d" % number


def _no_tile(level: int, index: int, *, width: int) -> bytes:
    """Read nothing: a new tree has no edge."""
    del level, index, width
    return b""
