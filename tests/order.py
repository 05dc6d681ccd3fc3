"""What lasts longest runs first, so that no process waits for another at the end.

The rest stays in the order that ``pytest-randomly`` drew, and so do the tests within
each of these files.

A pytest plugin (``-p tests.order`` in pyproject.toml).
"""

from typing import Final

import pytest

LONGEST: Final = (
    "tests/e2e/test_demo.py",
    "tests/e2e/test_readme.py",
    "tests/e2e/test_strength.py",
    "tests/e2e/test_cli_guide.py",
    "tests/property/test_exchanges.py",
    "tests/e2e/test_kills.py",
    "tests/e2e/test_bench.py",
    "tests/property/test_resume.py",
    "tests/e2e/test_cli_school.py",
    "tests/e2e/test_witness_command.py",
    "tests/unit/client/test_import_sending.py",
    "tests/e2e/test_growth.py",
    "tests/e2e/test_exchange_races.py",
    "tests/unit/backup/test_restoring.py",
    "tests/property/test_batch.py",
    "tests/property/test_campaign.py",
)
"""Files with a test that takes a hundredth of the whole or so; the longest first."""


def place_of(item: pytest.Item) -> int:
    """Return how early a test runs: the smaller, the earlier."""
    path = item.nodeid.partition("::")[0]
    return LONGEST.index(path) if path in LONGEST else len(LONGEST)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put them first, after all others have shuffled."""
    items.sort(key=place_of)
