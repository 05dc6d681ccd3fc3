"""A log's folder is audited like a bank, and compared with one, by command."""

import shutil
from pathlib import Path

import orjson
import pytest

from ledger.audit.database import DatabaseSource
from ledger.audit.tiles import TilesSource
from ledger.audit.verify import verify
from ledger.publishing.folder import LogFolder
from ledger.publishing.rebuilding import rebuild_log
from tests.bank import Bank
from tests.e2e.cli_machine import Ran, run_command
from tests.histories import write_history

pytestmark = pytest.mark.traced


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Write a history of every kind, and its log as files; nothing may change them."""
    folder = tmp_path_factory.mktemp("written")
    with Bank(f"sqlite:///{folder / 'ledger.db'}") as bank:
        write_history(bank)
        head = bank.store.read_head()
        assert head is not None
        place = LogFolder(folder / "log")
        rebuild_log(place, bank.store.log, head=head, with_entries=True)
        return folder, bank.ledger


@pytest.fixture
def bank(written: tuple[Path, str], tmp_path: Path) -> Path:
    """Return the folder of a stopped bank, that may be changed."""
    return Path(shutil.copytree(written[0], tmp_path / "bank"))


def audit(folder: Path, ledger: str) -> Ran:
    """Audit by command."""
    return run_command("audit", "verify", folder, "--ledger", ledger, "--json")


def tiles(command: str, bank: Path, *arguments: str | Path) -> Ran:
    """Run a command of the log's files."""
    return run_command("tiles", command, "--data", bank, *arguments)


def test_a_folder_says_the_same_as_the_database(written: tuple[Path, str]) -> None:
    """Every figure of the report; the folder knows the newest checkpoint only."""
    folder, ledger = written
    database = DatabaseSource(f"sqlite:///{folder / 'ledger.db'}")

    report = verify(TilesSource(folder / "log"), ledger=ledger)

    assert report == verify(database, ledger=ledger)
    database.close()
    assert report.passed


def test_a_fault_of_the_folder_is_reported_with_those_of_history(
    bank: Path, written: tuple[Path, str]
) -> None:
    """1, and each with its place; a name pins the ledger here as elsewhere."""
    log, ledger = bank / "log", written[1]
    assert audit(log, ledger).code == 0
    bundle = next((log / "tile/entries").rglob("[0-9]*[0-9]"))
    bundle = bundle if bundle.is_file() else next(bundle.iterdir())
    raw = bundle.read_bytes()
    at = raw.index(b'"position":7')
    bundle.write_bytes(raw[: at + 11] + b"6" + raw[at + 12 :])

    ran = audit(log, ledger)

    assert ran.code == 1
    found = {
        (one["code"], one["position"]) for one in orjson.loads(ran.out)["findings"]
    }
    assert ("tile-differs", 7) in found
    assert {position for code, position in found if code != "root-mismatch"} == {7}
    assert audit(log, ledger[:-2] + "AA").code == 1


def test_exit_codes_tell_a_mistyped_path_from_a_fault(
    bank: Path, written: tuple[Path, str]
) -> None:
    """3 no ledger, 4 nothing to check or no name, 1 a proven fault."""
    log, ledger = bank / "log", written[1]

    assert audit(bank / "logs", ledger).code == 3
    assert audit(bank / "keys", ledger).code == 3
    nameless = run_command("audit", "verify", log)
    assert (nameless.code, nameless.out) == (4, f"{ledger}\n")
    shutil.move(log / "tile/entries", bank / "entries")
    unaudited = audit(log, ledger)
    assert unaudited.code == 4
    assert "tiles rebuild DIR --entries" in unaudited.err
    shutil.move(bank / "entries", log / "tile/entries")
    (log / "checkpoint").unlink()
    assert audit(log, ledger).code == 1


def test_files_are_written_again_and_compared_by_command(
    bank: Path, tmp_path: Path
) -> None:
    """Into another folder, where they are the same byte for byte."""
    assert tiles("check", bank).code == 0
    other = tmp_path / "other"

    wrote = tiles("rebuild", bank, other, "--entries", "--json")

    assert orjson.loads(wrote.out)["entries"] is True
    assert tiles("check", bank, other).code == 0
    one, two = (
        {p.relative_to(at): p.read_bytes() for p in at.rglob("*") if p.is_file()}
        for at in (bank / "log", other)
    )
    assert one == two
    shutil.rmtree(other / "tile/0")
    assert tiles("check", bank, other).code == 1
    assert tiles("rebuild", bank, other).code == 0
    assert tiles("check", bank, other).code == 0


def test_the_banks_own_folder_is_where_its_variable_says(
    bank: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise beside its database."""
    shutil.move(bank / "log", tmp_path / "elsewhere")
    assert tiles("check", bank).code == 3

    monkeypatch.setenv("SKILLBANK_LOG_DIR", str(tmp_path / "elsewhere"))

    assert tiles("check", bank).code == 0


def test_each_file_at_fault_is_named_and_stays(bank: Path) -> None:
    """1 for what differs, 3 for what is no log's folder or no bank."""
    file = next((bank / "log/tile/0").rglob("[0-9]*"))
    file = file if file.is_file() else next(file.iterdir())
    kept = file.read_bytes()
    file.write_bytes(kept[:-1])
    name = file.relative_to(bank / "log").as_posix()

    checked = tiles("check", bank)
    listed = orjson.loads(tiles("check", bank, "--json").out)
    rebuilt = tiles("rebuild", bank)

    assert checked.code == 1
    assert checked.out.startswith(f"differs: {name} (positions 0-")
    assert listed["verdict"] == "fault"
    assert [(one["name"], one["position"]) for one in listed["differences"]] == [
        (name, 0)
    ]
    assert rebuilt.code == 1
    assert name in rebuilt.err
    assert file.read_bytes() == kept[:-1]
    assert tiles("check", bank, bank / "none").code == 3
    assert tiles("check", bank / "none").code == 3
