"""What is turned away unread is what any reader of HTTP would have read alike."""

from collections.abc import Iterable

import httptools
import pytest
import uvicorn
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from uvicorn.server import ServerState

from api.family import OPTIONS
from api.threshold import Threshold, plain_headers

START = b"POST /v1/statements HTTP/1.1\r\n"
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
)


class Reader:
    """The server's own parser, and what it found."""

    def __init__(self) -> None:
        """Have read nothing."""
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = b""
        self.begun = self.ended = 0

    def on_message_begin(self) -> None:
        """Count it."""
        self.begun += 1

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
    st.lists(st.sampled_from(PIECES), max_size=4),
    st.sampled_from(PIECES[:3]),
    st.sampled_from((b"\r\n", b"\r\nabc", b"\n", b"")),
)
def test_what_is_plain_is_one_whole_request_to_the_parser_as_well(
    pieces: Iterable[bytes], last: bytes, end: bytes
) -> None:
    """The same headers, each once; it ends where the bytes end, and goes on after."""
    data = b"".join((START, *pieces, last, end))
    headers = plain_headers(data)
    if headers is None:
        return

    reader = Reader()
    parser = httptools.HttpRequestParser(reader)
    parser.feed_data(data)

    assert (reader.begun, reader.ended) == (1, 1)
    assert sorted(reader.headers) == sorted(headers.items())
    assert len(reader.body) == int(headers[b"content-length"])
    assert data.endswith(b"\r\n\r\n" + reader.body)
    assert parser.should_keep_alive()
    assert not parser.should_upgrade()


@given(st.integers(0, len(PLAIN) - 1), st.binary(min_size=1, max_size=9))
def test_a_part_of_a_request_is_not_plain(end: int, more: bytes) -> None:
    """Neither is one after which another begins."""
    assert plain_headers(PLAIN) == {b"host": b"localhost", b"content-length": b"3"}
    assert plain_headers(PLAIN[:end]) is None
    assert plain_headers(PLAIN + more) is None


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
    assert plain_headers(PLAIN.replace(plain, other)) is None


def test_only_a_bank_has_a_threshold() -> None:
    """Another application is not served with it by mistake."""
    config = uvicorn.Config(FastAPI(), **OPTIONS)
    with pytest.raises(TypeError):
        Threshold(config, ServerState(), app_state={})
