"""The machine's clock, which dates what is signed and nothing else."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

Now = Callable[[], datetime]
"""Returns the present, aware."""


def system_now() -> datetime:
    """Return the machine's time."""
    return datetime.fromtimestamp(time.time(), tz=UTC)
