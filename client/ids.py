"""Random ids: the rules draw none, so whoever signs brings them along."""

import secrets
import time
import uuid
from collections.abc import Callable

NewId = Callable[[], str]
"""Returns a new random id."""


def statement_id() -> str:
    """Return a new id of a statement: a UUID that grows with time (RFC 9562 §5.7).

    A bank keeps the ids of a member in their order. What comes next then lies beside
    what came last; a random place in a large ledger costs a page of its own.
    """
    made_at = time.time_ns() // 1_000_000
    high = made_at << 16 | 7 << 12 | secrets.randbits(12)
    low = 2 << 62 | secrets.randbits(62)
    return str(uuid.UUID(int=high << 64 | low))


def learner_id() -> str:
    """Return a new pseudonym of a learner: 128 random bits, in no relation to them."""
    return f"learner_{secrets.token_hex(16)}"
