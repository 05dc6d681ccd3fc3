"""What a change to a result means two schools further on: flagged, never negative.

North awarded, South converted it, West converted that again.
"""

from typing import Final

import pytest

from ledger.domain.errors import awards as award_errors
from ledger.domain.errors import exchanges as errors
from tests.builders import (
    OPERATOR,
    OTHER,
    SCHOOL,
    Body,
    Ledger,
    achievement,
    award,
    award_of,
    kid,
    revocation,
)
from tests.scenario.agreements import (
    WEST,
    agree,
    ask,
    because,
    component,
    ground,
    number,
    offer,
    proposal,
    step,
)
from tests.scenario.cases import added_key, amendment, revoked_key
from tests.scenario.lives import accept, created, exchange, redeem, unredemption
from tests.scenario.refused_exchanges import SCORE
from tests.scenario.test_redemptions import zero

SECOND_HOP: Final = number(21)
DECIDE_BY: Final = "2026-10-01"
OLD: Final = {"months": 12, "since": "assessed"}
BY_SOUTH: Final = {"groups": [{"components": [{"of": {"members": [OTHER]}}]}]}


def rules(**changes: object) -> tuple[Body, Body]:
    """Return the rules of the south and of the west, decided by the bank."""
    first = proposal(approval=[], **changes)
    second = proposal(
        approval=[], recogniser=WEST, parties=[OTHER, WEST], source=BY_SOUTH
    )
    return first, second


def chain(**changes: object) -> tuple[Ledger, str, str]:
    """Return a ledger with a lot of the south's, and one that the west made of it."""
    ledger = ground()
    first, second = rules(**changes)
    agree(ledger, first)
    agree(ledger, second)
    predicates = [{**SCORE, "award_id": award_of()}]
    (south,) = exchange(ledger, first, predicates=predicates)
    lots = [offer(award_id=south)]
    (west,) = exchange(ledger, second, exchange_id=SECOND_HOP, iss=WEST, lots=lots)
    return ledger, south, west


def flags(ledger: Ledger, lot: str) -> list[tuple[str, str, str]]:
    """Return what a lot is flagged for."""
    return [(flag.source, flag.cause, flag.decide_by) for flag in ledger.lot(lot).flags]


def test_a_revocation_flags_everything_derived_and_takes_nothing_back() -> None:
    """With nothing left at its issuer, it is still called back, once."""
    ledger, south, west = chain()

    ledger.say(SCHOOL, "credit.revoked.v1", body=revocation(amount="0"))

    called = (award_of(), "source_revoked", DECIDE_BY)
    for lot in (award_of(), south, west):
        assert flags(ledger, lot) == [called]
    assert ledger.lot(west).available_milli == 3000
    with pytest.raises(award_errors.RevokesNothingError):
        ledger.say(SCHOOL, "credit.revoked.v1", body=revocation(amount="0"))
    with pytest.raises(errors.LotUnusableError) as refused:
        redeem(ledger, west, iss=WEST, enrolment_id=number(3))
    assert refused.value.details["reason"] == "flagged"


def test_its_members_decide_by_undoing_the_chain_from_its_end() -> None:
    """Reversed at the west, then at the south, then revoked where it began."""
    ledger, south, west = chain()
    ledger.say(SCHOOL, "credit.revoked.v1", body=revocation(amount="0"))
    with pytest.raises(errors.DerivedInUseError):
        ledger.say(OTHER, "exchange.reversed.v1", body=because("source_revoked"))

    undo = because("source_revoked", SECOND_HOP)
    ledger.say(WEST, "exchange.reversed.v1", body=undo)
    ledger.say(OTHER, "exchange.reversed.v1", body=because("source_revoked"))
    ledger.say(SCHOOL, "credit.revoked.v1", body=revocation())

    assert all(ledger.lot(one).revoked for one in (award_of(), south, west))
    assert ledger.accounts[f"exchanged:{SCHOOL}:{OTHER}"] == 0


def test_its_members_may_revoke_or_keep_what_they_made() -> None:
    """The south revokes nothing more than is left; the west keeps its lot."""
    ledger, south, west = chain()
    ledger.say(SCHOOL, "credit.revoked.v1", body=revocation(amount="0"))
    kept = amendment(award_id=west, reason_code="kept_after_review")
    ledger.say(WEST, "credit.amended.v1", body=kept)
    assert flags(ledger, west) == []
    redeem(ledger, west, iss=WEST, enrolment_id=number(3))

    taken = {**revocation(amount="0"), "award_id": south}
    ledger.say(OTHER, "credit.revoked.v1", body=taken)

    assert [one[0] for one in flags(ledger, south)] == [award_of(), south]
    assert [one[0] for one in flags(ledger, west)] == [south]
    assert ledger.lot(west).redeemed_milli == 3000
    ledger.say(WEST, "redemption.reversed.v1", body=unredemption())
    gone = {**revocation(), "award_id": west}
    ledger.say(WEST, "credit.revoked.v1", body=gone)
    assert ledger.lot(west).revoked


def test_a_part_revoked_flags_what_was_recognised_and_leaves_the_rest() -> None:
    """A lot that is revoked already is not flagged anew."""
    ledger, south, west = chain(effect="recognise")
    gone = {**revocation(), "award_id": west}
    ledger.say(WEST, "credit.revoked.v1", body=gone)

    ledger.say(SCHOOL, "credit.revoked.v1", body=revocation(amount="1"))

    assert ledger.lot(award_of()).flags == ()
    assert [one[0] for one in flags(ledger, south)] == [award_of()]
    assert flags(ledger, west) == []


@pytest.mark.parametrize(
    ("changes", "flagged"),
    [
        ({"assessed_on": "2026-05-31"}, False),
        ({"learned_from": "2026-03-01", "reason_code": "clerical_error"}, False),
        ({"assessed_on": "2025-08-31"}, True),
        ({"achievement": f"{SCHOOL}/OTHER@1"}, True),
        ({"valid_until": "2027-01-31"}, True),
        ({"reason_code": "rescored", "attempt": "resit"}, True),
    ],
)
def test_an_amendment_alarms_only_where_a_condition_fails(
    *, changes: dict[str, object], flagged: bool
) -> None:
    """Too old now, another course, shorter valid than what came of it, or rescored."""
    source = component(age=OLD, predicates=[SCORE])
    ledger, south, west = chain(source={"groups": [{"components": [source]}]})
    ledger.say(SCHOOL, "achievement.published.v1", body=achievement("OTHER"))

    ledger.say(SCHOOL, "credit.amended.v1", body=amendment(**changes))

    found = [(award_of(), "source_amended", DECIDE_BY)] if flagged else []
    assert flags(ledger, south) == flags(ledger, west) == found


def test_a_result_without_credits_that_was_not_passed_alarms_too() -> None:
    """It carries no credits, but what it met rests on having passed."""
    ledger, made = zero()

    failed = amendment(award_id=award_of("zero"), passed=False)
    ledger.say(SCHOOL, "credit.amended.v1", body=failed)

    assert [one[1] for one in flags(ledger, made)] == ["source_amended"]


def test_what_is_kept_after_review_ends_with_its_source() -> None:
    """A shorter validity is followed once the member has decided."""
    ledger, south, _ = chain()
    short = amendment(valid_until="2027-01-31")
    ledger.say(SCHOOL, "credit.amended.v1", body=short)
    assert ledger.lot(south).expires_on is None

    kept = amendment(award_id=south, reason_code="kept_after_review")
    ledger.say(OTHER, "credit.amended.v1", body=kept)

    assert ledger.lot(south).expires_on == "2027-01-31"


def test_an_amendment_that_discloses_withdraws_what_was_disclosed_before() -> None:
    """Else an old score could still be shown; a first disclosure stays otherwise."""
    ledger = ground()
    ledger.say(SCHOOL, "credit.awarded.v1", body=award("d", _sd=["c" * 43, "g" * 43]))
    named = {"award_id": award_of("d")}
    ledger.say(SCHOOL, "credit.amended.v1", body=amendment(**named, attempt="resit"))
    assert len(ledger.lot(award_of("d")).digests) == 2

    ledger.say(SCHOOL, "credit.amended.v1", body=amendment(**named, _sd=["k" * 43]))

    assert ledger.lot(award_of("d")).digests == ("k" * 43,)


def lose_key(ledger: Ledger, member: str, *, since: int) -> None:
    """Revoke a member's key, with all that it signed from a position on."""
    body = revoked_key(member, since_position=since)
    ledger.say(OPERATOR, "key.revoked.v1", body=body)


@pytest.mark.parametrize("member", [SCHOOL, OTHER])
def test_what_a_stolen_key_signed_is_frozen_with_all_that_came_of_it(
    member: str,
) -> None:
    """The award where it began, or an acceptance on the way: until it is confirmed."""
    ledger = ground()
    _, second = rules()
    desks = proposal(approval=[step()])
    agree(ledger, desks)
    agree(ledger, second)
    ledger.say(member, "key.added.v1", body=added_key(member))
    ledger.say(SCHOOL, "credit.awarded.v1", body=award("k"))
    ask(ledger, desks, lots=[offer("k")])
    accept(ledger)
    lots = [offer(award_id=created(ledger))]
    (west,) = exchange(ledger, second, exchange_id=SECOND_HOP, iss=WEST, lots=lots)
    made = award_of("k") if member == SCHOOL else created(ledger)

    doubtful = ledger.lot(made).position
    body = revoked_key(member, since_position=doubtful)
    ledger.say(OPERATOR, "key.revoked.v1", body=body)

    with pytest.raises(errors.LotUnusableError) as refused:
        redeem(ledger, west, iss=WEST, enrolment_id=number(3))
    assert refused.value.details["reason"] == "contested"
    confirmed = {"positions": [doubtful]}
    ledger.say(member, "entries.confirmed.v1", body=confirmed, key=kid(member, "b"))
    redeem(ledger, west, iss=WEST, enrolment_id=number(3))
