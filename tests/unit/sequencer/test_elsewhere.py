"""Through its stand-in the writer says what it says to whoever asks it itself."""

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from ledger.intake import Submission
from ledger.sequencer import Accepted, BusyError, RefusedError, UncertainError, Writer
from ledger.sequencer.channel import Channel
from ledger.sequencer.elsewhere import Attendant, SequencerElsewhere
from tests.bank import SCHOOL, Bank
from tests.unit.sequencer.writing import awarding, disclosing, identity_of

SECONDS = 30


@dataclass
class Heard:
    """What both processes would hear of each other."""

    elsewhere: SequencerElsewhere
    attendant: Attendant
    stopped: threading.Event
    lost: threading.Event
    far: socket.socket
    """The socket of the writing process."""


@dataclass
class Silent:
    """A writer that takes everything and answers nothing."""

    taken: list[Submission] = field(default_factory=list)
    reached: threading.Event = field(default_factory=threading.Event)

    def submit(self, submission: Submission) -> Future[Accepted]:
        """Take it."""
        self.taken.append(submission)
        self.reached.set()
        return Future()

    def find_refusal(self, *, iss: str, identity: str) -> RefusedError | None:
        """Remember nothing."""
        del iss, identity
        return None

    def close(self) -> None:
        """Be closed."""


@dataclass
class Patient:
    """A writer that begins when it is told to."""

    writer: Writer
    begun: threading.Event = field(default_factory=threading.Event)

    def submit(self, submission: Submission) -> Future[Accepted]:
        """Take it, once begun."""
        assert self.begun.wait(SECONDS)
        return self.writer.submit(submission)

    def find_refusal(self, *, iss: str, identity: str) -> RefusedError | None:
        """Look for a refusal."""
        return self.writer.find_refusal(iss=iss, identity=identity)

    def close(self) -> None:
        """Be closed."""


@contextmanager
def apart(writer: Writer) -> Iterator[Heard]:
    """Stand in for a writer, as in another process."""
    ours, theirs = socket.socketpair()
    stopped, lost = threading.Event(), threading.Event()
    heard = Heard(
        elsewhere=SequencerElsewhere(Channel(theirs), stopped=stopped.set),
        attendant=Attendant(Channel(ours), writer, lost=lost.set),
        stopped=stopped,
        lost=lost,
        far=ours,
    )
    yield heard
    heard.elsewhere.close()
    heard.attendant.close()


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    """Found a bank whose clock stands still."""
    with Bank(f"sqlite:///{tmp_path_factory.mktemp('bank') / 'ledger.db'}") as made:
        yield made


@pytest.fixture(scope="module")
def award(bank: Bank) -> Submission:
    """Return a statement for writers that look at none."""
    return awarding(bank, "for nobody")


@pytest.fixture
def heard(bank: Bank) -> Iterator[Heard]:
    """Stand in for the bank's writer."""
    with apart(bank.sequencer) as made:
        yield made


def test_what_is_accepted_has_the_writers_own_receipt(bank: Bank, heard: Heard) -> None:
    """A single, one that discloses, and a batch; again they are only repeated."""
    lines = [bank.award(f"line {number}") for number in range(20)]
    batch = bank.receive_batch(bank.batch_bytes(SCHOOL, lines))
    posted = [awarding(bank, "single"), disclosing(bank, "disclosing"), batch]

    with ThreadPoolExecutor() as pool:
        answers = [one.result() for one in pool.map(heard.elsewhere.submit, posted)]
    again = [bank.sequencer.submit(one).result() for one in posted]

    assert [one.receipt for one in answers] == [one.receipt for one in again]
    assert {one.replayed for one in answers} == {False}
    assert {one.replayed for one in again} == {True}
    repeated = heard.elsewhere.submit(batch).result()
    assert repeated == again[2]
    assert bank.vault.kept[-1].disclosures
    assert bank.check_log().awards >= 22


def test_what_is_refused_is_refused_with_the_writers_evidence(
    bank: Bank, heard: Heard
) -> None:
    """And is found again, in the words of the first refusal."""
    unknown = awarding(bank, "unknown", learner_id="learner_" + "f" * 32)

    with pytest.raises(RefusedError) as refused:
        heard.elsewhere.submit(unknown).result()

    named = {"iss": SCHOOL, "identity": identity_of(unknown)}
    found = [one.find_refusal(**named) for one in (heard.elsewhere, bank.sequencer)]
    for one in found:
        assert one is not None
        assert one.evidence == refused.value.evidence
        assert one.decided_at_position == refused.value.decided_at_position
        assert [fault.error.code for fault in one.faults] == ["unknown-account"]
    assert heard.elsewhere.find_refusal(iss=SCHOOL, identity="never") is None


def test_whoever_loses_the_writing_process_is_told_that_it_is_unknown(
    award: Submission,
) -> None:
    """Nothing more is taken in, and it is time to end."""
    silent = Silent()
    with apart(silent) as heard:
        waiting = heard.elsewhere.submit(award)
        assert silent.reached.wait(SECONDS)
        heard.far.shutdown(socket.SHUT_RDWR)

        with pytest.raises(UncertainError):
            waiting.result(SECONDS)
        assert heard.stopped.wait(SECONDS)
        with pytest.raises(BusyError):
            heard.elsewhere.submit(award)
        assert not heard.elsewhere.wait()


def test_what_a_lost_process_handed_over_is_written_all_the_same(bank: Bank) -> None:
    """Its client asks again elsewhere, and gets the receipt."""
    posted = awarding(bank, "of the lost")
    ours, theirs = socket.socketpair()
    lost = threading.Event()
    channel = Channel(theirs)
    elsewhere = SequencerElsewhere(channel, stopped=lambda: None)
    patient = Patient(bank.sequencer)
    attendant = Attendant(Channel(ours), patient, lost=lost.set)
    answer = elsewhere.submit(posted)

    channel.finish()
    theirs.shutdown(socket.SHUT_RDWR)
    patient.begun.set()

    assert lost.wait(SECONDS)
    with pytest.raises(UncertainError):
        answer.result(SECONDS)
    assert bank.sequencer.submit(posted).result().replayed
    elsewhere.close()
    attendant.close()


def test_the_bank_tells_when_to_begin_and_when_to_end(bank: Bank, heard: Heard) -> None:
    """What is under way at the end is answered."""
    heard.attendant.begin()
    assert heard.elsewhere.wait()
    assert not heard.stopped.is_set()

    heard.attendant.end()

    assert heard.stopped.wait(SECONDS)
    assert not heard.elsewhere.submit(awarding(bank, "at last")).result().replayed


def test_a_writer_that_takes_nothing_more_is_busy_elsewhere_too(bank: Bank) -> None:
    """As it is for whoever asks it itself."""
    other = bank.open_sequencer()
    other.close()
    with apart(other) as heard:
        answer = heard.elsewhere.submit(awarding(bank, "too late"))

        with pytest.raises(BusyError):
            answer.result(SECONDS)


def test_no_more_waits_than_the_writer_would_take(
    award: Submission, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next one is told to come back; what is closing takes nothing in either."""
    monkeypatch.setattr("ledger.sequencer.elsewhere.QUEUE_MAX", 2)
    monkeypatch.setattr("ledger.sequencer.elsewhere.CLOSE_SECONDS", 0)
    with apart(Silent()) as heard:
        waiting = [heard.elsewhere.submit(award) for _ in range(2)]
        with pytest.raises(BusyError):
            heard.elsewhere.submit(award)

        heard.elsewhere.close()

        # The writer did not answer in time: what became of it is not known.
        for one in waiting:
            with pytest.raises(UncertainError):
                one.result(SECONDS)
        with pytest.raises(BusyError):
            heard.elsewhere.submit(award)


def test_closing_waits_for_what_is_under_way(bank: Bank) -> None:
    """Nothing that was taken in is left unanswered."""
    posted = [awarding(bank, f"closing {number}") for number in range(50)]
    with apart(bank.sequencer) as heard:
        answers = [heard.elsewhere.submit(one) for one in posted]
        heard.elsewhere.close()

    assert {one.result(0).replayed for one in answers} == {False}


def test_an_answer_cannot_be_given_up(award: Submission) -> None:
    """It is under way already: to hide what became of it would help nobody."""
    with apart(Silent()) as heard:
        assert not heard.elsewhere.submit(award).cancel()
        heard.far.shutdown(socket.SHUT_RDWR)
