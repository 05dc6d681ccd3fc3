"""A state that is gone through kind by kind, whatever of it lies in a file."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.audit.figures import sums as sums_module
from ledger.audit.figures.sums import Sums
from ledger.audit.ordered import OrderedState
from ledger.audit.spilling import StreamRecord, Written
from ledger.domain.state import (
    AccountRecord,
    KeyOwnerRecord,
    LedgerRecord,
    StatementRecord,
)

LEDGER = LedgerRecord(name="n", origin="o", operator="p", time_zone="UTC")

puts = st.lists(
    st.lists(st.tuples(st.integers(0, 12), st.integers(1, 9)), max_size=5), max_size=15
)


@settings(max_examples=60)
@given(puts, st.integers(0, 5), st.booleans())
def test_records_come_in_the_order_in_which_they_came_into_being(
    batches: list[list[tuple[int, int]]],
    in_memory_max: int,
    written: bool,  # noqa: FBT001  # as hypothesis gives it
) -> None:
    """Or in that of their keys: the newest of each, and each once."""
    state, expected = OrderedState(in_memory_max), dict[str, StreamRecord]()

    for batch in batches:
        for number, version in batch:
            one = StreamRecord(stream=f"s{number:02}", version=version)
            if written and state.find(StreamRecord, one.stream) is None:
                state.put_new([Written.of(one)])
            else:
                state.put([one])
            expected[one.stream] = one
        if batch:
            # What is read again keeps its place.
            state.find(StreamRecord, f"s{batch[0][0]:02}")
        assert list(state.all_of(StreamRecord)) == list(expected.values())

    by_key = [expected[name] for name in sorted(expected)]
    assert list(state.all_by_key(StreamRecord)) == by_key
    assert state.count(StreamRecord) == len(expected)
    state.close()


def test_kinds_are_kept_apart() -> None:
    """Shared ones stay in memory, and of others there may be none."""
    state = OrderedState(0)
    said = StatementRecord(iss="a", id="b", payload_hash="A" * 43, position=1)
    state.put([LEDGER, said])

    assert list(state.all_of(LedgerRecord)) == [LEDGER]
    assert list(state.all_of(StatementRecord)) == [said]
    assert list(state.all_of(AccountRecord)) == []
    assert state.count(AccountRecord) == 0
    # Of another kind under the same words, whatever the filter says.
    state.known.note((KeyOwnerRecord, "a"))  # type: ignore[attr-defined]  # more than a dict
    assert state.find(KeyOwnerRecord, "a") is None
    state.close()


def test_more_than_a_page_is_gone_through(monkeypatch: pytest.MonkeyPatch) -> None:
    """Page by page, while others are looked for."""
    monkeypatch.setattr("ledger.audit.numbered.PAGE", 7)
    state = OrderedState(3)
    records = [StreamRecord(stream=f"s{number}", version=1) for number in range(50)]
    state.put(records)

    found = []
    for one in state.all_of(StreamRecord):
        found.append(one)
        assert state.find(StreamRecord, "s0") == records[0]

    assert found == records
    state.close()


added = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from("xyz"), st.integers(-9, 9)),
    max_size=40,
)


@settings(max_examples=60)
@given(added, st.integers(1, 3))
def test_sums_are_the_same_from_a_file(
    parts: list[tuple[str, str, int]], in_memory_max: int
) -> None:
    """By learner and member, in order, and each once."""
    few, many = Sums(), Sums()
    for sums, most in ((few, in_memory_max), (many, 100)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sums_module, "SUMS_IN_MEMORY_MAX", most)
            for learner_id, member, amount in parts:
                found = sums.of(learner_id, member)
                found["awarded"] += amount
                found["achievements"] += 1

    keys = [(one.learner_id, one.member) for one in many]
    assert keys == sorted({(learner_id, member) for learner_id, member, _ in parts})
    assert [one[:2] for one in few] == keys
    for one, other in zip(few, many, strict=True):
        for name in ("awarded", "achievements", "held"):
            assert one.parts[name] == other.parts[name]
    few.close()
    many.close()
