"""What commands read besides options: learners by number, mandates from files."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import typer
from pydantic import TypeAdapter, ValidationError

from api.cli.options import KEYS, KeysOption, MemberOption
from client import mandates
from client.errors import (
    NoLearnerBookError,
    SeveralKeysError,
    UnknownStudentError,
)
from client.keyfolder import KeyFolder
from ledger.domain.statements.envelope import Mandate
from ledger.domain.types import MemberId

MEMBER_ID_FORM: Final = (
    "3 to 32 of a-z, 0-9 and -, beginning with a letter and not ending with -, such "
    "as cqvtc"
)
_MEMBER_ID: Final = TypeAdapter(MemberId)


@dataclass(frozen=True, slots=True, kw_only=True)
class Learners:
    """Where student numbers are looked up."""

    keys: KeysOption = KEYS
    member: MemberOption = None

    def find(self, given: str) -> str:
        """Return the pseudonym that is given, or that of a student number (学号).

        Raises:
            ClientError: the list of learners cannot be read, or does not have it.
        """
        if given.startswith("learner_"):
            return given
        folder, member = KeyFolder(self.keys), self.member
        if member is None:
            members = sorted({key.member_id for _, key in folder.read()})
            if not members:
                raise NoLearnerBookError(folder=str(self.keys))
            if len(members) > 1:
                names = ", ".join(members)
                raise SeveralKeysError(folder=str(self.keys), names=names)
            (member,) = members
        with folder.learners(member) as book:
            found = book.find(given)
        if found is None:
            raise UnknownStudentError
        return found


def check_member_id(text: str, *, option: str) -> None:
    """Refuse an id that no ledger would take, before anything is made under it.

    Raises:
        typer.BadParameter: it is none.
    """
    try:
        _MEMBER_ID.validate_python(text)
    except ValidationError:
        hint = f"{text!r}: a member's id is {MEMBER_ID_FORM}"
        raise typer.BadParameter(hint, param_hint=option) from None


def read_mandate(path: Path | None) -> Mandate | None:
    """Read the learners' mandate (授权) from a JSON file, sealed or bare.

    Raises:
        StatementFileError: the file holds none.
    """
    return None if path is None else mandates.read_mandate(path.read_bytes())
