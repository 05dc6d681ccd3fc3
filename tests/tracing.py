"""Coverage is measured where rules and proofs are tested, and not all over again.

Tracing doubles what a test costs. Unit tests of ``ledger``, scenarios and conformance
meet almost every branch of it; what they do not meet is met by what is marked
``traced``. All else runs untraced, as the code does in service. The bound of 100 % is
the same, and fails when a mark is missing.

A pytest plugin (``-p tests.tracing`` in pyproject.toml).
"""

from collections.abc import Generator
from typing import Final

import pytest
from coverage import Coverage

UNTRACED: Final = (
    "tests/e2e/",
    "tests/property/",
    "tests/style/",
    "tests/unit/cli/",
    "tests/unit/client/",
    # What many examples of these reach, others reach with one.
    "tests/scenario/test_rule_attacks.py",
    "tests/unit/audit/test_bounded_replay.py::test_lists_are_replayed_as_line_by_line",
    "tests/unit/backup/test_restoring.py::test_a_restored_ledger_is_the_one_that_was_saved",
    "tests/unit/integrity/test_proof_properties.py",
)


def is_traced(item: pytest.Item) -> bool:
    """Tell whether coverage is measured while a test runs."""
    marked = item.get_closest_marker("traced") is not None
    return marked or not item.nodeid.startswith(UNTRACED)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(
    item: pytest.Item,
) -> Generator[None, object, object]:
    """Stop measuring for the time of one test and its fixtures."""
    coverage = Coverage.current()
    if coverage is None or is_traced(item):
        return (yield)
    coverage.stop()
    try:
        return (yield)
    finally:
        coverage.start()
