"""What follows from awards: corrections, amendments, certificates, revocation."""

import pytest

from ledger.domain.errors import awards as award_errors
from ledger.domain.errors.catalogue import AchievementRetiredError
from tests.builders import (
    OPERATOR,
    OTHER,
    SCHOOL,
    achievement,
    award,
    award_of,
    opened,
    revocation,
)
from tests.scenario.cases import (
    OUTSIDE_PUBLISHED,
    RETIRED,
    TAG,
    VERIFIED,
    amendment,
    attested,
    calendar,
)


def test_an_award_may_name_a_term_of_a_published_calendar() -> None:
    """The calendar may be another member's."""
    ledger = opened()
    ledger.say(OTHER, "calendar.published.v1", body=calendar())
    dated = award(term={"calendar": f"{OTHER}/cal", "code": "T1"})

    ledger.say(SCHOOL, "credit.awarded.v1", body=dated)

    assert ledger.lot(award_of()).available_milli == 3000


def test_a_wrong_amount_is_corrected_by_the_next_revision() -> None:
    """Part is revoked, then the rest, and a new award replaces it."""
    ledger = opened()
    ledger.say(SCHOOL, "credit.awarded.v1", body=award())
    ledger.say(SCHOOL, "credit.revoked.v1", body=revocation(amount="1.25"))
    assert ledger.lot(award_of()).available_milli == 1750
    ledger.say(SCHOOL, "credit.revoked.v1", body=revocation(amount="1.75"))
    replaced = award(revision=1, replaces=award_of(), credits="2.5")
    ledger.say(SCHOOL, "credit.awarded.v1", body=replaced)

    assert ledger.lot(award_of()).revoked
    assert ledger.lot(award_of(revision=1)).available_milli == 2500


def test_an_award_of_nothing_can_be_revoked_once() -> None:
    """Zero is legal where only a requirement is met."""
    ledger = opened()
    ledger.say(SCHOOL, "credit.awarded.v1", body=award(credits="0"))
    ledger.say(SCHOOL, "credit.revoked.v1", body=revocation(amount="0"))

    with pytest.raises(award_errors.AwardRevokedError):
        ledger.say(SCHOOL, "credit.revoked.v1", body=revocation(amount="0"))


def test_an_amendment_changes_anything_but_the_amount() -> None:
    """What it does not name stays."""
    ledger = opened()
    dear = achievement("W-2", credits="4")
    ledger.say(SCHOOL, "achievement.published.v1", body=dear)
    ledger.say(SCHOOL, "credit.awarded.v1", body=award())
    changed = amendment(achievement=f"{SCHOOL}/W-2@1", learned_from="2026-03-01")
    ledger.say(SCHOOL, "credit.amended.v1", body=changed)
    ledger.say(SCHOOL, "credit.amended.v1", body=amendment(attempt="resit"))
    ledger.say(SCHOOL, "credit.amended.v1", body=amendment(_sd=["o" * 43]))

    lot = ledger.lot(award_of())
    assert (lot.achievement, lot.learned_from) == (f"{SCHOOL}/W-2@1", "2026-03-01")
    assert (lot.assessed_on, lot.awarded_milli) == ("2026-06-30", 3000)


def test_a_certificate_may_return_when_its_award_is_wholly_revoked() -> None:
    """Then, and not before."""
    ledger = opened()
    ledger.say(*OUTSIDE_PUBLISHED[:2], body=OUTSIDE_PUBLISHED[2])
    first, second = (attested(reference_tag=one * 43) for one in "ko")
    ledger.say(SCHOOL, "credit.awarded.v1", body=first, tags=(TAG,))
    (identity,) = ledger.lots
    half = {**revocation(amount="1"), "award_id": identity}
    ledger.say(SCHOOL, "credit.revoked.v1", body=half)
    with pytest.raises(award_errors.CertificateDepositedError):
        ledger.say(SCHOOL, "credit.awarded.v1", body=second, tags=(TAG,))

    ledger.say(SCHOOL, "credit.revoked.v1", body={**half, "credits": "2"})
    ledger.say(SCHOOL, "credit.awarded.v1", body=second, tags=(TAG,))

    assert len(ledger.lots) == 2


def test_an_attested_award_stays_attested_when_amended() -> None:
    """Its achievement must remain one of a body outside."""
    ledger = opened()
    ledger.say(*OUTSIDE_PUBLISHED[:2], body=OUTSIDE_PUBLISHED[2])
    ledger.say(SCHOOL, "credit.awarded.v1", body=attested(), tags=(TAG,))
    changed = amendment(achievement=f"{SCHOOL}/WELD-1@1")

    with pytest.raises(award_errors.NotAnOutsideAchievementError):
        ledger.say(SCHOOL, "credit.amended.v1", body=changed)


def test_what_was_revoked_is_replaced_once_whoever_answers_for_it() -> None:
    """A successor's award ids are other ones: the same result must not return twice."""
    ledger = opened()
    ledger.say(SCHOOL, "credit.awarded.v1", body=award())
    ledger.say(SCHOOL, "credit.revoked.v1", body=revocation())
    replaced = award(revision=1, replaces=award_of(), credits="2")
    ledger.say(SCHOOL, "credit.awarded.v1", body=replaced)
    succeeded = {"predecessor": SCHOOL, "successor": OTHER, "reason_code": "merged"}
    ledger.say(OPERATOR, "member.succeeded.v1", body=succeeded)

    with pytest.raises(award_errors.RevisionError):
        ledger.say(OTHER, "credit.awarded.v1", body=replaced)

    first = award_of(revision=1)
    rest = {**revocation(amount="2"), "award_id": first}
    ledger.say(OTHER, "credit.revoked.v1", body=rest)
    again = award(revision=2, replaces=first, credits="1")
    ledger.say(OTHER, "credit.awarded.v1", body=again)
    assert ledger.lot(award_of(revision=2, member=OTHER)).available_milli == 1000


def test_a_wrong_amount_of_a_retired_achievement_can_be_corrected() -> None:
    """The version accepts no new result, and no award of another version either."""
    ledger = opened()
    other = achievement("W-2")
    ledger.say(SCHOOL, "achievement.published.v1", body=other)
    ledger.say(SCHOOL, "credit.awarded.v1", body=award())
    ledger.say(SCHOOL, "credit.awarded.v1", body=award("x", achievement=W_2))
    ledger.say(*RETIRED[:2], body=RETIRED[2])
    for name in ("one", "x"):
        ledger.say(SCHOOL, "credit.revoked.v1", body=revocation(name))
    moved = award("x", revision=1, replaces=award_of("x"))
    with pytest.raises(AchievementRetiredError):
        ledger.say(SCHOOL, "credit.awarded.v1", body=moved)

    corrected = award(revision=1, replaces=award_of(), credits="2")
    ledger.say(SCHOOL, "credit.awarded.v1", body=corrected)

    assert ledger.lot(award_of(revision=1)).available_milli == 2000


def test_credits_are_never_revoked_before_they_were_there() -> None:
    """An award without dates is there from the day it was recorded, where it was."""
    ledger = opened()
    # Half past midnight in Shanghai is still the day before in UTC.
    late = "2026-09-01T16:30:00.000Z"
    body = award(assessed_on=None)
    ledger.say(SCHOOL, "credit.awarded.v1", body=body, at=late)
    early = revocation(amount="1", effective_on="2026-09-01")
    with pytest.raises(award_errors.DateOrderError):
        ledger.say(SCHOOL, "credit.revoked.v1", body=early, at=late)

    for day, amount in (("03", "1"), ("02", "1"), ("03", "1")):
        part = revocation(amount=amount, effective_on=f"2026-09-{day}")
        at = f"2026-09-{day}T08:00:00.000Z"
        ledger.say(SCHOOL, "credit.revoked.v1", body=part, at=at)

    assert ledger.lot(award_of()).revoked_from == "2026-09-02"


def test_an_amendment_corrects_whether_and_how_it_was_verified() -> None:
    """A result that carries no credits may turn out not to have been passed."""
    ledger = opened()
    ledger.say(*OUTSIDE_PUBLISHED[:2], body=OUTSIDE_PUBLISHED[2])
    body = attested(credits="0")
    ledger.say(SCHOOL, "credit.awarded.v1", body=body, tags=(TAG,))
    source = {**VERIFIED, "source": "证书查询网"}
    for changes in ({"passed": False}, {"verification": source}):
        ledger.say(SCHOOL, "credit.amended.v1", body=amendment(**changes))

    assert not ledger.lot(award_of()).passed


W_2 = f"{SCHOOL}/W-2@1"
