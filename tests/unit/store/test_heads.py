"""A head has one spelling, and nothing else is read as one."""

import orjson
import pytest

from ledger.integrity.errors import CheckpointError
from ledger.store.heads import head_state, read_head_state
from tests.conformance.store_groups import head_after, new_entry

HEAD = head_after(None, [new_entry(place) for place in range(3)])


def changed(**changes: object) -> bytes:
    """Return the head's bytes with other values."""
    return orjson.dumps(
        {**orjson.loads(head_state(HEAD)), **changes}, option=orjson.OPT_SORT_KEYS
    )


def test_a_head_comes_back_as_it_was() -> None:
    """Its version is the row's, not its own to say."""
    assert read_head_state(head_state(HEAD), version=1) == HEAD


@pytest.mark.parametrize(
    "state",
    [
        b"",
        b"[]",
        changed(size="3"),
        changed(more=1),
        changed(root="not base64!"),
        changed(frontier=["not base64!"]),
        head_state(HEAD) + b"\n",
        head_state(HEAD).replace(b'"first":0', b'"first": 0'),
    ],
    ids=["empty", "list", "type", "member", "root", "frontier", "newline", "space"],
)
def test_bytes_that_are_no_head_are_refused(state: bytes) -> None:
    """A second spelling is none either: the row would not be what we wrote."""
    with pytest.raises(CheckpointError):
        read_head_state(state)
