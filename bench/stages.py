"""Where the writer's processor time goes, stage by stage, without HTTP.

Each submission is taken in once and decided twice: alone, and by a writer that also
keeps it. What the writer spends beyond deciding and hashing is the store's, the tiles'
and the receipt's.
"""

import statistics
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import Final, TypeVar

from api.cli.main import settle_memory
from bench.databases import Databases
from bench.figures import Report, rounded
from bench.plan import Plan
from bench.school import LINES_MAX, Office, School, admitted
from client.clock import system_now
from ledger.domain.types import instant_of
from ledger.intake import Submission, receive_batch
from ledger.integrity.jws import BATCH_TYP, STATEMENT_TYP, read_jws, verify_jws
from ledger.integrity.merkle import EMPTY, leaf_hash
from ledger.sequencer import Committer
from ledger.sequencer.group import Group
from ledger.sequencer.waiting import Waiting

T = TypeVar("T")

_MOST: Final = {1: 100, 100: 20, LINES_MAX: 10}
"""How many submissions of so many lines are taken in, at most."""


class Stages:
    """Microseconds per award for parse, verify, decide, hash and keep."""

    def __init__(
        self, databases: Databases, *, folder: Path, plan: Plan, report: Report
    ) -> None:
        """Measure into a report's curve."""
        self._databases = databases
        self._folder = folder
        self._plan = plan
        self._report = report

    def run(self) -> None:
        """Measure singles, and batches of each size."""
        self._folder.mkdir()
        learners = self._plan.learners
        admitted(self._databases, self._folder, learners=learners, then=self._measure)

    def _measure(self, office: Office, school: School) -> None:
        settle_memory()  # As a bank that is served does.
        writer = office.committer()
        wanted = {1: self._plan.singles, 100: self._plan.hundreds}
        wanted[LINES_MAX] = self._plan.thousands
        for lines, count in wanted.items():
            found = [
                _stages(office, school, writer=writer, lines=lines)
                for _ in range(min(count, _MOST[lines]))
            ]
            for stage in found[0]:
                cost = statistics.median(one[stage] for one in found) / lines * 1e6
                point = (f"writer's {stage}", self._databases.name, lines)
                self._report.curve.append((*point, f"{rounded(cost)} us CPU/award"))


def _stages(
    office: Office, school: School, *, writer: Committer, lines: int
) -> Mapping[str, float]:
    """Take one submission in; return the seconds of each stage."""
    raw = school.single() if lines == 1 else school.batch(lines)
    submission, received = _timed(lambda: _receive(office, raw, lines=lines))
    verified = _verifying(office, raw, lines=lines)
    group, decided = _timed(lambda: _decided(office, submission))
    leaves = [one.raw for one in group.entries]
    _, hashed = _timed(lambda: EMPTY.extend(map(leaf_hash, leaves)))
    waiting = Waiting(submission=submission, future=Future())
    _, committed = _timed(lambda: writer.commit([waiting]))
    waiting.future.result()
    return {
        "parse": received - verified,
        "verify": verified,
        "decide": decided,
        "hash": hashed,
        "store and receipt": committed - decided - hashed,
    }


def _receive(office: Office, raw: bytes, *, lines: int) -> Submission:
    if lines == 1:
        return office.receive(raw)
    tagger = office.bank.vault.keys.certificate_tag
    return receive_batch(raw, find_key=office.bank.find_key, tagger=tagger)


def _verifying(office: Office, raw: bytes, *, lines: int) -> float:
    typ = STATEMENT_TYP if lines == 1 else BATCH_TYP
    signed = read_jws(raw.partition(b"\n")[0], typ=typ)
    key = office.bank.find_key(signed.kid)
    if key is None:
        raise LookupError(signed.kid)
    return _timed(lambda: verify_jws(signed, key))[1]


def _decided(office: Office, submission: Submission) -> Group:
    with office.bank.store.snapshot() as snapshot:
        group = Group(
            loader=snapshot,
            service="",
            next_position=snapshot.size(),
            recorded_at=instant_of(system_now()),
        )
        group.preload([submission])
        group.add(submission)
    return group


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    start = time.thread_time()
    found = work()
    return found, time.thread_time() - start
