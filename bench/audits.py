"""The offline audit, against what none can leave out, on what the same run wrote."""

import os
import sqlite3
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from multiprocessing import get_context
from typing import Final

import orjson
import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bench.memory import peak_mb
from bench.spending import rate, repeat
from ledger.audit.database import DatabaseSource
from ledger.audit.processes import cores, prepare_worker
from ledger.audit.rebuild import Effort, Until, rebuild_all
from ledger.audit.verify import Audit
from ledger.audit.workers import Workers
from ledger.integrity.encoding import b64decode
from ledger.integrity.merkle import EMPTY, leaf_hash

_QUERY: Final = (
    "SELECT state FROM stored_events WHERE notification_id > 0 ORDER BY notification_id"
)
_PAGE: Final = 1_000
_SIGNED: Final = bytes(900)
"""About as long as what is signed of a statement."""


class FoundFaultError(Exception):
    """The audit of a sound ledger found a fault: the figure would mean nothing."""


def measure(
    *, url: str, ledger: str, runs: int, seconds_max: float
) -> dict[str, float]:
    """Audit a database with all cores, as ``skillbank audit verify`` does; a task.

    The processor time is that of all processes.

    Raises:
        FoundFaultError: it did not pass.
    """
    counts: list[int] = []
    workers = Workers(processes=cores(), start=_forked)

    def work() -> None:
        source = DatabaseSource(url)
        try:
            found = Audit(source, ledger=ledger).run(workers=workers)
        finally:
            source.close()
        if found.findings:
            raise FoundFaultError(found.findings[0])
        counts.append(found.entries)

    begun = sum(os.times()[:4])
    spent = repeat(work, runs=runs, seconds_max=seconds_max)
    found = {**rate(spent, items=counts[0]), "entries": counts[0]}
    # Those who parse are processes of their own, which have ended.
    all_us = (sum(os.times()[:4]) - begun) / sum(counts) * 1e6
    more = {"cpu_us": all_us, "cpu_us_all": all_us, "memory_mb": peak_mb()}
    return {**found, **more}


def _forked(processes: int) -> Executor:
    """Start processes whose time is added to this one's when they have ended."""
    context = get_context("fork")
    return ProcessPoolExecutor(
        processes, mp_context=context, initializer=prepare_worker
    )


def measure_replay(*, url: str, runs: int, seconds_max: float) -> dict[str, float]:
    """Rebuild state and books as ``skillbank audit replay`` does; a task."""
    counts: list[int] = []
    workers = Workers(processes=cores(), start=_forked)

    def work() -> None:
        source = DatabaseSource(url)
        try:
            effort = Effort(
                workers=workers, size=source.size(), verified=True, ranged=source
            )
            rebuilt = rebuild_all(source.entries(), until=Until(), effort=effort)
            counts.append(rebuilt.entries)
            rebuilt.close()
        finally:
            source.close()

    spent = repeat(work, runs=runs, seconds_max=seconds_max)
    all_us = sum(os.times()[:4]) / sum(counts) * 1e6
    found = {**rate(spent, items=counts[0]), "entries": counts[0], "cpu_us": all_us}
    return {**found, "memory_mb": peak_mb()}


def measure_parsing(*, url: str, runs: int, seconds_max: float) -> dict[str, float]:
    """Read the same entries, hash them, and read their JSON with no model; a task."""
    counts: list[int] = []

    def work() -> None:
        tree = EMPTY.extend(map(_hashed_and_read, _entries(url)))
        tree.root()
        counts.append(tree.size)

    spent = repeat(work, runs=runs, seconds_max=seconds_max)
    return rate(spent, items=counts[0])


def _hashed_and_read(raw: bytes) -> bytes:
    line, _, words = raw.partition(b"\n")
    orjson.loads(line)
    # A batch's line is JSON; all else is signed, and has its JSON in the middle.
    signed = words.split(b".")[1] if not words.startswith(b"{") else b""
    orjson.loads(b64decode(signed.decode()) if signed else words)
    return leaf_hash(raw)


def measure_floor(*, url: str, runs: int, seconds_max: float) -> dict[str, float]:
    """Do what no audit can leave out, and nothing else, with the bare driver; a task.

    Read the same entries, parse their JSON, hash each as an entry and as a line into
    a tree, and verify one signature for each that is no line of a batch.
    """
    counts: list[int] = []
    private = Ed25519PrivateKey.generate()
    public, signature = private.public_key(), private.sign(_SIGNED)

    def leaves() -> Iterator[bytes]:
        for raw in _entries(url):
            line, _, words = raw.partition(b"\n")
            if "batch" in orjson.loads(line):
                orjson.loads(words)
                leaf_hash(words)
            else:
                public.verify(signature, _SIGNED)
            yield leaf_hash(raw)

    def work() -> None:
        tree = EMPTY.extend(leaves())
        tree.root()
        counts.append(tree.size)

    spent = repeat(work, runs=runs, seconds_max=seconds_max)
    return rate(spent, items=counts[0])


def _entries(url: str) -> Iterator[bytes]:
    if url.startswith("sqlite"):
        file = sqlite3.connect(url.removeprefix("sqlite:///"))
        for (raw,) in file.execute(_QUERY):
            yield raw
        file.close()
        return
    with psycopg.connect(url) as connection, connection.cursor("entries") as cursor:
        cursor.itersize = _PAGE
        for (raw,) in cursor.execute(_QUERY):
            yield raw
