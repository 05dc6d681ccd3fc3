"""The tables of the vault. No column holds a person's value in clear."""

from sqlalchemy import Column, Index, LargeBinary, MetaData, Table, Text

metadata = MetaData()

check = Table(
    "vault_check", metadata, Column("check_value", LargeBinary, primary_key=True)
)
"""Derived from the master key: tells a wrong one at once."""

learners = Table(
    "vault_learners",
    metadata,
    Column("learner_id", Text, primary_key=True),
    Column("wrapped_key", LargeBinary),
    Column("erased_at", Text),
    Column("retention_class", Text),
    Column("retention_basis", Text),
    Column("retention_until", Text),
)
"""A learner without a key is erased. While a retention runs, erasing is refused."""

sealed = Table(
    "vault_sealed",
    metadata,
    Column("iss", Text, primary_key=True),
    Column("statement_id", Text, primary_key=True),
    Column("learner_id", Text, nullable=False),
    Column("payload_hash", Text, nullable=False),
    Column("expires_at", Text),
    Column("content", LargeBinary, nullable=False),
    Index("vault_sealed_learner_id", "learner_id"),
    Index("vault_sealed_expires_at", "expires_at"),
)
"""The disclosures of one statement. ``expires_at`` is empty once an entry claims it."""

search = Table(
    "vault_search",
    metadata,
    Column("keyed_hash", Text, primary_key=True),
    Column("learner_id", Text, primary_key=True),
    Index("vault_search_learner_id", "learner_id"),
)
