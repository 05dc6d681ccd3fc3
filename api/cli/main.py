"""The ``skillbank`` command: one module for each family of subcommands.

Only the module of the command that is asked for is loaded, so that neither a school's
commands nor the list of all commands wait for the parts of a server.
"""

import gc
import importlib
import os
import sys
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

import typer

ALL: Final = "skillbank[bank]"
"""What has every command work."""
_HOUSE: Final = frozenset({"api", "client", "ledger", "projections"})
_SELDOM: Final = (100_000, 20, 20)
"""Collections: a batch of a thousand makes fewer objects, and garbage at its end."""


class Place(NamedTuple):
    """Where a command is written, and what the list of commands says of it."""

    module: str
    attribute: str
    summary: str


COMMANDS: Final[Mapping[str, Place]] = MappingProxyType(
    {
        "demo": Place(
            "api.cli.demo.command",
            "demo",
            "Run a whole consortium on a bank of its own: post, ask, prove, audit.",
        ),
        "init": Place(
            "api.cli.serving",
            "init",
            "Found a bank: make its keys, its databases and entry 0 (建账).",
        ),
        "serve": Place(
            "api.cli.serving",
            "serve",
            "Run the bank until it is stopped (运行).",
        ),
        "project": Place(
            "api.cli.projecting",
            "project",
            "Bring the projections up to the log, or make them anew (重建查询库).",
        ),
        "tiles": Place(
            "api.cli.tiles",
            "app",
            "Write the log as files, or compare them with the ledger (日志文件).",
        ),
        "backup": Place(
            "api.cli.backing",
            "backup",
            "Save log, state and vault into a new folder, while the bank runs (备份).",
        ),
        "restore": Place(
            "api.cli.backing",
            "restore",
            "Audit a backup, and bring it back into empty databases (恢复).",
        ),
        "confirm": Place(
            "api.cli.backing",
            "confirm_restore",
            "Compare a restored bank with checkpoints of others, so that it signs "
            "(核对恢复).",
        ),
        "vault": Place(
            "api.cli.vault",
            "app",
            "Find, show, keep or erase personal data (个人信息保险库).",
        ),
        "admit": Place(
            "api.cli.admitting",
            "admit",
            "Admit a member, signed with the operator's key (接纳成员单位).",
        ),
        "keys": Place(
            "api.cli.keys",
            "app",
            "Make and show the keys of a member (密钥).",
        ),
        "sign": Place(
            "api.cli.posting",
            "sign",
            "Sign statements from a file (签名); nothing is sent.",
        ),
        "post": Place(
            "api.cli.posting",
            "post",
            "Post what ``sign`` wrote, and check the receipt (提交).",
        ),
        "award": Place(
            "api.cli.awarding",
            "award",
            "Post one learner's result (存入一项学习成果).",
        ),
        "claim": Place(
            "api.cli.claims.filing",
            "app",
            "Hand in a learner's certificate, and answer claims (成果申报).",
        ),
        "mandate": Place(
            "api.cli.mandates",
            "app",
            "Seal a learner's mandate, and check it later (授权存证).",
        ),
        "account": Place(
            "api.cli.accounts",
            "app",
            "Have a learner take over an account (学分账户).",
        ),
        "import": Place(
            "api.cli.importing",
            "import_file",
            "Import a CSV file of results (批量导入).",
        ),
        "options": Place(
            "api.cli.exchanges.prospects",
            "options",
            "Show what a learner's lots can become, and what is missing (可转换项).",
        ),
        "balance": Place(
            "api.cli.queries",
            "balance",
            "Show a learner's credits: earned, recognised, and usable (学分余额).",
        ),
        "awards": Place(
            "api.cli.queries",
            "awards",
            "List a learner's awards, with id and origin (学习成果).",
        ),
        "transcript": Place(
            "api.cli.documents.transcript",
            "transcript",
            "Show a learner's transcript: every lot with its origin (学分证明).",
        ),
        "progress": Place(
            "api.cli.documents.progress",
            "progress",
            "Show on whose desk each open case is, and until when (办理进度).",
        ),
        "trail": Place(
            "api.cli.oversight.trail",
            "trail",
            "Show who did what, when and about whom (学分流水、业务轨迹).",
        ),
        "overview": Place(
            "api.cli.oversight.figures",
            "overview",
            "Show the figures of the whole consortium (总览).",
        ),
        "prove": Place(
            "api.cli.proofs",
            "prove",
            "Prove that the ledger holds an award (学分证明).",
        ),
        "audit": Place(
            "api.cli.audit",
            "app",
            "Verify a ledger with nothing in hand but its name (审计).",
        ),
        "witness": Place(
            "api.cli.witness.commands",
            "app",
            "Cosign a bank's checkpoints as a witness, and keep evidence of "
            "forks (见证).",
        ),
        "rules": Place(
            "api.cli.rules.ending",
            "app",
            "List the rules by which members recognise credits, and "
            "agree on them (互认规则).",
        ),
        "policy": Place(
            "api.cli.rules.policies",
            "app",
            "Publish, endorse and list the policies that bind every rule (统一政策).",
        ),
        "programme": Place(
            "api.cli.exchanges.studying",
            "app",
            "Publish and list programmes (培养方案).",
        ),
        "enrol": Place(
            "api.cli.exchanges.studying",
            "enrol",
            "Enrol a learner in a programme (学籍注册); prints the "
            "enrolment's id (学籍号).",
        ),
        "enrolments": Place(
            "api.cli.exchanges.studying",
            "enrolments",
            "List a learner's enrolments, each with its id (学籍).",
        ),
        "exchange": Place(
            "api.cli.exchanges.forms",
            "app",
            "Apply for recognition or conversion, and take cases over "
            "desks (学分转换).",
        ),
        "plan": Place(
            "api.cli.planning",
            "plan",
            "Plan what to apply for, to cover most of an enrolment (转换方案).",
        ),
        "redeem": Place(
            "api.cli.exchanges.studying",
            "redeem",
            "Count lots toward a requirement of an enrolment (计入培养方案).",
        ),
        "reconciliation": Place(
            "api.cli.reconciliation.commands",
            "app",
            "See who recognised whose credits, close a period, compare records "
            "(互认对账).",
        ),
        "graduation": Place(
            "api.cli.graduating.assessing",
            "graduation",
            "Audit whether a learner may graduate; the school signs it (毕业资格审核).",
        ),
        "appeal": Place(
            "api.cli.graduating.appealing",
            "app",
            "Appeal for a learner, and decide on appeals (申诉).",
        ),
    }
)
"""Every command. A test compares the summaries with the commands' own."""


def build(wanted: str | None = None) -> typer.Typer:
    """Return the command line with the wanted command, or with a list of all."""
    app = typer.Typer(
        name="skillbank",
        no_args_is_help=True,
        pretty_exceptions_show_locals=False,
        help="A bank for skill credits: signed statements, a provable log "
        "(技能学分银行).",
    )
    # With its callback a single command stays a subcommand.
    app.callback()(_skillbank)
    if wanted is None or wanted not in COMMANDS:
        for name, place in COMMANDS.items():
            app.command(name, help=place.summary)(_skillbank)
        return app
    place = COMMANDS[wanted]
    found = getattr(importlib.import_module(place.module), place.attribute)
    if isinstance(found, typer.Typer):
        app.add_typer(found, name=wanted)
    else:
        app.command(wanted)(found)
    return app


def _skillbank() -> None:
    """Run a bank, or speak with one."""


def main() -> None:
    """Run the command line."""
    # A shell that completes a line passes the line's words on, and no arguments.
    line = os.environ.get("_TYPER_COMPLETE_ARGS") or os.environ.get("COMP_WORDS", "")
    words = sys.argv if len(sys.argv) > 1 else line.split()
    # Loading makes hundreds of thousands of objects, and none of them is garbage.
    gc.set_threshold(*_SELDOM)
    try:
        app = build(words[1] if len(words) > 1 else None)
        settle_memory()
        app()
    except ModuleNotFoundError as error:
        name = (error.name or "").partition(".")[0]
        if name in _HOUSE:
            raise
        # Whoever audits, or posts, has not installed what a bank needs.
        terminal = importlib.import_module("api.cli.terminal")
        text = f'this needs {name}, which is not installed: pip install "{ALL}"'
        terminal.say(f"error: {text}")
        raise SystemExit(terminal.NOT_CHECKED) from error


def settle_memory() -> None:
    """Look through what was loaded for good no more, and less often for the rest.

    Code and schemas are some hundred thousand objects that never become garbage;
    walking them again and again took a sixth of a writer's and an auditor's time.
    """
    gc.freeze()
    gc.set_threshold(*_SELDOM)
