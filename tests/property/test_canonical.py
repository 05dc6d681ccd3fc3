"""Canonical JSON, for all values and for all bytes."""

from contextlib import suppress

import orjson
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from ledger.integrity import canonical
from ledger.integrity.errors import DuplicateKeyError, MalformedError

TEXTS = st.text(st.characters(codec="utf-8"), max_size=12)
# Keys whose order differs between UTF-8 and UTF-16 come up often enough to matter.
KEYS = TEXTS | st.text(
    st.sampled_from("aé\ufb33\U0001f600\U00010000\uffff"), max_size=3
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-canonical.INTEGER_MAX, canonical.INTEGER_MAX)
    | TEXTS
)
VALUES = st.recursive(
    SCALARS,
    lambda children: (
        st.lists(children, max_size=4) | st.dictionaries(KEYS, children, max_size=4)
    ),
    max_leaves=12,
)
OBJECTS = st.dictionaries(KEYS, VALUES, min_size=1, max_size=4)


@given(VALUES)
def test_both_writers_agree(value: object) -> None:
    """Whichever of them wrote, the bytes are those of RFC 8785."""
    assert canonical.dumps(value) == rfc8785.dumps(value)  # type: ignore[arg-type]


@given(VALUES)
def test_what_was_written_is_read_back(value: object) -> None:
    """The round trip is the identity, on values and on bytes."""
    raw = canonical.dumps(value)

    read = canonical.loads_canonical(raw)

    assert read == value
    assert canonical.dumps(read) == raw


@given(VALUES)
def test_any_spelling_of_a_value_is_read_as_that_value(value: object) -> None:
    """But only one is canonical."""
    raw = orjson.dumps(value, option=orjson.OPT_INDENT_2) + b"\n"

    assert canonical.loads(raw) == value
    with pytest.raises(MalformedError):
        canonical.loads_canonical(raw)


@given(OBJECTS, st.data())
def test_a_second_member_of_a_name_is_found(
    value: dict[str, object], data: st.DataObject
) -> None:
    """Wherever it stands, and whatever its value."""
    name = data.draw(st.sampled_from(sorted(value)))
    again = orjson.dumps({name: data.draw(VALUES)})[1:-1]
    raw = canonical.dumps(value)

    for doubled in (raw[:-1] + b"," + again + b"}", b"{" + again + b"," + raw[1:]):
        with pytest.raises(DuplicateKeyError):
            canonical.loads(b"[" + doubled + b"]")


@given(VALUES, st.data())
def test_a_changed_byte_is_another_value_or_no_json(
    value: object, data: st.DataObject
) -> None:
    """No two canonical byte strings stand for the same value."""
    raw = bytearray(canonical.dumps(value))
    index = data.draw(st.integers(0, len(raw) - 1))
    raw[index] ^= data.draw(st.integers(1, 255))

    with suppress(MalformedError):
        changed = canonical.loads_canonical(bytes(raw))
        # 1 == True in Python: bytes are compared, not values.
        assert canonical.dumps(changed) == bytes(raw)
        assert canonical.dumps(changed) != canonical.dumps(value)


@given(st.binary(max_size=64) | TEXTS.map(str.encode))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    """Nothing else comes out than a value of our subset or one of our errors."""
    with suppress(MalformedError):
        value = canonical.loads(raw)
        assert canonical.loads(canonical.dumps(value)) == value


@given(st.lists(st.sampled_from('[]{}",:\\01-.eN \ud800a')).map("".join))
def test_json_like_bytes_are_read_as_any_parser_reads_them(text: str) -> None:
    """What passes our reader passes the strictest one with the same value."""
    raw = text.encode("utf-8", "surrogatepass")

    with suppress(MalformedError):
        value = canonical.loads(raw)
        assert orjson.loads(raw) == value
