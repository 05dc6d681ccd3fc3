"""A key is declared by whoever holds it, for one member, ledger and use."""

import pytest

from ledger.integrity import canonical
from ledger.integrity.declarations import declare, verify_declaration
from ledger.integrity.errors import (
    AlgorithmError,
    AlgorithmMismatchError,
    DeclarationError,
    IntegrityError,
    KeyIdError,
    KeyMaterialError,
    KeyUseError,
    PossessionError,
)
from ledger.integrity.jws import POSSESSION_TYP, STATEMENT_TYP, sign_jws
from ledger.integrity.keys import KeyUse, SigningKey
from tests.unit.integrity.forge import KEY, LEDGER, P256_KEY, STRANGER, forge, header_of

DECLARED = declare(KEY, audience=LEDGER)


@pytest.mark.parametrize("use", list(KeyUse))
@pytest.mark.parametrize("key", [KEY, P256_KEY], ids=["EdDSA", "ES256"])
def test_a_declared_key_is_read(key: SigningKey, use: KeyUse) -> None:
    """Of every use and suite; what else is declared is for the rules."""
    own = SigningKey.generate("cqvtc", use, algorithm=key.algorithm)
    declared = {**declare(own, audience=LEDGER), "valid_until": None}

    read = verify_declaration(declared, member_id="cqvtc", audience=LEDGER)

    assert read == own.public


def possession(*, key: SigningKey = KEY, **changes: str) -> str:
    """Return a properly signed proof that says something else."""
    payload = {"aud": LEDGER, "kid": KEY.kid, "use": "member", **changes}
    return sign_jws(key, canonical.dumps(payload), typ=POSSESSION_TYP).decode()


def _stranger_signs_as_us() -> str:
    payload = canonical.dumps({"aud": LEDGER, "kid": KEY.kid, "use": "member"})
    return forge(header_of(typ=POSSESSION_TYP), payload, key=STRANGER).decode()


def _under_another_name() -> str:
    payload = canonical.dumps({"aud": LEDGER, "kid": KEY.kid, "use": "member"})
    kid = KEY.kid.replace("cqvtc", "other")
    return forge(header_of(typ=POSSESSION_TYP, kid=kid), payload).decode()


def _of_another_type() -> str:
    payload = canonical.dumps({"aud": LEDGER, "kid": KEY.kid, "use": "member"})
    return sign_jws(KEY, payload, typ=STATEMENT_TYP).decode()


CASES: list[tuple[str, dict[str, object], type[IntegrityError], str]] = [
    ("no-kid", {"kid": None}, DeclarationError, "/kid"),
    ("no-use", {"use": None}, DeclarationError, "/use"),
    ("no-alg", {"alg": None}, DeclarationError, "/alg"),
    ("no-possession", {"possession": None}, DeclarationError, "/possession"),
    ("no-jwk", {"jwk": None}, DeclarationError, "/jwk"),
    ("jwk-with-a-number", {"jwk": {"kty": 1}}, DeclarationError, "/kty"),
    ("unknown-alg", {"alg": "HS256"}, AlgorithmError, "/alg"),
    ("other-alg", {"alg": "ES256"}, AlgorithmMismatchError, "/jwk"),
    (
        "private-part",
        {"jwk": {**KEY.public.jwk, "d": "A" * 43}},
        KeyMaterialError,
        "/jwk",
    ),
    ("kid-of-another-key", {"kid": STRANGER.kid}, KeyIdError, "/kid"),
    (
        "kid-of-another-member",
        {"kid": KEY.kid.replace("cqvtc", "other")},
        KeyIdError,
        "/kid",
    ),
    ("another-key", {"jwk": dict(STRANGER.public.jwk)}, KeyIdError, "/kid"),
    ("unknown-use", {"use": "root"}, KeyUseError, "/use"),
    ("use-not-proven", {"use": "service"}, PossessionError, "/possession"),
    ("empty", {"possession": ""}, PossessionError, "/possession"),
    ("not-ascii", {"possession": "é"}, PossessionError, "/possession"),
    ("surrogate", {"possession": "\ud800"}, PossessionError, "/possession"),
    (
        "other-ledger",
        {"possession": possession(aud="skillbank.example/other")},
        PossessionError,
        "/possession",
    ),
    (
        "other-kid",
        {"possession": possession(kid=STRANGER.kid)},
        PossessionError,
        "/possession",
    ),
    (
        "other-use",
        {"possession": possession(use="checkpoint")},
        PossessionError,
        "/possession",
    ),
    (
        "further-member",
        {"possession": possession(note="x")},
        PossessionError,
        "/possession",
    ),
    (
        "by-another-key",
        {"possession": possession(key=STRANGER)},
        PossessionError,
        "/possession",
    ),
    (
        "by-another-key-in-our-name",
        {"possession": _stranger_signs_as_us()},
        PossessionError,
        "/possession",
    ),
    (
        "under-another-name",
        {"possession": _under_another_name()},
        PossessionError,
        "/possession",
    ),
    (
        "of-another-type",
        {"possession": _of_another_type()},
        PossessionError,
        "/possession",
    ),
]


@pytest.mark.parametrize(
    ("changes", "error", "pointer"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_what_was_not_declared_so_is_refused(
    changes: dict[str, object], error: type[IntegrityError], pointer: str
) -> None:
    """Each part is bound to every other."""
    declared = {**DECLARED, **changes}

    with pytest.raises(IntegrityError) as refused:
        verify_declaration(declared, member_id="cqvtc", audience=LEDGER)

    assert type(refused.value) is error
    assert refused.value.pointer == pointer


def test_a_declaration_is_for_one_member_and_ledger() -> None:
    """Copied elsewhere it is worth nothing."""
    with pytest.raises(KeyIdError):
        verify_declaration(DECLARED, member_id="other", audience=LEDGER)
    with pytest.raises(PossessionError):
        verify_declaration(DECLARED, member_id="cqvtc", audience=LEDGER[:-1])
