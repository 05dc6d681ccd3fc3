"""What is disclosed was signed, may be disclosed there, and has one spelling."""

from typing import Final

import pytest

from ledger.domain.errors import RejectionError
from ledger.integrity.disclosures import Disclosure, join, make_disclosure
from ledger.integrity.encoding import b64decode, b64encode
from ledger.integrity.errors import (
    IntegrityError,
)
from tests.bank import OPERATOR, SCHOOL, Bank, tag
from tests.unit.intake.knocking import (
    SALT,
    SCORE,
    awarded,
    disclosing,
)

NUMBERED: Final = {"scheme": "1+X", "number": "X-2026-001"}
CERTIFICATE: Final = make_disclosure("certificate", NUMBERED, salt=SALT)


def test_a_good_statement_is_received(bank: Bank) -> None:
    """With its bytes verbatim, what it discloses, and the bank's tag."""
    raw = disclosing(bank, SCORE, CERTIFICATE)

    draft = bank.receive(raw)

    assert draft.member_bytes == raw.split(b"~")[0]
    assert draft.disclosures == (SCORE, CERTIFICATE)
    assert draft.tags == (tag(NUMBERED),)
    assert draft.kid == bank.keys[SCHOOL].kid
    assert len(draft.payload_hash) == len(draft.body_hash) == 43
    assert bank.receive(bank.sign(awarded(bank))).tags == ()


def _named(name: str) -> Disclosure:
    return make_disclosure(name, "99.5", salt=SALT)


def _certified(value: object) -> Disclosure:
    return make_disclosure("certificate", value, salt=SALT)


INVALID: Final = "invalid-statement"
FIRST: Final = "/body/_sd/0"
DISCLOSED: Final[dict[str, tuple[tuple[Disclosure, ...], str, str]]] = {
    "not-here": ((_named("name"),), INVALID, FIRST),
    "wide-letters": ((_named("\uff53core"),), INVALID, FIRST),
    "other-case": ((_named("Score"),), INVALID, FIRST),
    "same-name": ((SCORE, _named("score")), "duplicate-disclosure", "/disclosures/1"),
    "not-the-first": ((SCORE, _named("name")), INVALID, "/body/_sd/1"),
    "certificate-no-object": ((_certified("x"),), INVALID, FIRST),
    "certificate-no-number": ((_certified({"scheme": "x"}),), INVALID, FIRST),
    "certificate-blank": (
        (_certified({"scheme": "x", "number": " "}),),
        INVALID,
        FIRST,
    ),
}


@pytest.mark.parametrize(
    ("shown", "code", "pointer"),
    DISCLOSED.values(),
    ids=DISCLOSED.keys(),
)
def test_what_may_not_be_disclosed_is_refused(
    bank: Bank, shown: tuple[Disclosure, ...], code: str, pointer: str
) -> None:
    """Names are compared letter by letter, and each stands once."""
    with pytest.raises((IntegrityError, RejectionError)) as refused:
        bank.receive(disclosing(bank, *shown))

    assert isinstance(refused.value, IntegrityError | RejectionError)
    assert (refused.value.code, refused.value.pointer) == (code, pointer)


def test_a_disclosure_in_another_spelling_is_another(bank: Bank) -> None:
    """Padded, or over other JSON of the same meaning: its digest differs."""
    raw = bank.sign(awarded(bank, _sd=[SCORE.digest]))
    spaced = b64encode(b" " + b64decode(SCORE.encoded))

    for encoded in (SCORE.encoded + "=", spaced):
        with pytest.raises(IntegrityError):
            bank.receive(join(raw, [encoded]))


def test_a_statement_that_discloses_nothing_takes_no_disclosure(bank: Bank) -> None:
    """It has no place for a digest."""
    named = bank.statement(
        OPERATOR, "member.renamed.v1", body={"member_id": SCHOOL, "name": "北方学院"}
    )

    with pytest.raises(IntegrityError) as refused:
        bank.receive(bank.sign(named, disclosures=[SCORE]))

    assert refused.value.code == "disclosure-without-digest"
