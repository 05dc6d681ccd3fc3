"""Batches, for all lines and for every change to them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.integrity import canonical
from ledger.integrity.batch import BatchLine, read_batch, seal_batch
from ledger.integrity.errors import IntegrityError
from ledger.integrity.jws import verify_jws
from ledger.integrity.keys import KeyUse, SigningKey
from tests.property.test_canonical import OBJECTS

KEY = SigningKey.generate("cqvtc", KeyUse.MEMBER)
HEADER = {
    "id": "3f0e1f0a-6f0b-4c3f-9f59-4c3d7b1d4b11",
    "iss": "cqvtc",
    "aud": "skillbank.example/cq#" + "A" * 43,
    "iat": "2026-11-22T08:00:00.000Z",
    "exp": "2026-11-23T08:00:00.000Z",
}
DISCLOSURES = st.lists(
    st.text(st.sampled_from('AZaz09-_]",:{}statement'), min_size=1, max_size=24),
    max_size=3,
)
LINES = st.lists(
    st.builds(
        lambda value, disclosures: BatchLine(
            statement=canonical.dumps(value), disclosures=tuple(disclosures)
        ),
        OBJECTS,
        DISCLOSURES,
    ),
    min_size=1,
    max_size=5,
)


@given(LINES)
def test_what_is_sealed_is_read(lines: list[BatchLine]) -> None:
    """Verbatim, with the parsed values beside the bytes."""
    batch = read_batch(seal_batch(KEY, HEADER, lines=lines))

    verify_jws(batch.header, KEY.public)
    assert list(batch.lines) == lines
    for line in batch.lines:
        assert canonical.dumps(line.value) == line.statement


@given(LINES, st.data())
def test_every_changed_byte_is_found_or_is_a_disclosure(
    lines: list[BatchLine], data: st.DataObject
) -> None:
    """A batch signs statements; a disclosure is held by its digest inside them."""
    raw = bytearray(seal_batch(KEY, HEADER, lines=lines))
    raw[data.draw(st.integers(0, len(raw) - 2))] ^= data.draw(st.integers(1, 255))

    try:
        batch = read_batch(bytes(raw))
        verify_jws(batch.header, KEY.public)
    except IntegrityError:
        return
    assert [one.statement for one in batch.lines] == [one.statement for one in lines]
    assert list(batch.lines) != lines


@given(LINES, st.data())
def test_dropped_doubled_and_swapped_lines_are_found(
    lines: list[BatchLine], data: st.DataObject
) -> None:
    """The count says how many, the root which and in what order."""
    header, *texts = seal_batch(KEY, HEADER, lines=lines).splitlines(keepends=True)
    index = data.draw(st.integers(0, len(texts) - 1))
    dropped = [*texts[:index], *texts[index + 1 :]]
    doubled = [*texts[: index + 1], *texts[index:]]
    rotated = [*texts[1:], texts[0]]

    statements = [line.statement for line in lines]
    for changed in (dropped, doubled, rotated):
        if changed is rotated and [*statements[1:], statements[0]] == statements:
            continue
        with pytest.raises(IntegrityError):
            read_batch(b"".join((header, *changed)))


@given(st.binary(max_size=200))
def test_any_bytes_are_refused(raw: bytes) -> None:
    """With one of our errors and no other."""
    with pytest.raises(IntegrityError):
        read_batch(raw)
