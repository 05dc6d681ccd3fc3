"""Bytes, keys and signatures that are wrong: refused before any rule is asked."""

from collections.abc import Callable, Iterator, Mapping

import orjson
import pytest

from ledger.integrity import canonical
from ledger.integrity.declarations import declare
from ledger.integrity.disclosures import make_disclosure
from ledger.integrity.encoding import b64encode
from ledger.integrity.jws import STATEMENT_TYP, sign_jws
from ledger.integrity.keys import Algorithm, KeyUse, SigningKey
from tests.bank import LEARNER, OPERATOR, SCHOOL
from tests.e2e.http_bank import HttpBank, serving
from tests.e2e.http_refusing import Refused, Sent, check_refused
from tests.unit.integrity.forge import forge, header_of

LONG = 33 * 1024
VAULTED = make_disclosure("score", "93", salt="s" * 22)


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HttpBank]:
    """Serve one bank for all: what is refused leaves nothing to meet again."""
    folder = tmp_path_factory.mktemp("bank")
    with serving(folder, f"sqlite:///{folder / 'ledger.db'}") as served:
        yield served


def payload(change: Callable[[bytes], bytes]) -> Callable[[HttpBank], Sent]:
    """Sign a payload whose bytes were changed."""

    def make(bank: HttpBank) -> Sent:
        raw = change(canonical.dumps(bank.award("1")))
        return Sent(sign_jws(bank.keys[SCHOOL], raw, typ=STATEMENT_TYP))

    return make


def replaced(old: bytes, new: bytes) -> Callable[[HttpBank], Sent]:
    """Sign a payload in which something is spelled in another way."""

    def change(raw: bytes) -> bytes:
        assert old in raw
        return raw.replace(old, new, 1)

    return payload(change)


def header(**changes: object) -> Callable[[HttpBank], Sent]:
    """Sign properly under another header."""

    def make(bank: HttpBank) -> Sent:
        key, raw = bank.keys[SCHOOL], canonical.dumps(bank.award("1"))
        return Sent(forge(header_of(key, **changes), raw, key=key))

    return make


def signed_by(pick: Callable[[HttpBank], SigningKey]) -> Callable[[HttpBank], Sent]:
    """Sign with another key than the school's."""
    return lambda bank: Sent(bank.sign(bank.award("1"), key=pick(bank)))


def other_bytes(bank: HttpBank) -> Sent:
    """Put another payload under a good signature."""
    ours, theirs = bank.sign(bank.award("1")), bank.sign(bank.award("2"))
    first, _, last = ours.split(b".")
    return Sent(b".".join((first, theirs.split(b".")[1], last)))


def stranger(_: HttpBank) -> SigningKey:
    """Return a key that nobody registered."""
    return SigningKey.generate(SCHOOL, KeyUse.MEMBER)


def impostor(bank: HttpBank) -> SigningKey:
    """Return another key under the name of the school's."""
    key = SigningKey.generate(SCHOOL, KeyUse.MEMBER)
    object.__setattr__(key, "kid", bank.keys[SCHOOL].kid)
    return key


def client_key(bank: HttpBank) -> SigningKey:
    """Register a key that is for another use, and make it sign all the same."""
    key = SigningKey.generate(SCHOOL, KeyUse.CLIENT)
    added = {"member_id": SCHOOL, "key": declare(key, audience=bank.ledger)}
    bank.post(SCHOOL, "key.added.v1", body=added)
    object.__setattr__(key, "use", KeyUse.MEMBER)
    return key


def adding(
    change: Callable[[HttpBank, SigningKey], Mapping[str, object]],
) -> Callable[[HttpBank], Sent]:
    """Add a key that is declared in another way than it should be."""

    def make(bank: HttpBank) -> Sent:
        key = SigningKey.generate(SCHOOL, KeyUse.MEMBER)
        declared = declare(key, audience=bank.ledger)
        body = {"member_id": SCHOOL, "key": {**declared, **change(bank, key)}}
        statement = bank.statement(SCHOOL, "key.added.v1", body=body)
        return Sent(bank.sign(statement))

    return make


def point(y: int) -> dict[str, object]:
    """Return the JWK of a point by its y coordinate."""
    x = b64encode(y.to_bytes(32, "little"))
    return {"jwk": {"kty": "OKP", "crv": "Ed25519", "x": x}}


def unproven(bank: HttpBank, key: SigningKey) -> Mapping[str, object]:
    """Return the proof of possession by another key."""
    other = SigningKey.generate(SCHOOL, KeyUse.MEMBER)
    object.__setattr__(other, "kid", key.kid)
    return {"possession": declare(other, audience=bank.ledger)["possession"]}


def elsewhere(_: HttpBank, key: SigningKey) -> Mapping[str, object]:
    """Return a proof of possession for another ledger."""
    return {"possession": declare(key, audience="other#x")["possession"]}


def disclosing(*encoded: str) -> Callable[[HttpBank], Sent]:
    """Attach disclosures to a statement that holds the digest of one."""

    def make(bank: HttpBank) -> Sent:
        raw = bank.sign(bank.award("1", _sd=[VAULTED.digest]))
        return Sent(b"~".join((raw, *(one.encode() for one in encoded), b"")))

    return make


def duplicated(raw: bytes) -> bytes:
    """Name a member twice."""
    return raw[:-1] + b',"type":"credit.awarded.v1"}'


def nested(raw: bytes) -> bytes:
    """Nest too deep."""
    return raw[:-1] + b',"x":' + b"[" * 500 + b"]" * 500 + b"}"


MANY = orjson.dumps([f"{'a' * 90}"] * 400)
OTHER = make_disclosure("score", "94", salt="t" * 22)
CASES = [
    Refused("no-jws", lambda _: Sent(b"hello"), 400, "malformed-jws"),
    Refused("empty", lambda _: Sent(b""), 400, "malformed-jws"),
    Refused("binary", lambda _: Sent(bytes(range(256))), 400, "malformed-disclosure"),
    Refused(
        "no-base64url",
        lambda _: Sent(b"\xff\xfe.\x00.="),
        400,
        "not-canonical-base64url",
    ),
    Refused("alg-none", header(alg="none"), 400, "algorithm-not-allowed", "/alg"),
    Refused("alg-hs256", header(alg="HS256"), 400, "algorithm-not-allowed", "/alg"),
    Refused("alg-mismatched", header(alg="ES256"), 403, "algorithm-mismatch", "/alg"),
    Refused("extra-header", header(crit=["b64"]), 400, "unexpected-header"),
    Refused("embedded-key", header(jwk={"kty": "OKP"}), 400, "unexpected-header"),
    Refused("no-kid", header(kid=None), 400, "unexpected-header"),
    Refused(
        "wild-kid", header(kid="../../etc/passwd"), 400, "unexpected-header", "/kid"
    ),
    Refused("another-typ", header(typ="JWT"), 400, "unexpected-typ", "/typ"),
    Refused(
        "batch-as-single", header(typ="skillbank-batch+json"), 400, "unexpected-typ"
    ),
    Refused("other-bytes", other_bytes, 403, "signature-invalid"),
    Refused("wrong-key", signed_by(impostor), 403, "signature-invalid"),
    Refused("unknown-key", signed_by(stranger), 403, "unknown-key"),
    Refused(
        "another-members-key",
        signed_by(lambda bank: bank.keys[OPERATOR]),
        403,
        "key-not-of-issuer",
        "/iss",
    ),
    Refused(
        "key-of-another-use", signed_by(client_key), 403, "key-of-another-use", "/iss"
    ),
    Refused("duplicate-member", payload(duplicated), 400, "duplicate-json-key"),
    Refused(
        "float",
        replaced(b'"passed":true', b'"attempt":1.5,"passed":true'),
        400,
        "float-not-allowed",
    ),
    Refused(
        "exponent",
        replaced(b'"passed":true', b'"passed":1e2'),
        400,
        "float-not-allowed",
    ),
    Refused("nan", replaced(b'"passed":true', b'"passed":NaN'), 400, "nan-not-allowed"),
    Refused(
        "huge-integer",
        replaced(b'"passed":true', b'"passed":9007199254740993'),
        400,
        "integer-too-large",
    ),
    Refused("deep", payload(nested), 400, "nesting-too-deep"),
    Refused("no-utf-8", replaced(b'"registrar"', b'"\xff\xfe"'), 400, "not-utf-8"),
    Refused("lone-surrogate", replaced(b'"registrar"', rb'"\ud800"'), 400, "not-utf-8"),
    Refused("no-json", payload(lambda raw: raw[:-1]), 400, "not-json"),
    Refused("two-documents", payload(lambda raw: raw + raw), 400, "not-json"),
    Refused(
        "no-object",
        payload(lambda raw: b"[" + raw + b"]"),
        422,
        "unknown-type",
        "/type",
    ),
    Refused(
        "large-payload",
        payload(lambda raw: raw[:-1] + b',"x":' + MANY + b"}"),
        413,
        "too-large",
    ),
    Refused("large-jws", lambda _: Sent(b"a" * (64 * 1024)), 413, "too-large"),
    Refused(
        "large-body", lambda _: Sent(b"a" * (1024 * 1024 + 1)), 413, "body-too-large"
    ),
    Refused(
        "no-possession", adding(unproven), 400, "possession-not-proven", "/possession"
    ),
    Refused(
        "possession-elsewhere",
        adding(elsewhere),
        400,
        "possession-not-proven",
        "/possession",
    ),
    Refused(
        "possession-garbage",
        adding(lambda *_: {"possession": "x"}),
        400,
        "possession-not-proven",
        "/possession",
    ),
    Refused("small-order", adding(lambda *_: point(1)), 400, "weak-or-invalid-key"),
    Refused(
        "not-canonical-point",
        adding(lambda *_: point(2**255 - 19 + 4)),
        400,
        "weak-or-invalid-key",
    ),
    Refused(
        "not-on-the-curve", adding(lambda *_: point(2)), 400, "weak-or-invalid-key"
    ),
    Refused(
        "alg-of-another-suite",
        adding(lambda *_: {"alg": "ES256"}),
        403,
        "algorithm-mismatch",
    ),
    Refused(
        "kid-of-another-key",
        adding(lambda bank, _: {"kid": bank.keys[SCHOOL].kid}),
        403,
        "key-id-mismatch",
        "/kid",
    ),
    Refused("undisclosed", disclosing(OTHER.encoded), 400, "disclosure-without-digest"),
    Refused(
        "disclosed-twice",
        disclosing(VAULTED.encoded, VAULTED.encoded),
        400,
        "duplicate-disclosure",
    ),
    Refused("no-disclosure", disclosing("bm90IGpzb24"), 400, "malformed-disclosure"),
    Refused(
        "too-many-disclosures", disclosing(*[VAULTED.encoded] * 33), 413, "too-large"
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_wrong_bytes_are_refused_and_leave_nothing(
    bank: HttpBank, case: Refused
) -> None:
    """With a stable code, in both languages, before any rule is asked."""
    problem = check_refused(bank, case)

    assert LEARNER not in str(problem)


def test_es256_keys_work_like_ed25519_keys(bank: HttpBank) -> None:
    """What is refused above is refused for its fault, not for its suite."""
    key = SigningKey.generate(SCHOOL, KeyUse.MEMBER, algorithm=Algorithm.ES256)
    added = {"member_id": SCHOOL, "key": declare(key, audience=bank.ledger)}

    first = bank.send_statement(SCHOOL, "key.added.v1", body=added)
    second = bank.send(bank.sign(bank.award("es256"), key=key))

    assert (first.status_code, second.status_code) == (201, 201)
    bank.check_log()
