"""Every code that an audit can report has its class; the page on findings agrees."""

import re
from pathlib import Path
from typing import Final

from ledger.audit.classes import CLASSES, FindingClass, class_of

ROOT: Final = Path(__file__).resolve().parents[2]
REPORTED: Final = re.compile(
    r"""(?:_report\w*\(\s*(?:[\w.]+,\s*)?|\bcode=|^    code = )"([a-z-]+)\"""",
    re.MULTILINE,
)
ROW: Final = re.compile(r"^\| `([a-z]+)` \| [^|]+ \| ([^|]+) \|$", re.MULTILINE)


def test_every_code_that_the_audit_names_has_a_class() -> None:
    """None falls to the class of unreadable entries by being forgotten."""
    named = {
        code
        for file in (ROOT / "ledger/audit").glob("*.py")
        for code in REPORTED.findall(file.read_text())
    }

    assert {"root-mismatch", "line-without-header", "books-disagree"} <= named
    assert named <= CLASSES.keys()


def test_the_page_on_findings_lists_each_code_in_its_class() -> None:
    """And no other."""
    page = (ROOT / "docs/spec/findings.md").read_text()
    listed = {
        code: FindingClass(kind)
        for kind, codes in ROW.findall(page)
        for code in re.findall(r"`([a-z-]+)`", codes)
    }

    assert listed == CLASSES
    assert set(listed.values()) == set(FindingClass)


def test_an_entry_that_cannot_be_read_is_wrong_in_its_bytes() -> None:
    """Whatever its reader calls the fault."""
    assert class_of("not-canonical-json") is FindingClass.BYTES
