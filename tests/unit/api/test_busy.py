"""A full bank's answer, made beforehand, is the one that would be made now."""

import pytest

from api.answers import SAFE
from api.busy import busy_answer, busy_bytes
from api.posting import PATH
from api.problems import answer_to
from api.request_ids import RequestIds
from ledger.sequencer import BusyError


@pytest.mark.parametrize(
    "wanted",
    [None, b"", b"zh-CN", b"zh;q=0.1, en", b"fr", b"\xff", b"zh," + b"x," * 100],
)
def test_what_was_made_beforehand_is_what_would_be_made(wanted: bytes | None) -> None:
    """Every byte and header, whatever language is asked for, however long."""
    headers = {} if wanted is None else {b"accept-language": wanted}
    scope = {"path": PATH, "request_id": "id-7"}

    made = [busy_answer(headers, "id-7", position=41) for _ in range(2)]

    fresh = answer_to(scope, headers, error=BusyError())
    fresh.headers.append((b"x-ledger-position", b"41"))
    for one in made:
        assert (one.status, one.body) == (503, fresh.body)
        assert sorted(one.headers) == sorted(fresh.headers)


@pytest.mark.parametrize("wanted", [b"en", b"zh-CN", b"fr," + b"x," * 100])
def test_its_bytes_are_those_that_a_server_would_write(wanted: bytes) -> None:
    """The server's own headers first, then ours in their order, framed as all are."""
    headers, before = {b"accept-language": wanted}, [(b"date", b"a %d b")]
    answer = busy_answer(headers, "id-7", position=41)
    told = [*before, *answer.headers, *SAFE, (b"x-request-id", b"id-7")]
    lines = b"".join(b"%b: %b\r\n" % one for one in told)

    made = busy_bytes(headers, "id-7", position=41, before=before)

    head = b"HTTP/1.1 503 Service Unavailable\r\n" + lines + b"\r\n"
    assert made == head + answer.body


def test_an_answer_is_not_changed_by_the_next_one() -> None:
    """Each has headers of its own, which are still added to."""
    first = busy_answer({}, "a", position=1)
    first.headers.append((b"x", b"y"))

    second = busy_answer({}, "bb", position=2)

    assert (b"x", b"y") not in second.headers
    assert b'"request_id":"bb"' in second.body


def test_no_two_requests_have_one_name() -> None:
    """However many are drawn at once."""
    ids = RequestIds()
    drawn = [ids.next() for _ in range(2_000)]

    assert len(set(drawn)) == 2_000
    assert {len(one) for one in drawn} == {16}
    assert set("".join(drawn)) == set("0123456789abcdef")
