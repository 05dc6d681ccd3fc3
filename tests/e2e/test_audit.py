"""An auditor finds, and locates, whatever was done to the stored history."""

import os
import random
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.audit.database import DatabaseSource
from ledger.audit.errors import NotALedgerError
from ledger.audit.findings import AuditReport
from ledger.audit.verify import WrongLedgerError, read_name, verify
from ledger.integrity.keys import KeyUse, SigningKey
from tests.bank import LEARNER, OPERATOR, SCHOOL, Bank
from tests.histories import write_history

# The campaign (``tests/tampering``) flips bits in every column, too, and does each harm
# three times; here it is done in the file itself. ``make soak`` does ten thousand.
FLIPS = int(os.environ.get("SKILLBANK_FLIPS", "40"))
COLUMNS = ("originator_id", "originator_version", "topic", "state", "notification_id")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Write a history with singles, batches, corrections and a stolen key."""
    folder = tmp_path_factory.mktemp("audit")
    with Bank(f"sqlite:///{folder / 'ledger.db'}") as bank:
        write_history(bank)
        ledger = bank.ledger
    return folder / "ledger.db", ledger


@pytest.fixture
def copy(written: tuple[Path, str], tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """Copy the ledger, to be tampered with."""
    shutil.copy(written[0], tmp_path / "ledger.db")
    connection = sqlite3.connect(tmp_path / "ledger.db")
    yield connection
    connection.close()


def audit(path: Path, ledger: str) -> AuditReport:
    """Audit a database file."""
    source = DatabaseSource(f"sqlite:///{path}")
    try:
        return verify(source, ledger=ledger)
    finally:
        source.close()


def positions(report: AuditReport) -> list[int]:
    """Return where the findings are."""
    return [finding.position for finding in report.findings]


def test_an_honest_history_passes(written: tuple[Path, str]) -> None:
    """Everything is counted, every member's balance is zero."""
    report = audit(*written)

    assert report.passed, report.findings
    assert report.checkpoint_size == report.entries
    assert set(report.trial_balance.values()) == {0}
    assert report.awards == 24
    assert report.signatures < report.entries


def test_another_ledgers_name_is_refused(written: tuple[Path, str]) -> None:
    """Nothing but the pinned name is trusted."""
    with pytest.raises(WrongLedgerError) as wrong:
        audit(written[0], written[1][:-1] + "_")

    assert wrong.value.found == written[1]


def test_a_source_tells_its_own_name_unverified(written: tuple[Path, str]) -> None:
    """For the person who has none yet."""
    source = DatabaseSource(f"sqlite:///{written[0]}")

    assert read_name(source) == written[1]
    source.close()


def test_something_else_is_not_a_ledger(tmp_path: Path) -> None:
    """Neither a text file nor another database is."""
    (tmp_path / "text").write_text("a registrar's list" * 100)
    sqlite3.connect(tmp_path / "other.db").execute("CREATE TABLE marks (mark)")

    for name in ("text", "other.db", "absent.db"):
        with pytest.raises(NotALedgerError):
            DatabaseSource(f"sqlite:///{tmp_path / name}")


def flip(value: object, bit: int) -> object:
    """Return a column's value with one bit flipped."""
    if isinstance(value, int):
        return value ^ (1 << (bit % 16))
    raw = bytearray(value if isinstance(value, bytes) else str(value).encode())
    raw[bit // 8 % len(raw)] ^= 1 << (bit % 8)
    return bytes(raw) if isinstance(value, bytes) else raw.decode("latin-1")


def harm(path: Path, seed: int) -> tuple[int, str]:
    """Flip one bit of one row; return the row's number and the column."""
    chance = random.Random(seed)  # noqa: S311  # a test that can be run again
    connection = sqlite3.connect(path)
    columns = ", ".join(COLUMNS)
    rows = connection.execute(f"SELECT {columns} FROM stored_events").fetchall()  # noqa: S608  # constants
    while True:
        row = chance.choice(sorted(rows))
        place = chance.choices(range(5), weights=(1, 1, 1, 12, 1))[0]
        changed = flip(row[place], chance.randrange(8 * 4096))
        sql = f"UPDATE stored_events SET {COLUMNS[place]} = ? WHERE notification_id = ?"  # noqa: S608  # constants
        try:
            connection.execute(sql, (changed, row[4]))
        except sqlite3.IntegrityError:
            continue  # Two rows of one number cannot be stored at all.
        connection.commit()
        connection.close()
        return row[4], COLUMNS[place]


def group_of(path: Path, number: int) -> tuple[int, int]:
    """Return first position and size of the group that a row belongs to."""
    connection = sqlite3.connect(path)
    groups = connection.execute("SELECT first_position, size, version FROM log_groups")
    found = next(
        (first, size)
        for first, size, version in groups
        if (first < number <= size if number > 0 else version == -number)
    )
    connection.close()
    return found


@pytest.mark.parametrize("seed", range(FLIPS))
def test_any_flipped_bit_of_any_row_is_found_and_located(
    written: tuple[Path, str], tmp_path: Path, seed: int
) -> None:
    """In an entry, or in the head of its group; the first finding is that group's."""
    path = tmp_path / "ledger.db"
    shutil.copy(written[0], path)
    number, _column = harm(path, seed)
    first, size = group_of(path, number)

    try:
        report = audit(path, written[1])
    except WrongLedgerError:
        # The entry that makes the name is not the one that was pinned.
        assert first == 0
        return

    assert not report.passed
    earliest = report.findings[0]
    assert earliest.position <= size, (number, _column, report.findings)
    assert (earliest.last or earliest.position) >= first, (number, report.findings)


def test_a_dropped_entry_is_found(
    copy: sqlite3.Connection, written: tuple[Path, str], tmp_path: Path
) -> None:
    """Positions have no gaps."""
    copy.execute("DELETE FROM stored_events WHERE notification_id = 8")
    copy.commit()

    assert positions(audit(tmp_path / "ledger.db", written[1]))[0] == 7


@pytest.mark.traced
def test_swapped_entries_are_found(
    copy: sqlite3.Connection, written: tuple[Path, str], tmp_path: Path
) -> None:
    """Each says the position it stands at."""
    for old, new in ((8, 1000), (9, 8), (1000, 9)):
        copy.execute(
            "UPDATE stored_events SET notification_id = ? WHERE notification_id = ?",
            (new, old),
        )
    copy.commit()

    assert {7, 8} <= set(positions(audit(tmp_path / "ledger.db", written[1])))


def test_a_truncated_tail_is_found(
    copy: sqlite3.Connection, written: tuple[Path, str], tmp_path: Path
) -> None:
    """The last checkpoint covers more than there is."""
    size = copy.execute("SELECT MAX(notification_id) FROM stored_events").fetchone()[0]
    copy.execute("DELETE FROM stored_events WHERE notification_id = ?", (size,))
    copy.commit()

    report = audit(tmp_path / "ledger.db", written[1])

    assert "entries-missing" in {finding.code for finding in report.findings}


def test_a_tail_without_its_checkpoint_is_found(
    copy: sqlite3.Connection, written: tuple[Path, str], tmp_path: Path
) -> None:
    """Entries that nothing covers prove nothing."""
    copy.execute(
        "DELETE FROM stored_events WHERE notification_id ="
        " (SELECT MIN(notification_id) FROM stored_events)"
    )
    copy.commit()

    report = audit(tmp_path / "ledger.db", written[1])

    assert "entries-not-covered" in {finding.code for finding in report.findings}


def test_an_entry_spliced_in_from_another_ledger_is_found(
    copy: sqlite3.Connection, written: tuple[Path, str], tmp_path: Path
) -> None:
    """Its signature is good, but it was made for another ledger."""
    with Bank(f"sqlite:///{tmp_path / 'other.db'}") as other:
        other.submit(other.receive(other.sign(other.award("1")))).result()
        theirs = list(other.raw_entries())[4]
    copy.execute(
        "UPDATE stored_events SET state = ? WHERE notification_id = 5", (theirs,)
    )
    copy.commit()

    report = audit(tmp_path / "ledger.db", written[1])

    assert 4 in positions(report)
    assert any("unknown-key" in str(finding) for finding in report.findings)


def test_what_the_rules_forbid_is_found_although_all_is_signed(tmp_path: Path) -> None:
    """The operator lets a forbidden statement in and signs the tree over it."""
    path = tmp_path / "ledger.db"
    with (
        Bank(f"sqlite:///{path}") as bank,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr("ledger.sequencer.group.rules.decide", lambda _act, _state: None)
        bank.submit(bank.receive(bank.sign(bank.award("1", credits="9")))).result()
        ledger = bank.ledger

    report = audit(path, ledger)

    (finding,) = report.findings
    assert (finding.position, finding.code) == (4, "not-allowed")
    assert "credits-above-achievement" in finding.detail


def test_a_statement_signed_by_the_operator_in_a_schools_name_is_found(
    tmp_path: Path,
) -> None:
    """The server accepts a key that the school never had."""
    path = tmp_path / "ledger.db"
    with (
        Bank(f"sqlite:///{path}") as bank,
        pytest.MonkeyPatch.context() as patch,
    ):
        forged = SigningKey.generate(SCHOOL, KeyUse.MEMBER)
        patch.setattr(bank, "find_key", lambda _kid: forged.public)
        patch.setattr("ledger.sequencer.group.rules.decide", lambda _act, _state: None)
        bank.submit(bank.receive(bank.sign(bank.award("1"), key=forged))).result()
        ledger = bank.ledger

    report = audit(path, ledger)

    assert {(4, "unknown-key")} <= {
        (finding.position, finding.code) for finding in report.findings
    }


@pytest.mark.traced
def test_entries_under_a_recovery_key_are_named(tmp_path: Path) -> None:
    """Whoever reads the report sees what the operator's key made possible."""
    with Bank(f"sqlite:///{tmp_path / 'ledger.db'}") as bank:
        old = bank.keys[SCHOOL]
        revoked = {"member_id": SCHOOL, "kid": old.kid, "reason_code": "lost"}
        bank.post(OPERATOR, "key.revoked.v1", body=revoked)
        bank.recover(SCHOOL)
        bank.clock.step(7 * 24 * 3600)
        bank.post(
            SCHOOL, "account.claimed.v1", body={"learner_id": LEARNER}, **MANDATED
        )

        report = bank.check_log()

        assert report.recovery_positions == (6,)


MANDATED = {
    "mandate": {
        "by": "learner",
        "method": "paper",
        "proof": "o" * 43,
        "notice_version": "2026-1",
        "at": "2026-09-01T08:00:00.000Z",
    }
}
