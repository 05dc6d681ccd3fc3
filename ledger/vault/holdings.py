"""What a vault holds, told by digests only: for audits, which need no value."""

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import Connection, Engine, exc, select

from ledger.integrity.errors import IntegrityError
from ledger.vault.contents import Claim, RowName, opened
from ledger.vault.keys import MasterKeyError, SealBrokenError, VaultKeys
from ledger.vault.tables import check, learners, sealed
from ledger.vault.vault import VaultUnavailableError

_PAGE = 1_000


class Holding(NamedTuple):
    """The digests of what one row discloses; None if nobody can open it any more.

    ``settled`` tells that an entry claims it: others may still be on their way.
    """

    claim: Claim
    digests: frozenset[str] | None
    settled: bool


def holdings(engine: Engine, master_key: bytes) -> Iterator[Holding]:
    """Return what a vault holds; nothing is written to it.

    Raises:
        MasterKeyError: not the key this vault was made with.
        VaultUnavailableError: there is no vault, or it does not answer.
    """
    keys = VaultKeys(master_key)
    # A wrapped key in a log would outlive its learner's erasure.
    engine.hide_parameters = True
    try:
        with engine.connect() as connection:
            yield from _read(connection, keys)
    except exc.DBAPIError as error:
        raise VaultUnavailableError(type(error).__name__) from error


def _read(connection: Connection, keys: VaultKeys) -> Iterator[Holding]:
    known = connection.execute(select(check.c.check_value)).scalar()
    if known is None or bytes(known) != keys.check_value:
        raise MasterKeyError
    names = [sealed.c[name] for name in RowName._fields]
    query = select(
        *names, sealed.c.expires_at, sealed.c.content, learners.c.wrapped_key
    ).outerjoin(learners, learners.c.learner_id == sealed.c.learner_id)
    for row in connection.execution_options(yield_per=_PAGE).execute(query):
        name = RowName(row.iss, row.statement_id, row.payload_hash, row.learner_id)
        yield Holding(
            claim=Claim(name.iss, name.statement_id, name.payload_hash),
            digests=_digests(name, row.content, wrapped=row.wrapped_key, keys=keys),
            settled=row.expires_at is None,
        )


def _digests(
    name: RowName, content: bytes, *, wrapped: bytes | None, keys: VaultKeys
) -> frozenset[str] | None:
    if wrapped is None:
        return None
    try:
        key = keys.unwrap(name.learner_id, bytes(wrapped))
        found = opened(key, bytes(content), name=name)
    except (SealBrokenError, IntegrityError):
        return None
    return frozenset(one.digest for one in found.values())
