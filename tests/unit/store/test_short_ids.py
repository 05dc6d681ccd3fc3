"""Each text has one short spelling, and comes back from it."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.store.short_ids import long_id, short_id, short_ids

BITS = st.binary(min_size=16, max_size=16)
PREFIXES = st.sampled_from(["award_", "learner_", ""])
SHORT = 23


def written_out(prefix: str, bits: bytes) -> str:
    """Return an id as statements name it."""
    return prefix + (bits.hex() if prefix == "learner_" else str(uuid.UUID(bytes=bits)))


IDS = st.builds(written_out, PREFIXES, BITS)
TEXTS = st.one_of(
    st.text(),
    IDS,
    IDS.map(str.upper),
    IDS.map(short_id),
    st.builds("".join, st.tuples(st.sampled_from("*+,="), st.text())),
)


@given(TEXTS)
def test_every_text_comes_back(text: str) -> None:
    """Also one that is spelled like a short id, or begins like one."""
    assert long_id(short_id(text)) == text


@given(TEXTS)
def test_a_spelling_that_can_be_read_is_the_only_one(text: str) -> None:
    """Two rows never stand for the same id."""
    try:
        found = long_id(text)
    except ValueError:
        return

    assert short_id(found) == text


@given(PREFIXES, BITS, BITS)
def test_short_ids_stand_in_the_order_of_long_ones(
    prefix: str, one: bytes, other: bytes
) -> None:
    """What is read in the order of its keys is read in the same order as before."""
    ids = [written_out(prefix, one), written_out(prefix, other)]

    short = [short_id(name).encode() for name in ids]

    assert {len(name) for name in short} == {SHORT}
    assert (short[0] < short[1]) == (ids[0] < ids[1])


@pytest.mark.parametrize(
    "text",
    [
        "*" + "-" * 21,
        "*" + "-" * 23,
        "*" + "-" * 21 + "0",
        "*" + "-" * 20 + "~-",
        "+" + "-" * 21 + "é",
        "=north",
        "learner_" + "0" * 32,
    ],
    ids=["less", "more", "stray-bits", "no-digit", "no-ascii", "needless", "long"],
)
def test_what_nothing_is_spelled_as_is_refused(text: str) -> None:
    """A row that was changed by hand is not taken for another one."""
    with pytest.raises(ValueError, match=r".*"):
        long_id(text)


@given(st.one_of(st.lists(TEXTS), PREFIXES.flatmap(lambda one: st.lists(of_form(one)))))
def test_many_ids_are_spelled_as_each(texts: list[str]) -> None:
    """Whether all are of one form or not."""
    assert short_ids(texts) == [short_id(text) for text in texts]


def of_form(prefix: str) -> st.SearchStrategy[str]:
    """Return ids of one form."""
    return st.builds(written_out, st.just(prefix), BITS)


def test_ids_that_only_look_like_many_are_spelled_as_each() -> None:
    """What stands between them could stand within one."""
    one, other = written_out("", b"a" * 16), written_out("", b"b" * 16)
    for texts in ([f"{one}\n{other}"], [one, f"{other}\n{one}"], [one, ""], []):
        assert short_ids(texts) == [short_id(text) for text in texts]
