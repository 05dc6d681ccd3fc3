"""What the writer keeps between groups is never older than the head it stands on."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from ledger.domain.state import (
    CatalogueItemRecord,
    LedgerRecord,
    Record,
    Ref,
    Slice,
    TallyRecord,
)
from ledger.intake import Submission
from ledger.sequencer import RefusedError
from ledger.sequencer.register import RECORDS_MAX, Register
from ledger.vault.vault import VaultUnavailableError
from tests.bank import OPERATOR, SCHOOL, Bank, achievement
from tests.e2e.test_write_faults import failing_at
from tests.exchanging import ExchangeBank
from tests.unit.sequencer.writing import (
    FaultyVault,
    awarding,
    commit,
    committer_of,
    disclosing,
    failures,
    identity_of,
)


@contextmanager
def loads(bank: Bank) -> Iterator[list[str]]:
    """Note which kinds of record are looked up."""
    seen: list[str] = []

    def note(*happened: object) -> None:
        _, found, rest = str(happened[2]).partition(" FROM state_")
        if found:
            seen.append(rest.split()[0])

    event.listen(bank.store.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(bank.store.engine, "before_cursor_execute", note)


def said(bank: Bank, iss: str, *, name: str, **body: object) -> Submission:
    """Return any statement."""
    return bank.receive(bank.sign(bank.statement(iss, name, body=body)))


def suspending(bank: Bank) -> Submission:
    """Return the operator's suspension of the school."""
    body = {"member_id": SCHOOL, "reason_code": "other"}
    return said(bank, OPERATOR, name="member.suspended.v1", **body)


def publishing(bank: Bank, code: str) -> Submission:
    """Return a new achievement of the school."""
    return said(bank, SCHOOL, name="achievement.published.v1", **achievement(code=code))


def named(code: str) -> str:
    """Return the first version of an achievement."""
    return f"{SCHOOL}/{code}@1"


def test_a_group_looks_up_nothing_that_few_statements_change(
    database_url: str,
) -> None:
    """Three requests ask for their learner's records, and for all ids at once."""
    with ExchangeBank(database_url) as bank:
        earned = [bank.earn(str(number)) for number in range(4)]
        drafts = [
            bank.receive(bank.request_bytes(bank.application(one), shown=[one.shown]))
            for one in earned
        ]
        writer = committer_of(bank)
        commit(writer, drafts[:1])

        with loads(bank) as seen:
            answers = commit(writer, drafts[1:])

        own = {"accounts", "enrolments", "exchanges", "lots", "statements", "tallies"}
        assert failures(answers) == [""] * 3
        assert set(seen) == own
        assert len(seen) == len(own)
        bank.check_log()


def test_another_writers_suspension_is_seen_by_the_next_group(
    database_url: str,
) -> None:
    """A head that this writer did not write makes it read everything anew."""
    with Bank(database_url) as bank:
        ours, theirs = committer_of(bank), committer_of(bank)
        (first,) = commit(ours, [awarding(bank, "1")])

        commit(theirs, [suspending(bank)])
        (second,) = commit(ours, [awarding(bank, "2")])

        assert first.exception() is None
        assert failures([second]) == ["RefusedError"]
        bank.check_log()


def test_the_writers_own_suspension_is_seen_by_the_next_group(
    database_url: str,
) -> None:
    """What a group changed is laid over what was read before it."""
    with Bank(database_url) as bank:
        writer = committer_of(bank)
        commit(writer, [awarding(bank, "1")])
        commit(writer, [suspending(bank)])

        (after,) = commit(writer, [awarding(bank, "2")])

        assert failures([after]) == ["RefusedError"]
        bank.check_log()


def test_what_was_not_there_is_found_once_another_writer_wrote_it(
    database_url: str,
) -> None:
    """That there is no such achievement is only true up to a head."""
    with Bank(database_url) as bank:
        ours, theirs = committer_of(bank), committer_of(bank)
        new = {"achievement": named("NEW")}
        (before,) = commit(ours, [awarding(bank, "1", **new)])

        commit(theirs, [publishing(bank, "NEW")])
        (after,) = commit(ours, [awarding(bank, "2", **new)])

        assert failures([before, after]) == ["RefusedError", ""]
        bank.check_log()


def test_what_a_failed_commit_would_have_changed_is_not_believed(
    database_url: str,
) -> None:
    """Nothing was published, so nothing is known of it."""
    with Bank(database_url) as bank:
        writer = committer_of(bank)
        commit(writer, [awarding(bank, "1")])
        with failing_at(bank, "INSERT INTO stored_events", times=100):
            (lost,) = commit(writer, [publishing(bank, "NEW")])

        (after,) = commit(writer, [awarding(bank, "2", achievement=named("NEW"))])

        assert failures([lost, after]) == ["UncertainError", "RefusedError"]
        assert bank.check_log().awards == 1


def test_what_a_group_without_its_vault_would_have_changed_is_not_believed(
    database_url: str,
) -> None:
    """The head still stands, and so does only what was true at it."""
    with Bank(database_url) as bank:
        hidden = disclosing(bank, "1")
        error, ids = VaultUnavailableError(), frozenset({identity_of(hidden)})
        writer = committer_of(bank, FaultyVault(error, statement_ids=ids))
        commit(writer, [awarding(bank, "2")])
        lost = commit(writer, [publishing(bank, "NEW"), hidden])

        (after,) = commit(writer, [awarding(bank, "3", achievement=named("NEW"))])

        assert failures([*lost, after]) == ["BusyError", "BusyError", "RefusedError"]
        assert bank.check_log().awards == 1


def test_what_was_refused_is_not_believed(sqlite_url: str) -> None:
    """A refused publication leaves nothing behind."""
    with Bank(sqlite_url) as bank:
        writer = committer_of(bank)
        skipped = achievement(code="NEW", version=2)
        refused = said(bank, SCHOOL, name="achievement.published.v1", **skipped)

        answers = commit(writer, [refused])
        answers += commit(writer, [awarding(bank, "1", achievement=f"{SCHOOL}/NEW@2")])

        assert failures(answers) == ["RefusedError"] * 2
        error = answers[1].exception()
        assert isinstance(error, RefusedError)
        assert error.faults[0].error.code == "unknown-achievement"


def item(code: str) -> CatalogueItemRecord:
    """Return a record of a kept kind."""
    return CatalogueItemRecord(item=code, version=1)


def layer(*records: Record) -> Slice:
    """Return a layer that knows these records."""
    found = Slice()
    found.put(records)
    return found


def test_the_oldest_records_make_room_for_new_ones() -> None:
    """A record that changed is new again; memory has a bound."""
    register = Register(records_max=2)
    register.keep(layer(item("a"), item("b")))
    register.keep(layer(item("a")), layer(item("c")))

    kept = [
        code
        for code in ("a", "b", "c")
        if not register.state.unknown(CatalogueItemRecord, [code])
    ]

    assert kept == ["a", "c"]
    assert RECORDS_MAX >= 1_000


def test_nothing_that_grows_with_learners_is_kept() -> None:
    """But that a record of a kept kind does not exist is."""
    register, seen = Register(), layer(TallyRecord(learner_id="one", page=0, uses=()))
    seen.learn(Ref(LedgerRecord, 0), None)

    register.keep(seen)

    assert register.state.unknown(TallyRecord, [("one", 0)])
    assert register.state.find(LedgerRecord, 0) is None
    register.forget()
    assert register.state.unknown(LedgerRecord, [0])
