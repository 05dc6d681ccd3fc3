"""Reaches witnesses over HTTP, and tells operators what they said."""

from typing import Final

import httpx2

from client.certificates import believed
from ledger.witnessing.gatherer import (
    ANSWER_CHARACTERS_MAX,
    Answer,
    Gatherer,
    UnreachableError,
)

TIMEOUT_SECONDS: Final = 10.0


class HttpAsking:
    """Posts to witnesses; each answer has its bounds of size and time."""

    def __init__(self, *, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        """Wait no longer than this for any part of an answer."""
        self._timeout_seconds = timeout_seconds

    def ask(self, url: str, body: bytes) -> Answer:
        """Post a request.

        Raises:
            UnreachableError: no answer in time.
        """
        address = url.rstrip("/") + "/add-checkpoint"
        try:
            with httpx2.stream(
                "POST",
                address,
                content=body,
                verify=believed(address),
                timeout=self._timeout_seconds,
            ) as answer:
                raw = _read_bounded(answer)
                named = answer.headers.get("content-type", "").partition(";")[0]
                return Answer(
                    status=answer.status_code,
                    media_type=named.strip().lower(),
                    text=raw.decode("utf-8", errors="replace"),
                )
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise UnreachableError from error


def _read_bounded(answer: httpx2.Response) -> bytes:
    raw = b""
    for chunk in answer.iter_bytes(ANSWER_CHARACTERS_MAX):
        raw += chunk
        if len(raw) > ANSWER_CHARACTERS_MAX:
            raise UnreachableError
    return raw


def witness_lines(gatherer: Gatherer | None) -> list[str]:
    """Return what ``/metrics`` says of witnesses, nothing without a policy."""
    if gatherer is None:
        return []
    alarms = len(gatherer.kept.alarms())
    lines = [
        "# HELP skillbank_witness_alarms Answers of witnesses that speak of a fork.",
        "# TYPE skillbank_witness_alarms gauge",
        f"skillbank_witness_alarms {alarms}",
        "# HELP skillbank_witnessed_entries Entries that each witness has cosigned.",
        "# TYPE skillbank_witnessed_entries gauge",
    ]
    for one in gatherer.policy.witnesses.values():
        size = gatherer.kept.largest(one.key.name)
        lines.append(f'skillbank_witnessed_entries{{witness="{one.name}"}} {size}')
    return lines
