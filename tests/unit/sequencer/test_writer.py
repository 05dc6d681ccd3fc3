"""What waits is gathered into groups, within bounds, and never left unanswered."""

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from ledger.intake import BatchSubmission
from ledger.lists.drafts import Draft
from ledger.lists.listed import Drafts
from ledger.sequencer import BusyError, Committer, InternalFaultError, Sequencer
from ledger.sequencer.waiting import Waiting
from ledger.sequencer.writer import GROUP_ENTRIES_MAX
from tests.bank import SCHOOL, Bank

Samples = tuple[Draft, BatchSubmission]


class Recorder(Committer):
    """Notes how large the groups' members are, once it is let go; then answers."""

    def __init__(self) -> None:
        """Hold the first group."""
        self.groups: list[list[int]] = []
        self.reached = threading.Event()
        self.go = threading.Event()

    def commit(self, group: Sequence[Waiting]) -> None:
        """Note the group."""
        self.reached.set()
        assert self.go.wait(30)
        self.groups.append([one.entries for one in group])
        for one in group:
            one.future.set_exception(InternalFaultError())


@pytest.fixture(scope="module")
def submissions(
    tmp_path_factory: pytest.TempPathFactory,
) -> Samples:
    """Return a statement, and a batch whose number of lines can be changed."""
    path = tmp_path_factory.mktemp("bank") / "ledger.db"
    with Bank(f"sqlite:///{path}") as bank:
        draft = bank.receive(bank.sign(bank.award("1")))
        batch = bank.receive_batch(bank.batch_bytes(SCHOOL, [bank.award("2")]))
    return draft, batch


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    """Let the writer go at the end, whatever the test did."""
    made = Recorder()
    yield made
    made.go.set()


def grouped(
    recorder: Recorder,
    entries: Sequence[int],
    *,
    submissions: Samples,
) -> list[list[int]]:
    """Return how submissions that wait together are grouped; one entry is a single."""
    draft, batch = submissions
    sequencer = Sequencer(recorder)
    sequencer.submit(draft)
    assert recorder.reached.wait(30)
    for count in entries:
        lines = replace(batch, drafts=Drafts(draft.kid, (), (draft,) * (count - 1)))
        sequencer.submit(draft if count == 1 else lines)
    recorder.go.set()
    sequencer.close()
    return recorder.groups[1:]


@pytest.mark.parametrize(
    ("entries", "groups"),
    [
        ([1] * 50, [[1] * 50]),
        ([1] * 1500, [[1] * GROUP_ENTRIES_MAX, [1] * 499]),
        ([1, 1, 6, 1], [[1, 1, 6], [1]]),
        ([6, 6], [[6], [6]]),
        ([1, 1000], [[1, 1000]]),
        ([1, 1001, 1], [[1], [1001], [1]]),
        ([1, 1, 1000, 1001], [[1, 1], [1000], [1001]]),
    ],
    ids=["singles", "bound", "closes", "alone", "fits", "carried", "carried-twice"],
)
def test_what_waits_becomes_groups_in_order(
    recorder: Recorder,
    entries: list[int],
    groups: list[list[int]],
    submissions: Samples,
) -> None:
    """As large as may be; a batch is never split, and always closes its group."""
    assert grouped(recorder, entries, submissions=submissions) == groups


def test_a_full_queue_refuses_and_keeps_what_it_has(
    recorder: Recorder, submissions: Samples
) -> None:
    """Memory stays bounded under any load."""
    draft, _ = submissions
    sequencer = Sequencer(recorder, queue_max=3)
    first = sequencer.submit(draft)
    assert recorder.reached.wait(30)
    waiting = [sequencer.submit(draft) for _ in range(3)]

    with pytest.raises(BusyError):
        sequencer.submit(draft)

    recorder.go.set()
    sequencer.close()
    assert all(one.done() for one in (first, *waiting))
    assert recorder.groups == [[1], [1, 1, 1]]


def test_closing_answers_everything_that_waits_even_from_a_full_queue(
    recorder: Recorder, submissions: Samples
) -> None:
    """And takes nothing more in, also while it is closing; closing twice is one."""
    draft, _ = submissions
    sequencer = Sequencer(recorder, queue_max=2)
    futures = [sequencer.submit(draft)]
    assert recorder.reached.wait(30)
    futures += [sequencer.submit(draft) for _ in range(2)]

    with ThreadPoolExecutor(2) as pool:
        closing = [pool.submit(sequencer.close) for _ in range(2)]
        recorder.go.set()
        for one in closing:
            one.result(30)

    assert all(one.done() for one in futures)
    with pytest.raises(BusyError):
        sequencer.submit(draft)


def test_nobody_who_got_in_while_it_closed_is_forgotten(
    submissions: Samples,
) -> None:
    """Either it is refused at the door, or it is answered."""
    draft, _ = submissions

    for _ in range(20):
        recorder = Recorder()
        recorder.go.set()
        sequencer = Sequencer(recorder)
        with ThreadPoolExecutor(5) as pool:
            posts = [pool.submit(sequencer.submit, draft) for _ in range(20)]
            pool.submit(sequencer.close)
        taken = [one.result() for one in posts if one.exception() is None]
        assert all(future.done() for future in taken)
