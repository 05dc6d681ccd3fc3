"""What counts toward a requirement, how it stops counting, and what expires."""

import pytest

from ledger.domain.errors import exchanges as errors
from ledger.domain.rules.awards import award_id
from ledger.domain.state import RootCountRecord
from tests.builders import (
    MANDATE,
    OPERATOR,
    OTHER,
    SCHOOL,
    Ledger,
    achievement,
    award,
    award_of,
    revocation,
)
from tests.scenario.agreements import (
    ENROLMENT,
    REQUIREMENTS,
    SERVICE,
    agree,
    ask,
    because,
    component,
    enrolled,
    ground,
    number,
    offer,
    programme,
    proposal,
    target,
)
from tests.scenario.cases import LATER, OUTSIDE_PUBLISHED, attested
from tests.scenario.lives import (
    accepted,
    created,
    exchange,
    redeem,
    redeemed,
    unredemption,
)
from tests.scenario.refused_programmes import change, end

FIXED = {"method": "fixed"}


def counted(ledger: Ledger, requirement: str = "WELD") -> int:
    """Return how much of a requirement is met."""
    return sum(
        one.amount_milli
        for one in enrolled(ledger).counted
        if one.requirement == requirement
    )


def test_a_redemption_counts_parts_until_the_requirement_is_full() -> None:
    """A part now, a part later; the lot says where it counts."""
    ledger = accepted()
    lot = created(ledger)

    redeem(ledger, lot, credits_="1")
    redeem(ledger, lot, credits_="2", redemption_id=number(8))

    assert counted(ledger) == 3000
    assert ledger.lot(lot).redeemed_milli == 3000
    assert len(ledger.lot(lot).redemptions) == 2


def test_a_reversed_redemption_counts_no_more_even_after_graduation() -> None:
    """Whoever graduated by mistake must not stay in the books."""
    ledger = redeemed()
    ledger.say(OTHER, "enrolment.ended.v1", body=end())

    ledger.say(OTHER, "redemption.reversed.v1", body=unredemption())

    lot = ledger.lot(created(ledger))
    assert (lot.available_milli, lot.redeemed_milli, lot.redemptions) == (3000, 0, ())
    assert counted(ledger) == 0
    root = ledger.state.find(RootCountRecord, (ENROLMENT, award_of()))
    assert root is not None
    assert (root.amount_milli, root.times) == (0, 0)
    ledger.say(OTHER, "exchange.reversed.v1", body=because())


def test_a_root_counts_once_in_an_enrolment_however_it_came_there() -> None:
    """A result that is redeemed itself leaves nothing for what was made of it."""
    ledger = ground()
    body = proposal("SEEN", effect="recognise", approval=[])
    agree(ledger, body)
    (made,) = exchange(ledger, body)
    redeem(ledger, award_of(), credits_="2", code="OWN")

    with pytest.raises(errors.RootUsedError):
        redeem(ledger, made, credits_="1.001", redemption_id=number(8))
    redeem(ledger, made, credits_="1", redemption_id=number(8))


def test_shares_of_a_root_add_up_however_a_lot_is_cut() -> None:
    """Three credits of a root stand behind four: no rounding leaves room for more."""
    ledger = ground()
    body = proposal(
        "FOUR",
        effect="recognise",
        approval=[],
        conversion=FIXED,
        targets=[target(credits="4")],
    )
    agree(ledger, body)
    (made,) = exchange(ledger, body)
    for place in range(3):
        redeem(ledger, made, credits_="1.333", redemption_id=number(40 + place))
    redeem(ledger, made, credits_="0.001", redemption_id=number(43))

    root = ledger.state.find(RootCountRecord, (ENROLMENT, award_of()))
    assert root is not None
    assert (root.amount_milli, root.times) == (3000, 1)
    with pytest.raises(errors.RootUsedError):
        redeem(
            ledger, award_of(), credits_="0.001", code="OWN", redemption_id=number(8)
        )
    for place in (2, 0, 3, 1):
        body = unredemption(number(40 + place))
        ledger.say(OTHER, "redemption.reversed.v1", body=body)
    root = ledger.state.find(RootCountRecord, (ENROLMENT, award_of()))
    assert root is not None
    assert (root.amount_milli, root.times) == (0, 0)


def zero() -> tuple[Ledger, str]:
    """Return a ledger with a result of no credits, and what it was recognised as."""
    ledger = ground()
    body = proposal(
        "MET",
        effect="recognise",
        approval=[],
        conversion=FIXED,
        targets=[target(code="OWN", outcome="requirement_met", credits="0")],
    )
    agree(ledger, body)
    ledger.say(SCHOOL, "credit.awarded.v1", body=award("zero", credits="0"))
    (made,) = exchange(ledger, body, lots=[offer("zero", "0")])
    return ledger, made


def test_a_result_without_credits_counts_by_one_lot() -> None:
    """A requirement is met once by it; and what counts cannot be undone beneath it."""
    ledger, made = zero()
    redeem(ledger, made, credits_="0", code="OWN")
    with pytest.raises(errors.RootUsedError):
        redeem(
            ledger, award_of("zero"), credits_="0", code="OWN", redemption_id=number(8)
        )
    with pytest.raises(errors.DerivedInUseError):
        ledger.say(OTHER, "exchange.reversed.v1", body=because())

    ledger.say(OTHER, "redemption.reversed.v1", body=unredemption())

    ledger.say(OTHER, "exchange.reversed.v1", body=because())
    assert ledger.lot(made).revoked


def test_what_counts_without_credits_is_called_back_and_not_lost() -> None:
    """Its issuer flags it; it ends once it no longer counts."""
    ledger, made = zero()
    redeem(ledger, made, credits_="0", code="OWN")
    body = {**revocation(amount="0"), "award_id": made}
    ledger.say(OTHER, "credit.revoked.v1", body=body)
    assert not ledger.lot(made).revoked
    assert [flag.source for flag in ledger.lot(made).flags] == [made]

    ledger.say(OTHER, "redemption.reversed.v1", body=unredemption())

    ledger.say(OTHER, "credit.revoked.v1", body=body)
    assert ledger.lot(made).revoked


def test_electives_take_what_no_requirement_names() -> None:
    """What is left over of an exchange counts only where electives are asked."""
    ledger = ground()
    source = {"groups": [{"components": [component(credits_at_least="2")]}]}
    body = proposal(
        approval=[],
        conversion=FIXED,
        targets=[target(credits="2")],
        source=source,
        remainder="elective",
    )
    agree(ledger, body)
    _, extra = exchange(ledger, body)
    with pytest.raises(errors.RequirementError):
        redeem(ledger, extra, credits_="1")

    redeem(ledger, extra, credits_="1", code="FREE")

    assert counted(ledger, "FREE") == 1000


def test_credits_from_elsewhere_leave_room_for_the_last_at_home() -> None:
    """What the school only attested was learned elsewhere too."""
    ledger = ground()
    own = [f"{OTHER}/GAS-1", f"{OTHER}/X-1"]
    first, *others = REQUIREMENTS
    body = programme(
        version=2,
        last_at_home="8",
        requirements=[{**first, "satisfied_by": own}, *others],
    )
    ledger.say(OTHER, "programme.published.v1", body=body)
    moved = change(programme=f"{OTHER}/WELDER@2")
    ledger.say(OTHER, "enrolment.changed.v1", body=moved)
    ledger.say(OTHER, "achievement.published.v1", body=OUTSIDE_PUBLISHED[2])
    outside = attested(achievement=f"{OTHER}/X-1@1", reference_tag="w" * 43)
    ledger.say(OTHER, "credit.awarded.v1", body=outside, tags=("w" * 43,))
    home = award("home", achievement=f"{OTHER}/GAS-1@1")
    ledger.say(OTHER, "credit.awarded.v1", body=home)
    brought = award_id(member_id=OTHER, reference_tag="w" * 43, revision=0)

    with pytest.raises(errors.LastAtHomeError):
        redeem(ledger, brought, credits_="2.001")
    redeem(ledger, award_of("home", member=OTHER), credits_="3")
    with pytest.raises(errors.LastAtHomeError):
        redeem(ledger, brought, credits_="1", redemption_id=number(8))


def test_credits_end_on_their_last_day_whether_or_not_anybody_says_so() -> None:
    """The bank's note comes after the fact, and once."""
    ledger = ground()
    body = award("short", valid_until="2026-09-08")
    ledger.say(SCHOOL, "credit.awarded.v1", body=body)
    agree(ledger, proposal())
    with pytest.raises(errors.LotExpiredError):
        redeem(ledger, award_of("short"), code="OWN", at=LATER)
    with pytest.raises(errors.LotExpiredError):
        ask(ledger, lots=[offer("short")], at=LATER)

    redeem(
        ledger,
        award_of("short"),
        credits_="1",
        code="OWN",
        at="2026-09-08T08:00:00.000Z",
    )
    said = {"credits": "2", "award_id": award_of("short"), "expired_on": "2026-09-08"}
    ledger.say(OPERATOR, "credit.expired.v1", body=said, key=SERVICE, at=LATER)

    lot = ledger.lot(award_of("short"))
    assert (lot.expired_milli, lot.redeemed_milli) == (2000, 1000)


def test_what_is_made_of_a_lot_ends_with_the_stricter_of_all() -> None:
    """The source's last day, or the shelf life of what it became."""
    ledger = ground()
    shelf = achievement("SHELF", shelf_life_months=6)
    ledger.say(OTHER, "achievement.published.v1", body=shelf)
    aim = {"outcome": "course_credit", "achievement": f"{OTHER}/SHELF"}
    body = proposal(approval=[], targets=[aim])
    agree(ledger, body)
    long = award("long", valid_until="2027-12-31")
    ledger.say(SCHOOL, "credit.awarded.v1", body=long, mandate=MANDATE)
    short = award("short", valid_until="2026-10-31")
    ledger.say(SCHOOL, "credit.awarded.v1", body=short)

    (first,) = exchange(ledger, body, lots=[offer("long")])
    (second,) = exchange(ledger, body, exchange_id=number(7), lots=[offer("short")])

    assert ledger.lot(first).expires_on == "2026-12-30"
    assert ledger.lot(second).expires_on == "2026-10-31"
