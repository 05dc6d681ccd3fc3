"""Base64url has one spelling."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.integrity.encoding import b64decode, b64encode


@pytest.mark.parametrize("data", [b"", b"\x00", b"\xff\xfe", b"abc", bytes(range(256))])
def test_what_is_encoded_is_decoded_again(data: bytes) -> None:
    """Every length comes back, as text and as bytes."""
    text = b64encode(data)

    assert b64decode(text) == data
    assert b64decode(text.encode()) == data
    assert "=" not in text


@pytest.mark.parametrize(
    "text",
    ["AA==", "A", "AB", "AAB", "A+A/", "AA A", "AAAA\n", "ÄÄÄÄ", "AA.A", "A" * 5],
    ids=[
        "padding",
        "one-character",
        "stray-bits-of-1-byte",
        "stray-bits-of-2-bytes",
        "plain-base64",
        "space",
        "newline",
        "not-ascii",
        "dot",
        "impossible-length",
    ],
)
def test_any_other_spelling_is_refused(text: str) -> None:
    """Two texts never stand for the same bytes."""
    with pytest.raises(ValueError, match=r".*"):
        b64decode(text)


def read_twice(raw: bytes) -> bytes | None:
    """Return what base64url says, None if writing it again gives another text."""
    try:
        data = urlsafe_b64decode(raw + b"=" * (-len(raw) % 4))
    except binascii.Error:
        return None
    return data if urlsafe_b64encode(data).rstrip(b"=") == raw else None


@given(st.text(alphabet="AQgw0EZz-_+/=! \n\x80bcd", max_size=9) | st.binary(max_size=9))
def test_what_is_read_would_be_written_so(spelled: str | bytes) -> None:
    """Nothing else is, of whatever letters and length."""
    raw = spelled.encode("latin-1") if isinstance(spelled, str) else spelled

    try:
        found: bytes | None = b64decode(raw)
    except ValueError:
        found = None

    assert found == read_twice(raw)
