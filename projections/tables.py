"""All tables of the read side, in one place: droppable, rebuilt from position 0."""

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, Table, Text

metadata = MetaData()

NUMBER = BigInteger().with_variant(Integer, "sqlite")
"""A whole number of any size, on either database."""


def _position(name: str = "position") -> "Column[int]":
    return Column(name, NUMBER, primary_key=True, autoincrement=False)


cursor = Table(
    "projection_cursor",
    metadata,
    Column("name", Text, primary_key=True),
    Column("position", NUMBER, nullable=False),
)

posting_accounts = Table(
    "posting_accounts",
    metadata,
    Column("id", NUMBER, primary_key=True, autoincrement=False),
    Column("account", Text, nullable=False, unique=True),
    Column("part", Text, nullable=False),
    Column("member", Text, nullable=False),
    Column("learner_id", Text),
    Index("posting_accounts_learner_id", "learner_id"),
)
"""Names of accounts: ``part`` is the word before the first colon."""

postings = Table(
    "postings",
    metadata,
    _position(),
    Column("side", Integer, primary_key=True, autoincrement=False),
    Column("account_id", NUMBER, nullable=False),
    Column("amount_milli", NUMBER, nullable=False),
    Column("effective_on", Text, nullable=False),
    Index("postings_account_id", "account_id"),
)
"""Two sides per movement: 0 gives, 1 takes; 2 and 3 are a second movement."""

awards = Table(
    "awards",
    metadata,
    Column("award_id", Text, primary_key=True),
    Column("learner_id", Text, nullable=False),
    Column("issuer", Text, nullable=False),
    Column("replaces", Text),
    Column("exchange_id", Text),
    Column("position", NUMBER, nullable=False),
    Column("amount_milli", NUMBER, nullable=False),
    Column("recorded_on", Text, nullable=False),
    Column("assessed_on", Text),
    Column("learned_to", Text),
    Index("awards_learner_id", "learner_id", "position"),
    Index("awards_replaces", "replaces"),
)
"""Every award with its newest dates: what a later amendment is compared with.

What an exchange made names it.
"""

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
"""Every entry about an award, with its body as JSON without digests."""

register = Table(
    "register",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    _position(),
    Column("document", Text, nullable=False),
)
"""Members, frameworks, calendars and achievements: a document per change."""
