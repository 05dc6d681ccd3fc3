"""Each real bank's rules allow and refuse what that bank would, and options say so."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.banks.asker import Asker
from tests.banks.bank import FOLDER, StoryBank, read_bank

Story = tuple[str, dict[str, Any]]  # Any: what a data file says.


def stories() -> Iterator[Story]:
    """Return every story of every bank."""
    for path in sorted(FOLDER.glob("*.toml")):
        for story in read_bank(path.stem)["stories"]:
            yield path.stem, story


@pytest.mark.parametrize(
    ("bank", "story"),
    list(stories()),
    ids=[f"{bank}: {story['name']}" for bank, story in stories()],
)
def test_a_bank_decides_as_the_real_one_would(bank: str, story: dict[str, Any]) -> None:
    """Its rules are data; each story is what its officers would say.

    On the way, what options call open is accepted, and what is accepted was open.
    """
    Asker(StoryBank(read_bank(bank))).play(story["steps"])
