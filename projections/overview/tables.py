"""Figures that are kept as sums, so that reading them costs the same at any size."""

from sqlalchemy import Column, Integer, Table, Text

from projections.tables import NUMBER, metadata

overview = Table(
    "overview",
    metadata,
    Column("figure", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("amount", NUMBER, nullable=False),
)
"""Counts, and credits in thousandths. What is zero is not there."""

overview_learners = Table(
    "overview_learners",
    metadata,
    Column("name_id", Integer, primary_key=True, autoincrement=False),
    Column("marks", Integer, nullable=False),
    Column("mode", Text, nullable=False),
)
"""Every account, as the number of its name.

``marks`` say what it ever had, so that each is counted once.
"""

overview_used = Table(
    "overview_used",
    metadata,
    Column("award_id", Text, primary_key=True),
    Column("position", NUMBER, nullable=False),
)
"""The awards that were ever used, by an exchange or toward a requirement, and where
first."""
