"""What each part of a bank takes up: its events, state, tiles and read models."""

from pathlib import Path
from typing import Final

from bench.school import School
from ledger.database import open_engine

_SIZES: Final = {
    # A table's indexes count with it.
    "sqlite": (
        # Page by page: what it sums up itself has no room for more than 2 GB.
        "SELECT m.tbl_name, SUM(s.pgsize) FROM dbstat AS s"
        " JOIN sqlite_master AS m ON m.name = s.name GROUP BY m.tbl_name"
    ),
    "postgresql": (
        "SELECT relname, pg_total_relation_size(oid) FROM pg_class"
        " WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace"
    ),
}
_TILES: Final = frozenset({"log_tiles", "log_groups"})


def parts_of(school: School) -> dict[str, int]:
    """Return bytes of events, state, tiles, projections, and the log's files."""
    parts = dict.fromkeys(("events", "state", "tiles", "projections", "files"), 0)
    for table, size in _sizes(school.settings.database_url).items():
        parts[_part_of(table)] += size
    parts["projections"] = sum(_sizes(school.settings.projections_url).values())
    parts["files"] = sum(map(_allocated, school.settings.log.rglob("*")))
    return parts


def _part_of(table: str) -> str:
    if table == "stored_events":
        return "events"
    return "tiles" if table in _TILES else "state"


def _sizes(url: str) -> dict[str, int]:
    engine = open_engine(url)
    try:
        with engine.connect() as connection:
            rows = connection.exec_driver_sql(_SIZES[engine.dialect.name]).all()
    finally:
        engine.dispose()
    return {row[0]: row[1] for row in rows}


def _allocated(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0
