"""What the guide says was tried is there to be tried again."""

import re
from pathlib import Path
from typing import Final

import pytest

from tests.killing.__main__ import TIMES
from tests.killing.campaign import IN_SUITE
from tests.simulation.__main__ import SEEDS

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = (ROOT / "docs/what-was-tried.md").read_text()
TESTS: Final = sorted(set(re.findall(r"`(tests/[\w/.]+\.py)(?:::(\w+))?`", PAGE)))
KILLS_MIN: Final = 50
CAMPAIGNS: Final = dict(re.findall(r"`tests\.killing ([\w-]+)`: (\d+)", PAGE))


@pytest.mark.parametrize(("file", "name"), TESTS)
def test_a_test_that_the_guide_names_is_there(file: str, name: str) -> None:
    """Under that name, in that file."""
    assert f"def {name}(" in (ROOT / file).read_text() or not name


def test_every_campaign_is_in_the_guide_as_often_as_it_runs() -> None:
    """And `make soak` runs each of them."""
    assert {name: int(times) for name, times in CAMPAIGNS.items()} == TIMES
    assert f"`tests.simulation`: {SEEDS} seeds" in PAGE
    makefile = (ROOT / "Makefile").read_text()
    for name in TIMES:
        assert re.search(rf"\$\(TRIED\) {name}\b", makefile)


def test_the_guide_says_how_many_writers_the_suite_kills() -> None:
    """Fifty at least, on SQLite and then on PostgreSQL."""
    told = [int(count) for count in re.findall(r": (\d+) writers at work", PAGE)]

    assert told == [IN_SUITE["sqlite"], IN_SUITE["postgresql"]]
    assert sum(told) >= KILLS_MIN
