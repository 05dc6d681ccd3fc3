"""Tables of recognised shares, and of the lines that they make."""

from sqlalchemy import Column, Index, Integer, Table, Text

from projections.tables import NUMBER, metadata

recognised_shares = Table(
    "recognised_shares",
    metadata,
    Column("lot", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("root", Text, nullable=False),
    Column("root_milli", NUMBER, nullable=False),
    Column("share_milli", NUMBER, nullable=False),
    Column("recogniser", Text, nullable=False),
    Column("root_member", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("learner_id", Text, nullable=False),
    Column("exchange_id", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Index("recognised_shares_exchange_id", "exchange_id"),
)
"""What every root has in a lot that an exchange made.

``root_milli`` is how much of the root stands behind it, ``share_milli`` how much of the
lot's credits is its share; the shares of a lot add up to it.
"""

reconciliation_lines = Table(
    "reconciliation_lines",
    metadata,
    Column("position", NUMBER, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("lot", Text, nullable=False),
    Column("share", Integer, nullable=False),
    Column("amount_milli", NUMBER, nullable=False),
    Column("case_id", Text, nullable=False),
    Column("recorded_at", Text, nullable=False),
    Column("recorded_on", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("issuer", Text, nullable=False),
    Column("statement_id", Text, nullable=False),
    Index("reconciliation_lines_recorded_on", "recorded_on"),
    Index("reconciliation_lines_lot", "lot"),
    Index("reconciliation_lines_case_id", "case_id"),
)
"""What was recognised, and with a minus what was taken back.

``case_id`` is the exchange that made the line: its reversal takes all of them back.
"""
