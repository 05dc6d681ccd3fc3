"""Posts in plain spelling, read without a parser of HTTP.

Plain is what any reader of HTTP reads alike: no header twice, no length but one, and
nothing that asks for more than an answer. It is what a bank is asked most.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple

POST: Final = b"POST /v1/statements HTTP/1.1\r\n"
_HEAD: Final = re.compile(re.escape(POST) + rb"((?:[A-Za-z0-9-]+:[\t -~]*\r\n)+)\r\n")
_END: Final = b"\r\n\r\n"
_KNOWN_BYTES_MAX: Final = 512
"""Of a longer head nothing is remembered: whoever asks does not fill the memory."""
_UPGRADE: Final = re.compile(rb"\r\nupgrade:", re.IGNORECASE)
_LENGTH: Final = re.compile(rb"[0-9]{1,7}")
_OTHERWISE: Final = frozenset(
    {b"transfer-encoding", b"expect", b"upgrade", b"trailer", b"te"}
)
"""With one of these, where a request ends or what is answered is for others to say."""


class PlainPost(NamedTuple):
    """One post; its body is what stands between two places of what came."""

    headers: Mapping[bytes, bytes]
    begin: int
    end: int


def read_plain(data: bytes) -> PlainPost | None:
    """Return the post with which this begins, if all of it is there and it is plain."""
    begin = data.find(_END) + len(_END)
    # Whoever asks again asks with the same head, or nearly so.
    read = _known if begin <= _KNOWN_BYTES_MAX else _plain_head
    headers, length = read(data[:begin])
    end = begin + length
    return (
        None if headers is None or end > len(data) else PlainPost(headers, begin, end)
    )


def _plain_head(head: bytes) -> tuple[Mapping[bytes, bytes] | None, int]:
    """Return its headers and how long the body is that they announce."""
    found = _HEAD.fullmatch(head)
    if found is None:
        return None, 0
    lines = found[1].split(b"\r\n")[:-1]
    parts = (line.partition(b":") for line in lines)
    headers = {name.lower(): value.strip(b" \t") for name, _, value in parts}
    length = headers.get(b"content-length", b"")
    is_plain = (
        len(headers) == len(lines)
        and _LENGTH.fullmatch(length)
        and headers.keys().isdisjoint(_OTHERWISE)
        and headers.get(b"connection", b"keep-alive").lower() == b"keep-alive"
    )
    return (headers, int(length)) if is_plain else (None, 0)


_known = lru_cache(1024)(_plain_head)


def without_upgrade(data: bytes) -> bytes:
    """Return a request that begins here without the wish to speak something else.

    Some clients ask for HTTP/2 in the first request to an address, whatever it carries
    (RFC 9113 §3.1 no longer knows that). A server may pass it over (RFC 9110 §7.8); the
    parser would end the request where its body begins.
    """
    head, end, rest = data.partition(b"\r\n\r\n")
    return _UPGRADE.sub(b"\r\nX-Not-Upgraded:", head) + end + rest
