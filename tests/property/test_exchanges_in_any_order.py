"""For all interleavings of independent histories of exchanges: the same balances.

Each thread is one lot's life, in its own order; the threads share a learner, rules, an
enrolment and its requirements, and are merged in any way.
"""

from collections.abc import Callable, Iterator
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.domain.state import LotRecord
from tests.builders import MANDATE, OTHER, SCHOOL, Ledger, award, award_of, revocation
from tests.property.exchanges_market import RULES, market
from tests.scenario.agreements import (
    AT_WEST,
    WEST,
    ask,
    because,
    case_of,
    number,
    offer,
    relation,
    sent_back,
)
from tests.scenario.lives import accept, exchange, redeem, unredemption

EXAMPLES: Final = 25
ONE, DESK, TO_WEST, HALF, _ = RULES

Thread = Callable[[Ledger], Iterator[None]]


def converted(ledger: Ledger) -> Iterator[None]:
    """Award, convert, count a part, stop counting it."""
    ledger.say(SCHOOL, "credit.awarded.v1", body=award("a"))
    yield
    (made,) = exchange(ledger, ONE, exchange_id=number(101), lots=[offer("a", "2")])
    yield
    redeem(ledger, made, credits_="1", redemption_id=number(102))
    yield
    redeem(ledger, made, credits_="0.5", redemption_id=number(103))
    yield
    ledger.say(OTHER, "redemption.reversed.v1", body=unredemption(number(102)))


def over_a_desk(ledger: Ledger) -> Iterator[None]:
    """Award, apply, have it sent back, hand in again, be accepted."""
    ledger.say(SCHOOL, "credit.awarded.v1", body=award("b"))
    yield
    identity = number(111)
    ask(ledger, DESK, exchange_id=identity, lots=[offer("b")])
    yield
    ledger.say(OTHER, "exchange.returned.v1", body=sent_back(exchange_id=identity))
    yield
    lots = [offer("b", "1.5")]
    ask(ledger, DESK, exchange_id=identity, revision=1, lots=lots)
    yield
    accept(ledger, identity)


def two_hops(ledger: Ledger) -> Iterator[None]:
    """Award, convert twice, have the source revoked, keep what came of it."""
    ledger.say(SCHOOL, "credit.awarded.v1", body=award("c"))
    yield
    (south,) = exchange(ledger, ONE, exchange_id=number(121), lots=[offer("c", "1")])
    yield
    lots = [offer(award_id=south, credits="1")]
    (west,) = exchange(ledger, TO_WEST, exchange_id=number(122), iss=WEST, lots=lots)
    yield
    ledger.say(SCHOOL, "credit.revoked.v1", body=revocation("c", "2"))
    yield
    kept = {"award_id": west, "reason_code": "kept_after_review"}
    ledger.say(WEST, "credit.amended.v1", body=kept)
    yield
    redeem(
        ledger,
        west,
        credits_="1",
        iss=WEST,
        enrolment_id=AT_WEST,
        redemption_id=number(123),
    )


def undone(ledger: Ledger) -> Iterator[None]:
    """Have a lot recognised at the west, and that undone."""
    identity = number(131)
    yield
    exchange(ledger, HALF, exchange_id=identity, iss=WEST)
    yield
    body = because("other", identity)
    ledger.say(WEST, "exchange.reversed.v1", body=body)


def let_in(ledger: Ledger) -> Iterator[None]:
    """Open another relation with the account, and end it."""
    body = relation(relation_id=number(141), scopes=["read"])
    ledger.say(SCHOOL, "relation.opened.v1", body=body, mandate=MANDATE)
    yield
    ended = {"relation_id": number(141)}
    ledger.say(SCHOOL, "relation.ended.v1", body=ended, mandate=MANDATE)


THREADS: Final[tuple[Thread, ...]] = (converted, over_a_desk, two_hops, undone, let_in)


def play(order: list[int]) -> Ledger:
    """Let the threads go on in this order, and each to its end after that."""
    ledger = market()
    running = [thread(ledger) for thread in THREADS]
    for place in order:
        next(running[place], None)
    for thread in running:
        for _ in thread:
            pass
    return ledger


def content(lot: LotRecord) -> dict[str, object]:
    """Return a lot without its place in the log."""
    plain = {name: value for name, value in dict(lot).items() if name != "position"}
    flags = [(one.source, one.cause, one.decide_by) for one in lot.flags]
    return {**plain, "flags": flags}


@settings(max_examples=EXAMPLES)
@given(order=st.lists(st.integers(0, len(THREADS) - 1), min_size=10, max_size=25))
def test_independent_exchanges_give_the_same_in_any_order(order: list[int]) -> None:
    """Balances depend on what was said, not on who was faster."""
    ledger, other = play(order), play([])

    assert ledger.accounts == other.accounts
    assert {one: content(ledger.lot(one)) for one in ledger.lots} == {
        one: content(other.lot(one)) for one in other.lots
    }
    assert case_of(ledger, number(111)).status == "accepted"
    assert ledger.lot(award_of()).available_milli == 3000
