"""For all harm done to a history: an audit that was stopped finds what another does."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.audit import spilling
from ledger.audit.workers import Workers
from tests.resuming import audit_of, resumed
from tests.tampering.campaign import OPERATORS, rich_grounds, small_grounds
from tests.tampering.copies import copy_of
from tests.tampering.outcomes import Harm

THREADED: Final = Workers(
    processes=2, worth_starting=0, span=5, start=lambda _: ThreadPoolExecutor(1)
)
STOPS: Final = st.lists(
    st.tuples(st.integers(1, 24), st.sampled_from((1, 1, 2, 7))), min_size=1, max_size=3
)


@pytest.fixture(scope="module", autouse=True)
def _few_records() -> Iterator[None]:
    """Have a small filter: one for a hundred million records is slow to make."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spilling, "_FILTER_BYTES", 1 << 12)
        patch.setattr(spilling, "_FILTER_BITS", (1 << 15) - 1)
        yield


@settings(deadline=None, max_examples=40)
@given(
    st.sampled_from(sorted(OPERATORS)),
    st.integers(0, 1_000),
    STOPS,
    st.sampled_from((Workers(), THREADED)),
)
def test_an_audit_that_was_stopped_reports_what_an_unbroken_one_does(
    name: str, seed: int, stops: list[tuple[int, int]], workers: Workers
) -> None:
    """Wherever it was stopped and however often: report for report, word by word."""
    ours, theirs = small_grounds()
    chance = random.Random(seed)  # noqa: S311  # the same in every run
    harm = OPERATORS[name](ours, theirs, chance=chance)
    unbroken = audit_of(harm, ours)

    with TemporaryDirectory() as folder:
        path = Path(folder) / "progress"
        assert resumed(harm, ours, path=path, stops=stops, workers=workers) == unbroken


def test_every_kind_of_record_goes_on(tmp_path: Path) -> None:
    """A whole consortium, stopped seven times on the way."""
    ground, _ = rich_grounds()
    harm = Harm(copy=copy_of(ground), expected=None)
    stops = [(ground.size * part // 8, 5) for part in range(1, 8)]

    found = resumed(harm, ground, path=tmp_path / "progress", stops=stops)

    assert found == audit_of(harm, ground)
