"""Any row of any table is written, and read back as it was."""

from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Boolean, Column, Integer, LargeBinary, MetaData, Table, Text

from ledger.backup import files
from ledger.backup.errors import AnotherReleaseError, BackupDamagedError
from ledger.backup.files import Digest, digest_of, read_lines, writing_lines
from ledger.backup.manifest import (
    MANIFEST,
    MANIFEST_BYTES_MAX,
    read_manifest,
    write_manifest,
)
from ledger.backup.opened import Backup
from ledger.backup.rows import RowForm, RowFormError
from tests.backing import rewrite

TABLE = Table(
    "rows",
    MetaData(),
    Column("number", Integer, primary_key=True),
    Column("text", Text, nullable=False),
    Column("flag", Boolean, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    Column("maybe", Text),
    Column("maybe_raw", LargeBinary),
)
FORM = RowForm(TABLE)
TEXT = st.text(st.characters(codec="utf-8"))
ROWS = st.tuples(
    st.integers(-(2**63), 2**63 - 1),
    TEXT,
    st.booleans(),
    st.binary(),
    st.none() | TEXT,
    st.none() | st.binary(),
)
GOOD = [1, "a", True, "AA", None, None]


@given(ROWS)
def test_a_row_is_read_back_as_it_was(row: tuple[object, ...]) -> None:
    """One line each, whatever a text holds."""
    line = FORM.write(row)

    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert tuple(FORM.read(line).values()) == row
    assert list(FORM.read(line)) == [column.name for column in TABLE.columns]


@pytest.mark.parametrize(
    "values",
    [
        [True, *GOOD[1:]],
        ["1", *GOOD[1:]],
        [1.0, *GOOD[1:]],
        [None, *GOOD[1:]],
        [1, None, *GOOD[2:]],
        [1, "a", 1, *GOOD[3:]],
        [1, "a", True, "AB", None, None],
        [1, "a", True, "AA=", None, None],
        [1, "a", True, 5, None, None],
        [1, "a", True, None, None, None],
        GOOD[:-1],
        [*GOOD, None],
        {"number": 1},
        7,
    ],
    ids=str,
)
def test_a_line_of_another_form_is_refused(values: object) -> None:
    """SQLite would take a value of any type."""
    assert FORM.read(orjson.dumps(GOOD))["raw"] == b"\x00"
    with pytest.raises(RowFormError):
        FORM.read(orjson.dumps(values))


def test_a_line_that_is_no_json_is_refused() -> None:
    """Whatever it is."""
    with pytest.raises(RowFormError):
        FORM.read(b"[1,")


@given(st.lists(st.binary(max_size=50).map(lambda raw: raw.hex().encode() + b"\n")))
def test_lines_are_read_back_under_their_digest(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes]
) -> None:
    """The digest worked out in writing is that of the file, and of its reading."""
    folder = tmp_path_factory.mktemp("lines")
    with writing_lines(folder / "f") as written:
        for line in lines:
            written.add(line)

    assert written.rows == len(lines)
    assert written.digest() == digest_of(folder / "f")
    assert list(read_lines(folder, "f", expected=written.digest())) == lines


@pytest.mark.parametrize("how", ["cut", "longer", "changed", "no gzip", "gone"])
def test_a_file_that_is_not_the_one_saved_is_found_in_reading(
    tmp_path: Path, how: str
) -> None:
    """Also what stands behind the end of the compressed lines."""
    with writing_lines(tmp_path / "f") as written:
        written.add(b"[1]\n" * 1000)
    raw = (tmp_path / "f").read_bytes()
    changed = {
        "cut": raw[:-9],
        "longer": raw + b"\x00",
        "changed": raw[:12] + bytes([raw[12] ^ 1]) + raw[13:],
        "no gzip": b"[1]\n",
    }
    (tmp_path / "f").unlink()
    if how in changed:
        (tmp_path / "f").write_bytes(changed[how])

    with pytest.raises(BackupDamagedError):
        list(read_lines(tmp_path, "f", expected=written.digest()))


def test_a_line_that_never_ends_is_not_held_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bound for every line, and none for the file."""
    monkeypatch.setattr(files, "LINE_BYTES_MAX", 10)
    with writing_lines(tmp_path / "f") as written:
        written.add(b"123456789\n")
        written.add(b"1234567890\n")
    found = read_lines(tmp_path, "f", expected=written.digest())

    assert next(found) == b"123456789\n"
    with pytest.raises(BackupDamagedError):
        next(found)


def test_a_manifest_has_one_spelling(saved: Path) -> None:
    """What is written is read; a blank more is refused, and so is a huge file."""
    raw = (saved / MANIFEST).read_bytes()
    assert write_manifest(read_manifest(saved)) == raw

    for changed in (raw + b"\n", raw.replace(b",", b", ", 1), b"x" * 5, b"\n" * 9):
        (saved / MANIFEST).write_bytes(changed)
        with pytest.raises(BackupDamagedError):
            read_manifest(saved)
    (saved / MANIFEST).write_bytes(raw + b" " * MANIFEST_BYTES_MAX)
    with pytest.raises(BackupDamagedError):
        read_manifest(saved)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"schema_version": 99}, AnotherReleaseError),
        ({"files": ()}, BackupDamagedError),
    ],
    ids=["newer", "no entries"],
)
def test_what_this_release_cannot_read_is_not_restored(
    saved: Path, change: dict[str, object], error: type[Exception]
) -> None:
    """Tables of another form would be guessed at."""
    rewrite(saved, **change)

    with pytest.raises(error):
        Backup(saved)


@pytest.mark.parametrize("change", ["table", "columns", "path"])
def test_a_table_of_another_form_is_refused(saved: Path, change: str) -> None:
    """One that is not known here, or has other columns."""
    found = read_manifest(saved)
    last = found.files[-1].model_dump()
    other = {
        "table": "unknown",
        "columns": (*last["columns"], "one_more"),
        "path": "vault/unknown.ndjson.gz",
    }
    changed = type(found.files[-1])(**{**last, change: other[change]})
    rewrite(saved, files=(*found.files[:-1], changed))

    with pytest.raises(AnotherReleaseError):
        Backup(saved)


@pytest.mark.parametrize("how", ["a row less", "a row more", "no rows"])
def test_rows_are_counted_and_read(saved: Path, how: str) -> None:
    """A file under its digest may still not be what the manifest counts."""
    found = read_manifest(saved)
    entries = next(one for one in found.files if one.path.endswith("entries.ndjson.gz"))
    rest = tuple(one for one in found.files if one != entries)
    path = saved / entries.path
    change: dict[str, object] = {"rows": entries.rows + (1 if "less" in how else -1)}
    if how == "no rows":
        path.unlink()
        with writing_lines(path) as written:
            written.add(b"{}\n")
        digest = written.digest()
        change = {"length_bytes": digest.length_bytes, "sha256": digest.sha256}
    changed = type(entries)(**{**entries.model_dump(), **change})
    rewrite(saved, files=(changed, *rest))
    backup = Backup(saved)

    backup.check_files()
    with pytest.raises(BackupDamagedError):
        list(backup.entries())
    assert entries.digest() == Digest(
        length_bytes=entries.length_bytes, sha256=entries.sha256
    )


def test_a_table_that_came_later_is_empty_in_an_older_backup(saved: Path) -> None:
    """The backup of a release that did not have it is restored all the same."""
    found = read_manifest(saved)
    files = tuple(one for one in found.files if one.table != "log_restores")
    rewrite(saved, files=files)

    names = {part.table.name for part in Backup(saved).ledger}

    assert "log_restores" not in names
    assert "state_lots" in names
