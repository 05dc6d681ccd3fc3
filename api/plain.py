"""Requests in plain spelling, read without a parser of HTTP.

Plain is what any reader of HTTP reads alike: no header twice, no length but one, and
nothing that asks for more than an answer. Only what a bank is asked most is looked at:
posts, and questions for a balance.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from api.posting import PATH

POST: Final = f"POST {PATH} HTTP/1.1\r\n".encode()
_BALANCE: Final = re.compile(
    rb"GET (/v1/learners/([A-Za-z0-9_-]{1,64})/balance) HTTP/1\.1\r\n"
)
_HEADERS: Final = re.compile(rb"((?:[A-Za-z0-9-]+:[\t -~]*\r\n)+)\r\n")
_END: Final = b"\r\n\r\n"
_KNOWN_BYTES_MAX: Final = 512
"""Of longer headers nothing is remembered: whoever asks does not fill the memory."""
_UPGRADE: Final = re.compile(rb"\r\nupgrade:", re.IGNORECASE)
_LENGTH: Final = re.compile(rb"[0-9]{1,7}")
_OTHERWISE: Final = frozenset(
    {b"transfer-encoding", b"expect", b"upgrade", b"trailer", b"te"}
)
"""With one of these, where a request ends or what is answered is for others to say."""

Headers = Mapping[bytes, bytes]


class Plain(NamedTuple):
    """One request; its body is what stands between two places of what came."""

    path: str
    headers: Headers
    learner_id: str | None
    """Whose balance is asked for; of a post None."""
    begin: int
    end: int


def read_plain(data: bytes) -> Plain | None:
    """Return the request with which this begins, if all of it is there and plain."""
    if data.startswith(POST):
        first, path, learner_id = len(POST), PATH, None
    elif (asked := _BALANCE.match(data)) is not None:
        first, path, learner_id = asked.end(), asked[1].decode(), asked[2].decode()
    else:
        return None
    begin = data.find(_END) + len(_END)
    # Whoever asks again asks with the same headers, or nearly so.
    read = _known if begin - first <= _KNOWN_BYTES_MAX else _read_headers
    headers, length = read(data[first:begin])
    # A post has a length, and a question none.
    if headers is None or (length is None) == (learner_id is None):
        return None
    end = begin + (length or 0)
    if end > len(data):
        return None
    return Plain(path, headers, learner_id, begin, end)


def _read_headers(lines: bytes) -> tuple[Headers | None, int | None]:
    """Return them by name, and how long a body is that they announce."""
    found = _HEADERS.fullmatch(lines)
    if found is None:
        return None, None
    each = found[1].split(b"\r\n")[:-1]
    parts = (line.partition(b":") for line in each)
    headers = {name.lower(): value.strip(b" \t") for name, _, value in parts}
    length = headers.get(b"content-length")
    is_plain = (
        len(headers) == len(each)
        and (length is None or _LENGTH.fullmatch(length))
        and headers.keys().isdisjoint(_OTHERWISE)
        and headers.get(b"connection", b"keep-alive").lower() == b"keep-alive"
    )
    if not is_plain:
        return None, None
    return headers, None if length is None else int(length)


_known = lru_cache(1024)(_read_headers)


def without_upgrade(data: bytes) -> bytes:
    """Return a request that begins here without the wish to speak something else.

    Some clients ask for HTTP/2 in the first request to an address, whatever it carries
    (RFC 9113 §3.1 no longer knows that). A server may pass it over (RFC 9110 §7.8); the
    parser would end the request where its body begins.
    """
    head, end, rest = data.partition(b"\r\n\r\n")
    return _UPGRADE.sub(b"\r\nX-Not-Upgraded:", head) + end + rest
