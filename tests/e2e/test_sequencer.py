"""One submission travels from bytes to a receipt, whatever its neighbours do."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from ledger.domain.errors import awards as award_errors
from ledger.domain.errors import statements as errors
from ledger.integrity.disclosures import make_disclosure
from ledger.integrity.receipts import (
    BatchReceipt,
    LineReceipt,
    SingleReceipt,
    line_receipt,
    verify_batch,
    verify_line,
    verify_single,
)
from ledger.integrity.refusals import read_refusal
from ledger.sequencer import RefusedError
from tests.bank import LEARNER, ORIGIN, SCHOOL, Bank, achievement

pytestmark = pytest.mark.traced

NOT_PASSED = {"passed": False}


def test_a_statement_is_accepted_with_a_receipt_that_verifies(
    database_url: str,
) -> None:
    """The receipt proves these bytes at that position to whoever holds them."""
    with Bank(database_url) as bank:
        draft = bank.receive(bank.sign(bank.award("1")))

        accepted = bank.submit(draft).result()

        assert isinstance(accepted.receipt, SingleReceipt)
        assert not accepted.replayed
        assert accepted.receipt.position == 4
        key = bank.checkpoint.public
        verify_single(accepted.receipt, draft.member_bytes, origin=ORIGIN, key=key)
        report = bank.check_log()
        assert (report.entries, report.awards, report.awarded_milli) == (5, 1, 3000)


def test_the_same_bytes_get_the_first_answer_for_ever(database_url: str) -> None:
    """Much later, after its expiry, and under another head."""
    with Bank(database_url) as bank:
        draft = bank.receive(bank.sign(bank.award("1")))
        first = bank.submit(draft).result()
        for number in range(2, 6):
            bank.submit(bank.receive(bank.sign(bank.award(str(number))))).result()
        bank.clock.step(30 * 24 * 3600)

        again = bank.submit(draft).result()

        assert again.replayed
        assert again.receipt == first.receipt
        assert bank.check_log().awards == 5


def test_the_same_bytes_twice_in_one_group_are_one_entry(sqlite_url: str) -> None:
    """The second finds the first although neither is committed yet."""
    with Bank(sqlite_url) as bank:
        draft = bank.receive(bank.sign(bank.award("1")))

        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: bank.submit(draft).result(), range(64)))

        assert sorted(answer.replayed for answer in answers).count(False) == 1
        assert len({answer.receipt for answer in answers}) == 1
        assert bank.check_log().awards == 1


def test_other_bytes_under_a_used_id_are_refused(database_url: str) -> None:
    """An id has one meaning."""
    with Bank(database_url) as bank:
        statement = bank.award("1")
        bank.submit(bank.receive(bank.sign(statement))).result()
        changed = bank.award("2") | {"id": statement["id"]}

        with pytest.raises(RefusedError) as refused:
            bank.submit(bank.receive(bank.sign(changed))).result()

        error = refused.value.faults[0].error
        assert isinstance(error, errors.StatementIdConflictError)
        assert error.details["position"] == 4
        assert bank.check_log().awards == 1


def test_a_refusal_is_signed_and_remembered_until_it_expires(sqlite_url: str) -> None:
    """The same bytes meet the same evidence; a new statement is decided anew."""
    with Bank(sqlite_url) as bank:
        stranger = "learner_" + "f" * 32
        statement = bank.award("1", learner_id=stranger)
        draft = bank.receive(bank.sign(statement))
        with pytest.raises(RefusedError) as refused:
            bank.submit(draft).result()

        evidence = read_refusal(refused.value.evidence, key=bank.service.public)
        assert (evidence.iss, evidence.id) == (SCHOOL, statement["id"])
        assert evidence.payload_hash == draft.payload_hash
        assert [fault.code for fault in evidence.errors] == ["unknown-account"]
        assert evidence.decided_at_position == 3
        opened = {"learner_id": stranger, "mode": "provisional"}
        bank.post(SCHOOL, "account.opened.v1", body=opened)
        with pytest.raises(RefusedError) as again:
            bank.submit(draft).result()
        assert again.value.evidence == refused.value.evidence
        found = bank.sequencer.find_refusal(iss=SCHOOL, identity=draft.statement.id)
        assert found is refused.value
        bank.submit(
            bank.receive(bank.sign(bank.award("1", learner_id=stranger)))
        ).result()
        bank.check_log()


def test_a_batch_is_in_the_log_without_gaps(database_url: str) -> None:
    """Its receipt lets the holder derive every line's."""
    with Bank(database_url) as bank:
        statements = [bank.award(str(number)) for number in range(300)]
        raw = bank.batch_bytes(SCHOOL, statements)
        batch = bank.receive_batch(raw)

        accepted = bank.submit(batch).result()

        receipt = accepted.receipt
        assert isinstance(receipt, BatchReceipt)
        header = raw.split(b"\n")[0]
        lines = [draft.member_bytes for draft in batch.drafts]
        key = bank.checkpoint.public
        verify_batch(receipt, header, statements=lines, origin=ORIGIN, key=key)
        derived = line_receipt(receipt, header, statements=lines, index=299)
        verify_line(derived, lines[299], header=batch.payload, origin=ORIGIN, key=key)
        assert derived.position == receipt.header_position + 300
        assert bank.submit(batch).result().receipt == receipt
        assert bank.check_log().awards == 300


def test_a_lines_receipt_can_be_made_again_from_the_log(sqlite_url: str) -> None:
    """A line posted again as a single gets the receipt of the line."""
    with Bank(sqlite_url) as bank:
        statements = [bank.award(str(number)) for number in range(5)]
        batch = bank.receive_batch(bank.batch_bytes(SCHOOL, statements))
        bank.submit(batch).result()

        again = bank.submit(bank.receive(bank.sign(statements[3]))).result()

        assert again.replayed
        assert isinstance(again.receipt, LineReceipt)
        verify_line(
            again.receipt,
            batch.drafts[3].member_bytes,
            header=batch.payload,
            origin=ORIGIN,
            key=bank.checkpoint.public,
        )


def test_one_bad_line_refuses_the_whole_batch_and_every_one_is_named(
    database_url: str,
) -> None:
    """Nothing of it is stored; the rest can be signed again."""
    with Bank(database_url) as bank:
        statements = [
            bank.award(str(number), **(NOT_PASSED if number in {3, 7} else {}))
            for number in range(10)
        ]

        with pytest.raises(RefusedError) as refused:
            bank.submit(
                bank.receive_batch(bank.batch_bytes(SCHOOL, statements))
            ).result()

        assert [fault.line for fault in refused.value.faults] == [3, 7]
        assert {type(fault.error) for fault in refused.value.faults} == {
            award_errors.NotPassedWithCreditsError
        }
        assert bank.check_log().entries == 4
        good = [one for number, one in enumerate(statements) if number not in {3, 7}]
        bank.submit(bank.receive_batch(bank.batch_bytes(SCHOOL, good))).result()
        assert bank.check_log().awards == 8


def test_two_lines_with_the_same_reference_are_refused(sqlite_url: str) -> None:
    """A line is decided on what the lines before it did."""
    with Bank(sqlite_url) as bank:
        statements = [bank.award("1"), bank.award("1", credits="2")]

        with pytest.raises(RefusedError) as refused:
            bank.submit(
                bank.receive_batch(bank.batch_bytes(SCHOOL, statements))
            ).result()

        assert refused.value.faults[0].line == 1
        assert refused.value.faults[0].error.code == "reference-conflict"
        bank.check_log()


def test_neighbours_of_a_refused_statement_never_notice(database_url: str) -> None:
    """Many threads post at once, every third statement is wrong."""
    with Bank(database_url) as bank:
        drafts = [
            bank.receive(
                bank.sign(bank.award(str(n), **(NOT_PASSED if n % 3 == 0 else {})))
            )
            for n in range(60)
        ]

        with ThreadPoolExecutor(16) as pool:
            futures = list(pool.map(bank.submit, drafts))

        refused = [n for n, future in enumerate(futures) if future.exception()]
        assert refused == [n for n in range(60) if n % 3 == 0]
        report = bank.check_log()
        assert (report.awards, report.entries) == (40, 44)


def test_a_programming_error_harms_one_statement_only(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It alone is answered with an internal fault."""
    with Bank(sqlite_url) as bank:
        drafts = [bank.receive(bank.sign(bank.award(str(n)))) for n in range(3)]
        broken = drafts[1].statement.id
        decide = vars(__import__("ledger.domain.rules", fromlist=["x"]))["decide"]

        def decide_or_break(act: object, state: object) -> None:
            if getattr(act, "statement", None) and act.statement.id == broken:  # type: ignore[attr-defined]  # an act
                raise ZeroDivisionError
            decide(act, state)

        monkeypatch.setattr("ledger.domain.rules.decide", decide_or_break)
        futures = [bank.submit(draft) for draft in drafts]

        failures = [type(future.exception()).__name__ for future in futures]
        assert failures == ["NoneType", "InternalFaultError", "NoneType"]
        monkeypatch.undo()
        assert bank.check_log().awards == 2


def test_disclosures_reach_the_vault_and_never_the_log(sqlite_url: str) -> None:
    """The log holds the digest; the vault knows the learner and the expiry."""
    with Bank(sqlite_url) as bank:
        score = make_disclosure("score", "91", salt="s" * 22)
        statement = bank.award("1", _sd=[score.digest])
        raw = bank.sign(statement, disclosures=[score])

        bank.submit(bank.receive(raw)).result()

        (kept,) = bank.vault.kept
        assert (kept.learner_id, kept.disclosures) == (LEARNER, (score,))
        assert kept.expires_at == statement["exp"]
        entries = b"".join(bank.raw_entries())
        assert score.encoded.encode() not in entries
        bank.check_log()


def test_an_outside_certificate_is_deposited_once(database_url: str) -> None:
    """Whoever brings it, and under whatever reference."""
    with Bank(database_url) as bank:
        outside = achievement(
            code="X-1", awarding_body={"name": "评价组织", "scheme": "X证书"}
        )
        bank.post(SCHOOL, "achievement.published.v1", body=outside)
        value = {"scheme": "X证书", "number": "2026-001"}
        certificate = make_disclosure("certificate", value, salt="s" * 22)
        attested = {
            "achievement": f"{SCHOOL}/X-1@1",
            "basis": "attested",
            "verification": {
                "method": "online_register",
                "source": "证书查询平台",
                "verified_on": "2026-08-01",
            },
            "_sd": [certificate.digest],
        }
        raw = bank.sign(bank.award("1", **attested), disclosures=[certificate])
        accepted = bank.submit(bank.receive(raw)).result()
        assert accepted.receipt.tags is not None

        again = bank.sign(bank.award("2", **attested), disclosures=[certificate])
        with pytest.raises(RefusedError) as refused:
            bank.submit(bank.receive(again)).result()

        assert refused.value.faults[0].error.code == "certificate-deposited"
        hidden = bank.receive(bank.sign(bank.award("3", **attested)))
        with pytest.raises(RefusedError) as refused:
            bank.submit(hidden).result()
        assert refused.value.faults[0].error.code == "certificate-not-disclosed"
        bank.check_log()
