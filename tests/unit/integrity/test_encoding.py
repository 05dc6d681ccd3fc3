"""Base64url has one spelling."""

import pytest

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
