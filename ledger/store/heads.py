"""The log's head as an event: one per group, in a stream of its own."""

from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from ledger.integrity import canonical
from ledger.integrity.encoding import b64decode, b64encode
from ledger.integrity.errors import CheckpointError, IntegrityError
from ledger.integrity.merkle import Frontier

HEAD_TOPIC: Final = "log.checkpoint-signed.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The log after a group: ``size`` entries, of which it added the last ones.

    ``version`` counts groups from 1; ``note`` is the signed checkpoint.
    """

    version: int
    size: int
    root: bytes
    note: str
    frontier: Frontier
    recorded_at: str
    first_position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredHead:
    """A head as it is filed; ``number`` should be minus its version."""

    version: int
    number: int
    topic: str
    state: bytes


class _HeadState(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    first: int
    frontier: tuple[str, ...]
    note: str
    recorded_at: str
    root: str
    size: int


def head_state(head: Head) -> bytes:
    """Return the canonical JSON under which a head is stored."""
    return canonical.dumps(
        {
            "first": head.first_position,
            "frontier": [b64encode(one) for one in head.frontier.hashes],
            "note": head.note,
            "recorded_at": head.recorded_at,
            "root": b64encode(head.root),
            "size": head.size,
        }
    )


def read_head_state(state: bytes, *, version: int = 0) -> Head:
    """Read a head back; the exact inverse of ``head_state``.

    Raises:
        CheckpointError: the bytes are not those of a head.
    """
    try:
        found = _HeadState.model_validate_json(state)
        hashes = tuple(b64decode(one) for one in found.frontier)
        head = Head(
            version=version,
            size=found.size,
            root=b64decode(found.root),
            note=found.note,
            frontier=Frontier(size=found.size, hashes=hashes),
            recorded_at=found.recorded_at,
            first_position=found.first,
        )
        same = head_state(head) == state
    except (ValidationError, ValueError, IntegrityError) as error:
        raise CheckpointError(pointer="/head") from error
    if not same:
        raise CheckpointError(pointer="/head")
    return head
