"""All commands are there, and each is found alone as well."""

import pytest
from typer.testing import CliRunner

from api.cli.main import COMMANDS, build


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_found_alone(name: str) -> None:
    """Its help names it, in the same way as among all others."""
    found = CliRunner().invoke(build(name), [name, "--help"])

    assert found.exit_code == 0
    assert f"skillbank {name}" in found.stdout


def test_all_commands_are_listed() -> None:
    """Without a word, or with an unknown one, all are loaded."""
    for wanted in (None, "no-such-command"):
        found = CliRunner().invoke(build(wanted), ["--help"])

        assert all(f" {name} " in found.stdout for name in COMMANDS)
