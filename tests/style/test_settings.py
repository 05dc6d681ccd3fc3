"""The gates themselves: what they may leave out is agreed, and stands here."""

import tomllib
from typing import Final

import pytest

from tests.order import LONGEST
from tests.style.tree import ROOT

TOOLS: Final = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]


def test_the_linter_leaves_out_what_was_agreed() -> None:
    """Another exception is a decision, never a convenience."""
    lint = TOOLS["ruff"]["lint"]

    assert lint["select"] == ["ALL"]
    assert set(lint["ignore"]) == {"CPY001", "COM812", "D203", "D213"}
    assert {k: set(v) for k, v in lint["per-file-ignores"].items()} == {
        "tests/**": {"S101", "PLR2004", "D104"}
    }


def test_types_are_checked_strictly_everywhere() -> None:
    """No module has softer types than the others."""
    mypy = TOOLS["mypy"]

    assert mypy["strict"] is True
    assert set(mypy["files"]) >= {"ledger", "projections", "api", "client", "tests"}
    assert not any(
        key.startswith(("allow", "disable", "ignore_errors"))
        for settings in mypy.get("overrides", [])
        for key in settings
    )


def test_warnings_and_surprises_fail_the_tests() -> None:
    """A warning that nobody must heed is a bug that nobody saw."""
    pytest_settings = TOOLS["pytest"]["ini_options"]

    assert pytest_settings["filterwarnings"][0] == "error"
    assert pytest_settings["strict"] is True
    assert pytest_settings["xfail_strict"] is True


def test_branches_are_counted() -> None:
    """The gate of `make test` stands on branches, not on lines."""
    assert TOOLS["coverage"]["run"]["branch"] is True
    assert "--fail-under=100" in (ROOT / "Makefile").read_text()


def test_the_files_that_run_first_are_there() -> None:
    """A name that went out of date would put its tests last, unseen."""
    assert [path for path in LONGEST if not (ROOT / path).is_file()] == []


def test_what_lasts_longest_runs_first(request: pytest.FixtureRequest) -> None:
    """In the order of the list, before everything else, however tests are shuffled."""
    first = [item.nodeid.partition("::")[0] for item in request.session.items]
    places = [LONGEST.index(path) for path in first if path in LONGEST]

    assert places == sorted(places)
    assert not set(first[len(places) :]) & set(LONGEST)
