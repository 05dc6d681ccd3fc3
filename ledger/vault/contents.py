"""The disclosures of one statement: what they are, how they are sealed and opened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import orjson
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import ColumnElement, Connection, Table, delete, select, update

from ledger.integrity import canonical
from ledger.integrity.disclosures import Disclosure, digest_of, read_disclosures
from ledger.vault.keys import seal, unseal
from ledger.vault.tables import sealed, search


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosed:
    """The disclosures of one statement, and the learner they are about.

    ``expires_at`` is when the statement can no longer be accepted: if no entry claims
    it by then, it is swept. It is empty once an entry did.
    """

    iss: str
    statement_id: str
    payload_hash: str
    learner_id: str
    disclosures: tuple[Disclosure, ...]
    expires_at: str


class Claim(NamedTuple):
    """Names a statement whose disclosures are kept."""

    iss: str
    statement_id: str
    payload_hash: str


class RowName(NamedTuple):
    """Names one row, and is bound into its ciphertext: it opens nowhere else."""

    iss: str
    statement_id: str
    payload_hash: str
    learner_id: str


def name_of(one: Disclosed) -> RowName:
    """Return the row that a statement's disclosures are kept in."""
    return RowName(one.iss, one.statement_id, one.payload_hash, one.learner_id)


def sealed_row(
    one: Disclosed, key: bytes, *, kept: Mapping[str, Disclosure]
) -> dict[str, object]:
    """Return the row to keep, with everything that is known of the statement."""
    texts = [disclosure.encoded for disclosure in kept.values()]
    context = _context(name_of(one))
    content = seal(AESGCM(key), orjson.dumps(texts), context=context)
    return {
        **name_of(one)._asdict(),
        "expires_at": one.expires_at,
        "content": content,
    }


def opened(key: bytes, content: bytes, *, name: RowName) -> dict[str, Disclosure]:
    """Return what a row holds, by the names disclosed.

    Raises:
        SealBrokenError: it was changed, or moved here from another row.
    """
    texts = orjson.loads(unseal(AESGCM(key), content, context=_context(name)))
    found = read_disclosures(texts, {digest_of(text) for text in texts})
    return {disclosure.name: disclosure for disclosure in found}


def contents(
    connection: Connection, wanted: Sequence[Disclosed]
) -> dict[RowName, bytes]:
    """Return what is kept already of these statements, still sealed."""
    query = select(*(sealed.c[name] for name in RowName._fields), sealed.c.content)
    query = query.where(
        sealed.c.iss.in_({one.iss for one in wanted}),
        sealed.c.statement_id.in_({one.statement_id for one in wanted}),
    )
    rows = connection.execute(query)
    return {RowName(*row[:-1]): bytes(row[-1]) for row in rows}


def settle(connection: Connection, claim: Claim, *, recorded: bool) -> None:
    """Keep for good what an entry claims; remove what none does, and its findings."""
    if recorded:
        kept = update(sealed).where(*_is(sealed, claim)).values(expires_at=None)
        connection.execute(kept)
        return
    for table in (sealed, search):
        connection.execute(delete(table).where(*_is(table, claim)))


def _is(table: Table, claim: Claim) -> list[ColumnElement[bool]]:
    named = claim._asdict()
    return [table.c[column] == value for column, value in named.items()]


def _context(name: RowName) -> bytes:
    return canonical.dumps(["v1", *name])
