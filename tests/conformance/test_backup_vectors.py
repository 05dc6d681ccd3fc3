"""A backup can be read by anybody with gzip, JSON and SHA-256."""

from pathlib import Path
from typing import Any, Final

import orjson
from sqlalchemy import Table

from ledger.backup.files import Digest, read_lines
from ledger.backup.manifest import MANIFEST, Manifest, read_manifest, write_manifest
from ledger.backup.rows import RowForm
from ledger.backup.tables import ledger_parts, vault_parts
from tests.conformance.vectors_of import read_vectors

VECTORS: Final = read_vectors("backup.json")
TABLES: Final = {
    part.table.name: part.table for part in (*ledger_parts(), *vault_parts())
}


def values_of(table: Table, row: dict[str, Any]) -> list[object]:
    """Return a row's values in the order of the columns; Any: plain JSON."""
    found = [row[column.name] for column in table.columns]
    return [
        bytes.fromhex(one["hex"]) if isinstance(one, dict) else one for one in found
    ]


def test_a_manifest_is_canonical_json_and_its_digest(tmp_path: Path) -> None:
    """Written from its value, and read back to it."""
    written = VECTORS["manifest"]["written"].encode()
    value = Manifest.model_validate_json(orjson.dumps(VECTORS["manifest"]["value"]))
    (tmp_path / MANIFEST).write_bytes(written)

    assert write_manifest(value) == written
    assert read_manifest(tmp_path) == value


def test_a_row_is_an_array_of_its_columns() -> None:
    """Bytes in base64url, text as it is, and null where there is nothing."""
    for one in VECTORS["rows"]:
        table = TABLES[one["table"]]
        form = RowForm(table)
        assert [column.name for column in table.columns] == one["columns"]
        for row, line in zip(one["values"], one["lines"], strict=True):
            values = values_of(table, row)

            assert form.write(values) == line.encode()
            assert list(form.read(line.encode()).values()) == values


def test_a_file_is_gzip_under_its_digest(tmp_path: Path) -> None:
    """Whatever compressor made it."""
    file = VECTORS["file"]
    path = Path(file["path"])
    (tmp_path / path).parent.mkdir()
    (tmp_path / path).write_bytes(bytes.fromhex(file["bytes_hex"]))
    digest = Digest(length_bytes=file["length_bytes"], sha256=file["sha256"])

    lines = list(read_lines(tmp_path, file["path"], expected=digest))

    assert lines == [line.encode() for line in VECTORS["rows"][2]["lines"]]
    assert len(lines) == file["rows"]
