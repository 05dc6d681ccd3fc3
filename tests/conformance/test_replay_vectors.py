"""A small log gives the figures that anybody works out from its entries."""

import pytest

from ledger.audit.figures.summary import sections, summary
from tests.conformance.vectors_of import read_vectors
from tests.replaying import acts_of, replayed

LOG = read_vectors("entry.json")["entries"]
REPLAYS = read_vectors("replay.json")["replays"]


@pytest.mark.parametrize(
    "expected", REPLAYS, ids=lambda one: f"{one['as_of']}-{one['effective_on']}"
)
def test_a_log_gives_these_figures(expected: dict[str, object]) -> None:
    """As of a position and a date, section by section."""
    acts = acts_of(one["entry"].encode() for one in LOG)
    as_of, day = expected["as_of"], expected["effective_on"]
    assert isinstance(as_of, int)
    assert day is None or isinstance(day, str)

    found = replayed(acts[: as_of + 1], day=day)

    whole = {name: list(rows()) for name, rows in sections(found).items()}
    asked = {"as_of": as_of, "effective_on": day, "date": found.rebuilt.date}
    assert {**asked, "summary": summary(found), **whole} == expected
