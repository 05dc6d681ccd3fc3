"""Names are found with their numbers, however few of them are kept in memory."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.audit import names as module
from ledger.audit.lines import Lines
from ledger.audit.names import Filter, Names
from ledger.audit.packed import NAME_BYTES
from ledger.audit.passed import PassedLines
from ledger.audit.passing import PassingState
from ledger.audit.spilling import NoRoomError, StreamRecord, Written, nameless

FEW = 2

parts = st.lists(st.lists(st.integers(0, 60), max_size=6), max_size=30)


def name(number: int) -> bytes:
    """Return a name, in another order than its number."""
    return bytes([number * 37 % 61]) * NAME_BYTES


@settings(max_examples=60, deadline=None)
@given(parts, st.integers(0, 4))
def test_every_name_is_found_with_its_number(
    parts: list[list[int]], in_memory_max: int
) -> None:
    """In memory, in a run, or in a run that was made of others."""
    file, known = nameless(), dict[bytes, int]()
    names = Names("kind", in_memory_max=in_memory_max)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "RUNS_MAX", FEW)
        for part in parts:
            new = [one for one in dict.fromkeys(map(name, part)) if one not in known]
            first = len(known) * 1_000
            names.add(file, new, first=first)
            known |= {one: first + at for at, one in enumerate(new)}
            for number in range(61):
                assert names.find(file, name(number)) == known.get(name(number))

    assert names.count_among(file, map(name, range(61))) == len(known)
    file.close()


def test_many_runs_become_one() -> None:
    """And those that became one before do so again."""
    file, names = nameless(), Names("kind", in_memory_max=0)

    for number in range(module.RUNS_MAX**2):
        names.add(file, [number.to_bytes(NAME_BYTES, "big")], first=number)

    tables = file.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
    assert tables == (1,)
    assert names.find(file, (7).to_bytes(NAME_BYTES, "big")) == 7
    file.close()


@given(st.sets(st.binary(min_size=16, max_size=16)))
def test_a_filter_suspects_every_name_that_was_noted(names: set[bytes]) -> None:
    """And none before any was."""
    filter_ = Filter()
    assert filter_.suspects(names) == []

    filter_.note(names)

    assert set(filter_.suspects(names)) == names


def test_a_filter_tells_that_most_names_were_not_noted() -> None:
    """One in so many is suspected by chance."""
    filter_ = Filter()
    filter_.note(number.to_bytes(16, "big") for number in range(1_000))

    others = [number.to_bytes(16, "big") for number in range(1_000, 11_000)]

    assert len(filter_.suspects(others)) < 10


def test_names_of_others_are_noted_once() -> None:
    """What has no name of a line's form is no line's."""
    lines = PassedLines(in_memory_max=0)

    lines.note_others([b"", name(1), name(2)])
    lines.note_others([name(2), name(3)])

    assert lines.others_among(map(name, range(6))) == {name(1), name(2), name(3)}
    assert lines.count("others") == 3
    lines.close()


def test_what_was_foreseen_is_noted_too() -> None:
    """It was put without being read."""
    state, digits = PassingState(), "0" * 31 + "1"
    stream = StreamRecord(stream=f"account:learner_{digits}", version=1)

    state.put_new([Written.of(stream)])

    assert state._lines.others_among([bytes.fromhex(digits)])  # noqa: SLF001
    state.close()


def test_a_file_that_fails_is_no_room() -> None:
    """Whoever asks is told so."""
    lines = PassedLines(in_memory_max=0)
    lines.note_others([name(1)])
    lines.close()

    with pytest.raises(NoRoomError):
        lines.others_among([name(1)])
    with pytest.raises(NoRoomError):
        lines.note_others([name(1)])
    with pytest.raises(NoRoomError):
        lines.note_others([name(2)])


def test_where_nothing_was_made_there_is_no_line() -> None:
    """Nor a file to let go of."""
    file, lines = nameless(), PassedLines()

    assert Lines().locate(file, "lots", number=1) is None
    assert lines.others_among([name(1)]) == set()
    lines.close()
    file.close()
