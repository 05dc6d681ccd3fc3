"""Keys stay where they are: private files, never overwritten, never shown."""

import os
from pathlib import Path

import pytest

from client.errors import (
    KeyExistsError,
    LearnerBookDamagedError,
    LearnerBookInUseError,
    LostSecretError,
    NoKeyError,
    SeveralKeysError,
    UnreadableKeyError,
)
from client.files import LoosePermissionsWarning
from client.keyfolder import KeyFolder, read_key
from client.learners import LearnerBook
from client.references import MemberSecret
from ledger.integrity.errors import KeyMaterialError
from ledger.integrity.keys import KeyUse, SigningKey


def new_key(member_id: str, use: KeyUse = KeyUse.MEMBER) -> SigningKey:
    """Make a key."""
    return SigningKey.generate(member_id, use)


def test_a_key_is_kept_as_a_private_file(tmp_path: Path) -> None:
    """Only its owner may read the file and enter its folder."""
    folder = KeyFolder(tmp_path / "keys")
    key = new_key("cqvtc")

    path = folder.add(key)

    assert path.name == "cqvtc.json"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert folder.member_key().kid == key.kid


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    """The file of an older key stays as it is."""
    folder = KeyFolder(tmp_path)
    path = folder.add(new_key("cqvtc"))
    before = path.read_bytes()

    with pytest.raises(KeyExistsError, match="--name"):
        folder.add(new_key("cqvtc"))

    assert path.read_bytes() == before


def test_a_key_that_others_can_read_is_warned_about(tmp_path: Path) -> None:
    """With what to do about it."""
    path = KeyFolder(tmp_path).add(new_key("cqvtc"))
    path.chmod(0o640)

    with pytest.warns(LoosePermissionsWarning, match="chmod 600"):
        read_key(path)


def test_the_key_to_sign_with_is_found_or_asked_for(tmp_path: Path) -> None:
    """One that fits is taken; none or several are an error that says what to do."""
    folder = KeyFolder(tmp_path)
    with pytest.raises(NoKeyError, match="keys new"):
        folder.member_key()
    first, second = new_key("cqvtc"), new_key("cqvtc")
    folder.add(new_key("cqvtc", KeyUse.CLIENT))
    folder.add(first)
    folder.add(second, name="cqvtc-2027")
    KeyFolder(tmp_path / "members").add(new_key("works"))

    assert folder.member_key("works").member_id == "works"
    assert folder.member_key("cqvtc", kid=second.kid).kid == second.kid
    with pytest.raises(SeveralKeysError, match="cqvtc-2027"):
        folder.member_key("cqvtc")


def test_what_is_no_key_is_said_without_quoting_it(tmp_path: Path) -> None:
    """Neither a missing file nor a damaged one leaks its content."""
    path = tmp_path / "a.json"
    with pytest.raises(UnreadableKeyError):
        read_key(path)
    path.write_text('{"d": "verysecret"}')
    path.chmod(0o600)

    with pytest.raises(UnreadableKeyError) as caught:
        read_key(path)

    assert "verysecret" not in repr(caught.value)
    assert caught.value.__cause__ is None


def test_the_secret_for_references_is_drawn_once(tmp_path: Path) -> None:
    """The same tags on every day, from a private file beside the key."""
    (tmp_path / "members").mkdir()
    KeyFolder(tmp_path / "members").add(new_key("cqvtc"))
    folder = KeyFolder(tmp_path)

    first, second = folder.secret("cqvtc"), folder.secret("cqvtc")

    path = tmp_path / "members" / "cqvtc.references.json"
    assert path.stat().st_mode & 0o777 == 0o600
    assert first.tag("1") == second.tag("1") != first.tag("2")
    assert len(list(folder.read())) == 1
    path.write_text("{}")
    with pytest.raises(LostSecretError, match="backup"):
        folder.secret("cqvtc")


def test_a_secret_shows_nothing_of_itself() -> None:
    """Not in its repr, not in an error about its document."""
    secret = MemberSecret("cqvtc", b"s" * 32)

    assert repr(secret) == "MemberSecret('cqvtc')"
    assert MemberSecret.from_json(secret.to_json()).tag("1") == secret.tag("1")
    for raw in (b"{}", b"[]", b"x", b'{"use":"member"}', secret.to_json()[:-20]):
        with pytest.raises(KeyMaterialError):
            MemberSecret.from_json(raw)
    with pytest.raises(KeyMaterialError):
        MemberSecret("cqvtc", b"short")


def test_a_learner_keeps_their_pseudonym(tmp_path: Path) -> None:
    """What was saved is there again; what was not is forgotten."""
    path = tmp_path / "learners.jsonl"
    given = "learner_" + "a" * 32
    with LearnerBook(path) as book:
        first = book.assign("2026001")
        assert book.assign("2026001") == first
        assert book.assign("2026002", given) == given
        book.mark_open(first, ledger="x")
        book.save()
        book.assign("2026003")

    with LearnerBook(path) as book:
        assert (book.find("2026001"), book.find("2026002")) == (first, given)
        assert book.find("2026003") is None
        assert book.is_open(first, ledger="x")
        assert not book.is_open(first, ledger="y")
        with pytest.raises(ValueError, match="learner_b"):
            book.assign("2026002", "learner_" + "b" * 32)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_torn_last_line_is_cut_off(tmp_path: Path) -> None:
    """It was being written when the machine stopped, so nothing used it."""
    path = tmp_path / "learners.jsonl"
    with LearnerBook(path) as book:
        first = book.assign("1")
        book.save()
    with path.open("ab") as file:
        file.write(b'{"student":"2","lea')

    with LearnerBook(path) as book:
        assert book.find("2") is None
        second = book.assign("2")
        book.save()

    with LearnerBook(path) as book:
        assert (book.find("1"), book.find("2")) == (first, second)


def test_a_damaged_line_is_named(tmp_path: Path) -> None:
    """Nothing is guessed about learners."""
    path = tmp_path / "learners.jsonl"
    path.write_bytes(b'{"student":"1"}\n')
    path.chmod(0o600)

    with pytest.raises(LearnerBookDamagedError, match="line 1"):
        LearnerBook(path)
    path.unlink()
    LearnerBook(path).close()


def test_two_imports_of_one_member_exclude_each_other(tmp_path: Path) -> None:
    """The second is told to wait, and leaves no file open."""
    path = tmp_path / "learners.jsonl"
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208  # names only

    with LearnerBook(path), pytest.raises(LearnerBookInUseError, match="wait"):
        LearnerBook(path)

    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208  # names only
