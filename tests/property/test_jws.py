"""Signatures, for all payloads and for every changed byte."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.integrity.encoding import b64decode, b64encode
from ledger.integrity.errors import IntegrityError
from ledger.integrity.jws import STATEMENT_TYP, read_jws, sign_jws, verify_jws
from ledger.integrity.keys import Algorithm, KeyUse, SigningKey

KEYS = [
    SigningKey.generate("cqvtc", KeyUse.MEMBER, algorithm=algorithm)
    for algorithm in Algorithm
]


@given(st.sampled_from(KEYS), st.binary(max_size=200))
def test_what_is_signed_verifies(key: SigningKey, payload: bytes) -> None:
    """Whatever the payload is."""
    signed = read_jws(sign_jws(key, payload, typ=STATEMENT_TYP), typ=STATEMENT_TYP)

    verify_jws(signed, key.public)

    assert signed.payload == payload


@given(st.sampled_from(KEYS), st.binary(max_size=60), st.data())
def test_every_changed_byte_is_found(
    key: SigningKey, payload: bytes, data: st.DataObject
) -> None:
    """In the header, the payload, the signature or between them."""
    raw = bytearray(sign_jws(key, payload, typ=STATEMENT_TYP))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))

    with pytest.raises(IntegrityError):
        verify_jws(read_jws(bytes(raw), typ=STATEMENT_TYP), key.public)


@given(st.binary(max_size=120))
def test_any_bytes_are_refused(raw: bytes) -> None:
    """With one of our errors and no other."""
    with pytest.raises(IntegrityError):
        read_jws(raw, typ=STATEMENT_TYP)


@given(st.binary(max_size=50))
def test_base64url_is_one_to_one(data: bytes) -> None:
    """Decoding is the exact inverse of encoding."""
    assert b64decode(b64encode(data)) == data


@given(st.text(st.sampled_from("AQgwBZ-_+/=. \n"), max_size=9))
def test_base64url_has_one_spelling(text: str) -> None:
    """A text is refused, or it is what its bytes encode to."""
    try:
        data = b64decode(text)
    except ValueError:
        return
    assert b64encode(data) == text
