"""What commands read besides options: learners by number, mandates from files."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from api.cli.options import KEYS, KeysOption, MemberOption
from client.errors import SeveralKeysError, StatementFileError
from client.keyfolder import KeyFolder
from ledger.domain.statements.envelope import Mandate


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
            if len(members) != 1:
                names = ", ".join(members) or "none"
                raise SeveralKeysError(folder=str(self.keys), names=names)
            (member,) = members
        with folder.learners(member) as book:
            found = book.find(given)
        if found is None:
            raise StatementFileError(wanted="a learner", found="unknown number")
        return found


def read_mandate(path: Path | None) -> Mandate | None:
    """Read the learners' mandate (授权) from a JSON file.

    Raises:
        StatementFileError: the file holds none.
    """
    if path is None:
        return None
    try:
        return Mandate.model_validate_json(path.read_bytes())
    except ValidationError as error:
        field = "/".join(map(str, error.errors()[0]["loc"])) or "its form"
        raise StatementFileError(wanted="a mandate", found=field) from None
