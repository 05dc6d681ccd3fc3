"""``skillbank vault``: personal data, for the operator on the bank's own machine.

The only place that shows what the vault holds: nothing over HTTP does. What a person
is looked for by is read from stdin, so that no history of commands keeps it.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import orjson
import typer
from pydantic import TypeAdapter, ValidationError

from api.bank import NotFoundedError
from api.cli.folders import HERE, FolderOption, bank_at, check_exists, fail
from api.cli.groups import grouped
from api.cli.options import JsonOption
from api.cli.terminal import answering, harmless, say, show, show_json
from api.settings import Settings, read_vault_key
from client.clock import system_now
from ledger.database import open_engine
from ledger.domain.state import MemberRecord
from ledger.domain.types import LearnerId, instant_of
from ledger.store.application import LedgerStore
from ledger.vault.learners import ErasedError, RetentionError
from ledger.vault.vault import Disclosed, Vault, VaultUnavailableError

app = typer.Typer(name="vault", no_args_is_help=True)
_LEARNER_ID: Final = TypeAdapter(LearnerId)
_ERASING: Final = """\
Erasing destroys the learner's key and everything under it: names, numbers, scores and
certificates of {learner} can be read by nobody any more, and nobody can undo it.
The log stays as it is: credits, balances and proofs hold, and an audit still passes.
Backups of the vault from before keep the key until they are deleted, and a school's
own lists are its own: erase there too."""


class Field(StrEnum):
    """What a person can be looked for by."""

    NAME = "name"
    STUDENT_NUMBER = "student-number"
    IDENTITY_NUMBER = "identity-number"


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """Which law keeps a learner's values, and until when."""

    kind: Annotated[
        str, typer.Option("--class", help="What is kept, such as transcript (类别).")
    ]
    basis: Annotated[str, typer.Option(help="The law or rule that says so (依据).")]
    until: Annotated[
        str,
        typer.Option(metavar="DATE", help="The last day, such as 2056-07-01 (期限)."),
    ]


LearnerArgument = Annotated[
    str, typer.Argument(metavar="LEARNER", help="learner_ and 32 signs.")
]


@app.callback()
def vault() -> None:
    """Find, show, keep or erase personal data (个人信息保险库)."""


@app.command("find")
def find(
    by: Annotated[Field, typer.Argument(help="What the person is looked for by.")],
    *,
    member: Annotated[
        str | None, typer.Option(help="Only learners of this member (成员单位).")
    ] = None,
    data: FolderOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Find learners by a name or number, which is asked for or read from stdin (查找).

    The vault finds by keyed hash: the whole value as a member gave it, with or without
    spaces and hyphens.
    """
    with answering(as_json=as_json), bank_at(data), _opened(data) as opened:
        value = _read_line(f"The {by.value.replace('-', ' ')}")
        members = _members(data) if member is None else [member]
        field = by.value.replace("-", "_")
        found = [
            {"learner_id": learner_id, "member": iss}
            for iss in members
            for learner_id in opened.find_learners(iss=iss, field=field, value=value)
        ]
        if as_json:
            show_json({"learners": found})
            return
        for one in found:
            show(f"{one['learner_id']}  {one['member']}")
        if not found:
            say("Nobody is found by this.")


@app.command("show")
def show_learner(
    learner: LearnerArgument, *, data: FolderOption = HERE, as_json: JsonOption = False
) -> None:
    """Show all that the vault holds about a learner: this is personal data (查看)."""
    _check_learner(learner)
    with answering(as_json=as_json), bank_at(data), _opened(data) as opened:
        try:
            found = opened.read(learner)
        except ErasedError:
            fail(f"{learner} was erased: undisclosed, for ever")
        values = list(_values(found))
        if as_json:
            show_json({"learner_id": learner, "values": values})
            return
        for one in values:
            held = one["value"]
            text = held if isinstance(held, str) else orjson.dumps(held).decode()
            where = f"{one['member']}, statement {one['statement_id']}"
            show(harmless(f"{one['name']}: {text}  ({where})"))
        if not values:
            say(f"The vault holds nothing about {learner}.")


@app.command("retain")
@grouped
def retain(
    learner: LearnerArgument, *, retention: Retention, data: FolderOption = HERE
) -> None:
    """Note that a law keeps a learner's values: until then none erases them (留存)."""
    _check_learner(learner)
    _check_date(retention.until)
    with answering(as_json=False), bank_at(data), _opened(data) as opened:
        opened.retain(
            learner,
            kind=retention.kind,
            basis=retention.basis,
            until=retention.until,
        )
        say(f"{learner} is kept until {retention.until}, and cannot be erased before.")


@app.command("erase")
def erase(
    learner: LearnerArgument,
    *,
    data: FolderOption = HERE,
    yes: Annotated[
        bool, typer.Option("--yes", help="Do not ask: erase at once.")
    ] = False,
) -> None:
    """Erase a learner's personal data for ever; the log is not touched (删除).

    Credits, balances and proofs stay. It asks for the learner's id once more.
    """
    _check_learner(learner)
    with answering(as_json=False), bank_at(data), _opened(data) as opened:
        for line in _ERASING.format(learner=learner).splitlines():
            say(line)
        if not yes and _read_line("Type the learner's id to erase it") != learner:
            fail("this is not the id: nothing was erased")
        try:
            opened.erase(learner, now=instant_of(system_now()))
        except RetentionError as error:
            fail(f"a law keeps {learner} until {error.until}: nothing was erased")
        say(f"{learner} is erased.")


@contextmanager
def _opened(folder: Path) -> Iterator[Vault]:
    """Open the vault of a bank that exists; none is made by looking.

    Raises:
        MasterKeyError: it was made with another key.
        VaultUnavailableError: there is none, or its database does not answer.
    """
    settings = Settings.from_environment(folder)
    try:
        check_exists(settings.vault_url)
    except NotFoundedError as error:
        raise VaultUnavailableError from error
    opened = Vault(open_engine(settings.vault_url), read_vault_key(settings))
    try:
        yield opened
    finally:
        opened.close()


def _members(folder: Path) -> list[str]:
    """Return all members: what a person is found by is hashed for each apart."""
    url = Settings.from_environment(folder).database_url
    check_exists(url)
    store = LedgerStore(open_engine(url))
    try:
        records = store.scan("members")
        return [one.member_id for one in records if isinstance(one, MemberRecord)]
    finally:
        store.close()


def _values(found: list[Disclosed]) -> Iterator[dict[str, object]]:
    for one in found:
        for disclosure in one.disclosures:
            yield {
                "name": disclosure.name,
                "value": disclosure.value,
                "member": one.iss,
                "statement_id": one.statement_id,
            }


def _read_line(question: str) -> str:
    """Ask at a terminal; otherwise read a line from stdin.

    Raises:
        typer.Exit: there was nothing.
    """
    if sys.stdin.isatty():
        return str(typer.prompt(question, err=True)).strip()
    line = sys.stdin.readline().strip()
    if not line:
        fail(f"{question}: nothing came from stdin")
    return line


def _check_learner(text: str) -> None:
    try:
        _LEARNER_ID.validate_python(text)
    except ValidationError:
        hint = "a learner's id is learner_ and 32 of 0-9 and a-f"
        raise typer.BadParameter(hint, param_hint="LEARNER") from None


def _check_date(text: str) -> None:
    try:
        is_one = date.fromisoformat(text).isoformat() == text
    except ValueError:
        is_one = False
    if not is_one:
        hint = f"{text!r}: a date looks like 2056-07-01"
        raise typer.BadParameter(hint, param_hint="--until")
