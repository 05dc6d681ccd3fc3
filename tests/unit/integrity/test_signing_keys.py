"""A private key's document says one thing, and its private part stays private."""

from collections.abc import Mapping

import orjson
import pytest

from ledger.integrity import canonical
from ledger.integrity.encoding import b64decode, b64encode
from ledger.integrity.errors import IntegrityError, KeyDocumentError
from ledger.integrity.keys import Algorithm, KeyUse, PublicKey, SigningKey
from tests.unit.integrity.forge import KEY, P256_KEY, STRANGER

ED25519: Mapping[str, str] = KEY.public.jwk


@pytest.mark.parametrize("use", list(KeyUse))
@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_a_private_key_document_is_read_back(use: KeyUse, algorithm: Algorithm) -> None:
    """The key that was kept signs as before."""
    key = SigningKey.generate("cqvtc", use, algorithm=algorithm)

    read = SigningKey.from_json(key.to_json())

    assert read == key
    assert (read.member_id, read.use, read.algorithm) == ("cqvtc", use, algorithm)
    key.public.verify(read.sign(b"message"), b"message")


def test_a_private_key_document_may_be_laid_out_by_hand() -> None:
    """Its spelling is the holder's affair."""
    pretty = orjson.dumps(orjson.loads(KEY.to_json()), option=orjson.OPT_INDENT_2)

    assert SigningKey.from_json(pretty + b"\n") == KEY


def _document(key: SigningKey) -> dict[str, object]:
    document: dict[str, object] = orjson.loads(key.to_json())
    return document


def _with_jwk(key: SigningKey, **changes: object) -> bytes:
    document = _document(key)
    jwk = document["jwk"]
    assert isinstance(jwk, dict)
    return canonical.dumps({**document, "jwk": {**jwk, **changes}})


BROKEN = {
    "empty": b"",
    "no-json": b"{",
    "no-object": b"[]",
    "repeated-member": b'{"member":"a",' + KEY.to_json()[1:],
    "further-member": canonical.dumps({**_document(KEY), "note": "x"}),
    "no-use": canonical.dumps({k: v for k, v in _document(KEY).items() if k != "use"}),
    "unknown-use": canonical.dumps({**_document(KEY), "use": "root"}),
    "use-no-text": canonical.dumps({**_document(KEY), "use": {}}),
    "other-member": canonical.dumps({**_document(KEY), "member": "other"}),
    "member-no-text": canonical.dumps({**_document(KEY), "member": 7}),
    "other-kid": canonical.dumps({**_document(KEY), "kid": STRANGER.kid}),
    "jwk-no-object": canonical.dumps({**_document(KEY), "jwk": "x"}),
    "jwk-without-d": canonical.dumps({**_document(KEY), "jwk": dict(ED25519)}),
    "other-x": _with_jwk(KEY, x=STRANGER.public.jwk["x"]),
    "other-crv": _with_jwk(KEY, crv="P-256"),
    "other-kty": _with_jwk(KEY, kty="EC"),
    "further-jwk-member": _with_jwk(KEY, alg="EdDSA"),
    "d-short": _with_jwk(KEY, d="AAAA"),
    "d-padded": _with_jwk(KEY, d="A" * 43 + "="),
    "d-no-text": _with_jwk(KEY, d=7),
    "d-zero": _with_jwk(P256_KEY, d="A" * 43),
    "d-beyond-order": _with_jwk(P256_KEY, d=b64encode(b"\xff" * 32)),
}


@pytest.mark.parametrize("raw", BROKEN.values(), ids=BROKEN.keys())
def test_a_document_that_contradicts_itself_is_refused(raw: bytes) -> None:
    """What it says of the public part is what its private part says, or nothing."""
    with pytest.raises(KeyDocumentError):
        SigningKey.from_json(raw)


@pytest.mark.parametrize("key", [KEY, P256_KEY], ids=["EdDSA", "ES256"])
def test_the_private_part_never_shows(key: SigningKey) -> None:
    """Neither a repr nor an error, nor the cause of one, quotes it."""
    jwk = _document(key)["jwk"]
    assert isinstance(jwk, dict)
    secret = str(jwk["d"])
    secret_hex = b64decode(secret).hex()

    shown = [repr(key), str(key), f"{key}", repr(key.public)]
    for raw in (key.to_json()[:-1], _with_jwk(key, d=secret + "="), key.to_json() * 2):
        with pytest.raises(IntegrityError) as refused:
            SigningKey.from_json(raw)
        assert refused.value.__cause__ is None
        assert refused.value.__context__ is None
        shown += [repr(refused.value), str(refused.value.details)]

    assert secret.encode() in key.to_json()
    assert "_private" not in repr(key)
    assert not [text for text in shown if secret in text or secret_hex in text]


def test_keys_come_from_randomness() -> None:
    """No two are the same."""
    keys = {SigningKey.generate("cqvtc", KeyUse.MEMBER).kid for _ in range(8)}

    assert len(keys) == 8


def test_a_public_key_shows_nothing_but_itself() -> None:
    """The library's object behind it is no part of what it is."""
    assert "_key" not in repr(KEY.public)
    assert isinstance(KEY.public, PublicKey)
