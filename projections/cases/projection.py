"""Writes the versions of records, and what cases move, of a page."""

from sqlalchemy import Connection, insert

from projections.cases.tables import lot_moves, record_versions
from projections.pages import Page


def project_cases(page: Page, connection: Connection) -> None:
    """Write the rows of a page."""
    if page.cases.versions:
        connection.execute(insert(record_versions), page.cases.versions)
    if page.cases.moves:
        connection.execute(insert(lot_moves), page.cases.moves)
