"""A refusal is evidence: signed, and about one statement."""

import pytest
from pydantic import ValidationError

from ledger.integrity.errors import (
    IntegrityError,
    KeyIdError,
    KeyUseError,
    NonCanonicalError,
    RefusalError,
    SignatureError,
    TypError,
)
from ledger.integrity.jws import REFUSAL_TYP, STATEMENT_TYP, read_jws, sign_jws
from ledger.integrity.keys import KeyUse, SigningKey
from ledger.integrity.refusals import (
    POINTER_CHARACTERS_MAX,
    Refusal,
    RefusedFault,
    read_refusal,
    sign_refusal,
)
from tests.unit.integrity.forge import KEY, forge, header_of

SERVICE = SigningKey.generate("operator", KeyUse.SERVICE)


def refusal(*errors: RefusedFault) -> Refusal:
    """Return a refusal of some statement."""
    return Refusal(
        iss="cqvtc",
        id="3f0e1f0a-6f0b-4c3f-9f59-4c3d7b1d4b11",
        payload_hash="A" * 43,
        errors=errors or (RefusedFault(code="award-exists", pointer="/body/学"),),
        decided_at_position=41,
        at="2026-11-22T08:00:00.000Z",
    )


def test_a_signed_refusal_is_read_back() -> None:
    """With the code of its first error."""
    one = refusal(
        RefusedFault(code="award-exists", pointer="/body", line=7),
        RefusedFault(code="unknown-account", pointer="", line=9),
    )

    read = read_refusal(sign_refusal(one, SERVICE), key=SERVICE.public)

    assert read == one
    assert read.code == "award-exists"


def test_its_payload_is_canonical_and_complete() -> None:
    """The bytes are those of the specification; absent members are absent."""
    signed = read_jws(sign_refusal(refusal(), SERVICE).encode(), typ=REFUSAL_TYP)

    assert (
        signed.payload
        == (
            '{"at":"2026-11-22T08:00:00.000Z","code":"award-exists",'
            '"decided_at_position":41,'
            '"errors":[{"code":"award-exists","pointer":"/body/学"}],'
            '"id":"3f0e1f0a-6f0b-4c3f-9f59-4c3d7b1d4b11","iss":"cqvtc",'
            '"payload_hash":"' + "A" * 43 + '"}'
        ).encode()
    )


def test_only_the_bank_refuses() -> None:
    """Neither a member's key nor a stranger's service key makes a refusal."""
    stranger = SigningKey.generate("operator", KeyUse.SERVICE)
    token = sign_refusal(refusal(), stranger)

    with pytest.raises(KeyUseError):
        sign_refusal(refusal(), KEY)
    with pytest.raises(KeyIdError):
        read_refusal(token, key=SERVICE.public)
    forged = forge(
        header_of(SERVICE, typ=REFUSAL_TYP),
        read_jws(token.encode(), typ=REFUSAL_TYP).payload,
        key=stranger,
    )
    with pytest.raises(SignatureError):
        read_refusal(forged.decode(), key=SERVICE.public)


def test_another_document_is_no_refusal() -> None:
    """Though the bank signed it."""
    good = read_jws(sign_refusal(refusal(), SERVICE).encode(), typ=REFUSAL_TYP).payload
    statement = sign_jws(SERVICE, good, typ=STATEMENT_TYP).decode()
    other_code = good.replace(b'"code":"award-exists","d', b'"code":"other","d')
    spaced = good.replace(b",", b", ")

    with pytest.raises(TypError):
        read_refusal(statement, key=SERVICE.public)
    for payload in (b"{}", b"[]", other_code):
        token = sign_jws(SERVICE, payload, typ=REFUSAL_TYP).decode()
        with pytest.raises(RefusalError):
            read_refusal(token, key=SERVICE.public)
    with pytest.raises(NonCanonicalError):
        read_refusal(
            sign_jws(SERVICE, spaced, typ=REFUSAL_TYP).decode(), key=SERVICE.public
        )


@pytest.mark.parametrize("token", ["\ud800", "é.é.é", "a.b.\udfff"])
def test_what_is_no_ascii_is_no_refusal(token: str) -> None:
    """JSON can hold any character in the place of a token."""
    with pytest.raises(IntegrityError):
        read_refusal(token, key=SERVICE.public)


def test_a_refusal_names_an_error() -> None:
    """Without one it says nothing."""
    with pytest.raises(ValidationError):
        Refusal(
            iss="cqvtc",
            id="x",
            payload_hash="A" * 43,
            errors=(),
            decided_at_position=-1,
            at="2026-11-22T08:00:00.000Z",
        )


def test_many_errors_are_cut_until_they_fit() -> None:
    """The first ones stay: evidence needs one."""
    errors = tuple(
        RefusedFault(code="award-exists", pointer="/body/reference_tag", line=number)
        for number in range(1000)
    )

    read = read_refusal(sign_refusal(refusal(*errors), SERVICE), key=SERVICE.public)

    assert read.errors == errors[:250]


def test_a_long_pointer_is_cut() -> None:
    """Whoever sent the statement chose the names in it."""
    fault = RefusedFault(code="unexpected-member", pointer="/" + "学" * 10_000)

    assert len(fault.pointer) == POINTER_CHARACTERS_MAX
    read_refusal(sign_refusal(refusal(fault), SERVICE), key=SERVICE.public)
