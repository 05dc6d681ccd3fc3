"""All commands are there, and each is found alone; the list of them loads none."""

import inspect
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from api.cli.main import COMMANDS, build

COMPLETING = """
import os, sys
os.environ |= {"_SKILLBANK_COMPLETE": "complete_bash", "COMP_CWORD": "2",
    "COMP_WORDS": "skillbank vault er"}
sys.argv = ["skillbank"]
from api.cli.main import main
main()
"""
LISTING = """
import sys
from api.cli.main import build
build()
print([one for one in ("fastapi", "sqlalchemy", "httpx2") if one in sys.modules])
"""


def python(script: str) -> str:
    """Run a script in a process of its own; return what it prints."""
    words = [sys.executable, "-c", script]
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout  # noqa: S603  # ours


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_found_alone(name: str) -> None:
    """Its help names it, in the same way as among all others."""
    found = CliRunner().invoke(build(name), [name, "--help"])

    assert found.exit_code == 0
    assert f"skillbank {name}" in found.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_says_of_a_command_what_it_says_itself(name: str) -> None:
    """The first paragraph of its help."""
    app = build(name)
    inner = [group.typer_instance for group in app.registered_groups]
    (said,) = [one and one.registered_callback for one in inner] or (
        app.registered_commands
    )
    assert said is not None

    first = inspect.cleandoc(said.callback.__doc__ or "").partition("\n\n")[0]

    assert COMMANDS[name].summary == " ".join(first.split())


def test_all_commands_are_listed_and_none_is_loaded() -> None:
    """Without a word, or with an unknown one."""
    for wanted in (None, "no-such-command"):
        found = CliRunner().invoke(build(wanted), ["--help"])

        assert all(f" {name} " in found.stdout for name in COMMANDS)
    assert python(LISTING) == "[]\n"


def test_an_unknown_command_is_a_misspelling() -> None:
    """And not one of the list's."""
    found = CliRunner().invoke(build("no-such"), ["no-such"])

    assert found.exit_code == 2
    assert "No such command" in found.stderr


def test_a_shell_completes_what_stands_below_a_command() -> None:
    """It passes the words on by the environment."""
    assert python(COMPLETING).split() == ["erase"]
