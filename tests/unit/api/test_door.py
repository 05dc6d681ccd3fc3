"""The bounds of a bank hold for all its doors together."""

import os
from collections.abc import Callable
from contextlib import ExitStack

import pytest

from api.door import (
    HELD_BYTES_MAX,
    POSTS_MAX,
    WORK_BYTES_MAX,
    Door,
    Tally,
    door_lines,
)
from ledger.sequencer import BusyError


def doors(count: int) -> list[Door]:
    """Return the doors of one bank."""
    tally = Tally(count)
    return [Door(tally, number) for number in range(count)]


def told(door: Door) -> dict[str, int]:
    """Return the metrics that a door tells."""
    lines = [line.split() for line in door_lines(door) if not line.startswith("#")]
    return {name.removeprefix("skillbank_"): int(count) for name, count in lines}


def find_room(door: Door, turn: list[Callable[[], None]]) -> bool:
    """Come in this turn of the loop, and tell whether there was room."""
    found = door.has_room()
    door.expect(turn.append)
    return found


def go_on(turn: list[Callable[[], None]]) -> None:
    """Do what was to be done once all have come."""
    (begin,) = turn
    begin()


def test_who_is_inside_by_one_door_counts_at_every_other() -> None:
    """No door lets in more than all of them may; each tells of all."""
    first, second, third = doors(3)
    with ExitStack() as house:
        for number in range(POSTS_MAX):
            house.enter_context((first, second)[number % 2].visit()).begin()
        assert not third.let_in()
        assert told(second) == {
            "answering_processes": 3,
            "posts_under_way": POSTS_MAX,
            "posts_refused_total": 1,
        }

    assert third.let_in()
    assert third.posts == 0


def test_those_who_come_at_once_are_counted_before_they_begin() -> None:
    """Whoever finds the last place taken is told so; the next turn counts anew."""
    (door,) = doors(1)
    turn: list[Callable[[], None]] = []
    with ExitStack() as house:
        for _ in range(POSTS_MAX - 2):
            house.enter_context(door.visit()).begin()
        assert [find_room(door, turn) for _ in range(3)] == [True, True, False]

        go_on(turn)
        house.enter_context(door.visit()).begin()
        assert [find_room(door, turn) for _ in range(2)] == [True, False]
        assert len(turn) == 2
    assert door.refused == 0


def test_bytes_under_way_leave_no_room_to_expect() -> None:
    """However few they belong to."""
    (door,) = doors(1)
    with door.visit() as large:
        large.take(WORK_BYTES_MAX)
        large.begin()
        assert not door.has_room()

    assert door.has_room()


def test_all_bodies_together_are_bounded() -> None:
    """What arrives elsewhere is in the same memory."""
    first, second = doors(2)
    with first.visit() as large, second.visit() as small:
        large.take(HELD_BYTES_MAX)
        with pytest.raises(BusyError):
            small.take(1)

    with second.visit() as again:
        again.take(HELD_BYTES_MAX)


def test_what_was_behind_a_lost_door_is_forgotten() -> None:
    """How often it refused somebody is not: a counter never falls."""
    first, second = doors(2)
    with ExitStack() as house:
        for _ in range(POSTS_MAX):
            house.enter_context(first.visit()).begin()
        assert not first.let_in()
        first.tally.leave(0)
        assert second.let_in()
        assert told(second) == {
            "answering_processes": 1,
            "posts_under_way": 0,
            "posts_refused_total": 1,
        }


def test_doors_of_forked_processes_count_together() -> None:
    """Their numbers lie in memory that both have."""
    here, there = doors(2)
    pid = os.fork()
    if not pid:
        there.begin(7)
        os._exit(0)
    os.waitpid(pid, 0)

    assert here.posts == 1
    assert list(here.tally.work_bytes) == [0, 7]


@pytest.mark.parametrize(
    ("counts", "has_more"), [((9, 4), True), ((8, 4), False), ((4, 9), False)]
)
def test_only_open_doors_are_let_come_first(
    counts: tuple[int, int], *, has_more: bool
) -> None:
    """With clearly more connections than another one; a lost one takes none."""
    here, there = doors(2)
    for door, count in zip((here, there), counts, strict=True):
        door.count_connections(count)

    assert here.has_more_than_others() == has_more
    here.tally.leave(1)
    assert not here.has_more_than_others()
    assert not doors(1)[0].has_more_than_others()
