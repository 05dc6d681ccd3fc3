"""JSON is read strictly and written in one spelling."""

import pytest

from ledger.integrity import canonical
from ledger.integrity.errors import (
    DeepNestingError,
    DuplicateKeyError,
    FloatError,
    IntegerRangeError,
    MalformedError,
    NonCanonicalError,
    NotANumberError,
    NotJsonError,
    NotUtf8Error,
    OversizedError,
)
from ledger.integrity.keys import KeyUse

REFUSED: list[tuple[str, bytes, type[MalformedError]]] = [
    ("oversized", b'"' + b"a" * canonical.BYTES_MAX + b'"', OversizedError),
    ("latin-1", b'"\xfc"', NotUtf8Error),
    ("overlong", b'"\xc0\xaf"', NotUtf8Error),
    ("lone-surrogate", b'"\\ud800"', NotUtf8Error),
    ("lone-surrogate-in-a-key", b'{"\\udc00":1}', NotUtf8Error),
    ("encoded-surrogate", b'"\xed\xa0\x80"', NotUtf8Error),
    ("17-arrays", b"[" * 17 + b"]" * 17, DeepNestingError),
    ("17-objects", b'{"a":' * 17 + b"1" + b"}" * 17, DeepNestingError),
    ("10000-arrays", b"[" * 10_000, DeepNestingError),
    ("1200-arrays-behind-text", b'["]\\"",' + b"[" * 1200, DeepNestingError),
    ("nan", b'{"a":NaN}', NotANumberError),
    ("infinity", b"[Infinity]", NotANumberError),
    ("minus-infinity", b"-Infinity", NotANumberError),
    ("float", b'{"a":1.5}', FloatError),
    ("float-that-is-whole", b"[1.0]", FloatError),
    ("exponent", b"1e2", FloatError),
    ("beyond-doubles", b"1e999", FloatError),
    ("minus-zero", b"[-0]", FloatError),
    ("2**53", b"9007199254740992", IntegerRangeError),
    ("-(2**53)", b"[-9007199254740992]", IntegerRangeError),
    ("2**64", b"18446744073709551616", IntegerRangeError),
    # Named by what comes first in it, even where nothing else of it can be read.
    ("2**53-in-no-json", b"[9007199254740992,]", IntegerRangeError),
    ("10000-digits", b"9" * 10_000, IntegerRangeError),
    ("same-key-twice", b'{"a":1,"a":1}', DuplicateKeyError),
    ("same-key-deep", b'[{"b":{"a":1,"a":2}}]', DuplicateKeyError),
    ("same-key-escaped", b'{"a":1,"\\u0061":2}', DuplicateKeyError),
    ("same-key-beyond-ascii", '{"学":1,"学":2}'.encode(), DuplicateKeyError),
    ("nothing", b"", NotJsonError),
    ("two-documents", b"{} {}", NotJsonError),
    ("trailing-comma", b"[1,]", NotJsonError),
    ("comment", b"[1] // one", NotJsonError),
    ("byte-order-mark", b"\xef\xbb\xbf{}", NotJsonError),
    ("control-character", b'"a\x01"', NotJsonError),
    ("leading-zero", b"01", NotJsonError),
    ("single-quotes", b"'a'", NotJsonError),
    ("open-string", b'"\\', NotJsonError),
    ("utf-16", '{"a":1}'.encode("utf-16-le"), NotJsonError),
]


@pytest.mark.parametrize(
    ("raw", "error"),
    [case[1:] for case in REFUSED],
    ids=[case[0] for case in REFUSED],
)
def test_what_has_more_than_one_meaning_is_refused(
    raw: bytes, error: type[MalformedError]
) -> None:
    """The error says precisely which rule the document breaks."""
    with pytest.raises(MalformedError) as refused:
        canonical.loads(raw)

    assert type(refused.value) is error


def test_codes_are_distinct() -> None:
    """Nobody has to read the wording to tell one fault from another."""
    errors = {error for _, _, error in REFUSED}

    assert len({error.code for error in errors}) == len(errors)


def test_a_repeated_member_is_named_but_not_at_length() -> None:
    """The sender finds it; a message stays a message."""
    with pytest.raises(DuplicateKeyError) as refused:
        canonical.loads(b'{"' + b"a" * 100 + b'":1,"' + b"a" * 100 + b'":2}')

    assert refused.value.details == {"member": "a" * 64}


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b'{"b":1,"a":[true,null]}', {"b": 1, "a": [True, None]}),
        (b' {"a" : "x"}\n', {"a": "x"}),
        (b'"\\u00e9"', "é"),
        (b"9007199254740991", 2**53 - 1),
        (b"[-9007199254740991]", [-(2**53) + 1]),
        (b"[" * 16 + b"]" * 16, [[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]),
        (b'"[[[[[[[[[[[[[[[[[[[["', "[" * 20),
        ('{"学":1}'.encode(), {"学": 1}),
    ],
)
def test_strict_json_is_read_in_any_spelling(raw: bytes, value: object) -> None:
    """Spelling matters only where the canonical form is asked for."""
    assert canonical.loads(raw) == value


def test_limits_can_be_narrowed() -> None:
    """A caller that expects less says so."""
    with pytest.raises(OversizedError):
        canonical.loads(b"[1]", bytes_max=2)
    with pytest.raises(DeepNestingError):
        canonical.loads(b"[[1]]", depth_max=1)


@pytest.mark.parametrize(
    "raw",
    [
        b'{"b":1,"a":2}',
        b'{"a": 1}',
        b'{"a":1}\n',
        b'"\\u0061"',
        b'"\\/"',
        b'"\\u00e9"',
        b'"\\u000A"',
        '{"\ufb33":1,"\U0001f600":2}'.encode(),
    ],
    ids=[
        "order",
        "space",
        "newline",
        "needless-escape",
        "escaped-slash",
        "escaped-letter",
        "long-escape",
        "order-beyond-ascii",
    ],
)
def test_another_spelling_is_not_canonical(raw: bytes) -> None:
    """The same facts in other bytes have another hash, and are refused."""
    value = canonical.loads(raw)

    with pytest.raises(NonCanonicalError):
        canonical.verify_canonical(raw, value)
    with pytest.raises(NonCanonicalError):
        canonical.loads_canonical(raw)


@pytest.mark.parametrize(
    "value",
    [
        {"a": "é", "b": [1, -1, True, False, None, '\x7f\x1f\n"\\/']},
        {"\U0001f600": 1, "\ufb33": 2, "€": 3},
        {"name": "焊接"},
        {},
        [],
        "",
        0,
    ],
)
def test_what_dumps_writes_is_canonical(value: object) -> None:
    """Written once, read back the same."""
    raw = canonical.dumps(value)

    assert canonical.loads_canonical(raw) == value
    canonical.verify_canonical(raw, value)


def test_keys_beyond_ascii_are_sorted_by_utf_16_units() -> None:
    """Here orjson, which sorts by UTF-8 bytes, would disagree with RFC 8785."""
    value = {"\ufb33": 1, "\U0001f600": 2}

    assert canonical.dumps(value) == '{"\U0001f600":2,"\ufb33":1}'.encode()
    assert canonical.dumps([(value,)]) == '[[{"\U0001f600":2,"\ufb33":1}]]'.encode()


def test_ascii_keys_over_other_text_need_no_second_writer() -> None:
    """The fast writer agrees as soon as all keys are ASCII."""
    assert canonical.dumps([{"b": "学", "a": 1}]) == '[{"a":1,"b":"学"}]'.encode()


def _within_itself() -> object:
    value: list[object] = []
    value.append(value)
    return value


@pytest.mark.parametrize(
    ("value", "error"),
    [
        (1.5, FloatError),
        ({"a": [float("nan")]}, FloatError),
        (2**53, IntegerRangeError),
        (-(2**53), IntegerRangeError),
        (_within_itself(), DeepNestingError),
        ("\ud800", NotUtf8Error),
        ({"\ud800": 1}, NotUtf8Error),
        ({"学": "\ud800"}, NotUtf8Error),
    ],
)
def test_what_is_not_our_json_is_not_written(
    value: object, error: type[MalformedError]
) -> None:
    """Nothing leaves that we would not take in."""
    with pytest.raises(error):
        canonical.dumps(value)


@pytest.mark.parametrize("value", [b"bytes", {"a": {1}}, object()])
def test_what_is_not_json_at_all_is_a_programming_error(value: object) -> None:
    """It crashes, as the caller's mistake."""
    with pytest.raises(TypeError):
        canonical.dumps(value)


def test_a_word_of_an_enumeration_is_text() -> None:
    """Enumerated words are written as the words that they are."""
    assert canonical.dumps({"use": KeyUse.MEMBER}) == b'{"use":"member"}'
    assert canonical.dumps({"用": KeyUse.MEMBER}) == '{"用":"member"}'.encode()
