"""Mistakes at the vault: nothing is made, erased or shown, and the text says why."""

from pathlib import Path

import pytest

from tests.unit.cli.conftest import Run

FOUND = (
    *("init", "--origin", "bank.example/x", "--operator", "operator"),
    *("--name", "运营机构"),
)
LEARNER = "learner_" + "0" * 31 + "1"
AWAY = "postgresql://nobody@127.0.0.1:1/vault"
VAULT = ("vault", "show", LEARNER)
SERVE = ("serve", "--socket", "never-made")
RETAIN = ("--class", "transcript", "--basis", "档案管理办法")


@pytest.fixture
def bank(tmp_path: Path, run: Run) -> Path:
    """Found a bank; returns its folder."""
    assert run(*FOUND, "--data", tmp_path / "bank").code == 0
    return tmp_path / "bank"


@pytest.mark.parametrize(
    "words", [("find", "name"), ("show", LEARNER), ("erase", LEARNER, "--yes")]
)
def test_where_there_is_no_vault_none_is_made(
    tmp_path: Path, run: Run, words: tuple[str, ...]
) -> None:
    """The text asks whether the folder is right."""
    ran = run("vault", *words, "--data", tmp_path, stdin="王小明\n")

    assert (ran.code, ran.out, list(tmp_path.iterdir())) == (4, "", [])
    assert str(tmp_path.name) in ran.err


@pytest.mark.parametrize("key", ["A" * 43, "not a key", "AAAA"])
@pytest.mark.parametrize("command", ["vault", "serve"])
def test_with_another_key_the_vault_does_not_open(
    bank: Path, run: Run, monkeypatch: pytest.MonkeyPatch, *, command: str, key: str
) -> None:
    """Neither to the operator nor to the bank; the key is not repeated."""
    monkeypatch.setenv("SKILLBANK_VAULT_KEY", key)
    words = VAULT if command == "vault" else SERVE

    ran = run(*words, "--data", bank)

    assert (ran.code, ran.out) == (3, "")
    assert "made with another key" in ran.err
    assert key not in ran.err


@pytest.mark.parametrize("command", ["vault", "serve"])
def test_a_vault_that_does_not_answer_is_told_apart(
    bank: Path, run: Run, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """It is a matter of the database, not of the key."""
    monkeypatch.setenv("SKILLBANK_VAULT_URL", AWAY)
    words = VAULT if command == "vault" else SERVE

    ran = run(*words, "--data", bank)

    assert (ran.code, ran.out) == (4, "")
    assert "SKILLBANK_VAULT_URL" in ran.err
    assert "Traceback" not in ran.err


def test_the_banks_keys_are_not_looked_for_among_a_members(
    bank: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each folder has its variable."""
    monkeypatch.setenv("SKILLBANK_KEYS_DIR", str(bank / "elsewhere"))
    found = run("vault", "show", LEARNER, "--data", bank)
    monkeypatch.setenv("SKILLBANK_BANK_KEYS_DIR", str(bank / "elsewhere"))
    missing = run("vault", "show", LEARNER, "--data", bank)

    assert (found.code, missing.code) == (0, 3)
    assert "vault.key" in missing.err


@pytest.mark.parametrize("learner", ["learner_1", "S001", "王小明"])
@pytest.mark.parametrize("command", ["show", "erase", "retain"])
def test_only_a_learners_id_names_a_learner(
    bank: Path, run: Run, command: str, learner: str
) -> None:
    """A number of a school's own is looked for first."""
    more = (*RETAIN, "--until", "2056-07-01") if command == "retain" else ()

    ran = run("vault", command, learner, *more, "--data", bank)

    assert (ran.code, ran.out) == (2, "")
    assert "learner_ and 32" in ran.err


@pytest.mark.parametrize("until", ["2056", "20560701", "2056-13-01", "2056-07-01T00"])
def test_a_retention_ends_on_a_date(bank: Path, run: Run, until: str) -> None:
    """It is compared as text: another spelling would end it on another day."""
    ran = run("vault", "retain", LEARNER, *RETAIN, "--until", until, "--data", bank)

    assert (ran.code, ran.out) == (2, "")
    assert "2056-07-01" in ran.err


def test_nobody_is_found_by_nothing(bank: Path, run: Run) -> None:
    """An empty line is no name."""
    empty = run("vault", "find", "name", "--data", bank, stdin="\n")
    unknown = run("vault", "find", "name", "--data", bank, stdin="王小明\n")

    assert (empty.code, unknown.code, unknown.out) == (3, 0, "")
    assert "nothing came" in empty.err
    assert "Nobody is found" in unknown.err
