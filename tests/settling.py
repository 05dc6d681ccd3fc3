"""Garbage is looked for as seldom as the bank does it in service.

What is loaded and collected before the first test is a million objects that never
become garbage; to walk them again and again took a twentieth of the suite's time.

A pytest plugin (``-p tests.settling`` in pyproject.toml).
"""

import gc
from typing import Final

import pytest

OBJECTS_BETWEEN_COLLECTIONS: Final = 20_000

gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS, 20, 20)


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Look through it for the last time."""
    gc.collect()
    gc.freeze()
