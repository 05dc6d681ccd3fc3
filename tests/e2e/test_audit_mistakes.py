"""A mistyped source never looks like a forgery, nor the other way round."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import orjson
import pytest
from typer.testing import CliRunner

from api.cli.audit import app
from tests.bank import Bank
from tests.e2e.cli_machine import run_command

pytestmark = pytest.mark.traced

SOURCES: Final = {
    "missing": (3, "not-a-ledger"),
    "empty-folder": (3, "not-a-ledger"),
    "random": (3, "not-a-ledger"),
    "text": (3, "not-a-ledger"),
    "nothing": (3, "not-a-ledger"),
    "other.db": (3, "not-a-ledger"),
    "words://of/something": (3, "not-a-ledger"),
    "sqlite:////no/such/ledger.db": (3, "not-a-ledger"),
    "sqlite:////etc/passwd": (3, "not-a-ledger"),
    "sqlite:////etc/passwd/ledger.db": (3, "not-a-ledger"),
    "sqlite:////etc": (3, "not-a-ledger"),
    "http://127.0.0.1:1": (4, "unreachable"),
    "postgresql://nobody@127.0.0.1:1/none": (4, "unreachable"),
    "cut.db": (1, "unreadable"),
    "spoilt.db": (1, "unreadable"),
    "robbed.db": (1, "unreadable"),
    "emptied.db": (1, "another-ledger"),
    "spoilt.bundle": (1, "unreadable"),
    "shortened.bundle": (1, "unreadable"),
}
"""Of each: the exit code, and what is said to be wrong."""
_NOBODY: Final = 65_534


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Lay a ledger beside what may be taken for one."""
    folder = tmp_path_factory.mktemp("sources")
    with Bank(f"sqlite:///{folder / 'ledger.db'}") as bank:
        ledger = bank.ledger
    (folder / "empty-folder").mkdir()
    (folder / "random").write_bytes(bytes(range(256)) * 40)
    (folder / "text").write_text("a registrar's list\n" * 100)
    (folder / "nothing").touch()
    with closing(sqlite3.connect(folder / "other.db")) as other:
        other.execute("CREATE TABLE marks (mark)")
    shutil.copy(folder / "ledger.db", folder / "cut.db")
    with (folder / "cut.db").open("r+b") as file:
        file.truncate((folder / "ledger.db").stat().st_size // 2)
    _harm(folder, ledger)
    return folder, ledger


def _harm(folder: Path, ledger: str) -> None:
    """Lay there what somebody who damages a ledger leaves of it."""
    whole = folder / "ledger.db"
    shutil.copy(whole, folder / "spoilt.db")
    with (folder / "spoilt.db").open("r+b") as file:
        file.write(b"none")
    for name, sql in (
        ("robbed.db", "DROP TABLE stored_events"),
        ("emptied.db", "DELETE FROM stored_events"),
    ):
        shutil.copy(whole, folder / name)
        with closing(sqlite3.connect(folder / name)) as harmed, harmed:
            harmed.execute(sql)
    words = ("audit", "export", whole, "--ledger", ledger)
    run_command(*words, "--out", folder / "whole.bundle")
    bundle = (folder / "whole.bundle").read_bytes()
    (folder / "spoilt.bundle").write_bytes(b" " + bundle)
    (folder / "shortened.bundle").write_bytes(bundle[bundle.index(b"\n") :])


def verify(source: str, ledger: str) -> tuple[int, dict[str, object]]:
    """Return exit code and answer of the command."""
    words = ["verify", source, "--ledger", ledger, "--json"]
    result = CliRunner().invoke(app, words)
    return result.exit_code, orjson.loads(result.stdout)


@pytest.mark.parametrize("name", SOURCES)
def test_each_mistake_has_its_own_exit_code(
    folder: tuple[Path, str], name: str
) -> None:
    """With a code that says which it is."""
    source = name if "://" in name else str(folder[0] / name)

    exit_code, answer = verify(source, folder[1])

    assert (exit_code, answer["error"]) == SOURCES[name]


def test_a_name_that_is_none_and_another_ledgers_name_differ(
    folder: tuple[Path, str],
) -> None:
    """The first is a slip of the pen; the second may be a forgery."""
    source, ledger = str(folder[0]), folder[1]

    assert verify(source, ledger)[0] == 0
    assert verify(source, "no name")[0] == 2
    other = "E" if ledger.endswith("A") else "A"
    exit_code, answer = verify(source, ledger[:-1] + other)
    assert (exit_code, answer["error"]) == (1, "another-ledger")


def test_what_may_not_be_read_is_no_fault(
    folder: tuple[Path, str], tmp_path: Path
) -> None:
    """Whoever lacks a permission has proven nothing, and is told which."""
    verify(str(folder[0]), folder[1])  # What that loads, nobody else may read either.
    for name in ("ledger.db", "whole.bundle"):
        hidden = tmp_path / name
        shutil.copy(folder[0] / name, hidden)
        hidden.chmod(0)

        with _as_nobody():
            exit_code, answer = verify(str(hidden), folder[1])

        assert (exit_code, answer["error"]) == (4, "unreachable")
        assert str(tmp_path) in str(answer["detail"])


def test_neither_is_a_file_that_is_named_as_a_database(
    folder: tuple[Path, str],
) -> None:
    """Its driver says of it what it says of a file that is not there."""
    with TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        hidden = Path(name) / "ledger.db"
        shutil.copy(folder[0] / "ledger.db", hidden)
        hidden.chmod(0)

        with _as_nobody():
            exit_code, answer = verify(f"sqlite:///{hidden}", folder[1])

    assert (exit_code, answer["error"]) == (4, "unreachable")
    assert str(hidden) in str(answer["detail"])


def test_a_file_of_a_log_that_may_not_be_read_is_no_fault(
    folder: tuple[Path, str],
) -> None:
    """Nor is one of many, wherever it lies."""
    with TemporaryDirectory() as name:
        log = Path(name)
        log.chmod(0o755)
        (log / "tile").mkdir()
        (log / "checkpoint").touch(0)

        with _as_nobody():
            exit_code, answer = verify(name, folder[1])

    assert (exit_code, answer["error"]) == (4, "unreachable")
    assert "checkpoint" in str(answer["detail"])


@contextmanager
def _as_nobody() -> Iterator[None]:
    """Be somebody whom no file belongs to, if we may."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(_NOBODY)
    try:
        yield
    finally:
        os.seteuid(before)
