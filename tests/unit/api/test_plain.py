"""What is answered unread is what any reader of HTTP would have read alike."""

from collections.abc import Iterable

import httptools
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.plain import read_plain

START = b"POST /v1/statements HTTP/1.1\r\n"
ASKING = b"GET /v1/learners/learner_7/balance HTTP/1.1\r\n"
PLAIN = START + b"Host: localhost\r\nContent-Length: 3\r\n\r\nabc"
PIECES = (
    b"Host: localhost\r\n",
    b"Content-Length: 3\r\n",
    b"content-length:0\r\n",
    b"Content-Length: 03 \t\r\n",
    b"Connection: Keep-Alive\r\n",
    b"Connection: close\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Upgrade: h2c\r\n",
    b"X-Request-Id: a b\r\n",
    b"X: \xff\r\n",
    # More than is remembered.
    b"X: " + b"y" * 600 + b"\r\n",
    b"X:\r\n",
    b"X : y\r\n",
    b": y\r\n",
    b" folded\r\n",
    b"X: y\n",
    b"X: \r y\r\n",
    b"\r\n",
    b"abc",
    b"3\r\nabc\r\n0\r\n\r\n",
    START,
    ASKING,
)


class Reader:
    """The server's own parser, and what it found."""

    def __init__(self) -> None:
        """Have read nothing."""
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = self.path = b""
        self.begun = self.ended = 0

    def on_message_begin(self) -> None:
        """Count it."""
        self.begun += 1

    def on_url(self, url: bytes) -> None:
        """Keep it."""
        self.path += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep it."""
        self.headers.append((name.lower(), value.rstrip(b" \t")))

    def on_body(self, body: bytes) -> None:
        """Keep it."""
        self.body += body

    def on_message_complete(self) -> None:
        """Count it."""
        self.ended += 1


@given(
    st.sampled_from((START, ASKING)),
    st.lists(st.sampled_from(PIECES), max_size=4),
    st.sampled_from(PIECES[:3]),
    st.sampled_from((b"\r\n", b"\r\nabc", b"\n", b"")),
)
def test_what_is_plain_is_one_whole_request_to_the_parser_as_well(
    first: bytes, pieces: Iterable[bytes], last: bytes, end: bytes
) -> None:
    """The same headers, each once, and the same body; the connection goes on after."""
    data = b"".join((first, *pieces, last, end))
    found = read_plain(data)
    if found is None:
        return

    reader = Reader()
    parser = httptools.HttpRequestParser(reader)
    parser.feed_data(data[: found.end])

    assert (reader.begun, reader.ended) == (1, 1)
    assert sorted(reader.headers) == sorted(found.headers.items())
    assert reader.body == data[found.begin : found.end]
    assert len(reader.body) == int(found.headers.get(b"content-length", b"0"))
    assert (reader.path == b"/v1/statements") == (found.learner_id is None)
    assert parser.should_keep_alive()
    assert not parser.should_upgrade()


@given(st.integers(0, len(PLAIN) - 1), st.binary(min_size=1, max_size=9))
def test_a_part_of_a_request_is_not_plain(end: int, more: bytes) -> None:
    """What comes after it belongs to the next one."""
    found = read_plain(PLAIN)
    assert found is not None
    assert found.headers == {b"host": b"localhost", b"content-length": b"3"}
    assert PLAIN[found.begin : found.end] == b"abc"
    assert read_plain(PLAIN[:end]) is None
    assert read_plain(PLAIN + more) == found


@pytest.mark.parametrize(
    ("plain", "other"),
    [
        (b"POST", b"PUT"),
        (b"statements", b"statements?a=b"),
        (b"HTTP/1.1", b"HTTP/1.0"),
        (b"Host:", b"Content-Length: 3\r\nHost:"),
        (b"Host:", b"Host: localhost\r\nHost:"),
        (b"Host:", b"Connection: close\r\nHost:"),
        (b"Host:", b"Expect: 100-continue\r\nHost:"),
        (b"Host:", b"Transfer-Encoding: chunked\r\nHost:"),
        (b"Content-Length: 3\r\n", b""),
        (b"Length: 3", b"Length: +3"),
        (b"Length: 3", b"Length: 0000000000003"),
    ],
)
def test_what_is_not_spelled_plainly_is_read_by_others(
    plain: bytes, other: bytes
) -> None:
    """Where it ends, and what it is answered, may depend on more."""
    assert plain in PLAIN
    assert read_plain(PLAIN.replace(plain, other)) is None


@pytest.mark.parametrize(
    ("plain", "other"),
    [
        (b"GET", b"HEAD"),
        (b"balance", b"balance?at=7"),
        (b"balance", b"lots"),
        (b"_7", b"%5f7"),
        (b"HTTP/1.1", b"HTTP/1.0"),
        (b"Host:", b"Content-Length: 0\r\nHost:"),
        (b"Host:", b"Connection: close\r\nHost:"),
    ],
)
def test_a_question_is_plain_or_is_read_by_others(plain: bytes, other: bytes) -> None:
    """It has no body, and asks for what a learner has now."""
    data = ASKING + b"Host: localhost\r\n\r\n"
    found = read_plain(data + b"more")
    assert found is not None
    assert (found.learner_id, found.begin, found.end) == ("learner_7", *[len(data)] * 2)
    assert plain in data
    assert read_plain(data.replace(plain, other)) is None
