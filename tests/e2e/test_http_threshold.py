"""What a full bank says before HTTP is spoken is what it would say after."""

import asyncio
import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack

import pytest
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from api import threshold
from api.door import POSTS_MAX
from api.family import OPTIONS
from api.frame import Framed
from api.plain import without_upgrade
from api.threshold import Threshold
from tests.e2e.http_line import ASKING, END, HOST, NAMED, PLAIN, START, Line, opened

BUSY = b"HTTP/1.1 503 "
_MADE_ID = re.compile(rb"[0-9a-f]{16}")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Framed]:
    """Serve a bank whose house is full."""
    with opened(tmp_path_factory.mktemp("bank")) as found, ExitStack() as house:
        for _ in range(POSTS_MAX):
            house.enter_context(found.frame.door.visit()).begin()
        yield found


Found = tuple[bytes, bool, bool]


def say(
    app: Framed,
    pieces: Sequence[bytes],
    *,
    speaking: type[HttpToolsProtocol],
    pausing: bool,
) -> Found:
    """Return what is told, whether that ended it, or else whether silence will."""

    async def talk() -> Found:
        line = Line(app, speaking)
        for piece in pieces:
            line.speaker.data_received(piece)
            if pausing:
                await line.settle()
        await line.settle()
        found = (_MADE_ID.sub(b"made", line.wire.told), line.wire.is_over, line.waits())
        line.end()
        return found

    return asyncio.run(talk())


@pytest.mark.parametrize("pausing", [False, True])
@pytest.mark.parametrize(
    "pieces",
    [
        [PLAIN],
        [PLAIN, PLAIN],
        [PLAIN + PLAIN],
        [PLAIN[:9], PLAIN[9:]],
        [PLAIN[:-1], PLAIN[-1:]],
        [PLAIN[:-1], PLAIN[-1:] + PLAIN],
        [PLAIN[:-1], PLAIN],
        [START + HOST + END],
        [START + HOST + NAMED + b"Accept-Language: zh-CN\r\n" + END],
        [START + HOST + NAMED + b"Connection: Keep-Alive\r\n" + END, PLAIN],
        [START + HOST + NAMED + b"Connection: close\r\n" + END, PLAIN],
        [START + b"Host: elsewhere.example\r\n" + NAMED + END],
        [START + NAMED + END],
        [START + HOST + b"X-Request-Id: a b\r\n" + END],
        [START + HOST + NAMED + b"no header\r\n\r\n", PLAIN],
        [START.replace(b"statements", b"statements?a=b") + HOST + NAMED + END],
        # It is answered before its body comes, which is no request, whatever it says.
        [START + HOST + NAMED + b"Content-Length: %d\r\n\r\n" % len(PLAIN), PLAIN],
        [ASKING, PLAIN],
        [PLAIN, ASKING],
    ],
)
def test_a_full_bank_says_the_same_to_what_it_reads_and_to_what_it_does_not(
    app: Framed, pieces: Sequence[bytes], *, pausing: bool
) -> None:
    """Every byte in its order, the end of the connection, and how many are counted."""
    door, found = app.frame.door, []
    for speaking in (HttpToolsProtocol, Threshold):
        before = door.refused
        said = say(app, pieces, speaking=speaking, pausing=pausing)
        found.append((*said, door.refused - before))

    assert found[0] == found[1]
    assert found[0][0].startswith(b"HTTP/1.1 ")


def test_a_post_that_came_whole_is_turned_away_at_once(app: Framed) -> None:
    """No task is begun for it; the next one is answered in the same way."""

    async def talk() -> None:
        line = Line(app)
        for count in (1, 2, 3):
            line.speaker.data_received(PLAIN)
            assert line.wire.told.count(BUSY) == count
            assert not line.speaker.tasks
        line.end()

    asyncio.run(talk())


def test_silence_counts_from_the_last_post_that_was_turned_away(app: Framed) -> None:
    """One timer runs for all of them: it looks at the clock in the end."""

    async def talk() -> None:
        line = Line(app)
        for _ in range(2):
            line.speaker.data_received(PLAIN)
        line.speaker.timeout_keep_alive_handler()
        closed.append(line.wire.is_over)
        assert line.waits()
        line.speaker.timeout_keep_alive = 0
        line.speaker.timeout_keep_alive_handler()
        closed.append(line.wire.is_over)
        line.end()

    closed: list[bool] = []
    asyncio.run(talk())
    assert closed == [False, True]


@pytest.mark.parametrize("stuck", [True, False])
def test_whoever_does_not_read_the_answers_is_not_told_more(
    app: Framed, *, stuck: bool
) -> None:
    """What is not taken away would fill the memory; once it is, the answer comes."""

    async def talk() -> None:
        line = Line(app)
        if stuck:
            line.speaker.pause_writing()
        line.speaker.data_received(PLAIN)
        await asyncio.sleep(0)
        assert line.wire.told.count(BUSY) == (not stuck)
        line.speaker.resume_writing()
        await line.settle()
        assert line.wire.told.count(BUSY) == 1
        line.end()

    asyncio.run(talk())


def test_an_answer_that_is_owed_comes_before_the_refusal(app: Framed) -> None:
    """Answers stand in the order in which they were asked for."""

    async def talk() -> bytes:
        line = Line(app)
        line.speaker.data_received(ASKING)
        line.speaker.data_received(PLAIN)
        assert not line.wire.told
        await line.settle()
        line.end()
        return line.wire.told

    told = asyncio.run(talk())
    assert told.startswith(b"HTTP/1.1 200 ")
    assert told.count(BUSY) == 1


def test_nobody_is_told_anything_over_a_connection_that_is_ending(app: Framed) -> None:
    """The server is stopping, say."""

    async def talk() -> None:
        line = Line(app)
        line.wire.close()
        line.speaker.data_received(PLAIN)
        assert not line.wire.told
        await line.settle()
        line.end()

    asyncio.run(talk())


def test_a_server_of_a_bank_has_a_threshold(app: Framed) -> None:
    """In one process or in several: the options are theirs alike."""
    config = uvicorn.Config(app, **OPTIONS)
    config.load()
    assert config.http_protocol_class is Threshold


UPGRADE = (
    b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
    b"HTTP2-Settings: AAEAAEAAAAIAAAAB\r\n"
)


@pytest.mark.parametrize("cut", [0, len(START), -1])
def test_the_wish_to_speak_something_else_is_passed_over(
    app: Framed, *, cut: int
) -> None:
    """What is posted with it is read as it is without, its body among it."""
    wishing = START + HOST + NAMED + UPGRADE + END + ASKING
    # Where the header itself is cut in two the wish stays.
    pieces = [one for one in (wishing[:cut], wishing[cut:]) if one]
    told = [START + HOST + NAMED + END + ASKING]

    found = [say(app, one, speaking=Threshold, pausing=False) for one in (pieces, told)]

    assert (found[0] == found[1]) or cut == len(START)


def test_a_body_that_says_so_stays_as_it_is() -> None:
    """Only what stands before the first empty line is a header."""
    raw = START + HOST + END + b"\r\nUpgrade: h2c\r\n\r\n"

    assert without_upgrade(raw) == raw


@pytest.mark.parametrize(
    ("pieces", "is_closed"),
    [
        ([], True),
        ([ASKING[:9]], True),
        ([ASKING], False),
        ([ASKING, PLAIN[:9]], True),
        ([PLAIN, PLAIN], False),
        ([ASKING[:9], ASKING[9:]], False),
    ],
)
def test_a_header_that_never_ends_is_not_waited_for(
    app: Framed,
    monkeypatch: pytest.MonkeyPatch,
    *,
    pieces: Sequence[bytes],
    is_closed: bool,
) -> None:
    """Whoever keeps connections so would keep others out."""
    monkeypatch.setattr(threshold, "HEAD_SECONDS_MAX", 0.05)

    async def talk() -> bool:
        line = Line(app)
        for piece in pieces:
            line.speaker.data_received(piece)
            await line.settle()
        await asyncio.sleep(0.15)
        closed = line.wire.is_over
        line.end()
        return closed

    assert asyncio.run(talk()) == is_closed
