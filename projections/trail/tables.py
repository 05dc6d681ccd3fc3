"""Tables of the trail: an entry is told once, and found from all that it is about.

Names that come again and again are written once and then stand as numbers.
"""

from sqlalchemy import Column, Index, Integer, Table, Text

from projections.tables import NUMBER, metadata

trail_names = Table(
    "trail_names",
    metadata,
    Column("id", NUMBER, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False, unique=True),
    Index("trail_names_kind", "kind"),
)
"""Learners, members, rules, types, keys and actors, numbered as the log names them.

No two kinds are spelled alike: a name is enough to find its number.
"""

trail = Table(
    "trail",
    metadata,
    Column("position", NUMBER, primary_key=True, autoincrement=False),
    Column("recorded_at", Text, nullable=False),
    Column("type_id", Integer, nullable=False),
    Column("key_id", NUMBER, nullable=False),
    Column("actor_id", NUMBER, nullable=False),
    Column("statement_id", Text, nullable=False),
    Column("about", Text, nullable=False),
    Column("details", Text, nullable=False),
    Index("trail_type_id", "type_id", "position"),
)
"""Every statement of the log. ``about`` are the numbers of all it is about."""

trail_about = Table(
    "trail_about",
    metadata,
    Column("name_id", NUMBER, primary_key=True, autoincrement=False),
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
