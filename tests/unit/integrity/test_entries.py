"""An entry is the bank's line, a newline and the member's bytes, in one spelling."""

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ledger.integrity.entries import (
    ENTRY_BYTES_MAX,
    BankLine,
    Entry,
    check_entry,
    read_entry,
    seal_batch_line,
    seal_batch_lines,
    seal_entry,
    starts_of_batch_lines,
    starts_of_singles,
)
from ledger.integrity.errors import EntryFormError, IntegrityError, OversizedError

AT: Final = "2026-11-22T08:00:00.000Z"
TAG: Final = "A" * 43
SINGLE: Final = BankLine(position=7, recorded_at=AT)
LINE: Final = BankLine(position=9, recorded_at=AT, batch=7, index=1, tags=(TAG,))
PLAIN: Final = BankLine(position=9, recorded_at=AT, batch=7, index=1)
LARGE: Final = BankLine(position=10**15, recorded_at=AT, batch=10**14, index=1)


@pytest.mark.parametrize(
    ("line", "head"),
    [
        (SINGLE, b'{"position":7,"recorded_at":"2026-11-22T08:00:00.000Z"}'),
        (
            LINE,
            b'{"batch":7,"index":1,"position":9,'
            b'"recorded_at":"2026-11-22T08:00:00.000Z","tags":["' + b"A" * 43 + b'"]}',
        ),
    ],
    ids=["single", "line"],
)
@pytest.mark.parametrize("member_bytes", [b"a.b.c", b"", b"{}\n\n{}"])
def test_an_entry_is_taken_apart(
    line: BankLine, head: bytes, member_bytes: bytes
) -> None:
    """At its first newline: the member's bytes are whatever follows."""
    raw = seal_entry(line, member_bytes)

    assert raw == head + b"\n" + member_bytes
    assert read_entry(raw) == Entry(line=line, member_bytes=member_bytes)


HEADS: Final = {
    "empty": b"",
    "no-json": b"{",
    "no-object": b"[]",
    "no-position": b'{"recorded_at":"%b"}' % AT.encode(),
    "position-as-text": b'{"position":"7","recorded_at":"%b"}' % AT.encode(),
    "position-negative": b'{"position":-1,"recorded_at":"%b"}' % AT.encode(),
    "position-minus-zero": b'{"position":-0,"recorded_at":"%b"}' % AT.encode(),
    "position-leading-zero": b'{"position":07,"recorded_at":"%b"}' % AT.encode(),
    "position-float": b'{"position":7.0,"recorded_at":"%b"}' % AT.encode(),
    "position-2**53": b'{"position":9007199254740992,"recorded_at":"%b"}' % AT.encode(),
    "further-member": b'{"note":1,"position":7,"recorded_at":"%b"}' % AT.encode(),
    "null": b'{"batch":null,"position":7,"recorded_at":"%b"}' % AT.encode(),
    "other-order": b'{"recorded_at":"%b","position":7}' % AT.encode(),
    "space": b'{"position": 7,"recorded_at":"%b"}' % AT.encode(),
    "carriage-return": b'{"position":7,"recorded_at":"%b"}\r' % AT.encode(),
    "same-twice": b'{"position":7,"position":7,"recorded_at":"%b"}' % AT.encode(),
    "last-wins": b'{"position":6,"position":7,"recorded_at":"%b"}' % AT.encode(),
    "escaped": b'{"\\u0070osition":7,"recorded_at":"%b"}' % AT.encode(),
    "batch-alone": b'{"batch":7,"position":9,"recorded_at":"%b"}' % AT.encode(),
    "index-null": b'{"batch":7,"index":null,"position":9,"recorded_at":"%b"}'
    % AT.encode(),
    "index-alone": b'{"index":1,"position":9,"recorded_at":"%b"}' % AT.encode(),
    "other-zone": b'{"position":7,"recorded_at":"2026-11-22T08:00:00.000+00:00"}',
    "no-such-hour": b'{"position":7,"recorded_at":"2026-11-22T24:00:00.000Z"}',
    "no-such-month": b'{"position":7,"recorded_at":"2026-13-22T08:00:00.000Z"}',
    "no-tags": b'{"position":7,"recorded_at":"%b","tags":[]}' % AT.encode(),
    "short-tag": b'{"position":7,"recorded_at":"%b","tags":["AAAA"]}' % AT.encode(),
    "stray-bits": b'{"position":7,"recorded_at":"%b","tags":["%b"]}'
    % (AT.encode(), b"A" * 42 + b"B"),
}


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS.keys())
def test_another_line_of_the_bank_is_refused(head: bytes) -> None:
    """The same facts in other bytes would have another leaf hash."""
    with pytest.raises(EntryFormError):
        read_entry(head + b"\na.b.c")


def test_an_entry_without_the_members_part_is_refused() -> None:
    """The newline is what says that it follows."""
    with pytest.raises(EntryFormError):
        read_entry(seal_entry(SINGLE, b"").removesuffix(b"\n"))


def test_an_entry_has_at_most_65535_bytes() -> None:
    """What a tile's length of two bytes can say."""
    head = len(seal_entry(SINGLE, b""))
    fits = b"a" * (ENTRY_BYTES_MAX - head)

    assert read_entry(seal_entry(SINGLE, fits)).member_bytes == fits
    with pytest.raises(OversizedError) as refused:
        seal_entry(SINGLE, fits + b"a")
    assert refused.value.details == {"limit_bytes": ENTRY_BYTES_MAX}
    with pytest.raises(OversizedError):
        read_entry(seal_entry(SINGLE, fits) + b"a")


def test_the_bank_cannot_write_another_line() -> None:
    """A position that is none, or an instant of another form."""
    with pytest.raises(ValidationError):
        BankLine(position=-1, recorded_at=AT)
    with pytest.raises(ValidationError):
        BankLine(position=7, recorded_at="2026-11-22T08:00:00Z")


@pytest.mark.parametrize("tags", [None, (TAG,)])
def test_a_line_of_a_batch_is_sealed_as_its_bank_line_says(
    tags: tuple[str, ...] | None,
) -> None:
    """The writer need not make the line to write it."""
    line = BankLine(position=9, recorded_at=AT, batch=7, index=1, tags=tags)

    raw = seal_batch_line(b"{}", header=7, index=1, recorded_at=AT, tags=tags)

    assert raw == seal_entry(line, b"{}")


@pytest.mark.parametrize("number", [2**53, 9_999_999_999_999_999])
def test_what_is_checked_is_what_can_be_read(number: int) -> None:
    """The store asks for no more than whether it is an entry."""
    right = seal_entry(LINE, b"{}")
    check_entry(right)
    check_entry(seal_entry(SINGLE, b"a" * 100))

    plain = seal_entry(PLAIN, b"")
    for wrong in (
        right[1:],
        right.replace(b'"index":1', b'"index":%d' % number),
        right.replace(b'"position":9', b'"position":%d' % number),
        plain.replace(b'"batch":7', b'"batch":%d' % number),
        plain.replace(b'"position":9', b'"position":%d' % number),
        right + b" " * ENTRY_BYTES_MAX,
        plain + b" " * ENTRY_BYTES_MAX,
    ):
        with pytest.raises(IntegrityError) as read:
            read_entry(wrong)
        with pytest.raises(type(read.value)):
            check_entry(wrong)


def test_what_entries_begin_with_is_what_they_are_sealed_with() -> None:
    """All but the member's bytes."""
    places = range(3, 12)

    singles = list(starts_of_singles(places, recorded_at=AT))
    lines = list(starts_of_batch_lines(7, places, recorded_at=AT))

    assert singles == [
        seal_entry(BankLine(position=one, recorded_at=AT), b"") for one in places
    ]
    assert lines == [
        seal_batch_line(b"", header=7, index=one, recorded_at=AT, tags=None)
        for one in places
    ]


def test_lines_in_a_row_are_sealed_as_each() -> None:
    """None of them may be longer than an entry."""
    said = [b"{}", b"{1}", b""]

    raws = list(seal_batch_lines(said, header=7, first=3, recorded_at=AT))

    assert raws == [
        seal_batch_line(one, header=7, index=index, recorded_at=AT, tags=None)
        for index, one in enumerate(said, 3)
    ]
    room = ENTRY_BYTES_MAX - len(raws[-1])
    (whole,) = seal_batch_lines([b"a" * room], header=7, first=5, recorded_at=AT)
    assert len(whole) == ENTRY_BYTES_MAX
    with pytest.raises(OversizedError):
        list(seal_batch_lines([b"a" * (room + 1)], header=7, first=5, recorded_at=AT))


@given(
    st.sampled_from([SINGLE, LINE, PLAIN, LARGE]),
    st.integers(0, 130),
    st.sampled_from([b"", b"0", b"9", b"-", b" ", b"Z", b'"', b"\n", b"\xff"]),
    st.integers(0, 2),
)
def test_bytes_are_checked_as_they_are_read(
    line: BankLine, at: int, put: bytes, taken: int
) -> None:
    """Whatever is put in or taken out."""
    raw = seal_entry(line, b"{}")
    wrong = raw[:at] + put + raw[at + taken :]

    try:
        read_entry(wrong)
    except IntegrityError as error:
        with pytest.raises(type(error)):
            check_entry(wrong)
    else:
        check_entry(wrong)
