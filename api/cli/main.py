"""The ``skillbank`` command: one module for each family of subcommands.

Only the module of the command that is asked for is loaded, so that a school's commands
do not wait for the parts of a server.
"""

import importlib
import sys
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import typer

COMMANDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "demo": "api.cli.demo.command:demo",
        "init": "api.cli.serving:init",
        "serve": "api.cli.serving:serve",
        "project": "api.cli.serving:project",
        "admit": "api.cli.admitting:admit",
        "keys": "api.cli.keys:app",
        "sign": "api.cli.posting:sign",
        "post": "api.cli.posting:post",
        "award": "api.cli.awarding:award",
        "import": "api.cli.importing:import_file",
        "balance": "api.cli.queries:balance",
        "awards": "api.cli.queries:awards",
        "trail": "api.cli.queries:trail",
        "prove": "api.cli.proofs:prove",
        "audit": "api.cli.audit:app",
        "rules": "api.cli.rules.ending:app",
        "policy": "api.cli.rules.policies:app",
        "programme": "api.cli.exchanges.studying:app",
        "enrol": "api.cli.exchanges.studying:enrol",
        "enrolments": "api.cli.exchanges.studying:enrolments",
        "exchange": "api.cli.exchanges.deciding:app",
        "redeem": "api.cli.exchanges.studying:redeem",
    }
)
"""Every command, and where it is written."""


def build(wanted: str | None = None) -> typer.Typer:
    """Return the command line with the wanted command, or with all of them."""
    app = typer.Typer(
        name="skillbank",
        no_args_is_help=True,
        pretty_exceptions_show_locals=False,
        help="A bank for skill credits: signed statements, a provable log "
        "(技能学分银行).",
    )
    # With its callback a single command stays a subcommand.
    app.callback()(_skillbank)
    for name in (wanted,) if wanted in COMMANDS else COMMANDS:
        module, _, attribute = COMMANDS[str(name)].partition(":")
        found = getattr(importlib.import_module(module), attribute)
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=name)
        else:
            app.command(name)(found)
    return app


def _skillbank() -> None:
    """Run a bank, or speak with one."""


def main() -> None:
    """Run the command line."""
    build(sys.argv[1] if len(sys.argv) > 1 else None)()
