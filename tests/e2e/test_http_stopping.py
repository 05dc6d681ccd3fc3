"""Whoever is still asking when a bank stops is told so, as of any other failure."""

import asyncio
from pathlib import Path
from typing import Any

import orjson

from tests.e2e.http_bank import serving

Message = dict[str, Any]  # Any: whatever a message holds.
SCOPE: Message = {
    "type": "http",
    "method": "POST",
    "path": "/v1/statements",
    "query_string": b"",
    "headers": [(b"host", b"127.0.0.1"), (b"content-type", b"application/jose")],
    "server": ("127.0.0.1", 80),
}


def test_a_post_whose_body_never_came_is_answered_when_the_bank_stops(
    tmp_path: Path,
) -> None:
    """As of an unknown outcome: to ask again is right, and does no harm."""
    told: list[Message] = []

    async def ask(app: Any) -> None:  # noqa: ANN401  # an application
        begun = asyncio.Event()

        async def receive() -> Message:
            begun.set()
            return await asyncio.Future()

        async def send(message: Message) -> None:  # as all are called
            told.append(message)

        asking = asyncio.create_task(app(dict(SCOPE), receive, send))
        await begun.wait()
        # As a server does that waits no longer.
        asking.cancel()
        await asking

    with serving(tmp_path, f"sqlite:///{tmp_path / 'ledger.db'}") as bank:
        asyncio.run(ask(bank.client.app))

    start, body = told
    headers = dict(start["headers"])
    assert start["status"] == 503
    assert orjson.loads(body["body"])["code"] == "outcome-unknown"
    assert {b"x-request-id", b"x-ledger-position"} <= headers.keys()
