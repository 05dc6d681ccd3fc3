"""How many processes a bank has when nobody says it."""

import pytest

from api.cli.serving import PROCESSES_MAX, processes_for


@pytest.mark.parametrize(
    ("cores", "with_file", "with_server"),
    [
        (1, 1, 1),
        (2, 4, 3),
        (3, 4, 3),
        (4, 4, 4),
        (8, 8, 8),
        (64, PROCESSES_MAX, PROCESSES_MAX),
    ],
)
def test_whoever_writes_does_nothing_else_where_there_is_more_than_one_core(
    cores: int, with_file: int, with_server: int
) -> None:
    """A server wants the cores as well; no machine has more than do any good."""
    assert processes_for(cores, url="sqlite:///ledger.db") == with_file
    assert processes_for(cores, url="postgresql+psycopg://bank") == with_server
