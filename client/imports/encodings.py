"""Which encoding a file has.

The rule, numbered in the code:

1. A spreadsheet (XLSX, XLS) or UTF-16 text is refused by its first bytes.
2. With a byte order mark of UTF-8, or valid UTF-8 throughout: UTF-8.
3. Else, if read as UTF-8 it holds more Chinese characters than broken ones: damaged
   UTF-8, refused with the line. (In GB18030 text nearly every character breaks.)
4. Else, valid GB18030 throughout (GBK and GB2312 are parts of it): GB18030.
5. Else it is refused.

A file of the one encoding that happens to be valid in the other is possible only if it
is a few characters long; ``--encoding`` settles it.
"""

from pathlib import Path
from typing import Final

from client.imports.faults import CellError
from client.imports.texts import Code

UTF_8: Final = "utf-8-sig"
GB18030: Final = "gb18030"

_SPREADSHEETS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")
_REPLACEMENT: Final = "\ufffd"
_FIRST_HAN: Final = "\u2e80"


def detect_encoding(path: Path) -> str:
    """Return the encoding of a file by the rule above.

    Raises:
        CellError: ``spreadsheet``, ``utf-16``, ``damaged-utf-8``, ``unknown-encoding``;
            the last two with the ``line``.
    """
    with path.open("rb") as file:
        start = file.read(4)
    if start.startswith(_SPREADSHEETS):  # 1
        raise CellError(Code.SPREADSHEET)
    if start.startswith(_UTF_16):
        raise CellError(Code.UTF_16)
    broken = _first_broken_line(path, UTF_8)
    if broken is None:  # 2
        return UTF_8
    if start.startswith(b"\xef\xbb\xbf") or _is_mostly_utf_8(path):  # 3
        raise CellError(Code.DAMAGED_UTF_8, line=broken)
    broken = _first_broken_line(path, GB18030)
    if broken is None:  # 4
        return GB18030
    raise CellError(Code.UNKNOWN_ENCODING, line=broken)  # 5


def _first_broken_line(path: Path, encoding: str) -> int | None:
    """Return the first line that is not valid; no encoding here hides a line's end."""
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                line.decode(encoding)
            except UnicodeDecodeError:
                return number
    return None


def _is_mostly_utf_8(path: Path) -> bool:
    whole = broken = 0
    with path.open("r", encoding="utf-8", errors="replace") as file:
        for line in file:
            broken += line.count(_REPLACEMENT)
            whole += sum(letter >= _FIRST_HAN for letter in line)
    return whole - broken > broken
