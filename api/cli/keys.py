"""``skillbank keys``: keys are made here and stay here; only public parts are shown."""

from dataclasses import dataclass
from typing import Annotated

import typer

from api.cli.groups import grouped
from api.cli.inputs import check_member_id
from api.cli.options import (
    KEYS,
    JsonOption,
    KeysOption,
    MaybeLedgerOption,
    MemberOption,
)
from api.cli.terminal import answering, say, show_json
from client.keyfolder import KeyFolder
from ledger.integrity.declarations import declare
from ledger.integrity.keys import Algorithm, KeyUse, SigningKey

app = typer.Typer(name="keys", no_args_is_help=True)


@app.callback()
def keys() -> None:
    """Make and show the keys of a member (密钥)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """What key to make."""

    use: Annotated[KeyUse, typer.Option(help="What it is for; a key has one use.")] = (
        KeyUse.MEMBER
    )
    algorithm: Annotated[
        Algorithm, typer.Option(help="Ed25519 (EdDSA) or P-256 (ES256).")
    ] = Algorithm.EDDSA
    name: Annotated[
        str | None, typer.Option(help="Another name for the file, without .json.")
    ] = None


@app.command("new")
@grouped
def new(
    member: Annotated[str, typer.Argument(help="The member's id, such as cqvtc.")],
    *,
    wanted: NewKey,
    keys: KeysOption = KEYS,
    ledger: MaybeLedgerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a key and keep it in a file of mode 0600 (生成密钥).

    With --ledger it also prints the declaration (with proof of possession) that the
    operator, or another key of the member, puts into a statement to register it.
    """
    check_member_id(member, option="MEMBER")
    with answering(as_json=as_json):
        key = SigningKey.generate(member, wanted.use, algorithm=wanted.algorithm)
        path = KeyFolder(keys).add(key, name=wanted.name)
        say(f"The private key is in {path}. Back it up; nobody can restore it.")
        _show([(str(path), key)], ledger=ledger, as_json=as_json)


@app.command("show")
def show(
    *,
    keys: KeysOption = KEYS,
    member: MemberOption = None,
    ledger: MaybeLedgerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the public part of the keys in a folder (查看公钥).

    With --ledger it prints their declarations for that ledger.
    """
    with answering(as_json=as_json):
        found = [
            (str(path), key)
            for path, key in KeyFolder(keys).read()
            if member in {None, key.member_id}
        ]
        if not found:
            say(f"No key in {keys}: `skillbank keys new MEMBER` makes one.")
        _show(found, ledger=ledger, as_json=as_json)


def _show(
    found: list[tuple[str, SigningKey]], *, ledger: str | None, as_json: bool
) -> None:
    public = [
        {
            "file": path,
            "member": key.member_id,
            **(
                declare(key, audience=ledger)
                if ledger
                else {
                    "kid": key.kid,
                    "use": key.use.value,
                    "alg": key.algorithm.value,
                    "jwk": dict(key.public.jwk),
                }
            ),
        }
        for path, key in found
    ]
    if as_json or ledger:
        show_json({"keys": public})
        return
    for one in public:
        typer.echo(f"{one['kid']}  {one['use']}  {one['alg']}  {one['file']}")
