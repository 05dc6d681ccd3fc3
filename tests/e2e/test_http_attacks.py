"""What nobody should send: answered by a problem with a stable code, never a 500."""

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.types import Message, Receive

from ledger.sequencer import BusyError
from tests.bank import LEARNER, SCHOOL
from tests.e2e.http_bank import BATCH, HttpBank, check_problem, serving
from tests.histories import award_of

CHUNK = b"a" * 65_536
BALANCE = f"/v1/learners/{LEARNER}/balance"


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HttpBank]:
    """Serve one bank, which nothing here changes."""
    folder = tmp_path_factory.mktemp("bank")
    with serving(folder, f"sqlite:///{folder / 'ledger.db'}") as served:
        served.award_now("1")
        yield served


def speak(
    bank: HttpBank,
    receive: Receive,
    **scope: object,
) -> tuple[int, bytes]:
    """Speak ASGI as no client library would; return status and body."""
    asked: Message = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/v1/members",
        "raw_path": b"/v1/members",
        "root_path": "",
        "query_string": b"",
        "headers": [(b"host", b"127.0.0.1")],
        "server": ("127.0.0.1", 80),
        "client": ("127.0.0.1", 1),
        **scope,
    }
    said: list[Message] = []

    async def send(message: Message) -> None:
        said.append(message)

    async def answer() -> None:
        await app(asked, receive, send)

    app = bank.client.app
    assert isinstance(app, FastAPI)
    portal = bank.client.portal
    assert portal is not None
    portal.call(answer)
    body = b"".join(message.get("body", b"") for message in said[1:])
    return (said[0]["status"] if said else 0), body


async def nothing() -> Message:
    """Send no body."""
    return {"type": "http.request", "body": b"", "more_body": False}


def posting(media_type: bytes) -> Message:
    """Return the scope of a post."""
    named = [(b"host", b"127.0.0.1"), (b"content-type", media_type)]
    return {"method": "POST", "path": "/v1/statements", "headers": named}


@pytest.mark.parametrize(
    "media_type",
    [
        "",
        "text/plain",
        "application/json",
        "application/jose+json",
        "*/*",
        "a;b;c",
        ";",
    ],
)
def test_another_media_type_is_refused(bank: HttpBank, media_type: str) -> None:
    """415, so that a page elsewhere cannot post without being asked first."""
    check_problem(bank.send(b"x", media_type), (415, "media-type"))


@pytest.mark.parametrize(
    "path",
    [
        "/v1",
        "/v1/members/",
        "/V1/members",
        "//v1/members",
        "/v1/../v1/members",
        "/v1/members/%2e%2e/%2e%2e/etc/passwd",
        "/docs/assets/..%2f..%2fpyproject.toml",
        "/docs/assets/index.html",
        "/docs/assets/%00",
        "/log/tile/0/000",
        "/redoc",
        "/.env",
    ],
)
def test_there_is_nothing_beside_the_paths_described(bank: HttpBank, path: str) -> None:
    """No redirect, no file, no hint."""
    status, body = speak(
        bank, nothing, path=path.replace("%2f", "/").replace("%00", "\0")
    )

    assert status == 404
    assert b'"not-found"' in body


@pytest.mark.parametrize(
    "method", ["OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "BREW"]
)
def test_a_method_that_is_not_taken_is_told_what_is(
    bank: HttpBank, method: str
) -> None:
    """405 with Allow (RFC 9110 §15.5.6)."""
    read = bank.client.request(method, "/v1/members")
    write = bank.client.request(method, "/v1/statements")

    check_problem(read, (405, "method-not-allowed"))
    check_problem(write, (405, "method-not-allowed"))
    assert (read.headers["allow"], write.headers["allow"]) == ("GET, HEAD", "POST")


def test_head_is_get_without_its_body(bank: HttpBank) -> None:
    """The same status and headers."""
    for path in ("/v1/members", "/healthz", BALANCE, "/v1/members/nobody"):
        head, get = bank.client.head(path), bank.client.get(path)
        assert head.status_code == get.status_code
        assert head.headers["content-length"] == get.headers["content-length"]
        assert head.content == b""
    assert bank.client.head("/v1/statements").status_code == 405


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "[", "", "a b"]
)
def test_a_request_for_another_host_is_refused(bank: HttpBank, host: str) -> None:
    """A name that leads here from elsewhere (DNS rebinding) opens nothing."""
    status, body = speak(bank, nothing, headers=[(b"host", host.encode())])

    assert status == 403
    assert b'"foreign-host"' in body


@pytest.mark.parametrize(
    "query", [b"\xff\xfe=1", b"limit=%ff", b"a=%ED%A0%80", b"&&=&=="]
)
def test_a_query_that_is_no_text_is_a_fault_of_the_caller(
    bank: HttpBank, query: bytes
) -> None:
    """Not of the bank."""
    status, _ = speak(bank, nothing, query_string=query)

    assert status == 422


@pytest.mark.parametrize(
    ("media_type", "limit"),
    [(b"application/jose", 2**20), (b"application/x-ndjson", 2**23)],
)
def test_a_body_without_end_is_left_at_its_limit(
    bank: HttpBank, media_type: bytes, limit: int
) -> None:
    """No more is taken in than may be there, whatever is announced."""
    taken = 0

    async def endless() -> Message:
        nonlocal taken
        taken += len(CHUNK)
        return {"type": "http.request", "body": CHUNK, "more_body": True}

    status, body = speak(bank, endless, **posting(media_type))

    assert status == 413
    assert b'"body-too-large"' in body
    assert taken <= limit + len(CHUNK)


def test_a_body_announced_too_large_is_not_even_read(bank: HttpBank) -> None:
    """The announcement is enough; what is no number is not one."""
    for size in (str(2**23 + 1), "9" * 4000):
        answer = bank.send(b"x", BATCH, Content_Length=size)
        check_problem(answer, (413, "body-too-large"))


def test_a_body_that_does_not_end_in_time_is_given_up(
    bank: HttpBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    """408; who sends a byte now and then holds nothing open."""
    monkeypatch.setattr("api.bodies.BODY_SECONDS_MAX", 0.05)

    async def slow() -> Message:
        await asyncio.sleep(0.02)
        return {"type": "http.request", "body": b"a", "more_body": True}

    status, body = speak(bank, slow, **posting(b"application/jose"))

    assert status == 408
    assert b'"body-timeout"' in body


def test_who_leaves_in_the_middle_is_no_fault(
    bank: HttpBank, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing is answered and nothing logged as an error."""

    async def gone() -> Message:
        return {"type": "http.disconnect"}

    with caplog.at_level(logging.WARNING):
        status, _ = speak(bank, gone, **posting(b"application/jose"))

    assert status == 0
    assert not caplog.records


def test_a_bank_that_is_closing_says_that_it_is_busy(
    tmp_path: Path, sqlite_url: str
) -> None:
    """503 with Retry-After: nothing was taken in."""
    with serving(tmp_path, sqlite_url) as bank:
        raw = bank.sign(bank.award("1"))
        bank.served.sequencer.close()

        answer = bank.send(raw)

        check_problem(answer, (503, BusyError.code))
        assert answer.headers["retry-after"] == "1"
        assert bank.size() == 4


@pytest.mark.parametrize(
    ("place", "path"),
    [
        ("api.balances.seen_in", BALANCE),
        ("api.routes.learners.present_balance", f"{BALANCE}?min_position=0"),
        ("api.routes.learners.trail_of", f"/v1/learners/{LEARNER}/trail"),
    ],
)
def test_a_programming_error_tells_nothing_of_itself(
    bank: HttpBank,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    *,
    place: str,
    path: str,
) -> None:
    """It is logged under the request id, which the caller learns."""

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError(LEARNER)

    monkeypatch.setattr(place, broken)

    answer = bank.client.get(path)

    problem = check_problem(answer, (500, "internal"))
    assert "ZeroDivision" not in answer.text
    assert LEARNER not in str(problem["detail"])
    assert any(str(problem["request_id"]) in one.getMessage() for one in caplog.records)


def test_nobodys_data_stands_in_what_another_is_refused(bank: HttpBank) -> None:
    """A guess at an award or a reference tells of positions, never of learners."""
    taken = bank.send(bank.sign(bank.award("1", credits="2")))
    body = {
        "award_id": award_of("1"),
        "credits": "9",
        "class": "withdrawn",
        "reason_code": "other",
    }
    more = bank.send_statement(SCHOOL, "credit.revoked.v1", body=body)

    assert (taken.status_code, more.status_code) == (409, 409)
    assert LEARNER not in taken.text + more.text
