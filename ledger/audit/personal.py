"""Reads entries whose free text holds a number of a person, which no bank takes in.

Such an entry is at fault by itself. What it does to the books is judged all the same,
so that one fault is not told as many: it is read as if other words stood there.
"""

from typing import Final

from ledger.domain.errors.statements import InvalidStatementError
from ledger.intake import body_hash_of, read_recorded
from ledger.integrity import canonical
from ledger.integrity.jws import SignedBytes
from ledger.lists.drafts import Draft, hash_text

_REFUSED_AS: Final = "personal-number-in-text"
_IN_ITS_PLACE: Final = "X"


def places_of(error: InvalidStatementError) -> tuple[str, ...]:
    """Return where a statement holds the number of a person; the number is not told."""
    return tuple(one.pointer for one in error.errors if one.code == _REFUSED_AS)


def read_without(
    places: tuple[str, ...], signed: SignedBytes, *, payload: bytes
) -> Draft:
    """Read a statement with other words in some places, under its own hashes.

    Raises:
        IntegrityError: as when it is read itself.
        RejectionError: it has another fault.
    """
    said, other = canonical.loads(payload), canonical.loads(payload)
    for place in places:
        _put(other, place)
    draft = read_recorded(signed, canonical.dumps_read(other))
    return draft._replace(
        payload_hash=hash_text(payload),
        body_hash=body_hash_of(draft.statement, said),
    )


def _put(value: object, place: str) -> None:
    """Put other words in a place; a step that names a choice leads nowhere."""
    for step in place.split("/"):
        inner = _inner(value, step)
        if isinstance(inner, str) and isinstance(value, dict):
            value[step] = _IN_ITS_PLACE
        elif isinstance(inner, str) and isinstance(value, list):
            value[int(step)] = _IN_ITS_PLACE
        elif inner is not None:
            value = inner


def _inner(value: object, step: str) -> object:
    if isinstance(value, dict):
        return value.get(step)
    if isinstance(value, list) and step.isdecimal() and int(step) < len(value):
        return value[int(step)]
    return None
