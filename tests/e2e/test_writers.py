"""Several writers, a full queue, and a clock that cannot be trusted."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from ledger.database import open_engine
from ledger.sequencer import BusyError, ClockJumpError
from ledger.store.application import LedgerStore
from tests.bank import Bank


def test_two_writers_on_one_ledger_never_fork_it(database_url: str) -> None:
    """The slower one reads the head again and decides anew."""
    with Bank(database_url) as bank:
        other = bank.open_sequencer()
        drafts = [bank.receive(bank.sign(bank.award(str(n)))) for n in range(80)]

        with ThreadPoolExecutor(16) as pool:
            writers = [bank.sequencer, other] * 40
            futures = list(
                pool.map(lambda one, draft: one.submit(draft), writers, drafts)
            )
            positions = {future.result().receipt.position for future in futures}

        other.close()
        assert positions == set(range(4, 84))
        assert bank.check_log().awards == 80


def test_two_writers_given_the_same_statement_accept_it_once(
    database_url: str,
) -> None:
    """Both answer with the same receipt."""
    with Bank(database_url) as bank:
        other = bank.open_sequencer()
        draft = bank.receive(bank.sign(bank.award("1")))

        futures = [one.submit(draft) for one in (bank.sequencer, other) * 4]
        receipts = {future.result().receipt for future in futures}

        other.close()
        assert len(receipts) == 1
        assert bank.check_log().awards == 1


def test_writers_on_two_machines_write_every_statement_once(database_url: str) -> None:
    """Each has a store of its own, and half of the statements reach both."""
    with Bank(database_url) as bank:
        store = LedgerStore(open_engine(database_url))
        other = bank.open_sequencer(store)
        drafts = [bank.receive(bank.sign(bank.award(str(n)))) for n in range(60)]
        posts = [(bank.sequencer, one) for one in drafts[:40]]
        posts += [(other, one) for one in drafts[20:]]

        with ThreadPoolExecutor(16) as pool:
            futures = list(pool.map(lambda post: post[0].submit(post[1]), posts))
            receipts = {future.result().receipt for future in futures}

        other.close()
        store.close()
        assert {one.position for one in receipts} == set(range(4, 64))
        assert len(receipts) == 60
        assert bank.check_log().awards == 60


def test_a_closed_bank_takes_nothing_in(sqlite_url: str) -> None:
    """The client is told to come back, and nothing is half done."""
    with Bank(sqlite_url) as bank:
        draft = bank.receive(bank.sign(bank.award("1")))
        bank.sequencer.close()

        with pytest.raises(BusyError):
            bank.submit(draft)

        assert bank.check_log().awards == 0


@pytest.mark.traced
@pytest.mark.parametrize("jump", [timedelta(days=30), -timedelta(minutes=10)])
def test_a_jump_of_the_clock_stops_the_writer_until_it_is_confirmed(
    sqlite_url: str, jump: timedelta
) -> None:
    """Neither thirty days ahead nor ten minutes back is time passing."""
    with Bank(sqlite_url) as bank:
        bank.clock.wall += jump
        draft = bank.receive(bank.sign(bank.award("1")))
        with pytest.raises(ClockJumpError):
            bank.submit(draft).result()

        assert bank.check_log().entries == 4
        bank.sequencer.confirm_clock()
        anew = bank.receive(bank.sign(bank.award("1")))
        bank.submit(anew).result()

        assert bank.check_log().awards == 1


def test_recorded_time_never_goes_back(sqlite_url: str) -> None:
    """A clock a minute behind is overruled by the log."""
    with Bank(sqlite_url) as bank:
        bank.clock.wall = bank.clock.wall.replace(minute=2)
        bank.submit(bank.receive(bank.sign(bank.award("1")))).result()
        bank.clock.wall = bank.clock.wall.replace(minute=0)

        bank.submit(bank.receive(bank.sign(bank.award("2")))).result()

        bank.check_log()


@pytest.mark.parametrize("jump", [timedelta(days=30), -timedelta(minutes=30)])
def test_a_clock_that_jumps_under_load_loses_nothing_and_doubles_nothing(
    sqlite_url: str, jump: timedelta
) -> None:
    """What was not accepted before is accepted once the clock was put right.

    Clients wait in the queue while it jumps, and come again with the same bytes.
    """
    with Bank(sqlite_url) as bank:
        drafts = [bank.receive(bank.sign(bank.award(str(n)))) for n in range(60)]

        jumps = [jump]

        def send(number: int) -> BaseException | None:
            if number == 20 and jumps:
                bank.clock.wall += jumps.pop()
            return bank.submit(drafts[number]).exception()

        with ThreadPoolExecutor(8) as clients:
            first = list(clients.map(send, range(60)))
            bank.clock.wall -= jump
            bank.sequencer.confirm_clock()
            again = list(clients.map(send, range(60)))

        stopped = [one for one in first if one is not None]
        assert stopped
        assert {type(one) for one in stopped} == {ClockJumpError}
        assert again == [None] * 60
        assert bank.check_log().awards == 60
