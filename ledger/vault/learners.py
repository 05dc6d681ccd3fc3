"""Learners' own keys: made once, locked while they are used, destroyed for ever."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from sqlalchemy import Connection, func, select, update

from ledger.vault.keys import VaultKeys
from ledger.vault.tables import insert_missing, learners

RETENTION: Final = ("retention_class", "retention_basis", "retention_until")


class ErasedError(Exception):
    """The learner's values were erased: undisclosed, for ever."""

    code = "undisclosed"


class RetentionError(Exception):
    """A legal retention runs until ``until``: the values are kept, and restricted."""

    code = "retained"

    def __init__(self, until: str) -> None:
        """Name the date."""
        super().__init__(until)
        self.until = until


def keys_of(
    connection: Connection, keys: VaultKeys, *, ids: Iterable[str]
) -> Mapping[str, bytes]:
    """Return the keys of all learners who are not erased, new ones for new learners.

    Their rows are locked until the transaction ends: an erasure that comes meanwhile
    waits, and then finds everything that was written under the key.

    Raises:
        SealBrokenError: a wrapped key was changed.
    """
    wanted = sorted(ids)
    wrapped = _shared(connection, wanted)
    missing = sorted(set(wanted) - set(wrapped))
    if missing:
        new = [
            {"learner_id": one, "wrapped_key": keys.new_learner_key(one)}
            for one in missing
        ]
        # Another process may have made a key in between: then that one holds.
        insert_missing(connection, learners, rows=new)
        wrapped |= _shared(connection, missing)
    return {
        learner_id: keys.unwrap(learner_id, bytes(key))
        for learner_id, key in wrapped.items()
        if key is not None
    }


def key_of(connection: Connection, keys: VaultKeys, *, learner_id: str) -> bytes | None:
    """Return a learner's key, None if the vault does not know the learner.

    Raises:
        ErasedError: it was destroyed.
        SealBrokenError: it was changed.
    """
    query = select(learners.c.wrapped_key).where(learners.c.learner_id == learner_id)
    row = connection.execute(query).first()
    if row is None:
        return None
    if row.wrapped_key is None:
        raise ErasedError
    return keys.unwrap(learner_id, bytes(row.wrapped_key))


def destroy_key(connection: Connection, learner_id: str, *, now: str) -> None:
    """Destroy a learner's key, also if the vault never heard of the learner.

    Raises:
        RetentionError: a law keeps what it opens.
    """
    own = learners.c.learner_id == learner_id
    insert_missing(connection, learners, rows=[{"learner_id": learner_id}])
    query = select(learners.c.retention_until).where(own).with_for_update()
    until = connection.execute(query).scalar()
    if until is not None and now[:10] <= until:
        raise RetentionError(until)
    erased_at = func.coalesce(learners.c.erased_at, now)
    gone = update(learners).where(own).values(wrapped_key=None, erased_at=erased_at)
    connection.execute(gone)


def _shared(connection: Connection, ids: Sequence[str]) -> dict[str, bytes | None]:
    # In order of their ids, so that two writers never wait for each other in a circle.
    query = (
        select(learners.c.learner_id, learners.c.wrapped_key)
        .where(learners.c.learner_id.in_(ids))
        .order_by(learners.c.learner_id)
        .with_for_update(read=True)
    )
    return {row.learner_id: row.wrapped_key for row in connection.execute(query)}
