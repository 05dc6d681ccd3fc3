"""Several processes find what one finds, and none of them may get lost."""

import gc
import os
import random
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import (
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
)
from dataclasses import replace
from multiprocessing import get_context

import pytest

from ledger.audit import processes as module
from ledger.audit.findings import AuditReport
from ledger.audit.foreseeing import News
from ledger.audit.open_batches import OpenBatch
from ledger.audit.parsing import IMPOSSIBLE, Fault, Taken, fault_of, take_apart
from ledger.audit.ports import SourceEntry
from ledger.audit.processes import (
    Crew,
    WorkerLostError,
    cores,
    prepare_worker,
    start_processes,
)
from ledger.audit.spans import Order, Span, take_span
from ledger.audit.verify import Audit, WrongLedgerError
from ledger.audit.workers import WAITING_PER_PROCESS, Workers
from ledger.integrity.batch import BATCH_LINES_MAX, BatchPayload
from tests.tampering.campaign import OPERATORS, rich_grounds, small_grounds
from tests.tampering.copies import Copy, copy_of
from tests.tampering.grounds import Ground

SPAN = 7
THREADED = Workers(
    processes=2, worth_starting=0, span=SPAN, start=lambda _: ThreadPoolExecutor(1)
)


def nothing_new() -> News:
    """Return no changes."""
    return News(0, ())


def report_of(copy: Copy, ground: Ground, *, workers: Workers) -> AuditReport | str:
    """Return what an audit says."""
    try:
        return Audit(copy, ledger=ground.bank.ledger).run(workers=workers)
    except WrongLedgerError as error:
        return error.found


def test_garbage_is_looked_for_less_often_only_while_others_read() -> None:
    """It is as it was before when they have ended."""
    before = gc.get_threshold()
    entries = small_grounds()[0].entries
    gc.set_threshold(900, 9, 9)
    try:
        pieces = THREADED.take_pieces(entries, size=None, news=nothing_new)
        while_reading = {gc.get_threshold()[0] for _ in pieces}
        after = gc.get_threshold()
    finally:
        gc.set_threshold(*before)

    assert while_reading == {20_000}
    assert after == (900, 9, 9)


@pytest.mark.parametrize("name", tuple(OPERATORS)[::4])
def test_whatever_was_done_is_found_the_same_by_spans(name: str) -> None:
    """Cut anywhere, in a batch too: the whole report is the same."""
    ours, theirs = small_grounds()
    chance = random.Random(7)  # noqa: S311  # the same in every run
    copy = OPERATORS[name](ours, theirs, chance=chance).copy

    alone = report_of(copy, ours, workers=Workers())

    assert report_of(copy, ours, workers=THREADED) == alone


@pytest.mark.parametrize("name", ["no-json", "borrow-a-key-id", "flip-signature"])
def test_a_key_may_be_known_before_what_it_signed_is_read(name: str) -> None:
    """Then the signature was judged ahead; what has no form is no more than that."""
    ours, theirs = small_grounds()
    chance = random.Random(7)  # noqa: S311  # the same in every run
    copy = OPERATORS[name](ours, theirs, chance=chance).copy

    ahead = report_of(copy, ours, workers=replace(THREADED, span=1))

    assert ahead == report_of(copy, ours, workers=Workers())


def test_no_bytes_end_an_audit() -> None:
    """What the readers do not foresee is a fault of the entry like any other."""
    assert fault_of(ValueError("month 13")) == Fault(IMPOSSIBLE)


def test_of_a_batch_without_end_no_more_is_kept_than_one_may_have() -> None:
    """Its lines are counted, or whoever writes too many fills the memory."""
    instant = "2026-09-01T08:00:00.000Z"
    payload = BatchPayload(
        type="batch.v1",
        id="00000000-0000-4000-8000-000000000001",
        iss="north-college",
        aud="bank.example/test#h",
        iat=instant,
        exp=instant,
        count=2,
        root="A" * 43,
    )
    batch = OpenBatch(kid="k", payload=payload, position=0, recorded_at=instant)

    for _ in range(BATCH_LINES_MAX + 2):
        batch.add(b"leaf")

    assert (batch.lines, len(batch.leaves)) == (BATCH_LINES_MAX + 2, BATCH_LINES_MAX)


def test_processes_find_what_one_finds() -> None:
    """In every type of statement, and where signatures are forged."""
    ground, _ = rich_grounds()
    started = replace(THREADED, start=start_processes)
    copy = copy_of(ground)
    raw = copy.entries_kept[-1].raw
    copy.entries_kept[-1] = replace(copy.entries_kept[-1], raw=raw[:-9] + raw[-8:])

    found = report_of(copy, ground, workers=started)

    assert isinstance(found, AuditReport)
    assert found.findings
    assert found == report_of(copy, ground, workers=Workers())


def test_a_process_that_has_not_answered_is_not_waited_for() -> None:
    """What comes meanwhile is taken here; and when it has answered no more is."""
    answers = [Future[int](), Future[int]()]
    crew, items = Crew([], answers), iter(range(6))

    taken = []
    for one in crew.while_starting(items):
        taken.append(one)
        if one:
            answers[one - 1].set_result(one)

    assert taken == [0, 1, 2]
    assert list(items) == [3, 4, 5]
    assert list(Crew([], [Future()]).while_starting(iter(taken))) == taken


def _lost(_: int) -> Executor:
    context = get_context("forkserver")
    return ProcessPoolExecutor(
        1, mp_context=context, initializer=os._exit, initargs=(1,)
    )


def test_a_process_that_dies_ends_the_audit() -> None:
    """What it was given was not checked: there is no report."""
    ground, _ = small_grounds()
    lost = replace(THREADED, start=_lost)

    with pytest.raises(WorkerLostError):
        report_of(copy_of(ground), ground, workers=lost)


def test_few_entries_start_nothing() -> None:
    """Neither where their number is told, nor where there turn out to be few."""
    entries = [SourceEntry(raw=b"no entry")] * 5

    def start(_: int) -> Executor:
        raise AssertionError

    patient = Workers(processes=2, worth_starting=6, span=2, start=start)
    taken = list(patient.take_all(entries, size=5, news=nothing_new))

    assert [found for _, found in taken] == [take_apart(b"no entry")] * 5
    assert len(list(THREADED.take_all(entries, size=None, news=nothing_new))) == 5
    assert list(THREADED.take_all([], size=None, news=nothing_new)) == []


def test_few_spans_wait_at_a_time() -> None:
    """However long the history is."""
    read: list[int] = []

    def entries() -> Iterator[SourceEntry]:
        for number in range(500):
            read.append(number)
            yield SourceEntry(raw=b"%d" % number)

    for done, _ in enumerate(THREADED.take_all(entries(), size=500, news=nothing_new)):
        assert len(read) - done <= SPAN * (2 * WAITING_PER_PROCESS + 1) + 1

    assert len(read) == 500


def test_a_signature_is_verified_where_its_key_is_known() -> None:
    """An unknown key is left to whoever goes through history in order."""
    ground, _ = small_grounds()
    raws = [one.raw for one in ground.entries[:4]]

    (first, *_) = take_span(Span(raws, Order(-1, nothing_new())))

    assert isinstance(first, Taken)
    assert first.signed is not None
    assert first.verdict is None


def test_a_worker_ends_with_whoever_started_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nobody is left behind to wait for work; an interruption is not its own."""
    ended = threading.Event()
    codes: list[int] = []

    def leave(code: int) -> None:
        codes.append(code)
        ended.set()

    class Parent:
        def join(self) -> None:
            """Be gone already."""

    ignored: list[object] = []
    monkeypatch.setattr(os, "_exit", leave)
    monkeypatch.setattr(module, "parent_process", Parent)
    monkeypatch.setattr(signal, "signal", lambda *said: ignored.append(said))

    prepare_worker()

    assert ended.wait(10)
    assert codes == [1]
    assert ignored == [(signal.SIGINT, signal.SIG_IGN)]


def test_a_process_without_a_parent_only_leaves_interruptions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """There is nobody to end with."""
    signalled: list[object] = []
    monkeypatch.setattr(module, "parent_process", lambda: None)
    monkeypatch.setattr(signal, "signal", lambda *said: signalled.extend(said))

    prepare_worker()

    assert signalled == [signal.SIGINT, signal.SIG_IGN]
    assert cores() >= 1
