"""Harm in the form of what a member signs: each is signed well and read by nobody.

A table of forms: the code is what readers must call it, at exactly that entry.
"""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from ledger.integrity import canonical
from ledger.integrity.encoding import b64encode
from ledger.integrity.jws import POSSESSION_TYP, STATEMENT_TYP
from ledger.integrity.keys import SigningKey
from tests.bank import SCHOOL
from tests.tampering.copies import draft_of
from tests.tampering.forged import awarded, new_id
from tests.tampering.grounds import Ground
from tests.tampering.outcomes import Chance, Harm, Operator, at

KIB: Final = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A statement on its way to being signed: header, payload, and how they end."""

    key: SigningKey
    header: Mapping[str, object]
    payload: bytes

    def signed(self, tail: bytes = b"", *, kept: int = 64) -> bytes:
        """Return the JWS, signed over whatever the header and the payload are."""
        head = b64encode(canonical.dumps(dict(self.header))).encode()
        content = head + b"." + b64encode(self.payload).encode()
        return content + b"." + b64encode(self.key.sign(content)[:kept] + tail).encode()


Form = Callable[[Words], bytes]


def _payload(start: bytes) -> Form:
    """Begin the payload with something else."""
    return lambda words: Words(
        key=words.key,
        header=words.header,
        payload=words.payload.replace(b"{", start, 1),
    ).signed()


def _ending(end: bytes) -> Form:
    """End the payload with something more, in its canonical place."""
    return lambda words: Words(
        key=words.key, header=words.header, payload=words.payload[:-1] + end
    ).signed()


def _header(**changes: object) -> Form:
    """Say something else in the header."""
    return lambda words: Words(
        key=words.key, header={**words.header, **changes}, payload=words.payload
    ).signed()


FORMS: Final[tuple[tuple[str, str, Form], ...]] = (
    ("a-name-twice", "duplicate-json-key", _payload(b'{"aud":"x",')),
    ("a-float", "float-not-allowed", _payload(b'{"n":1.5,')),
    ("no-number", "nan-not-allowed", _payload(b'{"n":NaN,')),
    ("a-large-number", "integer-too-large", _payload(b'{"n":9007199254740993,')),
    ("a-large-number-last", "integer-too-large", _ending(b',"zz":9007199254740993}')),
    ("a-float-last", "float-not-allowed", _ending(b',"zz":1.5}')),
    (
        "deep-nesting",
        "nesting-too-deep",
        _payload(b'{"n":' + b"[" * 20 + b"]" * 20 + b","),
    ),
    ("no-utf-8", "not-utf-8", _payload(b'{"n":"\xff",')),
    ("no-json", "not-json", _payload(b"{,")),
    ("a-long-payload", "too-large", _payload(b'{"n":"' + b"x" * 33 * KIB + b'",')),
    ("a-long-signature", "too-large", lambda words: words.signed(b"x" * 40 * KIB)),
    ("four-parts", "malformed-jws", lambda words: words.signed() + b".e30"),
    ("padding", "not-canonical-base64url", lambda words: words.signed() + b"=="),
    ("no-base64", "not-canonical-base64url", lambda words: words.signed() + b"x"),
    ("a-short-signature", "signature-invalid", lambda words: words.signed(kept=60)),
    ("an-extra-header", "unexpected-header", _header(crit=["x"])),
    ("no-key-id", "unexpected-header", _header(kid="north-college")),
    ("a-number-as-key-id", "unexpected-header", _header(kid=7)),
    ("another-typ", "unexpected-typ", _header(typ=POSSESSION_TYP)),
    ("no-algorithm", "algorithm-not-allowed", _header(alg="none")),
    ("another-algorithm", "algorithm-mismatch", _header(alg="ES256")),
)


def _smuggle(
    ground: Ground, _: Ground, *, chance: Chance, form: Form, code: str
) -> Harm:
    key = ground.bank.keys[SCHOOL]
    said = awarded(ground) | {"id": new_id(chance)}
    header = {"alg": key.algorithm.value, "kid": key.kid, "typ": STATEMENT_TYP}
    words = Words(key=key, header=header, payload=canonical.dumps(said))
    draft = draft_of(ground)
    position = draft.append(form(words))
    return Harm(copy=draft.seal(), expected=at(position, code))


SMUGGLED: Final[Mapping[str, Operator]] = MappingProxyType(
    {
        name: functools.partial(_smuggle, form=form, code=code)
        for name, code, form in FORMS
    }
)
