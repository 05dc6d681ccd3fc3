"""A JWS has exactly our form, and the key decides how it is verified."""

from collections.abc import Callable

import orjson
import pytest

from ledger.integrity import canonical
from ledger.integrity.encoding import b64encode
from ledger.integrity.errors import (
    AlgorithmError,
    AlgorithmMismatchError,
    Base64UrlError,
    HeaderError,
    IntegrityError,
    JwsFormError,
    KeyIdError,
    KeyUseError,
    OversizedError,
    SignatureError,
    TypError,
)
from ledger.integrity.jws import (
    BATCH_TYP,
    JWS_BYTES_MAX,
    POSSESSION_TYP,
    REFUSAL_TYP,
    STATEMENT_TYP,
    has_typ,
    read_jws,
    sign_jws,
    verify_jws,
)
from ledger.integrity.keys import Algorithm, KeyUse, SigningKey
from tests.unit.integrity.forge import KEY, P256_KEY, STRANGER, forge, header_of

PAYLOAD = '{"title":"焊接"}'.encode()


@pytest.mark.parametrize("key", [KEY, P256_KEY], ids=["EdDSA", "ES256"])
def test_what_is_signed_verifies(key: SigningKey) -> None:
    """All parts come back as they were signed."""
    raw = sign_jws(key, PAYLOAD, typ=STATEMENT_TYP)

    signed = read_jws(raw, typ=STATEMENT_TYP)
    verify_jws(signed, key.public)

    assert (signed.raw, signed.payload) == (raw, PAYLOAD)
    assert (signed.kid, signed.algorithm) == (key.kid, key.algorithm)
    assert signed.signing_input + b"." + b64encode(signed.signature).encode() == raw


def test_members_of_the_header_may_stand_in_any_order() -> None:
    """Other libraries write them as they like."""
    header = orjson.dumps(
        dict(reversed(header_of().items())), option=orjson.OPT_INDENT_2
    )

    verify_jws(read_jws(forge(header), typ=STATEMENT_TYP), KEY.public)


HEADERS: list[tuple[str, object, type[IntegrityError], str]] = [
    ("alg-none", header_of(alg="none"), AlgorithmError, "/alg"),
    ("alg-hs256", header_of(alg="HS256"), AlgorithmError, "/alg"),
    ("alg-in-lower-case", header_of(alg="eddsa"), AlgorithmError, "/alg"),
    ("alg-es384", header_of(alg="ES384"), AlgorithmError, "/alg"),
    ("no-alg", header_of(alg=None), HeaderError, ""),
    ("no-kid", header_of(kid=None), HeaderError, ""),
    ("no-typ", header_of(typ=None), HeaderError, ""),
    ("crit", header_of(crit=["b64"]), HeaderError, ""),
    ("embedded-key", header_of(jwk=dict(KEY.public.jwk)), HeaderError, ""),
    ("b64", header_of(b64=False), HeaderError, ""),
    ("alg-no-text", header_of(alg=["EdDSA"]), HeaderError, ""),
    ("kid-no-text", header_of(kid=7), HeaderError, ""),
    ("typ-no-text", header_of(typ={}), HeaderError, ""),
    ("kid-no-key-id", header_of(kid="cqvtc"), HeaderError, "/kid"),
    ("kid-with-newline", header_of(kid=KEY.kid + "\n"), HeaderError, "/kid"),
    ("other-typ", header_of(typ=BATCH_TYP), TypError, "/typ"),
    ("typ-jwt", header_of(typ="JWT"), TypError, "/typ"),
    (
        "repeated-alg",
        b'{"alg":"none",' + orjson.dumps(header_of())[1:],
        HeaderError,
        "",
    ),
    ("no-object", b"[]", HeaderError, ""),
    ("no-json", b"{", HeaderError, ""),
    ("empty", b"", HeaderError, ""),
    ("oversized", orjson.dumps(header_of()) + b" " * 512, HeaderError, ""),
]


@pytest.mark.parametrize(
    ("header", "error", "pointer"),
    [case[1:] for case in HEADERS],
    ids=[case[0] for case in HEADERS],
)
def test_any_other_header_is_refused(
    header: dict[str, object] | bytes, error: type[IntegrityError], pointer: str
) -> None:
    """Well signed or not: the signature is not even looked at."""
    with pytest.raises(IntegrityError) as refused:
        read_jws(forge(header), typ=STATEMENT_TYP)

    assert type(refused.value) is error
    assert refused.value.pointer == pointer


@pytest.mark.parametrize("parts", [1, 2, 4, 5])
def test_a_jws_has_three_parts(parts: int) -> None:
    """Five parts would be an encrypted one."""
    with pytest.raises(JwsFormError) as refused:
        read_jws(b".".join([b"e30"] * parts), typ=STATEMENT_TYP)

    assert refused.value.details == {"parts": parts}


SPELLINGS: list[tuple[str, Callable[[bytes], bytes]]] = [
    ("padding", lambda part: part + b"=" * (-len(part) % 4 or 4)),
    ("stray-bits", lambda part: part[:-1] + bytes([part[-1] + 1])),
    ("newline", lambda part: part + b"\n"),
    ("space", lambda part: b" " + part),
    ("plain-base64", lambda part: b"+/" + part),
]


@pytest.mark.parametrize("index", [0, 1, 2], ids=["header", "payload", "signature"])
@pytest.mark.parametrize("number", range(5), ids=[name for name, _ in SPELLINGS])
def test_base64url_has_one_spelling(index: int, number: int) -> None:
    """Else one statement could be sent in many bytes."""
    # Both the header and the payload end in a byte of their own: stray bits are left.
    header = orjson.dumps(header_of())
    header += b" " * (1 - len(header) % 3)
    parts = forge(header, b"{}  ").split(b".")
    parts[index] = SPELLINGS[number][1](parts[index])

    with pytest.raises(Base64UrlError) as refused:
        read_jws(b".".join(parts), typ=STATEMENT_TYP)

    assert refused.value.details["part"] == ("header", "payload", "signature")[index]


def test_sizes_are_limited() -> None:
    """Before anything is decoded, and once more for the payload alone."""
    fits = sign_jws(KEY, b" " * canonical.BYTES_MAX, typ=STATEMENT_TYP)
    large = sign_jws(KEY, b" " * (canonical.BYTES_MAX + 1), typ=STATEMENT_TYP)

    assert len(read_jws(fits, typ=STATEMENT_TYP).payload) == canonical.BYTES_MAX
    with pytest.raises(OversizedError) as refused:
        read_jws(large, typ=STATEMENT_TYP)
    assert refused.value.details == {"limit_bytes": canonical.BYTES_MAX}
    with pytest.raises(OversizedError) as refused:
        read_jws(b"." * (JWS_BYTES_MAX + 1), typ=STATEMENT_TYP)
    assert refused.value.details == {"limit_bytes": JWS_BYTES_MAX}


def test_a_signature_over_other_bytes_is_refused() -> None:
    """Header, payload and signature belong together."""
    ours = sign_jws(KEY, PAYLOAD, typ=STATEMENT_TYP).split(b".")
    other = sign_jws(KEY, b"{}", typ=STATEMENT_TYP).split(b".")

    spliced = b".".join((ours[0], other[1], ours[2]))

    with pytest.raises(SignatureError):
        verify_jws(read_jws(spliced, typ=STATEMENT_TYP), KEY.public)


def test_a_signature_by_another_key_is_refused() -> None:
    """Whose name stands in the header does not matter."""
    raw = forge(header_of(), key=STRANGER)

    with pytest.raises(SignatureError):
        verify_jws(read_jws(raw, typ=STATEMENT_TYP), KEY.public)


def test_a_key_that_the_header_does_not_name_is_refused() -> None:
    """Even if its signature is good: whoever looked up the key took the wrong one."""
    raw = forge(header_of(kid=STRANGER.kid), key=KEY)

    with pytest.raises(KeyIdError):
        verify_jws(read_jws(raw, typ=STATEMENT_TYP), KEY.public)


@pytest.mark.parametrize(
    ("key", "alg"), [(KEY, "ES256"), (P256_KEY, "EdDSA")], ids=["EdDSA", "ES256"]
)
def test_the_key_decides_the_algorithm(key: SigningKey, alg: str) -> None:
    """The header says another one: refused, not tried."""
    raw = forge(header_of(key, alg=alg), key=key)

    with pytest.raises(AlgorithmMismatchError) as refused:
        verify_jws(read_jws(raw, typ=STATEMENT_TYP), key.public)

    assert refused.value.details == {"expected": key.algorithm.value}


@pytest.mark.parametrize("cut", [0, 63, 65, 71])
def test_an_es256_signature_has_64_bytes(cut: int) -> None:
    """R || s, as long as they always are."""
    raw = sign_jws(P256_KEY, PAYLOAD, typ=STATEMENT_TYP)
    head, _, _ = raw.rpartition(b".")
    signature = read_jws(raw, typ=STATEMENT_TYP).signature
    other = (signature + bytes(8))[:cut]

    with pytest.raises(SignatureError):
        verify_jws(
            read_jws(head + b"." + b64encode(other).encode(), typ=STATEMENT_TYP),
            P256_KEY.public,
        )


def test_the_type_can_be_asked_for() -> None:
    """Without trusting it."""
    raw = sign_jws(KEY, PAYLOAD, typ=BATCH_TYP)

    assert has_typ(raw, BATCH_TYP)
    assert not has_typ(raw, STATEMENT_TYP)
    with pytest.raises(IntegrityError):
        has_typ(b"what is this", BATCH_TYP)


@pytest.mark.parametrize(
    ("typ", "uses"),
    [
        (STATEMENT_TYP, {KeyUse.MEMBER, KeyUse.SERVICE}),
        (BATCH_TYP, {KeyUse.MEMBER, KeyUse.SERVICE}),
        (POSSESSION_TYP, set(KeyUse)),
        (REFUSAL_TYP, {KeyUse.SERVICE}),
    ],
)
def test_a_key_signs_only_what_its_use_is_for(typ: str, uses: set[KeyUse]) -> None:
    """A checkpoint key signs no statement, and a member's no refusal."""
    for use in KeyUse:
        key = SigningKey.generate("cqvtc", use)
        if use in uses:
            verify_jws(read_jws(sign_jws(key, b"{}", typ=typ), typ=typ), key.public)
        else:
            with pytest.raises(KeyUseError):
                sign_jws(key, b"{}", typ=typ)


def test_algorithms_are_a_closed_set() -> None:
    """A further suite is a decision, and has tests."""
    assert {one.value for one in Algorithm} == {"EdDSA", "ES256"}
