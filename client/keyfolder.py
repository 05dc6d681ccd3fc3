"""The folder in which a member's keys stay: one private JSON document per file.

Nothing in it is ever overwritten, printed or sent.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from client.errors import (
    KeyExistsError,
    LostSecretError,
    NoKeyError,
    SeveralKeysError,
    UnreadableKeyError,
)
from client.files import make_private_folder, warn_if_loose, write_new
from client.learners import LearnerBook
from client.references import MemberSecret
from ledger.integrity.errors import KeyMaterialError
from ledger.integrity.keys import KeyUse, SigningKey

_REFERENCES: Final = ".references.json"
_LEARNERS: Final = ".learners.jsonl"
_MEMBERS: Final = "members"


class KeyFolder:
    """A folder of keys. Keys in its subfolder ``members`` count as well."""

    def __init__(self, path: Path) -> None:
        """Look into ``path``; it is made when something is first kept there."""
        self.path = path

    def add(self, key: SigningKey, *, name: str | None = None) -> Path:
        """Keep a new key and return its file.

        Raises:
            KeyExistsError: a file of that name exists.
        """
        default = key.member_id
        if key.use is not KeyUse.MEMBER:
            default = f"{key.member_id}.{key.use.value}"
        path = self.path / f"{name or default}.json"
        self._write(path, key.to_json())
        return path

    def read(self) -> Iterator[tuple[Path, SigningKey]]:
        """Yield every key with its file, in the files' order."""
        for path in self._documents():
            if not path.name.endswith(_REFERENCES):
                yield path, read_key(path)

    def member_key(
        self, member_id: str | None = None, *, kid: str | None = None
    ) -> SigningKey:
        """Return the one key that signs statements, narrowed by member or key id.

        Raises:
            NoKeyError: there is none.
            SeveralKeysError: there is more than one.
        """
        found = [
            (path, key)
            for path, key in self.read()
            if key.use is KeyUse.MEMBER
            and member_id in {None, key.member_id}
            and kid in {None, key.kid}
        ]
        if not found:
            raise NoKeyError(folder=str(self.path))
        if len(found) > 1:
            names = ", ".join(path.name for path, _ in found)
            raise SeveralKeysError(folder=str(self.path), names=names)
        return found[0][1]

    def secret(self, member_id: str) -> MemberSecret:
        """Return the member's secret for references, drawn on first use.

        Raises:
            LostSecretError: its file cannot be read.
        """
        path = self._home(member_id) / f"{member_id}{_REFERENCES}"
        if not path.exists():
            self._write(path, MemberSecret.generate(member_id).to_json())
        warn_if_loose(path)
        try:
            return MemberSecret.from_json(path.read_bytes())
        except KeyMaterialError:
            raise LostSecretError(path=str(path)) from None

    def learners(self, member_id: str) -> LearnerBook:
        """Open the member's list of learners and hold it until it is closed.

        Raises:
            LearnerBookError: another process holds it, or it is unreadable.
        """
        folder = self._home(member_id)
        make_private_folder(folder)
        return LearnerBook(folder / f"{member_id}{_LEARNERS}")

    def _home(self, member_id: str) -> Path:
        """Return the folder that holds the member's keys already, or this one."""
        members = self.path / _MEMBERS
        if (members / f"{member_id}.json").exists():
            return members
        return self.path

    def _documents(self) -> Iterator[Path]:
        for folder in (self.path, self.path / _MEMBERS):
            if folder.is_dir():
                yield from sorted(folder.glob("*.json"))

    def _write(self, path: Path, document: bytes) -> None:
        make_private_folder(path.parent)
        try:
            write_new(path, document)
        except FileExistsError:
            raise KeyExistsError(path=str(path)) from None


def read_key(path: Path) -> SigningKey:
    """Read one key file, warning when others can read it too.

    Raises:
        UnreadableKeyError: it cannot be read or is no private key document.
    """
    try:
        warn_if_loose(path)
        return SigningKey.from_json(path.read_bytes())
    except OSError as error:
        reason = error.strerror or "no reason given"
        raise UnreadableKeyError(path=str(path), reason=reason) from None
    except KeyMaterialError as error:
        raise UnreadableKeyError(path=str(path), reason=error.code) from None
