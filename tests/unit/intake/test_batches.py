"""A batch is received whole, line by line as it was signed, or not at all."""

from collections.abc import Callable
from typing import Final

import pytest

from ledger.domain.errors.statements import InvalidStatementError, UnknownKeyError
from ledger.intake import LinesRefusedError
from ledger.integrity import canonical
from ledger.integrity.batch import BatchLine, seal_batch
from ledger.integrity.disclosures import Disclosure
from ledger.integrity.errors import IntegrityError, SignatureError
from ledger.integrity.keys import KeyUse, SigningKey
from tests.bank import OPERATOR, SCHOOL, Bank
from tests.unit.intake.knocking import SCORE, fault_of


def award_line(bank: Bank, reference: str, *shown: Disclosure) -> BatchLine:
    """Return a line that awards, and discloses."""
    statement = bank.award(reference, _sd=[one.digest for one in shown])
    disclosures = tuple(one.encoded for one in shown)
    return BatchLine(statement=canonical.dumps(statement), disclosures=disclosures)


def sealed(
    bank: Bank, *lines: BatchLine, key: SigningKey | None = None, iss: str = SCHOOL
) -> bytes:
    """Return a batch over the lines."""
    header = bank.statement(iss, "", body={})
    kept = {name: header[name] for name in ("id", "iss", "aud", "iat", "exp")}
    return seal_batch(key or bank.keys[iss], kept, lines=lines)


def test_a_good_batch_is_received(bank: Bank) -> None:
    """Each line with its bytes, its disclosures and the header's key."""
    lines = [award_line(bank, "b-1", SCORE), award_line(bank, "b-2")]

    found = bank.receive_batch(sealed(bank, *lines))

    assert [one.member_bytes for one in found.drafts] == [
        one.statement for one in lines
    ]
    assert [one.disclosures for one in found.drafts] == [(SCORE,), ()]
    assert {one.kid for one in found.drafts} == {bank.keys[SCHOOL].kid}
    assert found.payload.count == 2
    assert len(found.payload_hash) == 43


def test_every_faulty_line_is_named(bank: Bank) -> None:
    """Of the wrong issuer, of no type, of another shape."""
    renamed = {"member_id": SCHOOL, "name": "北方学院"}
    foreign = bank.statement(OPERATOR, "member.renamed.v1", body=renamed)
    lines = [
        award_line(bank, "b-1"),
        BatchLine(statement=canonical.dumps(foreign)),
        BatchLine(statement=b"{}"),
        BatchLine(statement=award_line(bank, "b-4").statement, disclosures=("AAAA",)),
    ]

    with pytest.raises(LinesRefusedError) as refused:
        bank.receive_batch(sealed(bank, *lines))

    assert [one.line for one in refused.value.faults] == [1, 2, 3]
    issuer = refused.value.faults[0].error
    assert isinstance(issuer, InvalidStatementError)
    assert fault_of(issuer) == ("/iss", "not-the-batch-issuer")
    codes = [one.error.code for one in refused.value.faults]
    assert codes[1:] == ["unknown-type", "malformed-disclosure"]


def test_the_signature_is_verified_before_any_line_is_read(bank: Bank) -> None:
    """Whoever holds no key is told nothing of the lines, and costs little."""
    stranger = SigningKey.generate(SCHOOL, KeyUse.MEMBER)
    good = sealed(bank, award_line(bank, "b-1"))
    unknown = sealed(bank, award_line(bank, "b-1"), key=stranger)
    header = good.split(b"\n")[0]
    flip = b"A" if header[-10:-9] != b"A" else b"B"
    forged = header[:-10] + flip + header[-9:]

    with pytest.raises(UnknownKeyError):
        bank.receive_batch(unknown.split(b"\n")[0] + b"\nnot a line\n")
    with pytest.raises(SignatureError):
        bank.receive_batch(forged + b"\nnot a line\n")


def _line(change: Callable[[bytes], bytes]) -> Callable[[list[bytes]], list[bytes]]:
    return lambda parts: [parts[0], change(parts[1]), *parts[2:]]


def _put(old: bytes, new: bytes) -> Callable[[list[bytes]], list[bytes]]:
    return _line(lambda one: one.replace(old, new))


LINE: Final = "malformed-batch-line"
COUNT: Final = "batch-count-mismatch"
ROOT: Final = "batch-root-mismatch"
BASE64URL: Final = "not-canonical-base64url"
PASSED: Final = b'"passed":true'
MARK: Final = b"\xef\xbb\xbf"
FRAMINGS: Final[dict[str, tuple[str, Callable[[list[bytes]], list[bytes]]]]] = {
    "crlf": (BASE64URL, lambda p: [one + b"\r" for one in p[:-1]] + p[-1:]),
    "crlf-in-the-lines": (LINE, _line(lambda one: one + b"\r")),
    "empty-line-first": ("malformed-jws", lambda p: [b"", *p[:-1]]),
    "empty-line-between": (COUNT, lambda p: [p[0], b"", *p[1:]]),
    "empty-line-last": (COUNT, lambda p: [*p, b""]),
    "empty-line-instead": (LINE, lambda p: [p[0], b"", *p[2:]]),
    "space-before-a-line": (LINE, _line(lambda one: b" " + one)),
    "space-behind-a-line": (LINE, _line(lambda one: one + b" ")),
    "byte-order-mark": (BASE64URL, lambda p: [MARK + p[0], *p[1:]]),
    "byte-order-mark-in-a-line": (LINE, _line(lambda one: MARK + one)),
    "escaped-name": (LINE, _put(b'"iss"', b'"\\u0069ss"')),
    "lone-surrogate": (LINE, _put(b'"r7"', b'"\\ud800"')),
    "leading-zero": (LINE, _put(PASSED, b'"passed":01')),
    "minus-zero": (LINE, _put(PASSED, b'"passed":-0')),
    "2**53": (LINE, _put(PASSED, b'"passed":9007199254740992')),
    "same-member-twice": (LINE, _put(PASSED, PASSED + b"," + PASSED)),
    "second-statement": (LINE, _line(lambda one: one[:-1] + b',"statement":{}}')),
    "line-dropped": (COUNT, lambda p: [p[0], *p[2:]]),
    "lines-swapped": (ROOT, lambda p: [p[0], p[2], p[1], *p[3:]]),
    "line-doubled": (ROOT, lambda p: [p[0], p[1], p[1], *p[3:]]),
}


@pytest.mark.parametrize("name", FRAMINGS)
def test_lines_have_one_framing(bank: Bank, name: str) -> None:
    """What another tool made of them on the way is not what was signed."""
    code, change = FRAMINGS[name]
    raw = sealed(bank, award_line(bank, "b-1", SCORE), award_line(bank, "b-2"))
    changed = b"\n".join(change(raw.split(b"\n")))
    assert changed != raw

    with pytest.raises(IntegrityError) as refused:
        bank.receive_batch(changed)

    assert refused.value.code == code
