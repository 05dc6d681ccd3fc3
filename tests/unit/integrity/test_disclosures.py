"""Disclosures fit the digests that were signed, and cannot be guessed."""

import orjson
import pytest

from ledger.integrity.disclosures import (
    DISCLOSURE_BYTES_MAX,
    DISCLOSURES_MAX,
    Disclosure,
    digest_of,
    join,
    make_disclosure,
    read_disclosures,
    split,
)
from ledger.integrity.encoding import b64encode
from ledger.integrity.errors import (
    DisclosureWithoutDigestError,
    DuplicateDisclosureError,
    IntegrityError,
    MalformedDisclosureError,
    OversizedError,
)

SALT = "0123456789abcdefghijkl"
SCORE = make_disclosure("score", "87.5", salt=SALT)
GRADE = make_disclosure("grade", {"scale": "五级制", "value": "良"}, salt=SALT[::-1])


def encode(value: object) -> str:
    """Return any JSON as a disclosure would be encoded."""
    return b64encode(orjson.dumps(value))


def test_a_disclosure_is_read_back() -> None:
    """With its salt, name and value, in the order they came."""
    digests = {GRADE.digest, SCORE.digest, "A" * 43}

    read = read_disclosures((SCORE.encoded, GRADE.encoded), digests)

    assert read == (SCORE, GRADE)
    assert read[0] == Disclosure(
        encoded=SCORE.encoded,
        digest=digest_of(SCORE.encoded),
        salt=SALT,
        name="score",
        value="87.5",
    )


def test_nothing_disclosed_is_nothing_read() -> None:
    """Digests without a disclosure are no fault here."""
    assert read_disclosures((), {SCORE.digest}) == ()


def test_a_disclosed_value_does_not_show() -> None:
    """What is kept out of the log stays out of other logs, too."""
    shown = repr(SCORE)

    assert "87.5" not in shown
    assert SALT not in shown
    assert SCORE.encoded not in shown


MALFORMED: list[tuple[str, str, str]] = [
    ("padding", SCORE.encoded + "=", "base64url"),
    ("stray-bits", b64encode(b"[1]x")[:-1] + "B", "base64url"),
    ("not-ascii", "é", "base64url"),
    ("empty", "", "not-json"),
    ("no-json", b64encode(b"["), "not-json"),
    ("not-utf-8", b64encode(b'"\xff"'), "not-utf-8"),
    ("float", encode([SALT, "score", 87.5]), "float-not-allowed"),
    (
        "repeated-member",
        b64encode(b'["' + SALT.encode() + b'","a",{"b":1,"b":2}]'),
        "duplicate-json-key",
    ),
    ("object", encode({"score": 1}), "form"),
    ("object-of-three", encode({SALT: 1, "score": 2, "87.5": 3}), "form"),
    ("text-of-three", encode("abc"), "form"),
    ("array-element", encode([SALT, "value"]), "form"),
    ("four-parts", encode([SALT, "score", 1, 2]), "form"),
    ("salt-no-text", encode([1, "score", 1]), "salt"),
    ("salt-of-126-bits", encode([SALT[:-1], "score", 1]), "salt"),
    ("salt-with-spaces", encode([SALT + " ", "score", 1]), "salt"),
    ("salt-endless", encode(["a" * 129, "score", 1]), "salt"),
    ("name-no-text", encode([SALT, None, 1]), "name"),
    ("name-empty", encode([SALT, "", 1]), "name"),
    ("name-endless", encode([SALT, "a" * 65, 1]), "name"),
    ("name-sd", encode([SALT, "_sd", []]), "name"),
    ("name-dots", encode([SALT, "...", "x"]), "name"),
    ("value-with-digests", encode([SALT, "grade", {"_sd": []}]), "value"),
    ("value-with-dots", encode([SALT, "grade", [1, {"a": [{"...": "x"}]}]]), "value"),
]


@pytest.mark.parametrize(
    ("encoded", "reason"),
    [case[1:] for case in MALFORMED],
    ids=[case[0] for case in MALFORMED],
)
def test_another_form_is_refused(encoded: str, reason: str) -> None:
    """Even where its digest was signed."""
    digests = {SCORE.digest}
    if encoded.isascii():
        digests.add(digest_of(encoded))

    with pytest.raises(MalformedDisclosureError) as refused:
        read_disclosures((SCORE.encoded, encoded), digests)

    assert refused.value.pointer == "/disclosures/1"
    assert refused.value.details == {"reason": reason}


def test_a_disclosure_without_its_digest_is_refused() -> None:
    """Nobody signed it: the value could be anything."""
    other = make_disclosure("score", "99.5", salt=SALT)

    with pytest.raises(DisclosureWithoutDigestError) as refused:
        read_disclosures((other.encoded,), {SCORE.digest})

    assert refused.value.pointer == "/disclosures/0"


@pytest.mark.parametrize(
    "second",
    [SCORE, make_disclosure("score", "99.5", salt=SALT)],
    ids=["the-same", "another-value"],
)
def test_a_name_is_disclosed_once(second: Disclosure) -> None:
    """Else a reader chooses the value."""
    digests = {SCORE.digest, second.digest}

    with pytest.raises(DuplicateDisclosureError) as refused:
        read_disclosures((SCORE.encoded, second.encoded), digests)

    assert refused.value.pointer == "/disclosures/1"


def test_the_sender_is_told_at_once() -> None:
    """A disclosure that nobody would read is not made."""
    with pytest.raises(MalformedDisclosureError):
        make_disclosure("score", "87.5", salt="short")
    with pytest.raises(MalformedDisclosureError):
        make_disclosure("_sd", "87.5", salt=SALT)
    with pytest.raises(IntegrityError):
        make_disclosure("score", 87.5, salt=SALT)


def test_number_and_size_are_limited() -> None:
    """Before any of them is decoded."""
    long = encode([SALT, "evidence", "a" * DISCLOSURE_BYTES_MAX])

    with pytest.raises(OversizedError) as refused:
        read_disclosures(["AAAA"] * (DISCLOSURES_MAX + 1), ())
    assert refused.value.details == {"limit": DISCLOSURES_MAX}
    with pytest.raises(OversizedError) as refused:
        read_disclosures([long], {digest_of(long)})
    assert refused.value.details == {"limit_bytes": DISCLOSURE_BYTES_MAX}


@pytest.mark.parametrize("encoded", [(), ("AAAA",), ("AAAA", "BBBB")])
def test_a_statement_and_its_disclosures_are_split(encoded: tuple[str, ...]) -> None:
    """As they were joined."""
    assert split(join(b"a.b.c", encoded)) == (b"a.b.c", encoded)


def test_no_disclosures_may_be_said_with_a_mark() -> None:
    """SD-JWT writes the mark even where nothing follows."""
    assert split(b"a.b.c~") == (b"a.b.c", ())


def test_a_key_binding_is_not_ours() -> None:
    """After the last mark nothing stands."""
    with pytest.raises(MalformedDisclosureError) as refused:
        split(b"a.b.c~AAAA~h.p.s")

    assert refused.value.details == {"reason": "no-end"}


def test_disclosures_are_ascii() -> None:
    """As base64url is."""
    with pytest.raises(MalformedDisclosureError):
        split(b"a.b.c~\xff~")


def test_too_many_are_not_split() -> None:
    """A list of nothing but marks is refused by its number."""
    assert len(split(b"a" + b"~" * (DISCLOSURES_MAX + 1))[1]) == DISCLOSURES_MAX
    with pytest.raises(OversizedError):
        split(b"a" + b"~" * (DISCLOSURES_MAX + 2))
