"""Cells are read strictly, and their encoding is found by a stated rule."""

from collections.abc import Callable
from pathlib import Path

import pytest

from client.imports import cells
from client.imports.encodings import GB18030, UTF_8, detect_encoding
from client.imports.faults import CellError, FaultList, shown
from client.imports.texts import TEXTS, Code


def wide(text: str) -> str:
    """Return digits and points as a Chinese keyboard may write them."""
    return "".join(chr(ord(sign) + 0xFEE0) if sign != "/" else sign for sign in text)


@pytest.mark.parametrize(
    "text",
    [
        "2026-06-01",
        "2026/6/1",
        "2026.06.1",
        "20260601",
        "2026年6月1日",
        " 2026-6-1 ",
        wide("2026/6/1"),
    ],
)
def test_a_date_with_the_year_first_is_understood(text: str) -> None:
    """However it is written."""
    assert cells.read_date(text) == "2026-06-01"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("6/1/2026", "ambiguous-date"),
        ("01-06-26", "ambiguous-date"),
        ("2026-13-01", "not-a-date"),
        ("2026-02-30", "not-a-date"),
        ("2026-6/1", "not-a-date"),
        ("202661", "not-a-date"),
        ("46174", "not-a-date"),
        ("2026-06-01 00:00:00", "not-a-date"),
        ("=TODAY()", "not-a-date"),
        ("1026-06-01", "not-a-date"),
    ],
)
def test_any_other_date_is_refused(text: str, code: str) -> None:
    """Nothing is guessed."""
    with pytest.raises(CellError) as caught:
        cells.read_date(text)

    assert caught.value.code == code


@pytest.mark.parametrize(
    ("text", "amount"),
    [("3", "3"), ("3.0", "3"), ("2.50", "2.5"), (wide("0.5"), "0.5"), ("0", "0")],
)
def test_an_amount_has_one_spelling(text: str, amount: str) -> None:
    """So that the same amount has the same bytes."""
    assert cells.read_amount(text) == amount


@pytest.mark.parametrize("text", ["-1", "1,000", "3.1234", ".5", "1e3", "+3", "=1+1"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    """Not even what a spreadsheet would compute."""
    with pytest.raises(CellError, match="not-an-amount"):
        cells.read_amount(text)


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("WELD-1", "cqvtc/WELD-1@7"),
        ("WELD-1@2", "cqvtc/WELD-1@2"),
        ("works/X@3", "works/X@3"),
    ],
)
def test_an_achievement_is_ones_own_by_default(text: str, reference: str) -> None:
    """Member and version may stand with it."""
    found = cells.read_achievement(text, member_id="cqvtc", version=7)

    assert found == reference


@pytest.mark.parametrize(
    "read",
    [
        lambda: cells.read_achievement("焊接", member_id="cqvtc", version=1),
        lambda: cells.read_whole("1.5"),
        lambda: cells.read_passed("也许"),
        lambda: cells.read_choice("unknown", cells.ATTEMPTS),
        lambda: cells.read_learner_id("learner_1"),
    ],
    ids=["achievement", "number", "passed", "choice", "learner"],
)
def test_what_is_not_asked_for_is_refused(read: Callable[[], object]) -> None:
    """Every reader refuses what it does not know."""
    with pytest.raises(CellError) as caught:
        read()

    assert TEXTS[Code(caught.value.code)].format_map(caught.value.facts)


def test_words_are_understood_in_both_languages() -> None:
    """As registrars write them."""
    assert cells.read_passed("合格")
    assert cells.read_passed("Yes")
    assert not cells.read_passed("不及格")
    assert cells.read_choice("补考", cells.ATTEMPTS) == "resit"
    assert cells.read_whole(wide("12")) == 12
    assert cells.read_learner_id("learner_" + "0" * 32) == "learner_" + "0" * 32


def write(tmp_path: Path, raw: bytes) -> Path:
    """Write a file to look at."""
    path = tmp_path / "a.csv"
    path.write_bytes(raw)
    return path


CHINESE = "学号,成绩编号\n2026001,甲乙丙丁戊己\n"


@pytest.mark.parametrize(
    ("raw", "encoding"),
    [
        (CHINESE.encode(), UTF_8),
        (CHINESE.encode("utf-8-sig"), UTF_8),
        (b"a,b\n1,2\n", UTF_8),
        (b"", UTF_8),
        (CHINESE.encode("gb18030"), GB18030),
        ("学号\n𠮷\n".encode("gb18030"), GB18030),
        ("a\n联通\n".encode("gbk"), GB18030),
    ],
)
def test_the_encoding_is_found(tmp_path: Path, raw: bytes, encoding: str) -> None:
    """UTF-8 with and without its mark, GBK, GB18030."""
    assert detect_encoding(write(tmp_path, raw)) == encoding


@pytest.mark.parametrize(
    ("raw", "code", "line"),
    [
        (CHINESE.encode("utf-16"), "utf-16", None),
        (b"PK\x03\x04rest", "spreadsheet", None),
        (b"\xd0\xcf\x11\xe0rest", "spreadsheet", None),
        (CHINESE.encode() + b"\xe7\x94\n", "damaged-utf-8", 3),
        (CHINESE.encode("utf-8-sig") + b"\xff\n", "damaged-utf-8", 3),
        (b"a,b\n\xff\xff\n", "unknown-encoding", 2),
    ],
)
def test_what_has_no_clear_encoding_is_refused(
    tmp_path: Path, raw: bytes, code: str, line: int | None
) -> None:
    """With the line, where there is one; never a guess that garbles names."""
    with pytest.raises(CellError) as caught:
        detect_encoding(write(tmp_path, raw))

    assert (caught.value.code, caught.value.facts.get("line")) == (code, line)


def test_every_code_has_a_text() -> None:
    """And no text is without its code."""
    assert set(TEXTS) == set(Code)


def test_a_shown_value_is_short_and_harmless() -> None:
    """Control signs are escaped, long values cut."""
    assert shown("\x1b[31mred") == "'\\x1b[31mred'"
    assert len(shown("x" * 1000)) < 40


def test_only_the_first_thousand_faults_are_kept() -> None:
    """All are counted."""
    faults = FaultList()
    for row in range(1500):
        faults.add(Code.EMPTY_CELL, row=row)

    assert (len(faults.result().kept), faults.result().count) == (1000, 1500)
