"""What a registrar reads, signs and must not sign before graduation."""

import pytest

from ledger.domain.errors import graduation as errors
from ledger.domain.statements.graduation import AssessmentResult
from tests.builders import (
    OPERATOR,
    OTHER,
    SCHOOL,
    Ledger,
    award,
    award_of,
    kid,
    revocation,
)
from tests.scenario.agreements import (
    agree,
    enrolled,
    ground,
    number,
    programme,
    proposal,
    requirement,
    target,
)
from tests.scenario.cases import LATER, amendment, revoked_key
from tests.scenario.graduating import (
    ASSESSMENT,
    NEXT,
    OWN,
    SMALL,
    assessed,
    assessment_of,
    complete,
    graduate,
    halfway,
    missing,
    move,
    now,
    sign,
)
from tests.scenario.lives import created, exchange, redeem, unredemption
from tests.scenario.refused_programmes import end


def test_a_school_signs_that_all_is_met() -> None:
    """Every requirement and every bound, with the lots that count."""
    ledger = graduate()

    found = assessment_of(ledger)
    body = assessed(ledger)

    assert (found.result, found.missing) == (AssessmentResult.MET, ())
    assert (found.school, found.assessed_on) == (OTHER, "2026-09-01")
    assert missing(ledger) == []
    assert body["bounds"] == [
        {"kind": "total", "bound": "6", "reached": "6", "met": True},
        {
            "kind": "minimum",
            "code": "basic",
            "bound": "3",
            "reached": "3",
            "met": True,
        },
        {"kind": "limit", "code": "half", "bound": "3", "reached": "3", "met": True},
    ]


def test_a_learner_halfway_is_told_what_is_missing() -> None:
    """And the school may sign just that."""
    ledger = halfway()
    sign(ledger)

    assert missing(ledger) == ["requirement-short", "total-short", "minimum-short"]
    found = assessment_of(ledger, NEXT)
    assert found.result is AssessmentResult.NOT_MET
    assert found.missing == ("requirement:OWN", "total", "minimum:basic")


def test_a_revocation_after_graduation_makes_a_new_assessment_not_met() -> None:
    """The old one stays as it was signed; nobody can sign it again."""
    ledger = graduate()
    old = assessed(ledger, assessment_id=NEXT)
    ledger.say(OTHER, "enrolment.ended.v1", body=end())

    ledger.say(SCHOOL, "credit.revoked.v1", body=revocation("two", amount="0"))

    assert missing(ledger) == [
        "lot-in-doubt",
        "requirement-short",
        "total-short",
        "minimum-short",
    ]
    with pytest.raises(errors.AssessmentDiffersError):
        ledger.say(OTHER, "graduation.assessed.v1", body=old)
    sign(ledger)
    assert assessment_of(ledger).result is AssessmentResult.MET
    assert assessment_of(ledger, NEXT).result is AssessmentResult.NOT_MET


def test_what_was_made_of_a_revoked_source_counts_again_once_it_is_kept() -> None:
    """A flag sets aside; whoever recognised it decides, and lifts it."""
    ledger = complete()
    made = created(ledger)

    ledger.say(SCHOOL, "credit.revoked.v1", body=revocation(amount="0"))
    flagged = now(ledger).requirements[0].lots[0]
    body = amendment(award_id=made, reason_code="kept_after_review")
    ledger.say(OTHER, "credit.amended.v1", body={**body, "valid_until": "2030-01-01"})

    assert (flagged.lot.award_id, flagged.doubt) == (made, "flagged")
    assert now(ledger).is_met


def test_what_a_stolen_key_awarded_does_not_count_for_now() -> None:
    """Until somebody stands by it."""
    ledger = halfway()
    body = {"member_id": SCHOOL, "key": {**_key("b")}}
    ledger.say(SCHOOL, "key.added.v1", body=body)
    forged = ledger.position
    ledger.say(SCHOOL, "credit.awarded.v1", body=award("two"), key=kid(SCHOOL, "b"))
    redeem(ledger, award_of("two"), code="OWN", redemption_id=number(73))
    assert now(ledger).is_met

    lost = revoked_key(name="b", since_position=forged)
    ledger.say(OPERATOR, "key.revoked.v1", body=lost)

    assert now(ledger).requirements[1].lots[0].doubt == "contested"
    assert not now(ledger).is_met


def _key(name: str) -> dict[str, object]:
    found = dict(revoked_key(name=name))
    return {
        "kid": found["kid"],
        "use": "member",
        "alg": "EdDSA",
        "jwk": {"kty": "OKP", "crv": "Ed25519", "x": "x" * 43},
        "possession": "proof",
    }


def test_what_was_redeemed_in_time_counts_after_its_shelf_life() -> None:
    """Credits end where they are available, not where they count."""
    ledger = halfway()
    body = award("two", valid_until="2026-09-08")
    ledger.say(SCHOOL, "credit.awarded.v1", body=body)
    redeem(ledger, award_of("two"), code="OWN", redemption_id=number(73))

    body = assessed(ledger, assessment_id=NEXT)
    ledger.say(OTHER, "graduation.assessed.v1", body=body, at=LATER)

    assert assessment_of(ledger, NEXT).result is AssessmentResult.MET


def test_what_no_longer_counts_is_gone_from_the_assessment() -> None:
    """A reversed redemption leaves no trace in it."""
    ledger = complete()

    ledger.say(OTHER, "redemption.reversed.v1", body=unredemption(number(73)))

    assert now(ledger).requirements[1].lots == ()
    assert enrolled(ledger).redemptions == (unredemption()["redemption_id"],)


def nothing_asked() -> Ledger:
    """Return a ledger whose programme asks one result of no credits."""
    ledger = ground()
    body = programme(
        version=2,
        credits="0",
        requirements=[{**OWN, "credits": "0"}],
    )
    move(ledger, body)
    ledger.say(SCHOOL, "credit.awarded.v1", body=award("zero", credits="0"))
    return ledger


def test_a_requirement_of_no_credits_is_met_by_something_redeemed() -> None:
    """And by nothing else; a result that is no longer passed meets nothing."""
    ledger = nothing_asked()
    assert missing(ledger) == ["requirement-open"]

    redeem(ledger, award_of("zero"), credits_="0", code="OWN")
    met = now(ledger).is_met
    failed = amendment(award_id=award_of("zero"), passed=False)
    ledger.say(SCHOOL, "credit.amended.v1", body=failed)

    assert met
    assert missing(ledger) == ["lot-in-doubt", "requirement-open"]


def test_what_was_recognised_as_the_requirement_met_meets_it_without_credits() -> None:
    """The credits in all must then come from elsewhere."""
    ledger = ground()
    move(ledger, programme(version=2, credits="4", requirements=[requirement()]))
    body = proposal(
        "MET",
        effect="recognise",
        approval=[],
        conversion={"method": "fixed"},
        targets=[target(outcome="requirement_met", credits="0")],
    )
    agree(ledger, body)
    (made,) = exchange(ledger, body)
    redeem(ledger, made, credits_="0")

    (one,) = now(ledger).requirements
    assert (one.is_met, one.counted_milli) == (True, 0)
    assert missing(ledger) == ["total-short"]


def test_a_redemption_toward_what_the_programme_no_longer_asks_is_told() -> None:
    """The learner was moved into another version: it must be counted anew."""
    ledger = complete()
    body = {**SMALL, "version": 3, "requirements": [requirement(credits="6")]}
    move(ledger, body)

    assert missing(ledger) == [
        "requirement-short",
        "redemption-unplaced",
        "total-short",
        "minimum-short",
    ]


def test_a_surplus_in_one_requirement_does_not_fill_another() -> None:
    """The new version asks less here and more there."""
    ledger = complete()
    fewer = [requirement(credits="1"), {**OWN, "credits": "5"}]
    move(ledger, {**SMALL, "version": 3, "requirements": fewer})

    (total, *_) = now(ledger).bounds
    assert (total.reached_milli, total.bound_milli) == (4000, 6000)


def test_the_id_of_an_assessment_is_no_part_of_what_follows() -> None:
    """Several assessments over time are legal, each under its own."""
    ledger = graduate()

    sign(ledger)

    one, other = assessment_of(ledger), assessment_of(ledger, NEXT)
    assert (one.result, one.missing) == (other.result, other.missing)
    assert other.position > one.position
    assert one.assessment_id == ASSESSMENT
