"""How long and how often a request is tried again. The bytes are always the same.

Everything the bank takes is idempotent, so an answer that got lost is asked for by
sending again.
"""

import email.utils
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final

import httpx2

from client.clock import system_now
from client.errors import BankUnavailableError

BUSY: Final = frozenset(
    {
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)
_HALVES: Final = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How often a request is tried in all, and how long the waits between may be."""

    attempts: int = 6
    first_wait_seconds: float = 0.5
    wait_seconds_max: float = 20.0
    sleep: Callable[[float], None] = time.sleep

    def send(self, http: httpx2.Client, request: httpx2.Request) -> httpx2.Response:
        """Send a request until it is answered by a bank that is not too busy.

        Raises:
            BankUnavailableError: not within all attempts.
        """
        reason = ""
        for attempt in range(self.attempts):
            asked: str | None = None
            try:
                response = http.send(request)
            except httpx2.TransportError as error:
                reason = str(error) or type(error).__name__
            else:
                if response.status_code not in BUSY:
                    return response
                asked = response.headers.get("Retry-After")
                reason = f"it is busy (HTTP {response.status_code})"
            if attempt + 1 < self.attempts:
                self.sleep(self._wait_seconds(attempt, asked))
        raise BankUnavailableError(
            url=str(request.url.copy_with(query=None)),
            attempts=self.attempts,
            reason=reason,
        )

    def _wait_seconds(self, attempt: int, asked: str | None) -> float:
        grown = self.first_wait_seconds * (1 << attempt)
        # Spread, so that many clients of a bank that restarts do not come as one.
        spread = grown * (0.5 + secrets.randbelow(_HALVES) / (2 * _HALVES))
        return min(max(spread, _asked_seconds(asked)), self.wait_seconds_max)


def _asked_seconds(asked: str | None) -> float:
    """Return the seconds that a Retry-After header asks for (RFC 9110 §10.2.3)."""
    if asked is None:
        return 0.0
    if asked.isascii() and asked.isdigit():
        return float(asked)
    try:
        moment = email.utils.parsedate_to_datetime(asked)
    except ValueError:
        return 0.0
    return max(0.0, (_aware(moment) - system_now()).total_seconds())


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
