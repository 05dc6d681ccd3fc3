"""Instants in documents of the bank and of batches: RFC 3339 UTC, milliseconds.

The pattern bounds each number itself: Python 3.14 reads 24:00 as the next midnight and
older ones refuse it, so the library alone would make two verifiers disagree.
"""

from datetime import datetime
from typing import Annotated, Final

from pydantic import AfterValidator, Field

INSTANT_PATTERN: Final = (
    r"^[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
    r"T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{3}Z$"
)
"""Says nothing of the days of a month."""


def _check_day(text: str) -> str:
    datetime.fromisoformat(text)
    return text


Instant = Annotated[str, Field(pattern=INSTANT_PATTERN), AfterValidator(_check_day)]
