"""Whatever fails while the bank writes, nothing is lost, doubled or made up.

``make soak`` runs ten thousand seeds of the same simulator (``tests/simulation``).
"""

import logging

import pytest

from tests.simulation.seeds import failures, run_seed
from tests.simulation.strength import HARMS, found_after

SEEDS = 200
CHUNKS = 7
SOON = ("forgets the changed lots", "forgets the used ids")


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    """Keep nothing of what fails on purpose: it is much."""
    caplog.set_level(logging.CRITICAL)


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_every_seed_keeps_every_promise(chunk: int) -> None:
    """A failing seed is run again, with its trace, by ``--seed`` and its number."""
    assert failures(range(chunk, SEEDS, CHUNKS)) == []


def test_a_seed_gives_the_same_trace_again() -> None:
    """Down to the root of the log, or a failing seed could not be looked at."""
    first, again = run_seed(SEEDS), run_seed(SEEDS)

    assert first.trace == again.trace
    assert first.trace[-1].startswith("size ")
    assert run_seed(SEEDS + 1).trace != first.trace


@pytest.mark.parametrize("name", SOON)
def test_a_writer_broken_on_purpose_is_found(name: str) -> None:
    """Within a few seeds; ``python -m tests.simulation.strength`` does every harm."""
    assert name in HARMS
    assert found_after(name, seeds_max=20) is not None
