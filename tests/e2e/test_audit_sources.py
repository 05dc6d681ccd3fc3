"""Audits of sources that are no bank's own database, and of what else can be wrong."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import pytest
from sqlalchemy import exc

from ledger.audit.books import Books, broken_lots, moves_of
from ledger.audit.classes import FindingClass
from ledger.audit.database import DatabaseSource
from ledger.audit.errors import UnreadableSourceError
from ledger.audit.findings import FINDINGS_MAX, AuditReport, Finding
from ledger.audit.ports import SourceEntry
from ledger.audit.replay import Replay
from ledger.audit.verify import WrongLedgerError, read_name, verify
from ledger.domain.rules.batches import BatchAct
from ledger.domain.state import LotRecord, Ref, Slice
from ledger.integrity.checkpoints import Checkpoint, sign_checkpoint
from ledger.integrity.merkle import EMPTY, leaf_hash
from ledger.store.heads import StoredHead
from ledger.store.reader import EntryRow, LogReader
from tests.bank import ORIGIN, SCHOOL, Bank
from tests.builders import award, award_of, opened, revocation
from tests.histories import write_history

pytestmark = pytest.mark.traced


@dataclass
class Bundle:
    """Entries and the newest checkpoint, as somebody exported them."""

    raw: list[bytes]
    note: str | None = None

    def entries(self) -> Iterator[SourceEntry]:
        """Return the entries; nothing is said of how they were filed."""
        return (SourceEntry(raw=one) for one in self.raw)

    def heads(self) -> Iterator[StoredHead]:
        """Return none."""
        return iter(())

    def checkpoint(self) -> str | None:
        """Return the note."""
        return self.note


@pytest.fixture
def bank(sqlite_url: str) -> Iterator[Bank]:
    """Write a history."""
    with Bank(sqlite_url) as opened_bank:
        write_history(opened_bank)
        yield opened_bank


def note_over(bank: Bank, raw: list[bytes]) -> str:
    """Return the bank's signed checkpoint over entries."""
    frontier = EMPTY
    for one in raw:
        frontier = frontier.append(leaf_hash(one))
    signed = Checkpoint(origin=ORIGIN, size=frontier.size, root=frontier.root())
    return sign_checkpoint(signed, bank.checkpoint)


def audit(bank: Bank, bundle: Bundle) -> AuditReport:
    """Audit what was exported."""
    return verify(bundle, ledger=bank.ledger)


def codes(report: AuditReport) -> set[tuple[str, int, int | None]]:
    """Return what was found, and where."""
    return {(one.code, one.position, one.last) for one in report.findings}


def test_an_export_with_its_newest_checkpoint_passes(bank: Bank) -> None:
    """One note covers all of it."""
    raw = list(bank.raw_entries())
    head = bank.store.read_head()
    assert head is not None

    report = audit(bank, Bundle(raw, head.note))

    assert report.findings == ()
    assert (report.checkpoint_size, report.root) == (len(raw), head.root)
    assert note_over(bank, raw) == head.note


def test_an_export_that_ends_before_its_checkpoint_is_found(bank: Bank) -> None:
    """The note says how many there should be."""
    raw = list(bank.raw_entries())
    note = note_over(bank, raw)

    report = audit(bank, Bundle(raw[:-2], note))

    size = len(raw)
    assert ("entries-missing", size - 2, size - 1) in codes(report)


@pytest.mark.parametrize("last", [[], [b"x"]])
def test_a_checkpoint_over_other_entries_is_found(
    bank: Bank, last: list[bytes]
) -> None:
    """Fewer entries, or another last one."""
    raw = list(bank.raw_entries())

    report = audit(bank, Bundle(raw, note_over(bank, [*raw[:-1], *last])))

    assert ("root-mismatch", 0, len(raw) - 1) in codes(report)


def test_a_note_that_nobody_signed_proves_nothing(bank: Bank) -> None:
    """Nor does none at all."""
    raw = list(bank.raw_entries())
    forged = note_over(bank, raw).replace(ORIGIN, "bank.example/other")
    last = len(raw) - 1

    assert ("checkpoint-signature", 0, last) in codes(audit(bank, Bundle(raw, forged)))
    assert codes(audit(bank, Bundle(raw))) == {("entries-not-covered", 0, last)}


def test_a_time_that_cannot_be_is_found(bank: Bank) -> None:
    """It has the form of an instant, but there is no such day."""
    raw = list(bank.raw_entries())
    raw[5] = raw[5].replace(b"2026-09-01T", b"2026-09-31T", 1)

    report = audit(bank, Bundle(raw, note_over(bank, raw)))

    assert "recorded-at-impossible" in {one.code for one in report.findings}


def test_a_line_of_another_issuer_is_found(bank: Bank) -> None:
    """A header speaks for its own issuer's lines only."""
    raw = list(bank.raw_entries())
    place = next(number for number, one in enumerate(raw) if b'"batch":' in one)
    named = f'"iss":"{SCHOOL}"'.encode()
    raw[place] = raw[place].replace(named, b'"iss":"operator"')

    report = audit(bank, Bundle(raw, note_over(bank, raw)))

    assert ("line-of-another-issuer", place, None) in codes(report)


def test_a_source_without_a_ledger_has_no_name(bank: Bank) -> None:
    """Empty, unreadable, or beginning with something else."""
    raw = list(bank.raw_entries())

    assert read_name(Bundle([])) is None
    assert read_name(Bundle([b"x"])) is None
    assert read_name(Bundle(raw[4:5])) is None
    for first in (b"x", raw[1]):
        with pytest.raises(WrongLedgerError):
            verify(Bundle([first, *raw[1:]]), ledger=bank.ledger)


def test_a_database_that_fails_on_the_way_names_the_place(
    bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was read so far is not lost."""
    source = DatabaseSource(bank.url)
    real = LogReader.read_rows

    def read(log: LogReader, *, after: int, limit: int) -> Sequence[EntryRow]:
        if after >= 0:
            sql = "SELECT"
            raise exc.OperationalError(sql, {}, Exception("malformed"))
        return real(log, after=after, limit=limit)

    monkeypatch.setattr("ledger.audit.database.PAGE", 10)
    monkeypatch.setattr(LogReader, "read_rows", read)
    found: list[SourceEntry] = []
    with pytest.raises(UnreadableSourceError) as stopped:
        found.extend(source.entries())

    assert stopped.value.position == 10
    assert source.checkpoint() is None
    source.close()


def test_heads_that_cannot_be_read_name_the_place(
    bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The entries read before are not lost, nor does the driver's error come out."""
    source = DatabaseSource(bank.url)

    def read(_: LogReader) -> Iterator[StoredHead]:
        sql = "SELECT"
        raise exc.OperationalError(sql, {}, Exception("malformed"))

    read_all = len(list(source.entries()))
    monkeypatch.setattr(LogReader, "read_heads", read)
    with pytest.raises(UnreadableSourceError) as stopped:
        list(source.heads())

    assert stopped.value.position == read_all
    source.close()


def test_what_has_no_subject_is_found_and_passed_over() -> None:
    """A revocation of nothing moves nothing in the auditor's books."""
    ledger = opened()
    act = ledger.act(SCHOOL, "credit.revoked.v1", body=revocation())
    replay = Replay()
    replay.state = ledger.state

    findings = list(replay.apply(act))

    assert [one.code for one in findings] == ["not-allowed", "no-subject"]
    assert not list(replay.books.disagreements())
    assert not replay.books.members


def test_what_cannot_even_be_decided_is_found() -> None:
    """Before entry 0 there is no ledger to speak to."""
    act = BatchAct(
        iss=SCHOOL,
        id="1",
        aud="a",
        iat="2026-09-01T08:00:00.000Z",
        exp="2026-09-02T08:00:00.000Z",
        kid=f"{SCHOOL}#k",
        payload_hash="h",
        position=1,
        recorded_at="2026-09-01T08:00:00.000Z",
    )

    assert [one.code for one in Replay().apply(act)] == ["not-decidable"]


def test_books_that_differ_from_the_lots_are_found() -> None:
    """Which account it is, and which lot is unsound."""
    ledger = opened()
    act = ledger.act(SCHOOL, "credit.awarded.v1", body=award())
    books = Books()
    books.post(act, moves_of(act, ledger.state))
    before, after = Slice(), Slice()
    before.learn(Ref(LotRecord, award_of()), None)
    ledger.apply(act)
    lot = ledger.lot(award_of())
    after.put([lot])
    books.weigh([lot], before)
    assert list(books.disagreements()) == []
    assert list(broken_lots([lot])) == []

    richer = LotRecord(**{**dict(lot), "available_milli": 3001})

    holder = f"available:{lot.learner_id}:{SCHOOL}"
    books.weigh([richer], after)
    assert list(books.disagreements()) == [holder]
    assert list(broken_lots([richer])) == [lot.award_id]


def test_a_finding_names_place_code_and_detail() -> None:
    """A run of entries where it cannot be narrowed down."""
    finding = Finding(position=3, code="root-mismatch", last=7)

    assert str(finding) == "position 3-7: root-mismatch"
    assert str(replace(finding, last=None, detail="x")) == "position 3: root-mismatch x"


def test_a_lot_that_history_made_unsound_is_named() -> None:
    """What was taken back beyond what was left is applied, and both are found."""
    ledger = opened()
    ledger.say(SCHOOL, "credit.awarded.v1", body=award())
    forged = ledger.act(SCHOOL, "credit.revoked.v1", body=revocation(amount="5"))
    replay = Replay()
    replay.state = ledger.state

    codes = [one.code for one in replay.apply(forged)]

    assert codes == ["not-allowed", "lot-unsound"]
    assert ledger.lot(award_of()).available_milli == -2000


def test_more_findings_than_are_kept_are_counted(bank: Bank) -> None:
    """The first are listed; how many of each class there are is told of all."""
    first = next(bank.raw_entries())

    report = audit(bank, Bundle([first, *[b""] * (FINDINGS_MAX + 50)]))

    assert report.classes[FindingClass.BYTES] == FINDINGS_MAX + 50
    assert report.found == sum(report.classes.values()) > FINDINGS_MAX
    assert len(report.findings) == FINDINGS_MAX
    assert not report.passed
