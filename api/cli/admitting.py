"""``skillbank admit``: the operator takes a new member in, with the key it declared."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import orjson
import typer

from api.cli.groups import grouped
from api.cli.options import BankAt, JsonOption, Signer
from api.cli.terminal import answering, show, show_json
from client.errors import StatementFileError
from client.results import Content
from ledger.domain.types import MemberKind
from ledger.integrity.declarations import verify_declaration
from ledger.integrity.errors import IntegrityError

_WANTED = "the declaration of one key that `skillbank keys new --ledger` printed"
_OURS = frozenset({"file", "member"})
"""What ``keys`` adds to a declaration for people; no statement holds it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMember:
    """Who is admitted."""

    kind: Annotated[MemberKind, typer.Option(help="What it is (成员单位类别).")]
    name: Annotated[str, typer.Option(help="Its name (名称).")]
    name_en: Annotated[str | None, typer.Option(help="The same in English.")] = None

    def content(self, declared: Mapping[str, object]) -> Content:
        """Return the statement's content."""
        body: dict[str, object] = {
            "member_id": declared["member"],
            "kind": self.kind.value,
            "name": self.name,
            "key": {n: part for n, part in declared.items() if n not in _OURS},
        }
        if self.name_en is not None:
            body["name_en"] = self.name_en
        return Content(type="member.admitted.v1", body=body)


@grouped
def admit(
    file: Annotated[
        Path,
        typer.Argument(
            exists=True, dir_okay=False, help="What the member's `keys new` printed."
        ),
    ],
    *,
    newcomer: NewMember,
    signer: Signer,
    at: BankAt,
    as_json: JsonOption = False,
) -> None:
    """Admit a member, signed with the operator's key (接纳成员单位).

    Make sure first, by another way than the file's, that the key is the member's: the
    key id (kid) read out over the telephone is enough.
    """
    with answering(as_json=as_json), at.open() as bank:
        declared = read_declaration(file, ledger=at.ledger)
        content = newcomer.content(declared)
        posted = bank.post(signer.factory(at.ledger).sign(content))
        receipt = posted.receipt
        if as_json:
            shown = receipt.model_dump(mode="json", exclude_none=True)
            show_json({"member_id": declared["member"], "receipt": shown})
        else:
            show(f"{declared['member']} is a member since position {receipt.position}")


def read_declaration(path: Path, *, ledger: str) -> Mapping[str, object]:
    """Read the declaration of a key, and check that its holder made it for a ledger.

    Raises:
        StatementFileError: it is none, or for another ledger.
    """
    try:
        document = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError:
        raise StatementFileError(wanted=_WANTED, found="not JSON") from None
    keys = document.get("keys") if isinstance(document, dict) else None
    one = keys[0] if isinstance(keys, list) and len(keys) == 1 else None
    if not isinstance(one, dict) or not isinstance(one.get("member"), str):
        raise StatementFileError(wanted=_WANTED, found="another form")
    found: dict[str, object] = one
    try:
        verify_declaration(found, member_id=one["member"], audience=ledger)
    except IntegrityError as error:
        raise StatementFileError(wanted=_WANTED, found=error.code) from error
    return found
