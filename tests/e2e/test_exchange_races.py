"""Two writers want the same credits at the same moment: one of them gets them."""

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from ledger.database import open_engine
from ledger.intake import Submission
from ledger.sequencer import RefusedError, Sequencer
from ledger.store.application import LedgerStore
from tests.bank import LEARNER, SCHOOL
from tests.exchanging import OTHER, Earned, ExchangeBank

ROUNDS = 50


@contextmanager
def two_writers(url: str) -> Iterator[tuple[ExchangeBank, list[Sequencer]]]:
    """Open a bank with a second writer, which has a store of its own."""
    with ExchangeBank(url) as bank:
        store = LedgerStore(open_engine(url))
        other = bank.open_sequencer(store)
        yield bank, [bank.sequencer, other]
        other.close()
        store.close()


def race(writers: Sequence[Sequencer], drafts: Sequence[Submission]) -> list[str]:
    """Hand each writer its statement at once; return the refusals' codes, or ok."""
    start = threading.Barrier(len(drafts))

    def run(writer: Sequencer, draft: Submission) -> str:
        start.wait()
        try:
            writer.submit(draft).result(60)
        except RefusedError as error:
            return error.faults[0].error.code
        return "ok"

    with ThreadPoolExecutor(len(drafts)) as pool:
        return list(pool.map(run, writers, drafts))


def applying(
    bank: ExchangeBank, earned: Earned, *, learner_id: str = LEARNER
) -> Submission:
    """Return a request that shows what it must."""
    body = bank.application(earned, learner_id=learner_id)
    return bank.receive(bank.request_bytes(body, shown=[earned.shown]))


def parts(bank: ExchangeBank, earned: Earned) -> tuple[int, int, int, int]:
    """Return what of a lot is available, exchanged, redeemed and revoked."""
    lot = bank.lot(earned.award_id)
    found = (
        lot.available_milli,
        lot.exchanged_milli,
        lot.redeemed_milli,
        lot.revoked_milli,
    )
    assert min(found) >= 0
    assert sum(found) == lot.awarded_milli
    return found


def earn_all(bank: ExchangeBank, count: int) -> list[tuple[str, Earned]]:
    """Enrol a learner for each round, so that no cap of an earlier one is met."""
    learners = [f"learner_{number + 16:032x}" for number in range(count)]
    said = [one for learner_id in learners for one in bank.enrolling(learner_id)]
    bank.submit(bank.receive_batch(bank.batch_bytes(OTHER, said))).result()
    pairs = [bank.awarding(one, learner_id=one) for one in learners]
    raw = bank.batch_bytes(SCHOOL, [award for award, _ in pairs])
    bank.submit(bank.receive_batch(raw)).result()
    return [(one, pair[1]) for one, pair in zip(learners, pairs, strict=True)]


def test_of_two_requests_for_one_lot_exactly_one_wins(database_url: str) -> None:
    """In every round, whichever writer is faster."""
    with two_writers(database_url) as (bank, writers):
        won = [0, 0]
        for learner_id, earned in earn_all(bank, ROUNDS):
            drafts = [applying(bank, earned, learner_id=learner_id) for _ in writers]

            answers = race(writers, drafts)

            assert sorted(answers) == ["lot-insufficient", "ok"], answers
            won[answers.index("ok")] += 1
            assert parts(bank, earned) == (0, 3000, 0, 0)

        assert sum(won) == ROUNDS
        kinds = [one.topic for one in bank.store.read_entries(after=-1, limit=10_000)]
        assert kinds.count("exchange.accepted.v1") == ROUNDS
        bank.check_log()


def test_an_exchange_and_a_revocation_never_both_take_the_credits(
    database_url: str,
) -> None:
    """Either the revocation finds them used, or the request finds them gone."""
    with two_writers(database_url) as (bank, writers):
        for number, (learner_id, earned) in enumerate(earn_all(bank, 20)):
            body = {
                "award_id": earned.award_id,
                "credits": "3",
                "class": "withdrawn",
                "reason_code": "recorded_in_error",
            }
            drafts = [
                applying(bank, earned, learner_id=learner_id),
                bank.receive(
                    bank.sign(bank.statement(SCHOOL, "credit.revoked.v1", body=body))
                ),
            ]

            answers = race(writers[:: 1 - 2 * (number % 2)], drafts)

            assert answers.count("ok") == 1, answers
            taken = (0, 3000, 0, 0) if answers[0] == "ok" else (0, 0, 0, 3000)
            assert parts(bank, earned) == taken
        bank.check_log()


def test_of_an_exchange_and_a_redemption_one_wins(database_url: str) -> None:
    """What counts in the programme cannot be converted into it as well."""
    with two_writers(database_url) as (bank, writers):
        for number, (learner_id, earned) in enumerate(earn_all(bank, 20)):
            drafts = [
                applying(bank, earned, learner_id=learner_id),
                bank.receive(
                    bank.redemption_bytes(earned.award_id, learner_id=learner_id)
                ),
            ]

            answers = race(writers[:: 1 - 2 * (number % 2)], drafts)

            assert answers.count("ok") == 1, answers
            taken = (0, 3000, 0, 0) if answers[0] == "ok" else (0, 0, 3000, 0)
            assert parts(bank, earned) == taken
        bank.check_log()


def test_requests_for_other_lots_do_not_stand_in_each_others_way(
    database_url: str,
) -> None:
    """Forty learners at two writers: all are accepted, each answered at once."""
    with two_writers(database_url) as (bank, writers):
        drafts = [
            applying(bank, earned, learner_id=learner_id)
            for learner_id, earned in earn_all(bank, 40)
        ]

        answers = race(writers * 20, drafts)

        assert answers == ["ok"] * 40
        bank.check_log()


def test_two_requests_of_one_learner_meet_at_the_cap(database_url: str) -> None:
    """Each alone would fit: the tally of one is read by the other."""
    with two_writers(database_url) as (bank, writers):
        for number in range(3):
            earned = bank.earn(f"first-{number}")
            bank.submit(applying(bank, earned)).result()
        last = [bank.earn(f"last-{number}") for number in range(4)]

        answers = race(writers * 2, [applying(bank, one) for one in last])

        assert sorted(answers) == ["cap-exceeded"] * 3 + ["ok"]
        bank.check_log()
