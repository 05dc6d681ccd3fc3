"""Where in a request a fault lies, and how it is called, from what pydantic says."""

from collections.abc import Iterable
from typing import Any

Place = Iterable[str | int]


def pointer_of(place: Place) -> str:
    """Return the JSON pointer (RFC 6901) of a place."""
    # §3: a name may hold the signs that the pointer itself is made of.
    parts = (str(part).replace("~", "~0").replace("/", "~1") for part in place)
    return "".join(f"/{part}" for part in parts)


def code_of(kind: str) -> str:
    """Return our code for a kind of fault."""
    known = {"missing": "missing-field", "extra_forbidden": "unknown-field"}
    return known.get(kind, kind if kind.startswith("invalid-") else "invalid-value")


def faults_in(
    found: Iterable[Any],  # Any: pydantic's or the framework's own shape of a fault.
    *,
    under: str = "",
) -> tuple[tuple[str, str], ...]:
    """Return (pointer, code) of every fault."""
    return tuple(
        (f"{under}{pointer_of(one['loc'])}", code_of(one["type"])) for one in found
    )
