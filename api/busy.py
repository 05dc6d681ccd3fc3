"""The answer of a bank that is full, made once: it must cost next to nothing."""

from collections.abc import Mapping
from functools import cache, lru_cache
from http import HTTPStatus
from typing import Final

from api.answers import SAFE, Answer, Headers
from api.posting import PATH
from api.problems import answer_to, language_of
from ledger.sequencer import BusyError

_ID: Final = "{request-id}"
_LINE: Final = b"%b: %b\r\n"
_HEADER: Final = b"accept-language"
_HEADER_BYTES_MAX: Final = 100
"""Of longer ones none is remembered: whoever asks does not fill the memory."""


def busy_answer(
    headers: Mapping[bytes, bytes], request_id: str, *, position: int
) -> Answer:
    """Return what a post is told while too much is under way.

    ``position`` is the newest that is known, -1 if none is.
    """
    wanted = headers.get(_HEADER, b"")
    short = len(wanted) <= _HEADER_BYTES_MAX
    made, before, after = _made(_known(wanted) if short else language_of(headers))
    body = b"".join((before, request_id.encode(), after))
    told = [
        (b"x-ledger-position", b"%d" % position),
        (b"content-length", b"%d" % len(body)),
    ]
    rest = (one for one in made.headers if one[0] != b"content-length")
    return Answer(made.status, [*rest, *told], body)


def busy_bytes(
    headers: Mapping[bytes, bytes], request_id: str, *, position: int, before: Headers
) -> bytes:
    """Return the same as it goes over a connection, framed as every answer is.

    The server's own headers stand ``before`` the others.
    """
    wanted = headers.get(_HEADER, b"")
    short = len(wanted) <= _HEADER_BYTES_MAX
    spelled, length = _spelled(_known(wanted) if short else language_of(headers))
    named = request_id.encode()
    first = b"".join([_LINE % one for one in before])
    return spelled % (first, position, length + len(named), named, named)


@cache
def _spelled(language: str) -> tuple[bytes, int]:
    """Return the answer with places for what differs, and how long the body is."""
    answer, *around = _made(language)
    lines = [(name, _literal(value)) for name, value in answer.headers]
    lines = [one for one in lines if one[0] != b"content-length"]
    lines += [(b"x-ledger-position", b"%d"), (b"content-length", b"%d")]
    lines += [(name, _literal(value)) for name, value in SAFE]
    head = b"".join([_LINE % one for one in [*lines, (b"x-request-id", b"%b")]])
    phrase = HTTPStatus(answer.status).phrase.encode()
    first = b"HTTP/1.1 %d %b\r\n" % (answer.status, phrase)
    body = b"%b".join(_literal(part) for part in around)
    return first + b"%b" + head + b"\r\n" + body, sum(map(len, around))


def _literal(told: bytes) -> bytes:
    return told.replace(b"%", b"%%")


@lru_cache(256)
def _known(wanted: bytes) -> str:
    return language_of({_HEADER: wanted})


@cache
def _made(language: str) -> tuple[Answer, bytes, bytes]:
    """Return the answer in a language, and its body around the request's id."""
    scope = {"path": PATH, "request_id": _ID}
    headers = {_HEADER: language.encode()}
    made = answer_to(scope, headers, error=BusyError())
    before, _, after = made.body.partition(_ID.encode())
    return made, before, after
