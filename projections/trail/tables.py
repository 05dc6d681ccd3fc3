"""Tables of the trail: an entry is found from all that it is about.

Names stand as numbers; what an entry says is read from the log.
"""

from sqlalchemy import Column, Index, Integer, Table, Text

from projections.tables import NUMBER, metadata

trail = Table(
    "trail",
    metadata,
    Column("position", NUMBER, primary_key=True, autoincrement=False),
    Column("type_id", Integer, nullable=False),
    Column("about", Text, nullable=False),
    Index("trail_type_id", "type_id", "position"),
)
"""Every statement of the log. ``about`` are the numbers of all it is about."""

trail_about = Table(
    "trail_about",
    metadata,
    Column("name_id", Integer, primary_key=True, autoincrement=False),
    Column("type_id", Integer, primary_key=True, autoincrement=False),
    Column("position", NUMBER, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
"""From a learner, member or rule to its entries of each type, in order."""

trail_subjects = Table(
    "trail_subjects",
    metadata,
    Column("subject", Text, primary_key=True),
    Column("learner_id", Text, primary_key=True),
)
"""The learners that a merge or relation was about, for when only its id is said."""
