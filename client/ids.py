"""Random ids: the rules draw none, so whoever signs brings them along."""

import secrets
import uuid
from collections.abc import Callable

NewId = Callable[[], str]
"""Returns a new random id."""


def statement_id() -> str:
    """Return a new id of a statement: a random UUID."""
    return str(uuid.UUID(bytes=secrets.token_bytes(16), version=4))


def learner_id() -> str:
    """Return a new pseudonym of a learner: 128 random bits, in no relation to them."""
    return f"learner_{secrets.token_hex(16)}"
