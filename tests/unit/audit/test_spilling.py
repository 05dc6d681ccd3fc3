"""What is written down comes back as it was, and an audit finds the same by it."""

import random
import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.audit import parts as module
from ledger.audit import spilling
from ledger.audit.filing import FilingCheck
from ledger.audit.replay import Replay
from ledger.audit.spilling import NoRoomError, SpillingState, StreamRecord
from ledger.audit.verify import Audit, WrongLedgerError
from ledger.domain.state import LedgerRecord, Slice, StatementRecord
from tests.replaying import acts_of
from tests.tampering.campaign import OPERATORS, rich_grounds, small_grounds

HASH = "A" * 43


def streams(*numbers: int, version: int) -> list[StreamRecord]:
    """Return records of these streams."""
    return [StreamRecord(stream=f"s{number}", version=version) for number in numbers]


puts = st.lists(
    st.lists(st.tuples(st.integers(0, 6), st.integers(1, 9)), max_size=4), max_size=20
)


@settings(max_examples=20)
@given(puts, st.integers(0, 5))
def test_what_was_put_last_is_found(
    batches: list[list[tuple[int, int]]], in_memory_max: int
) -> None:
    """However little is kept in memory; what was never put is absent."""
    spilling, plain = SpillingState(in_memory_max), Slice(complete=True)

    for batch in batches:
        records = [StreamRecord(stream=f"s{n}", version=v) for n, v in batch]
        for state in (spilling, plain):
            state.put(records)
        for number in range(8):
            name = f"s{number}"
            expected = plain.find(StreamRecord, name)
            assert ((StreamRecord, name) in spilling.known) == (expected is not None)
            assert spilling.find(StreamRecord, name) == expected

    assert spilling.count(StreamRecord) == len(plain.known)
    spilling.close()


def test_every_record_of_a_consortium_comes_back_as_it_was() -> None:
    """Nearly every kind is in its history."""
    ground, _ = rich_grounds()
    plain, spilling = Replay(), Replay(SpillingState(0))

    for act in acts_of([one.raw for one in ground.entries]):
        plain.evolve(act)
        spilling.evolve(act)

    assert len({kind for kind, _ in plain.state.known}) > 20
    for (kind, key), record in plain.state.known.items():
        assert spilling.state.find(kind, key) == record


def told(name: str) -> object:
    """Return what an audit says of a harm."""
    ours, theirs = small_grounds()
    chance = random.Random(11)  # noqa: S311  # the same in every run
    copy = OPERATORS[name](ours, theirs, chance=chance).copy
    try:
        return Audit(copy, ledger=ours.bank.ledger).run()
    except WrongLedgerError as error:
        return error.found


@pytest.mark.parametrize("name", tuple(OPERATORS)[1::8])
def test_an_audit_finds_the_same_from_disk(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Report for report, whatever was done."""
    expected = told(name)
    monkeypatch.setattr(module, "IN_MEMORY_MAX", 0)

    assert told(name) == expected


def test_few_records_stay_in_memory() -> None:
    """Shared kinds do, for as long as there are any."""
    state = SpillingState(10)
    shared = LedgerRecord(name="n", origin="o", operator="p", time_zone="UTC")
    state.put([shared])

    for number in range(100):
        state.put(streams(number, version=1))
        assert len(state.known) <= 11

    assert state.find(LedgerRecord, 0) is shared
    assert state.count(LedgerRecord) == 1
    assert state.count(StreamRecord) == 100


def test_records_of_other_kinds_are_not_mistaken() -> None:
    """Even if they are looked for under the same words."""
    state = SpillingState(0)
    said = StatementRecord(iss="a", id="b", payload_hash=HASH, position=1)
    state.put([said])

    assert state.find(StatementRecord, ("a", "b")) == said
    assert Slice(state).find(StatementRecord, ("a", "b")) == said
    assert state.find(StreamRecord, ("a", "b")) is None


def test_a_collision_in_the_filter_costs_a_look_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The file knows better."""
    state = SpillingState(0)
    state.put(streams(1, version=1))
    monkeypatch.setattr(spilling, "_places", lambda _: (0, 0, 0))
    state.put(streams(3, version=1))

    assert state.find(StreamRecord, "s2") is None


def test_a_full_disk_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that was not kept is taken for checked."""

    def refuse(*_: object, **_more: object) -> None:
        raise sqlite3.OperationalError

    monkeypatch.setattr(sqlite3, "connect", refuse)

    with pytest.raises(NoRoomError):
        SpillingState(0).put(streams(1, version=1))


def test_a_stream_is_counted_where_others_keep_records() -> None:
    """And a source that tells no streams is asked for none."""
    ground, _ = small_grounds()
    state = Slice(complete=True)
    filing = FilingCheck(state)
    acts = acts_of([one.raw for one in ground.entries])

    for act, one in zip(acts, ground.entries, strict=True):
        filed = (one.stream, one.version, one.topic)
        assert list(filing.take(act, filed)) == []
        assert list(filing.take(act, (None, None, None))) == []
