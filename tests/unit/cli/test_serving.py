"""Founding happens once, serving on loopback only, projecting where there is a bank."""

from pathlib import Path

import orjson
import pytest

from tests.unit.cli.conftest import Run

FOUND = (
    *("init", "--origin", "bank.example/x", "--operator", "operator"),
    *("--name", "运营机构"),
)


def test_a_bank_is_founded_once(tmp_path: Path, run: Run) -> None:
    """Its name is printed; the operator's key lies apart from the bank's own."""
    first = run(*FOUND, "--data", tmp_path / "bank", "--json")
    again = run(*FOUND, "--data", tmp_path / "bank")

    assert (first.code, again.code) == (0, 3)
    made = orjson.loads(first.out)
    assert made["ledger"].startswith("bank.example/x#")
    assert Path(made["operator_key_file"]).stat().st_mode & 0o777 == 0o600
    keys = tmp_path / "bank" / "keys"
    for path in keys.rglob("*.json"):
        assert orjson.loads(path.read_bytes())["jwk"]["d"] not in first.out + first.err
    assert "already" in again.err


def test_what_cannot_be_a_founder_leaves_no_bank(tmp_path: Path, run: Run) -> None:
    """The fields at fault are named."""
    ran = run(*FOUND, "--operator", "op", "--data", tmp_path, "--json")

    assert ran.code == 3
    assert "/body/member_id" in [e["pointer"] for e in orjson.loads(ran.out)["errors"]]
    assert not (tmp_path / "keys").exists()


def test_projections_are_made_anew(tmp_path: Path, run: Run) -> None:
    """And brought up to the log."""
    run(*FOUND, "--data", tmp_path)

    plain = run("project", "--data", tmp_path)
    rebuilt = run("project", "--data", tmp_path, "--rebuild", "--json")

    assert "position 0" in plain.out
    assert orjson.loads(rebuilt.out) == {
        "position": 0,
        "rebuilt": True,
        "state_rebuilt": False,
    }


@pytest.mark.parametrize("command", ["serve", "project"])
def test_where_there_is_no_bank_none_is_made(
    tmp_path: Path, run: Run, command: str
) -> None:
    """The command says how to found one."""
    ran = run(command, "--data", tmp_path)

    assert (ran.code, list(tmp_path.iterdir())) == (3, [])
    assert "skillbank init" in ran.err


def test_only_loopback_is_served(tmp_path: Path, run: Run) -> None:
    """There is no access control yet."""
    run(*FOUND, "--data", tmp_path)

    ran = run("serve", "--data", tmp_path, "--host", "0.0.0.0")  # noqa: S104  # refused

    assert ran.code == 2
    assert "loopback" in ran.err
