"""Columns are spelled as what was packed, whole or in part."""

import base64
import copy
import hashlib
import uuid
from collections.abc import Sequence

import pytest

from ledger.audit.packed import (
    AwardIds,
    Digests,
    Hashes,
    LearnerIds,
    Packed,
    Uuids,
    name_of,
    names_of,
    read,
    written,
)

NUMBERS = [uuid.uuid5(uuid.NAMESPACE_URL, str(number)) for number in range(5)]
IDS = [str(one) for one in NUMBERS]
AWARDS = [f"award_{one}" for one in NUMBERS]
LEARNERS = [f"learner_{one.hex}" for one in NUMBERS]
HASHED = [hashlib.sha256(one.bytes).digest() for one in NUMBERS]
SPELLED = [base64.urlsafe_b64encode(one).decode().rstrip("=") for one in HASHED]

COLUMNS: Sequence[tuple[Packed[str], list[str]]] = (
    (Uuids.of(IDS), IDS),
    (AwardIds.of(AWARDS), AWARDS),
    (LearnerIds.of(LEARNERS), LEARNERS),
    (Hashes(b"".join(HASHED)), SPELLED),
)


@pytest.mark.parametrize(("packed", "texts"), COLUMNS)
def test_a_column_is_a_list_of_its_texts(packed: Packed[str], texts: list[str]) -> None:
    """Whole, in part, sent to another process, and written down."""
    assert list(packed) == texts
    assert len(packed) == len(texts)
    assert packed == texts
    assert packed[1] == texts[1]
    assert list(packed[1:3]) == texts[1:3]
    assert list(packed[4:9]) == texts[4:9]
    assert list(packed[:0]) == []
    assert packed != texts[1:]
    assert packed != texts[0]
    assert texts[2] in packed
    for again in (copy.copy(packed), read(written(packed))):
        assert again == packed
        assert type(again) is type(packed)
    assert packed != packed[1:]


def test_columns_of_another_form_are_others() -> None:
    """Even if their bytes are the same."""
    assert Uuids.of(IDS) != AwardIds.of(AWARDS)


def test_digests_are_bytes() -> None:
    """As they were hashed."""
    digests = Digests(b"".join(HASHED))

    assert list(digests) == HASHED
    assert digests[2] == HASHED[2]
    assert list(digests[3:]) == HASHED[3:]


def test_a_list_is_written_down_as_it_is() -> None:
    """Whatever texts it has."""
    assert read(written(("a", ""))) == ["a", ""]


def test_names_are_the_uuids_that_ids_end_with() -> None:
    """Packed or not; of what ends with none there is no name."""
    named = [one.bytes for one in NUMBERS]

    for packed, texts in COLUMNS[:3]:
        assert list(names_of(packed)) == named
        assert list(names_of(texts)) == named
    for text in ("", "award_of-nobody", "award_" + "x" * 32, SPELLED[0]):
        assert name_of(text) == b""
