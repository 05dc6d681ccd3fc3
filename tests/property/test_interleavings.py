"""For all interleavings of independent statements: the balances are the same."""

from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.domain.state import LotRecord
from tests.builders import (
    MANDATE,
    OTHER,
    SCHOOL,
    SECOND,
    Ledger,
    achievement,
    award,
    opened,
    revocation,
)
from tests.scenario import cases

EXAMPLES: Final = 40
NAMES: Final = ("one", "two", "three")
INDEPENDENT: Final = (
    *((SCHOOL, "credit.awarded.v1", award(name)) for name in NAMES),
    *(
        (OTHER, "credit.awarded.v1", award(n, achievement=f"{OTHER}/O-1@1"))
        for n in NAMES
    ),
    (SCHOOL, "achievement.published.v1", achievement("W-2")),
    (SCHOOL, "relation.opened.v1", cases.relation()),
    *cases.MERGED,
    (SCHOOL, "credit.awarded.v1", award("x", learner_id=SECOND, credits="0.5")),
)


def _said_in(order: list[int]) -> Ledger:
    ledger = opened()
    ledger.say(OTHER, "achievement.published.v1", body=achievement("O-1"))
    for place in order:
        iss, type_name, body = INDEPENDENT[place]
        ledger.say(iss, type_name, body=body, mandate=MANDATE)
    for name, amount in (("one", "1"), ("two", "3")):
        ledger.say(SCHOOL, "credit.revoked.v1", body=revocation(name, amount))
    return ledger


@settings(max_examples=EXAMPLES)
@given(order=st.permutations(range(len(INDEPENDENT))))
def test_independent_statements_give_the_same_in_any_order(order: list[int]) -> None:
    """Balances depend on what was said, not on who was faster."""
    ledger, other = _said_in(order), _said_in(sorted(order))

    assert ledger.accounts == other.accounts
    assert {identity: _content(ledger.lot(identity)) for identity in ledger.lots} == {
        identity: _content(other.lot(identity)) for identity in other.lots
    }


def _content(lot: LotRecord) -> dict[str, object]:
    return {name: value for name, value in dict(lot).items() if name != "position"}
