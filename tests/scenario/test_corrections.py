"""What follows from awards: corrections, amendments, certificates, revocation."""

import pytest

from ledger.domain.errors import awards as award_errors
from tests.builders import (
    SCHOOL,
    achievement,
    award,
    award_of,
    opened,
    revocation,
)
from tests.scenario.cases import (
    OUTSIDE_PUBLISHED,
    TAG,
    amendment,
    attested,
)


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

    with pytest.raises(award_errors.RevokesMoreThanLeftError):
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
    ledger.say(SCHOOL, "credit.amended.v1", body=amendment(_sd=["d" * 43]))

    lot = ledger.lot(award_of())
    assert (lot.achievement, lot.learned_from) == (f"{SCHOOL}/W-2@1", "2026-03-01")
    assert (lot.assessed_on, lot.awarded_milli) == ("2026-06-30", 3000)


def test_a_certificate_may_return_when_its_award_is_wholly_revoked() -> None:
    """Then, and not before."""
    ledger = opened()
    ledger.say(*OUTSIDE_PUBLISHED[:2], body=OUTSIDE_PUBLISHED[2])
    first, second = (attested(reference_tag=one * 43) for one in "ab")
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
