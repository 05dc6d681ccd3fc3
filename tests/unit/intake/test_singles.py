"""A single statement is what its key signed, in one reading, or it is refused."""

from collections.abc import Mapping
from typing import Final

import orjson
import pytest

from ledger.domain.errors import RejectionError
from ledger.domain.errors.statements import (
    InvalidStatementError,
    UnknownKeyError,
)
from ledger.integrity import canonical
from ledger.integrity.encoding import b64decode, b64encode
from ledger.integrity.errors import (
    IntegrityError,
    SignatureError,
)
from ledger.integrity.jws import STATEMENT_TYP, sign_jws
from ledger.integrity.keys import KeyUse, SigningKey
from tests.bank import SCHOOL, Bank
from tests.unit.intake.knocking import (
    SCORE,
    awarded,
    disclosing,
    fault_of,
    signed_text,
)

Body = Mapping[str, object]


def test_an_unknown_key_is_refused(bank: Bank) -> None:
    """Before anything that it signed is looked at."""
    stranger = SigningKey.generate(SCHOOL, KeyUse.MEMBER)
    raw = sign_jws(stranger, b"what", typ=STATEMENT_TYP)

    with pytest.raises(UnknownKeyError):
        bank.receive(raw)


def test_the_header_may_be_spelled_freely_and_stays_as_it_came(bank: Bank) -> None:
    """It is signed as it stands: no reader spells it anew."""
    key = bank.keys[SCHOOL]
    header = {"typ": STATEMENT_TYP, "kid": key.kid, "alg": "EdDSA"}
    spaced = b64encode(orjson.dumps(header, option=orjson.OPT_INDENT_2))
    payload = b64encode(canonical.dumps(awarded(bank)))
    signing_input = f"{spaced}.{payload}".encode()
    raw = signing_input + b"." + b64encode(key.sign(signing_input)).encode()

    assert bank.receive(raw).member_bytes == raw


def spelled(statement: object, old: str, *, new: str) -> bytes:
    """Return a statement's JSON with one part spelled otherwise."""
    raw = canonical.dumps(statement)
    assert old.encode() in raw
    return raw.replace(old.encode(), new.encode("utf-8", "surrogatepass"), 1)


R0: Final = '"revision":0'
SPELLINGS: Final = {
    "same-member-twice": (R0, '"revision":0,"revision":0', "duplicate-json-key"),
    "same-escaped": (R0, '"revision":0,"\\u0072evision":1', "duplicate-json-key"),
    "2**53": (R0, '"revision":9007199254740992', "integer-too-large"),
    "2**64": (R0, '"revision":18446744073709551616', "integer-too-large"),
    "leading-zero": (R0, '"revision":00', "not-json"),
    "minus-zero": (R0, '"revision":-0', "float-not-allowed"),
    "float": (R0, '"revision":0.0', "float-not-allowed"),
    "exponent": (R0, '"revision":0e0', "float-not-allowed"),
    "plus": (R0, '"revision":+0', "not-json"),
    "comment": (R0, '"revision":0/**/', "not-json"),
    "nan": (R0, '"revision":NaN', "nan-not-allowed"),
    "lone-surrogate": ('"r7"', '"\\ud83d"', "not-utf-8"),
    "surrogate-in-utf-8": ('"r7"', '"\ud83d"', "not-utf-8"),
    "byte-order-mark": ("{", "\ufeff{", "not-json"),
}


@pytest.mark.parametrize(
    ("old", "new", "code"),
    SPELLINGS.values(),
    ids=SPELLINGS.keys(),
)
def test_json_that_two_readers_read_differently_is_refused(
    bank: Bank, old: str, new: str, code: str
) -> None:
    """Though the signature is good."""
    text = spelled(awarded(bank, revision=0), old, new=new)

    with pytest.raises(IntegrityError) as refused:
        bank.receive(signed_text(bank, text))

    assert refused.value.code == code


FORMS: Final[list[tuple[str, Body, str, str]]] = [
    ("sd-without-its-mark", {"sd": [SCORE.digest]}, "/body/sd", "unknown-field"),
    ("digest-twice", {"_sd": [SCORE.digest] * 2}, "/body/_sd", "invalid-value"),
    ("truth-for-a-number", {"revision": True}, "/body/revision", "invalid-value"),
    ("text-for-a-number", {"revision": "0"}, "/body/revision", "invalid-value"),
    ("number-for-text", {"credits": 3}, "/body/credits", "invalid-value"),
    ("wide-digit", {"credits": "\uff13"}, "/body/credits", "invalid-credits"),
    ("wide-name", {"\uff43redits": "3"}, "/body/\uff43redits", "unknown-field"),
]


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [case[1:] for case in FORMS],
    ids=[case[0] for case in FORMS],
)
def test_a_body_of_another_form_is_refused(
    bank: Bank, changes: Body, pointer: str, code: str
) -> None:
    """Where the fault stands is named."""
    with pytest.raises(InvalidStatementError) as refused:
        bank.receive(bank.sign(awarded(bank, **changes)))

    assert fault_of(refused.value) == (pointer, code)


@pytest.mark.parametrize("text", [b"[]", b'"x"', b"{}", b'{"type":7}'])
def test_what_is_no_statement_is_refused(bank: Bank, text: bytes) -> None:
    """Any JSON can be signed."""
    with pytest.raises(RejectionError) as refused:
        bank.receive(signed_text(bank, text))

    assert refused.value.code == "unknown-type"


def test_base64url_has_one_spelling_in_every_part(bank: Bank) -> None:
    """Padding, stray bits, white space: a log must not hold one fact in many bytes."""
    raw = disclosing(bank, SCORE)
    header, payload, signature = raw.split(b"~")[0].split(b".")
    tail = raw[raw.index(b"~") :]
    for broken in (
        b".".join((header + b"=", payload, signature)),
        b".".join((header, payload + b"==", signature)),
        b".".join((header, payload, signature + b"=")),
        b".".join((header, payload, signature[:-1] + bytes([signature[-1] + 1]))),
        b".".join((header, payload, signature + b"\n")),
        b".".join((header, payload, signature + b"\r\n")),
        b".".join((header, b" " + payload, signature)),
    ):
        with pytest.raises(IntegrityError) as refused:
            bank.receive(broken + tail)
        assert refused.value.code == "not-canonical-base64url"


def test_a_changed_payload_is_refused(bank: Bank) -> None:
    """The signature is over these bytes and no others."""
    header, payload, signature = bank.sign(awarded(bank)).split(b".")
    other = b64encode(b64decode(payload).replace(b'"credits":"3"', b'"credits":"9"'))

    with pytest.raises(SignatureError):
        bank.receive(b".".join((header, other.encode(), signature)))
