"""All tables of the read side, in one place: droppable, rebuilt from position 0.

What the log says is read from the log. Here stands what finds it, and what is summed.
"""

import re

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    literal_column,
)

metadata = MetaData()

NUMBER = BigInteger().with_variant(Integer, "sqlite")
"""A whole number of any size, on either database."""

_PREFIX = "award_"
_AWARD_ID = re.compile(r"award_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)


def is_award_id(text: str) -> bool:
    """Tell whether a text is spelled as an award's id."""
    return _AWARD_ID.fullmatch(text) is not None


def award_key(award_id: str) -> bytes:
    """Return the sixteen bytes of an award's id: a third of its text, in each index."""
    return bytes.fromhex(award_id[len(_PREFIX) :].replace("-", ""))


def award_named(key: bytes) -> str:
    """Return the id of an award; the inverse of ``award_key``."""
    text = bytes(key).hex()
    return f"{_PREFIX}{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _position(name: str = "position") -> "Column[int]":
    return Column(name, NUMBER, primary_key=True, autoincrement=False)


cursor = Table(
    "projection_cursor",
    metadata,
    Column("name", Text, primary_key=True),
    Column("position", NUMBER, nullable=False),
)

names = Table(
    "names",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False, unique=True),
)
"""Learners, members, rules and types, numbered as the log names them.

No two kinds are spelled alike: a name is enough to find its number.
"""
OF_TYPES = names.c.kind == literal_column("'type'")
"""Types are few, and asked for all at once; the index holds no other names."""
Index(
    "names_of_types",
    names.c.kind,
    sqlite_where=OF_TYPES,
    postgresql_where=OF_TYPES,
)

awards = Table(
    "awards",
    metadata,
    # The widest first: PostgreSQL leaves gaps before a wide one.
    Column("position", NUMBER, nullable=False),
    Column("amount_milli", NUMBER, nullable=False),
    Column("learner_id", Integer, nullable=False),
    Column("issuer_id", Integer, nullable=False),
    Column("number", Integer),
    Column("award_id", LargeBinary, primary_key=True),
    Column("category", Text),
    Column("replaces", LargeBinary),
    # Nothing more: PostgreSQL keeps equal keys once, and a life has only so many.
    Index("awards_learner_id", "learner_id"),
    sqlite_with_rowid=False,
)
"""Every award: where the log says it, whose it is, and what never changes of it.

``number`` counts those that one exchange makes, in the order in which it names them;
the first has none. Awards stand by their keys, ``learner_id`` and ``issuer_id`` as
numbers of names. ``category`` is the kind of its achievement as it was awarded; what an
exchange made has none.
"""
Index(
    "awards_replaces",
    awards.c.replaces,
    sqlite_where=awards.c.replaces.is_not(None),
    postgresql_where=awards.c.replaces.is_not(None),
)

award_entries = Table(
    "award_entries",
    metadata,
    _position(),
    Column("award_id", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("recorded_at", Text, nullable=False),
    Column("recorded_on", Text, nullable=False),
    Column("statement_id", Text, nullable=False),
    Column("signed_by", Text, nullable=False),
    Column("body", Text, nullable=False),
    Index("award_entries_award_id", "award_id"),
)
"""What amends or revokes an award, with its body as JSON without digests."""

register = Table(
    "register",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    _position(),
    Column("document", Text, nullable=False),
)
"""Members, frameworks, calendars and achievements: a document per change."""
