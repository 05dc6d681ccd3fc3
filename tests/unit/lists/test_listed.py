"""Lines like one before are cut up, as long as there are few that are like none."""

from typing import Final

import pytest

from ledger.integrity import canonical
from ledger.lists.drafts import Said
from ledger.lists.listed import EXAMPLES_MAX, Listed, Listing
from tests.builders import SCHOOL, award

STATEMENT: Final = {
    "type": "credit.awarded.v1",
    "id": "00000000-0000-4000-8000-000000000001",
    "iss": SCHOOL,
    "aud": "bank.example/test",
    "iat": "2026-09-01T08:00:00.000Z",
    "exp": "2026-09-02T08:00:00.000Z",
    "actor": {"staff": "r7", "role": "registrar"},
}


def payload(*, revision: int, learner: str = "1") -> bytes:
    """Return an award that is plain."""
    body = award(learner_id="learner_" + learner * 32, revision=revision)
    return canonical.dumps({**STATEMENT, "body": body})


@pytest.mark.parametrize(
    ("kinds", "kind"), [(EXAMPLES_MAX, Listed), (EXAMPLES_MAX + 1, Said)]
)
def test_a_list_of_many_kinds_is_read(kinds: int, kind: type) -> None:
    """To look for the like of each would cost more than it spares."""
    listing = Listing()
    for number in range(kinds):
        assert isinstance(listing.recognise(payload(revision=number), ()), Said)

    found = listing.recognise(payload(revision=0, learner="2"), ())

    assert isinstance(found, kind)
