"""Disclosures, for all values."""

from hypothesis import assume, given
from hypothesis import strategies as st

from ledger.integrity.disclosures import (
    join,
    make_disclosure,
    read_disclosures,
    split,
)
from ledger.integrity.errors import IntegrityError
from tests.property.test_canonical import VALUES

SALTS = st.text(
    st.sampled_from("ABCxyz019-_"),
    min_size=22,
    max_size=43,
)
NAMES = st.sampled_from(["score", "grade", "reference", "certificate", "成绩"])


@given(st.dictionaries(NAMES, st.tuples(VALUES, SALTS)))
def test_what_is_made_is_read(content: dict[str, tuple[object, str]]) -> None:
    """Through the wire form and back, under its digests."""
    made = tuple(
        make_disclosure(name, value, salt=salt)
        for name, (value, salt) in content.items()
    )

    token, encoded = split(join(b"a.b.c", (one.encoded for one in made)))

    assert token == b"a.b.c"
    assert read_disclosures(encoded, {one.digest for one in made}) == made


@given(NAMES, VALUES, SALTS, st.data())
def test_every_changed_character_is_found(
    name: str, value: object, salt: str, data: st.DataObject
) -> None:
    """The digest is over the characters, so no other spelling fits."""
    made = make_disclosure(name, value, salt=salt)
    index = data.draw(st.integers(0, len(made.encoded) - 1))
    letter = data.draw(st.characters(codec="utf-8"))
    changed = made.encoded[:index] + letter + made.encoded[index + 1 :]
    assume(changed != made.encoded)

    try:
        read = read_disclosures([changed], {made.digest})
    except IntegrityError:
        return
    raise AssertionError(read)
