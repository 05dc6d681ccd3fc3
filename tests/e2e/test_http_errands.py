"""A post that is answered without a task is answered as any other one is."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import pytest
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from api.door import POSTS_MAX, Door
from api.errand import Errand
from api.frame import Framed
from api.threshold import Threshold
from ledger.integrity import canonical
from ledger.integrity.batch import BatchLine
from tests.e2e.http_bank import BATCH, SINGLE, HttpBank, serving
from tests.e2e.http_line import HOST, NAMED, START, Line, until

CREATED = b"HTTP/1.1 201 "
BUSY = b"HTTP/1.1 503 "
LOST = b"GET /nowhere HTTP/1.1\r\n" + HOST + NAMED + b"\r\n"
T = TypeVar("T")


@pytest.fixture(params=[False, True], ids=["here", "apart"])
def bank(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[HttpBank]:
    """Serve a bank, and by a process that only answers."""
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    with serving(tmp_path, url, apart=request.param) as served:
        yield served


def app_of(bank: HttpBank) -> Framed:
    """Return the application under test."""
    app = bank.client.app
    assert isinstance(app, Framed)
    return app


def door_of(bank: HttpBank) -> Door:
    """Return its door."""
    return app_of(bank).frame.door


def in_loop(bank: HttpBank, talk: Callable[[], Awaitable[T]]) -> T:
    """Run in the loop in which the bank lives."""
    portal = bank.client.portal
    assert portal is not None
    return portal.call(talk)


def post(body: bytes, *headers: bytes, media_type: str = SINGLE) -> bytes:
    """Return a request."""
    named = (b"Content-Type: " + media_type.encode(), *headers)
    lines = b"".join(one + b"\r\n" for one in named)
    length = b"Content-Length: %d\r\n\r\n" % len(body)
    return START + HOST + NAMED + lines + length + body


def line_of(bank: HttpBank, reference: str) -> BatchLine:
    """Return a line with an award."""
    return BatchLine(statement=canonical.dumps(bank.award(reference)))


Said = tuple[bytes, bool, bool]


def say(
    bank: HttpBank,
    pieces: Sequence[bytes],
    *,
    speaking: type[HttpToolsProtocol] = Threshold,
    pausing: bool = False,
) -> Said:
    """Return what is told, whether that ended it, or else whether silence will."""

    async def talk() -> Said:
        line = Line(app_of(bank), speaking)
        for piece in pieces:
            line.speaker.data_received(piece)
            if pausing:
                await line.settle()
        await line.settle()
        found = (line.wire.told, line.wire.is_over, line.waits())
        line.end()
        return found

    return in_loop(bank, talk)


@pytest.mark.parametrize("pausing", [False, True])
def test_every_answer_is_the_same_in_both_ways(
    bank: HttpBank, *, pausing: bool
) -> None:
    """Receipts, refusals and what is wrong with a request: each byte in its order."""
    single, batch = bank.sign(bank.award("1")), bank.seal_lines([line_of(bank, "2")])
    refused = bank.sign(bank.award("3", learner_id="learner_" + "f" * 32))
    for raw, kind in ((single, SINGLE), (batch, BATCH), (refused, SINGLE)):
        bank.send(raw, kind)
    good, other = post(single), post(batch, media_type=BATCH)
    talks = [
        [good],
        [other],
        [post(refused)],
        [post(refused, b"Accept-Language: zh-CN")],
        [post(single[:-9] + b"AAAAAAAAA")],
        [post(b"")],
        [post(b"{}\n", media_type=BATCH)],
        [post(single, media_type="text/plain")],
        [post(single, media_type="application/jose; charset=utf-8")],
        [good.replace(HOST, b"Host: elsewhere.example\r\n")],
        [good, good],
        [good + other + good],
        [good + good[:40], good[40:]],
        [good + LOST + good],
        [post(single, b"Connection: close"), good],
        [good[:60], good[60:] + other],
        [good + post(b"") + good],
    ]
    for pieces in talks:
        found = [
            say(bank, pieces, speaking=speaking, pausing=pausing)
            for speaking in (HttpToolsProtocol, Threshold)
        ]
        assert found[0] == found[1]
        assert found[0][0].startswith(b"HTTP/1.1 ")
    assert door_of(bank).posts == sum(door_of(bank).tally.held_bytes) == 0


def test_rubbish_that_follows_is_answered_after_the_post(bank: HttpBank) -> None:
    """Whoever reads the answers in their order takes each for what it is."""
    raw = post(bank.sign(bank.award("1")))

    told, is_over, _ = say(bank, [raw + b"no request\r\n\r\n"])

    assert told.startswith(CREATED)
    assert told.count(b"HTTP/1.1 400 ") == told.count(b"HTTP/1.1 ") - 1 == 1
    assert is_over


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
