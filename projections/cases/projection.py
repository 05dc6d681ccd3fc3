"""Writes the versions of records, and what cases move, of a page."""

from sqlalchemy import Connection

from projections.cases.tables import lot_moves, record_versions
from projections.pages import Page
from projections.rows import insert_rows


def project_cases(page: Page, connection: Connection) -> None:
    """Write the rows of a page."""
    insert_rows(connection, record_versions, rows=page.cases.versions)
    insert_rows(connection, lot_moves, rows=page.cases.moves)
