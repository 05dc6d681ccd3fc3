"""Bundles hold what their scope needs, and prove it with the ledger's name alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ledger.audit.bundles.form import Bundle, NotABundleError, Scope, ScopeKind
from ledger.audit.bundles.making import NothingToExportError, make_bundle
from ledger.audit.bundles.part import verify_part
from ledger.audit.bundles.showing import UnknownDisclosureError
from ledger.audit.bundles.whole import BundleSource
from ledger.audit.database import DatabaseSource
from ledger.audit.ports import SourceEntry
from ledger.audit.verify import WrongLedgerError, verify
from ledger.integrity.disclosures import make_disclosure
from ledger.store.heads import StoredHead
from tests.bank import LEARNER, SCHOOL, Bank, achievement
from tests.bundled import check, export, places, read_lines, write_bundle
from tests.exchanging import AUTOMATIC, ExchangeBank
from tests.histories import award_of, write_history

pytestmark = pytest.mark.traced

WHOLE = Scope(kind=ScopeKind.WHOLE)
SCORE = make_disclosure("score", "87.5", salt="A" * 22)


def of_award(award: str) -> Scope:
    """Return the scope of one award."""
    return Scope(kind=ScopeKind.AWARD, id=award)


def run_of(first: int, last: int) -> Scope:
    """Return the scope of a range."""
    return Scope(kind=ScopeKind.RANGE, first=first, last=last)


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    """Write a history with singles, batches, corrections and a stolen key."""
    folder = tmp_path_factory.mktemp("bundles")
    with Bank(f"sqlite:///{folder / 'ledger.db'}") as opened:
        write_history(opened)
        yield opened


def test_a_whole_ledger_passes_the_whole_audit(bank: Bank, tmp_path: Path) -> None:
    """A bundle of it is a source like any other."""
    path = tmp_path / "whole.bundle"
    path.write_bytes(export(bank, WHOLE))

    report = verify(BundleSource(Bundle(path)), ledger=bank.ledger)

    assert report.findings == ()
    assert report == bank.audit()


def test_a_bundle_is_made_of_a_bundle(bank: Bank, tmp_path: Path) -> None:
    """The same bytes come out: a source that keeps one note serves as well."""
    raw = export(bank, WHOLE)
    path = tmp_path / "whole.bundle"
    path.write_bytes(raw)
    source = BundleSource(Bundle(path))

    again = b"".join(make_bundle(source, ledger=bank.ledger, scope=WHOLE))
    part = b"".join(make_bundle(source, ledger=bank.ledger, scope=run_of(1, 3)))

    assert again == raw
    assert part == export(bank, run_of(1, 3))


def test_an_award_comes_with_its_keys_and_what_became_of_it(
    bank: Bank, tmp_path: Path
) -> None:
    """Of a batch of eight only its header and the line, and the later revocation."""
    report = check(
        tmp_path, export(bank, of_award(award_of("a-2"))), ledger=bank.ledger
    )

    assert report.findings == ()
    told = [(one.position, one.type) for one in report.story]
    assert told == [
        (0, "member.admitted.v1"),
        (1, "member.admitted.v1"),
        (2, "achievement.published.v1"),
        (11, "credit.awarded.v1"),
        (31, "credit.revoked.v1"),
        (33, "key.added.v1"),
        (34, "key.revoked.v1"),
    ]
    assert (report.entries, report.checkpoint_size) == (8, 35)
    assert report.in_doubt == (8, 11, 31, 33)


def test_a_learner_comes_with_everything(bank: Bank, tmp_path: Path) -> None:
    """All awards are this learner's."""
    scope = Scope(kind=ScopeKind.LEARNER, id=LEARNER)

    report = check(tmp_path, export(bank, scope), ledger=bank.ledger)

    assert report.findings == ()
    assert sum(one.type == "credit.awarded.v1" for one in report.story) == 24


@pytest.mark.parametrize(
    ("asked", "held", "entries"),
    [((9, 20), "8 to 29", 26), ((0, 5), "0 to 5", 8), ((34, 34), "34 to 34", 4)],
    ids=["cut-batches", "begin", "end"],
)
def test_a_range_is_one_piece_and_whole_batches(
    bank: Bank, tmp_path: Path, asked: tuple[int, int], held: str, entries: int
) -> None:
    """It is widened to them, and the keys come along."""
    report = check(tmp_path, export(bank, run_of(*asked)), ledger=bank.ledger)

    assert report.findings == ()
    assert (report.scope, report.entries) == (f"range {held}", entries)


def test_what_an_exchange_made_comes_with_its_sources(tmp_path: Path) -> None:
    """The case, its rule, the award behind it; signed by the bank's service key."""
    with ExchangeBank(f"sqlite:///{tmp_path / 'ledger.db'}") as bank:
        earned = bank.earn("1")
        body = bank.application(earned, rule=AUTOMATIC)
        bank.request(body, shown=[earned.shown])
        made = bank.exchange(body["exchange_id"]).created[0]

        report = check(tmp_path, export(bank, of_award(made)), ledger=bank.ledger)

        assert report.findings == ()
        types = [one.type for one in report.story]
        assert {"rule.proposed.v1", "credit.awarded.v1"} <= set(types)
        assert types[-2:] == ["exchange.requested.v1", "exchange.accepted.v1"]


def test_a_successor_is_told_of(tmp_path: Path) -> None:
    """It was admitted by an entry that the part needs, though it signed nothing."""
    with Bank(f"sqlite:///{tmp_path / 'ledger.db'}") as bank:
        bank.submit(bank.receive(bank.sign(bank.award("s")))).result()
        bank.admit("merged-college", kind="school")
        body = {"predecessor": SCHOOL, "successor": "merged-college"}
        body |= {"reason_code": "merged"}
        bank.post("operator", "member.succeeded.v1", body=body)

        report = check(
            tmp_path, export(bank, of_award(award_of("s"))), ledger=bank.ledger
        )

        assert report.findings == ()
        assert [one.type for one in report.story][-2:] == [
            "member.admitted.v1",
            "member.succeeded.v1",
        ]


def test_a_level_brings_its_framework_along(tmp_path: Path) -> None:
    """An award for an achievement of some level names it by way of that."""
    framework = {"code": "nqf", "version": 1, "title": "资历框架"}
    framework |= {"levels": [{"code": "5", "rank": 5, "name": "五级"}]}
    with Bank(f"sqlite:///{tmp_path / 'ledger.db'}") as bank:
        bank.post("operator", "framework.published.v1", body=framework)
        level = {"framework": "nqf", "code": "5"}
        course = achievement(code="WELD-5", level=level)
        bank.post(SCHOOL, "achievement.published.v1", body=course)
        raw = bank.sign(bank.award("l", achievement=f"{SCHOOL}/WELD-5@1", level=level))
        bank.submit(bank.receive(raw)).result()

        report = check(
            tmp_path, export(bank, of_award(award_of("l"))), ledger=bank.ledger
        )

        assert report.findings == ()
        assert "framework.published.v1" in [one.type for one in report.story]


def test_a_learner_shows_what_they_want_shown(tmp_path: Path) -> None:
    """A disclosure stands beside its entry, and only where its digest does."""
    with Bank(f"sqlite:///{tmp_path / 'ledger.db'}") as bank:
        statement = bank.award("s", _sd=[SCORE.digest])
        raw = bank.sign(statement, disclosures=[SCORE])
        bank.submit(bank.receive(raw)).result()
        scope = of_award(award_of("s"))

        shown = export(bank, scope, shown=(SCORE.encoded,))
        with pytest.raises(UnknownDisclosureError):
            export(bank, Scope(kind=ScopeKind.RANGE, first=0, last=1), shown=("x",))

        batch = bank.batch_bytes(SCHOOL, [bank.award("t", _sd=[SCORE.digest])])
        bank.submit(bank.receive_batch(batch)).result()
        line = export(bank, of_award(award_of("t")), shown=(SCORE.encoded,))
        assert read_lines(line)[-1]["disclosures"] == [SCORE.encoded]
        lines = read_lines(shown)
        assert lines[-1]["disclosures"] == [SCORE.encoded]
        assert check(tmp_path, shown, ledger=bank.ledger).passed
        assert b"disclosures" not in export(bank, scope)
        other = make_disclosure("score", "99", salt="A" * 22)
        lines[-1]["disclosures"] = [other.encoded]
        forged = verify_part(write_bundle(tmp_path, lines), ledger=bank.ledger)
        assert [one.code for one in forged.findings] == ["not-disclosed-here"]


def test_the_same_export_has_the_same_bytes(bank: Bank, tmp_path: Path) -> None:
    """A bundle can be compared by its hash."""
    first = export(bank, of_award(award_of("a-1")))

    assert export(bank, of_award(award_of("a-1"))) == first
    assert check(tmp_path, first, ledger=bank.ledger).passed


@pytest.mark.parametrize(
    "scope",
    [of_award("award_none"), run_of(0, 35), run_of(5, 4)],
    ids=["no-award", "beyond", "backwards"],
)
def test_what_is_not_there_is_not_exported(bank: Bank, scope: Scope) -> None:
    """An empty bundle would look like a proof of something."""
    with pytest.raises(NothingToExportError):
        export(bank, scope)


def test_another_ledger_is_not_exported(bank: Bank) -> None:
    """The name decides, for the maker as for the reader."""
    source = DatabaseSource(bank.url)

    with pytest.raises(WrongLedgerError):
        next(make_bundle(source, ledger=bank.ledger[:-1] + "_", scope=WHOLE))
    source.close()


@dataclass
class Noteless:
    """A source with entries and a checkpoint that is none."""

    raw: list[bytes]
    note: str | None
    states: tuple[bytes, ...] = ()

    def entries(self) -> Iterator[SourceEntry]:
        """Return the entries."""
        return (SourceEntry(raw=one) for one in self.raw)

    def heads(self) -> Iterator[StoredHead]:
        """Return heads that cannot be read."""
        for state in self.states:
            yield StoredHead(version=1, number=-1, topic="", state=state)

    def checkpoint(self) -> str | None:
        """Return the note."""
        return self.note


@pytest.mark.parametrize(
    ("note", "states"),
    [(None, ()), ("x", ()), ("x\ny", ()), (None, (b"{}",))],
    ids=["none", "short", "no-size", "head"],
)
def test_without_a_checkpoint_nothing_is_exported(
    bank: Bank, note: str | None, states: tuple[bytes, ...]
) -> None:
    """Entries alone prove nothing."""
    source = Noteless(list(bank.raw_entries()), note, states)

    with pytest.raises(NothingToExportError):
        next(make_bundle(source, ledger=bank.ledger, scope=WHOLE))


def test_entries_that_cannot_be_read_are_exported_as_they_are(
    bank: Bank, tmp_path: Path
) -> None:
    """The maker judges nothing: whoever verifies finds it, at its place."""
    raw = list(bank.raw_entries())
    raw[1] = b"nothing"
    head = bank.store.read_head()
    assert head is not None

    source = Noteless(raw, head.note)
    made = make_bundle(source, ledger=bank.ledger, scope=run_of(1, 6))
    report = check(tmp_path, b"".join(made), ledger=bank.ledger)

    found = places(report.findings)
    assert {("malformed-entry", 1), ("run-not-included", 1)} <= found
    assert ("unknown-key", 2) in found


def test_other_files_are_no_bundles(tmp_path: Path) -> None:
    """They are told from bundles by how they begin."""
    path = tmp_path / "file"
    path.write_text("{}")

    with pytest.raises(NotABundleError):
        Bundle(path)
