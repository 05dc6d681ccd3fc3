"""Every line of a batch has one form, and every faulty one is named."""

import orjson
import pytest

from ledger.integrity import canonical
from ledger.integrity.batch import read_batch
from ledger.integrity.disclosures import DISCLOSURE_BYTES_MAX, DISCLOSURES_MAX
from ledger.integrity.errors import BatchLineError
from tests.unit.integrity.forge import forge_batch, statement

GOOD = b'{"disclosures":[],"statement":' + statement() + b"}"

FAULTY: list[tuple[str, bytes, str, str]] = [
    ("empty", b"", "malformed-line", ""),
    ("no-json", b"what", "malformed-line", ""),
    ("statement-alone", statement(), "malformed-line", ""),
    ("no-statement", b'{"disclosures":[]}', "malformed-line", ""),
    (
        "other-order",
        b'{"statement":' + statement() + b',"disclosures":[]}',
        "malformed-line",
        "",
    ),
    ("space-before", b" " + GOOD, "malformed-line", ""),
    (
        "space-inside",
        GOOD.replace(b":[]", b": []"),
        "not-canonical-json",
        "/disclosures",
    ),
    ("carriage-return", GOOD + b"\r", "malformed-line", ""),
    ("cut", GOOD[:-1], "not-json", "/statement"),
    ("cut-short", GOOD[:-3], "malformed-line", ""),
    (
        "further-member",
        GOOD[:-1] + b',"note":1}',
        "not-json",
        "/statement",
    ),
    (
        "disclosures-no-array",
        GOOD.replace(b"[]", b'{"a":[]', 1).replace(b'","s', b'"},"s'),
        "malformed-disclosure",
        "/disclosures",
    ),
    (
        "disclosures-no-json",
        GOOD.replace(b"[]", b"[a]", 1),
        "malformed-disclosure",
        "/disclosures",
    ),
    (
        "disclosures-no-text",
        GOOD.replace(b"[]", b'["AAAA",1]', 1),
        "malformed-disclosure",
        "/disclosures",
    ),
    (
        "disclosures-nested",
        GOOD.replace(b"[]", b'[["AAAA"]]', 1),
        "malformed-disclosure",
        "/disclosures",
    ),
    (
        "disclosures-spaced",
        GOOD.replace(b"[]", b'["AAAA", "BBBB"]', 1),
        "not-canonical-json",
        "/disclosures",
    ),
    (
        "disclosures-escaped",
        GOOD.replace(b"[]", b'["\\u0041AAA"]', 1),
        "not-canonical-json",
        "/disclosures",
    ),
    (
        "too-many-disclosures",
        GOOD.replace(b"[]", orjson.dumps(["AAAA"] * (DISCLOSURES_MAX + 1)), 1),
        "too-large",
        "/disclosures",
    ),
    (
        "too-large-disclosures",
        GOOD.replace(
            b"[]", orjson.dumps(["A" * DISCLOSURES_MAX * (DISCLOSURE_BYTES_MAX + 4)]), 1
        ),
        "too-large",
        "/disclosures",
    ),
    (
        "statement-no-object",
        b'{"disclosures":[],"statement":[]}',
        "not-a-json-object",
        "/statement",
    ),
    (
        "statement-text",
        b'{"disclosures":[],"statement":"{}"}',
        "not-a-json-object",
        "/statement",
    ),
    (
        "statement-unsorted",
        b'{"disclosures":[],"statement":{"b":1,"a":2}}',
        "not-canonical-json",
        "/statement",
    ),
    (
        "statement-spaced",
        b'{"disclosures":[],"statement": {"a":2}}',
        "not-canonical-json",
        "/statement",
    ),
    (
        "statement-escaped",
        b'{"disclosures":[],"statement":{"a":"\\u0061"}}',
        "not-canonical-json",
        "/statement",
    ),
    (
        "statement-keys-by-utf-8",
        '{"disclosures":[],"statement":{"\ufb33":1,"\U0001f600":2}}'.encode(),
        "not-canonical-json",
        "/statement",
    ),
    (
        "repeated-member",
        b'{"disclosures":[],"statement":{"a":1,"a":1}}',
        "duplicate-json-key",
        "/statement",
    ),
    (
        "float",
        b'{"disclosures":[],"statement":{"credits":3.5}}',
        "float-not-allowed",
        "/statement",
    ),
    (
        "nan",
        b'{"disclosures":[],"statement":{"credits":NaN}}',
        "nan-not-allowed",
        "/statement",
    ),
    (
        "large-integer",
        b'{"disclosures":[],"statement":{"credits":9007199254740992}}',
        "integer-too-large",
        "/statement",
    ),
    (
        "deep",
        b'{"disclosures":[],"statement":{"a":' + b"[" * 16 + b"]" * 16 + b"}}",
        "nesting-too-deep",
        "/statement",
    ),
    (
        "not-utf-8",
        b'{"disclosures":[],"statement":{"a":"\xff"}}',
        "not-utf-8",
        "/statement",
    ),
    (
        "oversized",
        b'{"disclosures":[],"statement":{"a":"' + b"a" * canonical.BYTES_MAX + b'"}}',
        "too-large",
        "/statement",
    ),
]


@pytest.mark.parametrize(
    ("text", "code", "pointer"),
    [case[1:] for case in FAULTY],
    ids=[case[0] for case in FAULTY],
)
def test_a_line_of_another_form_is_refused(
    text: bytes, code: str, pointer: str
) -> None:
    """Named by its index, with the reason and the place in it."""
    raw = forge_batch([GOOD, text, GOOD], [statement()] * 3)

    with pytest.raises(BatchLineError) as refused:
        read_batch(raw)

    assert refused.value.errors == ((1, code, pointer),)


def test_every_faulty_line_is_named() -> None:
    """The client signs the rest again without guessing."""
    texts = [GOOD, b"what", GOOD, b'{"disclosures":[],"statement":{"a":1.5}}']

    with pytest.raises(BatchLineError) as refused:
        read_batch(forge_batch(texts, [statement()]))

    assert refused.value.errors == (
        (1, "malformed-line", ""),
        (3, "float-not-allowed", "/statement"),
    )
    assert refused.value.details == {"lines_at_fault": 2}
    assert refused.value.pointer == "/1"


def test_a_disclosure_cannot_end_the_list_early() -> None:
    """A mark inside a text is escaped, so the text is only a text."""
    text = b'["],\\"statement\\":{}"]'
    raw = forge_batch([GOOD.replace(b"[]", text, 1)], [statement()])

    assert read_batch(raw).lines[0].disclosures == ('],"statement":{}',)
