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
    Column("learner_id", Text, primary_key=True),
    Column("mode", Text, nullable=False),
    Column("marks", Integer, nullable=False),
)
"""Every account. ``marks`` say what it ever had, so that each is counted once."""

overview_used = Table(
    "overview_used",
    metadata,
    Column("award_id", Text, primary_key=True),
    Column("position", NUMBER, nullable=False),
)
"""The awards that were ever used, by an exchange or toward a requirement, and where
first."""
