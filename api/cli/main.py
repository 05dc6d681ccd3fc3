"""The ``skillbank`` command: mounts one module for each family of subcommands."""

import typer

from api.cli import awarding, importing, keys, posting, queries, serving
from api.cli.audit import app as audit
from api.cli.demo.command import demo

app = typer.Typer(
    name="skillbank",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    help="A bank for skill credits: signed statements, a provable log (技能学分银行).",
)
app.command("demo")(demo)
app.command("init")(serving.init)
app.command("serve")(serving.serve)
app.command("project")(serving.project)
app.add_typer(keys.app, name="keys")
app.command("sign")(posting.sign)
app.command("post")(posting.post)
app.command("award")(awarding.award)
app.command("import")(importing.import_file)
app.command("balance")(queries.balance)
app.command("trail")(queries.trail)
app.command("prove")(queries.prove)
app.add_typer(audit, name="audit")


def main() -> None:
    """Run the command line."""
    app()
