"""How many processes a bank has when nobody says it."""

import pytest

from api.cli.serving import PROCESSES_MAX, processes_for


@pytest.mark.parametrize(
    ("cores", "processes"),
    [(1, 1), (2, 3), (3, 3), (4, 4), (8, 8), (64, PROCESSES_MAX)],
)
def test_whoever_writes_does_nothing_else_where_there_is_more_than_one_core(
    cores: int, processes: int
) -> None:
    """Two cores have three processes; no machine has more than do any good."""
    assert processes_for(cores) == processes
