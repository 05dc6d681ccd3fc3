"""Tables of records by version, and of what happens to lots besides their issuing."""

from sqlalchemy import Column, Index, Integer, Table, Text

from projections.tables import NUMBER, metadata

record_versions = Table(
    "record_versions",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("position", NUMBER, primary_key=True, autoincrement=False),
    Column("learner_id", Text),
    Column("document", Text, nullable=False),
    Index("record_versions_learner_id", "learner_id", "kind"),
)
"""Records whole after every change: what one was is its newest version until then."""

lot_moves = Table(
    "lot_moves",
    metadata,
    Column("position", NUMBER, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("award_id", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("amount_milli", NUMBER, nullable=False),
    Column("effective_on", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("recorded_at", Text, nullable=False),
    Column("statement_id", Text, nullable=False),
    Column("signed_by", Text, nullable=False),
    Column("case_id", Text, nullable=False),
    Index("lot_moves_award_id", "award_id"),
)
"""What cases, redemptions and expiry do to a lot.

A lot that is only recognised moves nothing: its row has no parts and no amount.
"""
