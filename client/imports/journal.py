"""Every signed batch is on the disk before it is sent, and its outcome after.

A process that is killed between the two leaves a batch without an outcome: its very
bytes are sent again, and the bank answers as it did the first time. Files are numbered
in the order of sending: ``000001.batch`` (the bytes as posted) and
``000001.receipt.json`` or ``000001.refusal.json``.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import orjson

from client.files import make_private_folder, write_whole
from ledger.integrity import canonical
from ledger.integrity.batch import BatchLine, read_batch
from ledger.integrity.receipts import BatchReceipt

_BATCH: Final = ".batch"
_RECEIPT: Final = ".receipt.json"
_REFUSAL: Final = ".refusal.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A signed batch that is on the disk: ``raw`` is what is posted."""

    number: int
    raw: bytes

    def lines(self) -> tuple[BatchLine, ...]:
        """Return the batch's lines."""
        return read_batch(self.raw).lines


class Journal:
    """The folder that remembers one import into one ledger."""

    def __init__(self, folder: Path) -> None:
        """Open the folder, making it if need be."""
        make_private_folder(folder)
        self.folder = folder

    @classmethod
    def beside(cls, path: Path, *, member_id: str, ledger: str) -> "Journal":
        """Open the journal of a file's import, which lies beside the file."""
        digest = hashlib.sha256(ledger.encode()).hexdigest()[:12]
        return cls(path.with_name(f"{path.name}.import") / f"{member_id}-{digest}")

    def write(self, raw: bytes) -> Written:
        """Bring a signed batch down to the disk, before it is sent."""
        number = max(self._numbers(), default=0) + 1
        write_whole(self._path(number, _BATCH), raw)
        return Written(number=number, raw=raw)

    def pending(self) -> Iterator[Written]:
        """Yield the batches whose outcome is not known, in the order of sending."""
        for number in self._numbers():
            settled = (_RECEIPT, _REFUSAL)
            if not any(self._path(number, kind).exists() for kind in settled):
                yield self._read(number)

    def accept(self, written: Written, receipt: BatchReceipt) -> None:
        """Note that the bank holds the batch."""
        raw = receipt.model_dump_json(exclude_none=True).encode()
        write_whole(self._path(written.number, _RECEIPT), raw)

    def refuse(
        self, written: Written, code: str, *, known: Iterable[int], evidence: str | None
    ) -> None:
        """Note that the bank refused it, and which lines it holds already."""
        document = {"code": code, "known": sorted(known), "refusal": evidence}
        raw = orjson.dumps(document, option=orjson.OPT_SORT_KEYS)
        write_whole(self._path(written.number, _REFUSAL), raw)

    def done(self) -> set[bytes]:
        """Return the content (see ``content_key``) that the bank is known to hold."""
        found: set[bytes] = set()
        for number in self._numbers():
            if self._path(number, _RECEIPT).exists():
                found.update(map(line_key, self._read(number).lines()))
            elif self._path(number, _REFUSAL).exists():
                refusal = orjson.loads(self._path(number, _REFUSAL).read_bytes())
                if refusal["known"]:
                    lines = self._read(number).lines()
                    found.update(line_key(lines[index]) for index in refusal["known"])
        return found

    def _numbers(self) -> list[int]:
        files = self.folder.glob(f"*{_BATCH}")
        return sorted(int(path.stem) for path in files if path.stem.isdigit())

    def _read(self, number: int) -> Written:
        return Written(number=number, raw=self._path(number, _BATCH).read_bytes())

    def _path(self, number: int, kind: str) -> Path:
        return self.folder / f"{number:06d}{kind}"


def content_key(type_name: str, body: object) -> bytes:
    """Return what tells one content from another, whenever it was signed: 16 bytes."""
    return hashlib.sha256(canonical.dumps([type_name, body])).digest()[:16]


def line_key(line: BatchLine) -> bytes:
    """Return the key of a signed line's content."""
    statement = orjson.loads(line.statement)
    return content_key(statement["type"], statement["body"])
