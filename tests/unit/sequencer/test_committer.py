"""A group is written once, whole, and every member of it is answered."""

from concurrent.futures import Future

import pytest
from sqlalchemy import event

from ledger.domain import rules
from ledger.domain.rules.act import Act
from ledger.domain.state import Slice
from ledger.domain.statements.envelope import Statement
from ledger.integrity.encoding import b64decode
from ledger.integrity.errors import IntegrityError
from ledger.integrity.refusals import read_refusal
from ledger.sequencer import Accepted, RefusedError
from ledger.sequencer.receipts import OldReceipts
from ledger.sequencer.waiting import Waiting
from ledger.store.application import LedgerStore, VersionConflictError
from ledger.store.asking import StoreUnavailableError
from ledger.vault.keys import SealBrokenError
from tests.bank import SCHOOL, Bank
from tests.unit.sequencer.writing import (
    FaultyVault,
    GateVault,
    awarding,
    away,
    commit,
    committer_of,
    disclosing,
    failures,
    heads,
    identity_of,
)


def test_what_waits_together_is_one_head_and_one_commit(database_url: str) -> None:
    """Two hundred statements, each from a sender of its own, cost two commits."""
    with Bank(database_url) as bank:
        gate = GateVault()
        bank.sequencer.close()
        vars(bank)["vault"] = gate
        bank.sequencer = bank.open_sequencer()
        rest = [awarding(bank, str(number)) for number in range(200)]
        before, commits = heads(bank), [0]
        first = bank.submit(disclosing(bank, "first"))
        assert gate.reached.wait(30)
        event.listen(bank.store.engine, "commit", lambda _: commits.append(1))
        futures = [bank.submit(one) for one in rest]

        gate.opened.set()
        notes = {one.result().receipt.checkpoint for one in (first, *futures)}

        assert len(notes) == 2
        assert sum(commits) == 2
        assert heads(bank) == before + 2
        assert bank.check_log().awards == 201


def test_the_head_is_written_before_the_entries_it_covers(database_url: str) -> None:
    """Two writers meet there, before anything else is written."""
    with Bank(database_url) as bank:
        written: list[str] = []

        def note(*seen: object) -> None:
            if str(seen[2]).startswith("INSERT"):
                written.append(f"{seen[2]} {seen[3]}")

        event.listen(bank.store.engine, "before_cursor_execute", note)
        commit(committer_of(bank), [awarding(bank, "1"), awarding(bank, "2")])
        event.remove(bank.store.engine, "before_cursor_execute", note)

        assert "INSERT INTO stored_events" in written[0]
        assert "log-head" in written[0]
        assert "log-head" not in " ".join(written[1:])


def test_a_mixed_group_harms_none_of_its_members(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Good ones, one the rules refuse, one that meets an error, one said twice."""
    with Bank(database_url) as bank:
        good, bad, broken, last = (
            awarding(bank, reference, passed=reference != "bad")
            for reference in ("good", "bad", "broken", "last")
        )
        decide = rules.decide

        def decide_or_break(act: Act[Statement], state: Slice) -> None:
            if act.payload_hash == broken.payload_hash:
                raise ZeroDivisionError
            decide(act, state)

        monkeypatch.setattr(rules, "decide", decide_or_break)
        answers = commit(committer_of(bank), [good, bad, broken, good, last])
        monkeypatch.undo()

        assert failures(answers) == ["", "RefusedError", "InternalFaultError", "", ""]
        assert answers[3].result().receipt == answers[0].result().receipt
        refused = answers[1].exception()
        assert isinstance(refused, RefusedError)
        evidence = read_refusal(refused.evidence, key=bank.service.public)
        assert (evidence.iss, evidence.decided_at_position) == (SCHOOL, 4)
        assert len(b64decode(evidence.payload_hash)) == 32
        assert bank.check_log().awards == 2


def test_a_batch_that_meets_an_error_leaves_nothing_behind(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even the lines before the one that broke."""
    with Bank(sqlite_url) as bank:
        # The one that breaks is like no other: its rule decides it.
        amounts = ["3", "3", "3", "2", "3"]
        lines = [bank.award(str(n), credits=one) for n, one in enumerate(amounts)]
        batch = bank.receive_batch(bank.batch_bytes(SCHOOL, lines))
        decide = rules.decide

        def decide_or_break(act: Act[Statement], state: Slice) -> None:
            if act.payload_hash == batch.drafts[3].payload_hash:
                raise ZeroDivisionError
            decide(act, state)

        monkeypatch.setattr(rules, "decide", decide_or_break)
        answers = commit(committer_of(bank), [awarding(bank, "before"), batch])
        monkeypatch.undo()

        assert failures(answers) == ["", "InternalFaultError"]
        assert bank.check_log().entries == 5
        assert failures(commit(committer_of(bank), [batch])) == [""]
        assert bank.check_log().awards == 6


@pytest.mark.parametrize("good", [1, 3])
def test_a_vault_that_is_away_keeps_the_group_out_of_the_log(
    database_url: str, good: int
) -> None:
    """Everybody is told to come again, and then is accepted."""
    with Bank(database_url) as bank:
        group = [disclosing(bank, "first")]
        group += [awarding(bank, str(number)) for number in range(good)]

        assert set(failures(commit(committer_of(bank, away()), group))) == {"BusyError"}

        assert bank.check_log().entries == 4
        answers = commit(committer_of(bank), group)
        assert not any(one.result().replayed for one in answers)
        assert bank.check_log().awards == good + 1


def test_a_learner_whose_key_is_broken_harms_no_neighbour(sqlite_url: str) -> None:
    """The group is taken apart: whose fault it was shows alone."""
    with Bank(sqlite_url) as bank:
        first, broken, last = (disclosing(bank, name) for name in ("1", "2", "3"))
        vault = FaultyVault(SealBrokenError(), frozenset({identity_of(broken)}))

        answers = commit(committer_of(bank, vault), [first, broken, last])

        assert failures(answers) == ["", "InternalFaultError", ""]
        assert bank.check_log().awards == 2
        assert {one.statement_id for one in vault.kept} == {
            identity_of(first),
            identity_of(last),
        }


def test_the_writer_outlives_an_error_nobody_expected(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes while a group is being written; the next goes as if nothing was."""
    with Bank(sqlite_url) as bank:
        draft = awarding(bank, "1")

        def broken(*_: object, **__: object) -> None:
            raise ZeroDivisionError

        with monkeypatch.context() as patch:
            patch.setattr(LedgerStore, "append", broken)
            assert failures([bank.submit(draft)]) == ["InternalFaultError"]

        assert failures([bank.submit(draft)]) == [""]
        assert bank.check_log().awards == 1


def test_a_store_that_fails_within_a_rule_is_no_fault_of_the_statement(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rule may ask for a record that was not read yet."""
    with Bank(sqlite_url) as bank:

        def unreadable(*_: object) -> None:
            raise StoreUnavailableError

        with monkeypatch.context() as patch:
            patch.setattr(rules, "decide", unreadable)
            answers = commit(committer_of(bank), [awarding(bank, "1")])

        assert failures(answers) == ["UncertainError"]


def test_a_writer_that_is_always_slower_gives_up(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It does not try for ever while its clients wait."""
    with Bank(sqlite_url) as bank:
        tried: list[int] = []

        def slower(*_: object, **__: object) -> None:
            tried.append(1)
            raise VersionConflictError

        with monkeypatch.context() as patch:
            patch.setattr(LedgerStore, "append", slower)
            answers = commit(committer_of(bank), [awarding(bank, "1")])

        assert failures(answers) == ["BusyError"]
        assert len(tried) == 20
        bank.check_log()


@pytest.mark.parametrize(
    ("error", "answer"),
    [
        (StoreUnavailableError(), "UncertainError"),
        (IntegrityError(), "InternalFaultError"),
    ],
    ids=["away", "damaged"],
)
def test_an_old_receipt_that_cannot_be_made_harms_no_neighbour(
    sqlite_url: str,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    answer: str,
) -> None:
    """The new entries are in the log: their senders hear so."""
    with Bank(sqlite_url) as bank:
        old, first, last = (awarding(bank, name) for name in ("old", "1", "2"))
        committer = committer_of(bank)
        (before,) = commit(committer, [old])

        def unreadable(*_: object, **__: object) -> None:
            raise error

        with monkeypatch.context() as patch:
            patch.setattr(OldReceipts, "receipt", unreadable)
            answers = commit(committer, [first, old, last])

        assert failures(answers) == ["", answer, ""]
        (again,) = commit(committer, [old])
        assert again.result().receipt == before.result().receipt
        assert bank.check_log().awards == 3


def test_what_another_writer_accepted_is_not_refused_from_memory(
    database_url: str,
) -> None:
    """The log is the truth; a refusal that it has overtaken is none any more."""
    with Bank(database_url) as bank:
        learner = "learner_" + "e" * 32
        draft = awarding(bank, "1", learner_id=learner)
        refuser, other = committer_of(bank), committer_of(bank)
        assert failures(commit(refuser, [draft])) == ["RefusedError"]
        opened = {"learner_id": learner, "mode": "provisional"}
        bank.post(SCHOOL, "account.opened.v1", body=opened)
        (accepted,) = commit(other, [draft])

        (again,) = commit(refuser, [draft])

        assert again.result().replayed
        assert again.result().receipt == accepted.result().receipt
        bank.check_log()


def test_a_sender_that_went_away_in_time_is_not_written(sqlite_url: str) -> None:
    """Its neighbours are."""
    with Bank(sqlite_url) as bank:
        group = [
            Waiting(submission=awarding(bank, str(number)), future=Future[Accepted]())
            for number in range(3)
        ]
        group[1].future.cancel()

        committer_of(bank).commit(group)

        assert group[0].future.result().receipt.checkpoint
        assert group[2].future.result().receipt.checkpoint
        assert bank.check_log().awards == 2
