"""What is answered without a task leaves its connection as any other answer does."""

import asyncio
import time
from pathlib import Path

import pytest

from api.door import POSTS_MAX
from api.errand import Errand
from api.threshold import Threshold
from tests.bank import LEARNER
from tests.e2e.http_bank import SINGLE, HttpBank, serving
from tests.e2e.http_line import Line, until
from tests.e2e.http_talk import (
    BUSY,
    CREATED,
    app_of,
    asking,
    door_of,
    in_loop,
    post,
    say,
)


def test_a_balance_from_a_file_is_told_at_once(tmp_path: Path, sqlite_url: str) -> None:
    """No task is begun for it, and nothing waits."""
    with serving(tmp_path, sqlite_url) as bank:

        async def talk() -> bytes:
            line = Line(app_of(bank))
            line.speaker.data_received(asking(LEARNER) * 3)
            assert not line.speaker.tasks
            line.end()
            return line.wire.told

        assert in_loop(bank, talk).count(b"HTTP/1.1 200 ") == 3


def test_no_task_is_begun_and_what_follows_waits_for_its_turn(bank: HttpBank) -> None:
    """However it comes: behind the post, or while it is under way."""
    first, second, third = (post(bank.sign(bank.award(one))) for one in "abc")

    async def talk() -> tuple[set[type], int, bytes]:
        line = Line(app_of(bank))
        line.speaker.data_received(first + second)
        line.speaker.data_received(third)
        kinds, posts = {type(one) for one in line.speaker.tasks}, door_of(bank).posts
        await line.settle()
        line.end()
        return kinds, posts, line.wire.told

    kinds, posts, told = in_loop(bank, talk)
    assert (kinds, posts, told.count(CREATED)) == ({Errand}, 1, 3)
    assert door_of(bank).posts == 0
    positions = [int(one.split(b",")[0]) for one in told.split(b'"position":')[1:]]
    assert positions == sorted(positions)


def test_silence_does_not_end_a_connection_that_waits_for_an_answer(
    bank: HttpBank,
) -> None:
    """It counts from the answer before, and again from this one."""
    raws = [post(bank.sign(bank.award(one))) for one in "ab"]

    async def talk() -> list[bool]:
        line, waits = Line(app_of(bank)), []
        for raw in raws:
            line.speaker.data_received(raw)
            waits.append(line.waits())
            await line.settle()
            waits.append(line.waits())
        line.end()
        return waits

    assert in_loop(bank, talk) == [False, True, False, True]


def test_many_in_one_turn_find_no_more_room_than_there_is(bank: HttpBank) -> None:
    """Each counts from the moment it came; the others are told to come back."""
    room = 3
    raws = [post(bank.sign(bank.award(str(number)))) for number in range(room + 2)]
    door = door_of(bank)

    async def talk() -> list[bytes]:
        visits = [door.visit() for _ in range(POSTS_MAX - room)]
        for visit in visits:
            visit.begin()
        lines = [Line(app_of(bank)) for _ in raws]
        for line, raw in zip(lines, raws, strict=True):
            line.speaker.data_received(raw)
        assert door.posts == POSTS_MAX
        for line in lines:
            await line.settle()
            line.end()
        for visit in visits:
            visit.end(None)
        return [line.wire.told for line in lines]

    told = in_loop(bank, talk)
    kinds = [one[: len(CREATED)] for one in told]
    assert kinds == [CREATED] * room + [BUSY] * 2
    assert (door.posts, door.refused) == (0, 2)


def test_to_turn_others_away_comes_first(bank: HttpBank) -> None:
    """What was let in is checked after the turn of the loop, and not against it."""
    raws = [post(bank.sign(bank.award(one))) for one in "ab"]
    size, door = bank.size(), door_of(bank)

    async def talk() -> tuple[int, bytes]:
        visits = [door.visit() for _ in range(POSTS_MAX)]
        for visit in visits:
            visit.begin()
        lines = [Line(app_of(bank)) for _ in raws]
        lines[0].speaker.data_received(raws[0])
        visits.pop().end(None)
        lines[1].speaker.data_received(raws[1])
        # The loop's own time: it has much to do in this turn.
        time.sleep(0.2)  # noqa: ASYNC251  # nobody else has a turn meanwhile
        meanwhile = bank.size()
        for line in lines:
            await line.settle()
            line.end()
        for visit in visits:
            visit.end(None)
        return meanwhile, b"".join(line.wire.told[:13] for line in lines)

    assert in_loop(bank, talk) == (size, BUSY + CREATED)
    assert bank.size() == size + 1


def test_what_came_while_the_bank_was_full_is_told_so_in_its_turn(
    bank: HttpBank,
) -> None:
    """Whoever asks ahead is not let in before all others, and does not wait longer."""
    raws = [post(bank.sign(bank.award(one))) for one in "abc"]
    door = door_of(bank)

    async def talk() -> bytes:
        visits = [door.visit() for _ in range(POSTS_MAX - 1)]
        for visit in visits:
            visit.begin()
        line = Line(app_of(bank))
        line.speaker.data_received(raws[0] + raws[1])
        await line.settle()
        line.speaker.data_received(raws[2])
        await line.settle()
        line.end()
        for visit in visits:
            visit.end(None)
        return line.wire.told

    told = in_loop(bank, talk)
    kinds = [one[:3] for one in told.split(b"HTTP/1.1 ")[1:]]
    assert kinds == [b"201", b"503", b"201"]
    assert door.refused == 1


def test_a_full_house_keeps_nobody_from_asking(bank: HttpBank) -> None:
    """Only posts are told to come back."""
    visits = [door_of(bank).visit() for _ in range(POSTS_MAX)]
    for visit in visits:
        visit.begin()

    told, _, _ = say(bank, [asking(LEARNER)])

    for visit in visits:
        visit.end(None)
    assert told.startswith(b"HTTP/1.1 200 ")


def test_others_may_come_first_at_another_door(bank: HttpBank) -> None:
    """Who finds the last place taken is told so, once."""
    raw, door = bank.sign(bank.award("1")), door_of(bank)
    posting = app_of(bank).state.posting
    found: list[object] = []
    check = posting.check_of({b"content-type": SINGLE.encode()}, len(raw))
    visits = [door.visit() for _ in range(POSTS_MAX)]
    for visit in visits:
        visit.begin()

    posting.begin(raw, check, take=found.append)

    assert [getattr(one, "code", None) for one in found] == ["busy"]
    assert (door.refused, sum(door.tally.held_bytes)) == (1, 0)
    for visit in visits:
        visit.end(None)


def test_whoever_hangs_up_is_told_nothing_and_leaves_nothing(bank: HttpBank) -> None:
    """What he posted is written all the same."""
    raw, size = post(bank.sign(bank.award("1"))), bank.size()

    async def talk() -> bytes:
        line = Line(app_of(bank))
        line.speaker.data_received(raw)
        line.end()
        await line.settle()
        return line.wire.told

    assert in_loop(bank, talk) == b""
    assert (bank.size(), door_of(bank).posts) == (size + 1, 0)


@pytest.mark.parametrize("more", ["nothing", "another", "a part"])
def test_whoever_says_no_more_is_answered_and_then_left(
    bank: HttpBank, *, more: str
) -> None:
    """Half of a connection is closed: what was asked before is still answered."""
    raw, second = (post(bank.sign(bank.award(one))) for one in "ab")
    rest = {"nothing": b"", "another": second, "a part": second[:50]}[more]

    async def talk() -> tuple[bool | None, bytes, bool]:
        line = Line(app_of(bank))
        line.speaker.data_received(raw + rest)
        assert isinstance(line.speaker, Threshold)
        stays = line.speaker.eof_received()
        await line.settle()
        await asyncio.sleep(0)
        found = (stays, line.wire.told, line.wire.is_over)
        line.end()
        return found

    stays, told, is_over = in_loop(bank, talk)
    assert (stays, is_over) == (True, True)
    assert told.count(CREATED) == 1 + (more == "another")


def test_a_bank_that_stops_answers_first_and_takes_no_more(bank: HttpBank) -> None:
    """The connection ends with the answer, which says so."""
    raw, second = (post(bank.sign(bank.award(one))) for one in "ab")
    size = bank.size()

    async def talk() -> tuple[bool, bytes, bool]:
        line = Line(app_of(bank))
        line.speaker.data_received(raw + second)
        line.speaker.shutdown()
        before = line.wire.is_over
        await line.settle()
        found = (before, line.wire.told, line.wire.is_over)
        line.end()
        return found

    before, told, after = in_loop(bank, talk)
    assert (before, after) == (False, True)
    assert told.count(CREATED) == told.count(b"connection: close\r\n") == 1
    assert bank.size() == size + 1


def test_a_bank_that_waits_no_longer_says_that_the_outcome_is_unknown(
    bank: HttpBank,
) -> None:
    """Once: the answer that comes later is nobody's."""
    raw, size = post(bank.sign(bank.award("1"))), bank.size()

    async def talk() -> bytes:
        line = Line(app_of(bank))
        line.speaker.data_received(raw)
        # As the server does it.
        for one in line.speaker.tasks:
            one.cancel(msg="waits no longer")
        await line.settle()
        told = line.wire.told
        await until(lambda: not door_of(bank).posts)
        assert line.wire.told == told
        line.end()
        return told

    told = in_loop(bank, talk)
    assert told.startswith(BUSY)
    assert b'"code":"outcome-unknown"' in told
    assert bank.size() == size + 1
