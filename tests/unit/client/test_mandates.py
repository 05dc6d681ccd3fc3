"""Mandates that a document proves: sealed, checked, and what does not fit."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from client.errors import MandateDiffersError, StatementFileError
from client.mandates import (
    Given,
    SealedMandate,
    read_mandate,
    read_sealed,
    seal_mandate,
    verify_document,
    verify_mandate,
)
from ledger.domain.statements.envelope import Mandate, MandateBy, MandateMethod

AT = "2026-09-07T02:00:00.000Z"
FORM = "委托书".encode()


def circumstances(**changes: object) -> Given:
    """Return how a learner signed on paper, but for the changes."""
    named = {
        "by": MandateBy.LEARNER,
        "method": MandateMethod.PAPER,
        "notice_version": "2026-1",
        "at": AT,
    }
    return Given(**{**named, **changes})  # type: ignore[arg-type]  # by name


def changed(sealed: SealedMandate, **changes: object) -> SealedMandate:
    """Return an opening whose mandate says something else."""
    mandate = Mandate(**{**dict(sealed.mandate), **changes})
    return SealedMandate(mandate=mandate, salt=sealed.salt)


@given(document=st.binary(max_size=200), other=st.binary(max_size=200))
def test_a_document_proves_its_own_mandate_and_no_other(
    document: bytes, other: bytes
) -> None:
    """Whatever the bytes; sealed twice, it looks like two."""
    sealed, again = (seal_mandate(document, given=circumstances()) for _ in range(2))
    assert sealed.mandate.proof != again.mandate.proof

    verify_mandate(document, sealed, stated=sealed.mandate)
    verify_mandate(document, sealed, stated=sealed.mandate.proof)

    for stated in (again.mandate, again.mandate.proof):
        with pytest.raises(MandateDiffersError):
            verify_mandate(document, sealed, stated=stated)
    if other != document:
        with pytest.raises(MandateDiffersError):
            verify_document(other, sealed)


def test_no_proof_is_taken_for_an_option_of_a_command() -> None:
    """One in 64 began with a hyphen."""
    sealed = [seal_mandate(FORM, given=circumstances()) for _ in range(500)]

    assert not [one for one in sealed if one.mandate.proof.startswith("-")]


@pytest.mark.parametrize(
    "changes",
    [
        {"by": MandateBy.GUARDIAN},
        {"method": MandateMethod.ESIGN},
        {"notice_version": "2026-2"},
        {"at": "2026-09-07T02:00:00.001Z"},
        {"proof": "A" * 43},
    ],
    ids=lambda one: str(next(iter(one))),
)
def test_the_circumstances_are_proven_too(changes: dict[str, object]) -> None:
    """Nobody can show the same paper as given by somebody else, or otherwise."""
    sealed = seal_mandate(FORM, given=circumstances())

    with pytest.raises(MandateDiffersError):
        verify_document(FORM, changed(sealed, **changes))
    with pytest.raises(MandateDiffersError):
        verify_mandate(FORM, sealed, stated=changed(sealed, **changes).mandate)


def test_what_was_kept_is_read_back_with_or_without_its_opening() -> None:
    """Commands take either; only the mandate is ever signed."""
    sealed = seal_mandate(FORM, given=circumstances())
    bare = sealed.mandate.model_dump_json().encode()

    assert read_sealed(sealed.to_json()) == sealed
    assert read_mandate(sealed.to_json()) == read_mandate(bare) == sealed.mandate
    assert sealed.salt not in bare.decode()


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (b"", "its form"),
        (b"[]", "its form"),
        (b"{}", "by"),
        (orjson.dumps({"mandate": {}}), "mandate/by"),
    ],
)
def test_what_is_no_mandate_is_refused_with_the_field(raw: bytes, found: str) -> None:
    """Before anything is signed."""
    with pytest.raises(StatementFileError, match=found):
        read_mandate(raw)
    with pytest.raises(StatementFileError):
        read_sealed(raw)


def test_a_mandate_that_no_bank_would_take_is_not_sealed() -> None:
    """An instant has one spelling."""
    with pytest.raises(ValidationError):
        seal_mandate(FORM, given=circumstances(at="7 September"))
