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
    "tests/e2e/test_http_statements.py",
    "tests/e2e/test_cli_school.py",
    "tests/property/test_exchanges.py",
    "tests/scenario/test_rule_attacks.py",
    "tests/e2e/test_cli_guide.py",
    "tests/e2e/test_bench.py",
    "tests/e2e/test_http_clock.py",
    "tests/unit/client/test_import_sending.py",
    "tests/e2e/test_import_kill.py",
    "tests/e2e/test_exchange_races.py",
)
"""Files with a test of ten seconds or more; the longest first."""


def place_of(item: pytest.Item) -> int:
    """Return how early a test runs: the smaller, the earlier."""
    path = item.nodeid.partition("::")[0]
    return LONGEST.index(path) if path in LONGEST else len(LONGEST)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put them first, after all others have shuffled."""
    items.sort(key=place_of)
