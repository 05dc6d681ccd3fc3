"""An auditor who keeps a checkpoint finds a history that was signed anew."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner, Result

from api.cli.audit import app
from ledger.audit.database import DatabaseSource
from ledger.audit.findings import AuditReport
from ledger.audit.memory import NOTES_MAX, Memory
from ledger.audit.verify import verify
from ledger.integrity.checkpoints import Checkpoint, sign_checkpoint
from tests.bank import ORIGIN, Bank

pytestmark = pytest.mark.traced


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[Bank]:
    """Run a bank."""
    with Bank(f"sqlite:///{tmp_path / 'ledger.db'}") as opened:
        yield opened


def audit(bank: Bank, *notes: str, url: str | None = None) -> AuditReport:
    """Audit a bank's database, holding it to what is remembered."""
    source = DatabaseSource(url or bank.url)
    try:
        return verify(source, ledger=bank.ledger, remembered=notes)
    finally:
        source.close()


def test_a_ledger_that_has_grown_contains_what_is_remembered(bank: Bank) -> None:
    """Each checkpoint of an earlier day, in any order."""
    first = audit(bank)
    bank.admit("college", kind="school")
    second = audit(bank, first.note)

    assert audit(bank, second.note, first.note).findings == ()
    assert first.note.startswith(f"{ORIGIN}\n{first.entries}\n")
    assert second.entries > first.entries


def test_a_history_signed_anew_is_found_with_its_place(
    bank: Bank, tmp_path: Path
) -> None:
    """It passes by itself, but does not contain what was seen; nor does a shorter."""
    early = audit(bank)
    copy_ledger(tmp_path)
    bank.admit("college", kind="school")
    late = audit(bank)
    other = f"sqlite:///{tmp_path / 'other.db'}"

    shorter = audit(bank, early.note, late.note, url=other)
    (cut,) = shorter.findings
    assert (cut.code, cut.position, cut.last) == (
        "remembered-larger",
        early.entries,
        late.entries - 1,
    )

    resigned = rewritten(bank, late)
    (found,) = audit(bank, early.note, resigned).findings
    assert (found.code, found.position, found.last) == (
        "remembered-differs",
        early.entries,
        late.entries - 1,
    )


def copy_ledger(folder: Path) -> None:
    """Copy a database with what is still in its log."""
    with (
        closing(sqlite3.connect(folder / "ledger.db")) as source,
        closing(sqlite3.connect(folder / "other.db")) as copy,
    ):
        source.backup(copy)


def rewritten(bank: Bank, report: AuditReport) -> str:
    """Return the operator's own signature over another tree of the same size."""
    other = Checkpoint(origin=ORIGIN, size=report.entries, root=bytes(32))
    return sign_checkpoint(other, bank.checkpoint)


def test_a_remembered_note_that_the_operator_never_signed_is_told_apart(
    bank: Bank,
) -> None:
    """The auditor's own file may have been changed."""
    note = audit(bank).note
    forged = note.replace(ORIGIN, "bank.example/other")

    assert [one.code for one in audit(bank, forged).findings] == [
        "remembered-signature"
    ]


def test_the_command_keeps_a_file_and_refuses_any_other(
    bank: Bank, tmp_path: Path
) -> None:
    """A wrong file never looks like a forgery, nor does it get overwritten."""
    file = tmp_path / "seen.json"
    words = ["verify", str(tmp_path), "--ledger", bank.ledger, "--remember"]
    run = CliRunner().invoke

    assert run(app, [*words, str(file)]).exit_code == 0
    assert len(Memory.model_validate_json(file.read_bytes()).notes) == 1
    assert run(app, [*words, str(file)]).exit_code == 0
    assert len(Memory.model_validate_json(file.read_bytes()).notes) == 1
    lied = Memory(ledger=bank.ledger, notes=(rewritten(bank, audit(bank)),))
    file.write_text(lied.model_dump_json())
    assert run(app, [*words, str(file)]).exit_code == 1
    assert file.read_text() == lied.model_dump_json()
    other = Memory(ledger="bank.example#other").model_dump_json()
    unlike = Memory(ledger=bank.ledger, notes=("x",)).model_dump_json()
    for text in ("marks", other, unlike, " " * (8 * 1024 * 1024 + 1)):
        file.write_text(text)
        assert run(app, [*words, str(file)]).exit_code == 3
        assert file.read_text() == text
    assert run(app, [*words, str(tmp_path)]).exit_code == 3


def test_a_memory_forgets_its_oldest_note_first() -> None:
    """So that it stays bounded."""
    full = Memory(ledger="l", notes=tuple(map(str, range(NOTES_MAX))))

    assert full.with_note("new").notes[0] == "1"
    assert full.with_note("5") is full


def test_a_place_that_cannot_be_written_is_told_before_the_audit(
    bank: Bank, tmp_path: Path
) -> None:
    """Not after hours; what lies there stays, and nothing else is left there."""
    folder = tmp_path / "kept"
    folder.mkdir()
    (folder / "barred.json.part").mkdir()
    for file in (tmp_path / "missing/seen.json", folder, folder / "barred.json"):
        # The audit itself would end with 1, since this is another ledger's name.
        result = audit_remembering(bank, file, ledger=f"{bank.ledger[:-43]}{'A' * 43}")

        assert result.exit_code == 3
        assert orjson.loads(result.stdout)["error"] in {"memory-place", "not-a-memory"}
        assert result.stderr.startswith("error: the file named with --remember")

    (folder / "seen.json.part").write_text("half of it")
    for name in ("seen.json", "new.json"):
        assert audit_remembering(bank, folder / name).exit_code == 0
    names = sorted(one.name for one in folder.iterdir())
    assert names == ["barred.json.part", "new.json", "seen.json"]


def audit_remembering(bank: Bank, file: Path, *, ledger: str | None = None) -> Result:
    """Run the command with a file to remember in."""
    name = ledger or bank.ledger
    words = ["verify", bank.url, "--ledger", name, "--json", "--remember"]
    return CliRunner().invoke(app, [*words, str(file)])
