"""Tables of the trail: an entry is found from all that it is about.

Names stand as numbers; what an entry says is read from the log.
"""

from typing import Final

from sqlalchemy import Column, Integer, Table, Text

from projections.tables import NUMBER, metadata

EVERYTHING: Final = 0
"""Stands in the place of a name, or of a type, for all of them: no name has it."""

trail = Table(
    "trail",
    metadata,
    Column("position", NUMBER, primary_key=True, autoincrement=False),
    Column("about", Text, nullable=False),
)
"""What a statement is about, as numbers of names, where it does not say so itself."""

trail_about = Table(
    "trail_about",
    metadata,
    Column("name_id", Integer, primary_key=True, autoincrement=False),
    Column("type_id", Integer, primary_key=True, autoincrement=False),
    Column("position", NUMBER, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
"""From a learner or a rule to its entries of each type, in order.

A learner's awards are not among them: the table of awards leads to those.
"""

trail_runs = Table(
    "trail_runs",
    metadata,
    Column("name_id", Integer, primary_key=True, autoincrement=False),
    Column("type_id", Integer, primary_key=True, autoincrement=False),
    Column("last", NUMBER, primary_key=True, autoincrement=False),
    Column("first", NUMBER, nullable=False),
    sqlite_with_rowid=False,
)
"""From a member to its entries of each type, in runs: ``first`` to ``last``.

A school posts lists, so that a run holds a thousand entries. No run can be longer: an
entry of another type, or about another member, or none, stands before it and after it.
"""

trail_subjects = Table(
    "trail_subjects",
    metadata,
    Column("subject", Text, primary_key=True),
    Column("learner_id", Text, primary_key=True),
)
"""The learners that a merge or relation was about, for when only its id is said."""
