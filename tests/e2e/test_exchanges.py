"""A credit travels from one college's award into the other's programme."""

from concurrent.futures import Future

from ledger.domain.state import ExchangeStatus
from ledger.integrity.entries import read_entry
from ledger.integrity.jws import STATEMENT_TYP, read_jws, verify_jws
from ledger.integrity.receipts import SingleReceipt, verify_single
from ledger.sequencer.receipts import OldReceipts
from ledger.sequencer.waiting import Waiting
from tests.bank import ORIGIN, SCHOOL
from tests.exchanging import DESKS, OTHER, ExchangeBank, actor, terms


def test_a_request_under_an_automatic_rule_is_accepted_at_once(
    database_url: str,
) -> None:
    """Two entries under one checkpoint: the member's request and the bank's answer."""
    with ExchangeBank(database_url) as bank:
        earned = bank.earn("1")
        body = bank.application(earned)
        raw = bank.request_bytes(body, shown=[earned.shown])

        accepted = bank.submit(bank.receive(raw)).result()

        requested, answered = list(bank.raw_entries())[-2:]
        receipt, key = accepted.receipt, bank.checkpoint.public
        assert isinstance(receipt, SingleReceipt)
        assert f"\n{receipt.position + 2}\n" in receipt.checkpoint
        signed = read_entry(requested).member_bytes
        assert signed == raw.partition(b"~")[0]
        verify_single(receipt, signed, origin=ORIGIN, key=key)
        said = read_entry(answered).member_bytes
        verify_jws(read_jws(said, typ=STATEMENT_TYP), bank.service.public)
        old = OldReceipts(bank.store)
        identity = bank.receive(said).statement.id
        again = old.receipt(receipt.position + 1, identity=identity)
        assert isinstance(again, SingleReceipt)
        assert again.checkpoint == receipt.checkpoint
        verify_single(again, said, origin=ORIGIN, key=key)
        assert old.receipt(receipt.position, identity=receipt.statement_id) == receipt
        bank.check_log()


def test_what_is_accepted_moves_from_one_college_to_the_other(
    database_url: str,
) -> None:
    """The source is used up, and the new lot goes back to it."""
    with ExchangeBank(database_url) as bank:
        earned = bank.earn("1")
        body = bank.application(earned)

        bank.request(body, shown=[earned.shown])

        case = bank.exchange(body["exchange_id"])
        source, made = bank.lot(earned.award_id), bank.lot(case.created[0])
        assert case.status is ExchangeStatus.ACCEPTED
        assert (source.available_milli, source.exchanged_milli) == (0, 3000)
        assert (made.issuer, made.available_milli) == (OTHER, 3000)
        assert [root.award_id for root in made.roots] == [earned.award_id]
        assert set(bank.check_log().trial_balance.values()) == {0}


def test_the_log_never_holds_what_was_shown(sqlite_url: str) -> None:
    """An auditor without any disclosure reaches the same verdict."""
    with ExchangeBank(sqlite_url) as bank:
        earned = bank.earn("1", value="91.25")
        kept = len(bank.vault.kept)

        bank.request(bank.application(earned), shown=[earned.shown])

        signed = [read_entry(one).member_bytes for one in bank.raw_entries()]
        said = [read_jws(one, typ=STATEMENT_TYP).payload for one in signed]
        history = b"".join((*signed, *said))
        assert earned.shown.digest.encode() in history
        assert earned.shown.encoded.encode() not in history
        assert b"91.25" not in history
        assert len(bank.vault.kept) == kept
        bank.check_log()


def test_a_case_passes_over_its_desks_and_is_signed_as_quoted(
    database_url: str,
) -> None:
    """Nobody but the desk that it lies on can pass it on."""
    with ExchangeBank(database_url) as bank:
        earned = bank.earn("1")
        body = bank.application(earned, rule=DESKS)
        bank.request(body, shown=[earned.shown])
        assert bank.lot(earned.award_id).held_milli == 3000
        endorsed = {"exchange_id": body["exchange_id"], "step": 0}

        bank.post(SCHOOL, "exchange.endorsed.v1", body=endorsed, actor=actor("tutor"))
        quoted = bank.quote(body["exchange_id"])
        accepted = bank.post(
            OTHER, "exchange.accepted.v1", body=quoted, actor=actor("dean")
        )

        case, report = bank.exchange(body["exchange_id"]), bank.check_log()
        assert case.status is ExchangeStatus.ACCEPTED
        assert accepted.receipt.checkpoint.count(f"\n{report.entries}\n") == 1
        assert bank.lot(earned.award_id).exchanged_milli == 3000
        assert bank.lot(case.created[0]).available_milli == 3000


def test_a_case_sent_back_is_handed_in_again_with_what_was_missing(
    sqlite_url: str,
) -> None:
    """Its second revision shows its values anew, and holds what it offers then."""
    with ExchangeBank(sqlite_url) as bank:
        first, second = bank.earn("1"), bank.earn("2")
        body = bank.application(first, rule=DESKS)
        bank.request(body, shown=[first.shown])
        returned = {
            "exchange_id": body["exchange_id"],
            "step": 0,
            "reason_code": "wrong_lot",
            "missing": "请改用第二门课程",
        }
        bank.post(SCHOOL, "exchange.returned.v1", body=returned, actor=actor("tutor"))
        changes = {"exchange_id": body["exchange_id"], "revision": 1}

        again = {**bank.application(second, rule=DESKS), **changes}
        bank.request(again, shown=[second.shown])

        assert bank.lot(first.award_id).held_milli == 0
        assert bank.lot(second.award_id).held_milli == 3000
        assert bank.exchange(body["exchange_id"]).revision == 1
        bank.check_log()


def test_the_same_request_twice_is_answered_with_its_first_receipt(
    database_url: str,
) -> None:
    """The bank does not speak twice either."""
    with ExchangeBank(database_url) as bank:
        earned = bank.earn("1")
        raw = bank.request_bytes(bank.application(earned), shown=[earned.shown])
        first = bank.submit(bank.receive(raw)).result()

        again = bank.submit(bank.receive(raw)).result()

        assert again.replayed
        assert again.receipt == first.receipt
        assert f"\n{bank.check_log().entries}\n" in first.receipt.checkpoint


def test_an_accepted_lot_counts_in_the_programme(sqlite_url: str) -> None:
    """What came out of an exchange is redeemed like what was earned at home."""
    with ExchangeBank(sqlite_url) as bank:
        earned = bank.earn("1")
        body = bank.application(earned)
        bank.request(body, shown=[earned.shown])
        (made,) = bank.exchange(body["exchange_id"]).created

        bank.submit(bank.receive(bank.redemption_bytes(made))).result()

        assert bank.lot(made).redeemed_milli == 3000
        bank.check_log()


def test_a_request_may_take_two_entries_of_a_group(sqlite_url: str) -> None:
    """So the writer counts with two of them; an award takes one."""
    with ExchangeBank(sqlite_url) as bank:
        earned = bank.earn("1")
        raw = bank.request_bytes(bank.application(earned), shown=[earned.shown])
        award = bank.receive(bank.sign(bank.award("2")))

        waiting = [
            Waiting(submission=one, future=Future())
            for one in (bank.receive(raw), award)
        ]

        assert [one.entries for one in waiting] == [2, 1]


def test_a_newer_version_applies_from_the_moment_it_is_agreed(sqlite_url: str) -> None:
    """A request under the older one is refused by the very next group."""
    with ExchangeBank(sqlite_url) as bank:
        first, second = bank.earn("1"), bank.earn("2")
        bank.request(bank.application(first), shown=[first.shown])
        proposed = bank.propose("AUTOMATIC", terms(), version=2)
        stale = bank.application(second)

        agreed = {"rule": proposed, "digest": bank.digests[proposed]}
        bank.post(SCHOOL, "rule.ratified.v1", body=agreed)

        assert bank.refused(stale, shown=[second.shown]) == "rule-not-in-force"
        bank.request(bank.application(second, rule=proposed), shown=[second.shown])
        bank.check_log()
