"""Writes the versions of records, and what cases move, of a page."""

from sqlalchemy import Connection

from projections.cases.tables import lot_moves, record_versions
from projections.pages import Page
from projections.rows import insert_tuples


def project_cases(page: Page, connection: Connection) -> None:
    """Write the rows of a page."""
    insert_tuples(connection, record_versions, rows=page.cases.versions)
    insert_tuples(connection, lot_moves, rows=page.cases.moves)
