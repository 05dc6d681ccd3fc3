"""Refusals about awards, amendments and revocations."""

from ledger.domain.errors import awards, catalogue
from tests.builders import (
    OTHER,
    SCHOOL,
    SECOND,
    achievement,
    award,
    award_of,
    revocation,
)
from tests.scenario.cases import (
    AWARDED,
    OUTSIDE_PUBLISHED,
    RETIRED,
    REVOKED,
    TAG,
    VERIFIED,
    amendment,
    attested,
    case,
    say,
)

OTHERS = say(OTHER, "credit.awarded", body=award())
PART_REVOKED = revocation(amount="1", effective_on="2026-07-01")
LEARNED = award(assessed_on=None, learned_to="2026-06-30")
REVISED = award(revision=1, replaces=award_of())

AWARDS = [
    case(awards.NotOwnAchievementError, "/body/achievement", when=OTHERS),
    case(
        awards.NotAnOutsideAchievementError,
        "/body/achievement",
        when=say(
            SCHOOL, "credit.awarded", body=attested(achievement=f"{SCHOOL}/WELD-1@1")
        ),
    ),
    case(
        awards.AttestedWithoutVerificationError,
        "/body/verification",
        given=(OUTSIDE_PUBLISHED,),
        when=say(SCHOOL, "credit.awarded", body=attested(verification=None)),
    ),
    case(
        awards.CertificateNotDisclosedError,
        "/body/_sd",
        given=(OUTSIDE_PUBLISHED,),
        when=say(SCHOOL, "credit.awarded", body=attested()),
    ),
    case(
        awards.AmountMissingError,
        "/body/credits",
        when=say(SCHOOL, "credit.awarded", body=award(credits=None)),
    ),
    case(
        awards.CreditsAboveAchievementError,
        "/body/credits",
        when=say(SCHOOL, "credit.awarded", body=award(credits="3.001")),
    ),
    case(
        awards.NotPassedWithCreditsError,
        "/body/credits",
        when=say(SCHOOL, "credit.awarded", body=award(passed=False)),
    ),
    case(
        awards.DateOrderError,
        "/body/learned_to",
        when=say(
            SCHOOL,
            "credit.awarded",
            body=award(learned_from="2026-03-01", learned_to="2026-02-28"),
        ),
    ),
    case(
        awards.DateOrderError,
        "/body/valid_until",
        when=say(SCHOOL, "credit.awarded", body=award(valid_until="2026-06-29")),
    ),
    case(
        awards.DateInFutureError,
        "/body/assessed_on",
        when=say(SCHOOL, "credit.awarded", body=award(assessed_on="2026-09-02")),
    ),
    case(
        awards.DateInFutureError,
        "/body/verification/verified_on",
        given=(OUTSIDE_PUBLISHED,),
        when=say(
            SCHOOL,
            "credit.awarded",
            body=attested(verification={**VERIFIED, "verified_on": "2026-09-02"}),
        ),
        tags=(TAG,),
    ),
    case(
        awards.DateInFutureError,
        "/body/effective_on",
        given=(AWARDED,),
        when=say(SCHOOL, "credit.revoked", body=revocation(effective_on="2026-09-02")),
    ),
    case(
        awards.DateOrderError,
        "/body/effective_on",
        given=(AWARDED,),
        when=say(SCHOOL, "credit.revoked", body=revocation(effective_on="2026-06-29")),
    ),
    case(
        awards.DateOrderError,
        "/body/assessed_on",
        given=(AWARDED, say(SCHOOL, "credit.revoked", body=PART_REVOKED)),
        when=say(SCHOOL, "credit.amended", body=amendment(assessed_on="2026-07-02")),
    ),
    case(
        awards.DateOrderError,
        "/body/learned_to",
        given=(
            say(SCHOOL, "credit.awarded", body=LEARNED),
            say(SCHOOL, "credit.revoked", body=PART_REVOKED),
        ),
        when=say(SCHOOL, "credit.amended", body=amendment(learned_to="2026-07-02")),
    ),
    case(
        awards.NotPassedWithCreditsError,
        "/body/passed",
        given=(AWARDED,),
        when=say(SCHOOL, "credit.amended", body=amendment(passed=False)),
    ),
    case(
        awards.DateInFutureError,
        "/body/verification/verified_on",
        given=(AWARDED,),
        when=say(
            SCHOOL,
            "credit.amended",
            body=amendment(verification={**VERIFIED, "verified_on": "2026-09-02"}),
        ),
    ),
    case(
        catalogue.UnknownAchievementError,
        "/body/achievement",
        given=(AWARDED,),
        when=say(SCHOOL, "credit.amended", body=amendment(achievement="no-one/X@1")),
    ),
    case(
        catalogue.AchievementRetiredError,
        "/body/achievement",
        given=(AWARDED, RETIRED),
        when=say(
            SCHOOL, "credit.amended", body=amendment(achievement=f"{SCHOOL}/WELD-1@1")
        ),
    ),
    case(
        catalogue.AchievementRetiredError,
        "/body/achievement",
        given=(RETIRED,),
        when=say(SCHOOL, "credit.awarded", body=award(revision=1, replaces=award_of())),
    ),
    case(
        awards.RevisionError,
        "/body/replaces",
        when=say(SCHOOL, "credit.awarded", body=award(revision=1)),
    ),
    case(
        awards.RevisionError,
        "/body/replaces",
        when=say(SCHOOL, "credit.awarded", body=award(replaces=award_of())),
    ),
    case(
        awards.RevisionError,
        "/body/replaces",
        given=(AWARDED,),
        when=say(SCHOOL, "credit.awarded", body=REVISED),
    ),
    case(
        awards.RevisionError,
        "/body/replaces",
        given=(AWARDED, REVOKED),
        when=say(SCHOOL, "credit.awarded", body={**REVISED, "learner_id": SECOND}),
    ),
    case(
        awards.RevisionError,
        "/body/replaces",
        given=(AWARDED, REVOKED),
        when=say(SCHOOL, "credit.awarded", body={**REVISED, "revision": 2}),
    ),
    case(
        awards.AwardExistsError,
        "/body/reference_tag",
        given=(AWARDED,),
        when=AWARDED,
    ),
    case(
        awards.ReferenceConflictError,
        "/body/reference_tag",
        given=(AWARDED,),
        when=say(SCHOOL, "credit.awarded", body=award(credits="2")),
    ),
    case(
        awards.UnknownAwardError,
        "/body/award_id",
        when=REVOKED,
    ),
    case(
        awards.NotTheIssuerError,
        "/body/award_id",
        given=(AWARDED,),
        when=say(OTHER, "credit.revoked", body=revocation()),
    ),
    case(
        awards.AwardRevokedError,
        "/body/award_id",
        given=(AWARDED, REVOKED),
        when=say(SCHOOL, "credit.amended", body=amendment(attempt="resit")),
    ),
    case(
        awards.NothingToAmendError,
        "/body",
        given=(AWARDED,),
        when=say(SCHOOL, "credit.amended", body=amendment(assessed_on="2026-06-30")),
    ),
    case(
        awards.DateOrderError,
        "/body/learned_to",
        given=(say(SCHOOL, "credit.awarded", body=award(learned_from="2026-03-01")),),
        when=say(SCHOOL, "credit.amended", body=amendment(learned_to="2026-02-01")),
    ),
    case(
        awards.DateOrderError,
        "/body/valid_until",
        given=(AWARDED,),
        when=say(SCHOOL, "credit.amended", body=amendment(valid_until="2026-06-01")),
    ),
    case(
        awards.NotOwnAchievementError,
        "/body/achievement",
        given=(AWARDED, say(OTHER, "achievement.published", body=achievement("O-1"))),
        when=say(
            SCHOOL, "credit.amended", body=amendment(achievement=f"{OTHER}/O-1@1")
        ),
    ),
    case(
        awards.CreditsAboveAchievementError,
        "/body/achievement",
        given=(
            AWARDED,
            say(SCHOOL, "achievement.published", body=achievement("S-1", credits="1")),
        ),
        when=say(
            SCHOOL, "credit.amended", body=amendment(achievement=f"{SCHOOL}/S-1@1")
        ),
    ),
    case(
        awards.RevokesMoreThanLeftError,
        "/body/credits",
        given=(AWARDED,),
        when=say(SCHOOL, "credit.revoked", body=revocation(amount="3.001")),
    ),
    case(
        awards.AwardRevokedError,
        "/body/award_id",
        given=(AWARDED, REVOKED),
        when=say(SCHOOL, "credit.revoked", body=revocation(amount="0")),
    ),
    case(
        awards.RevokesNothingError,
        "/body/credits",
        given=(AWARDED,),
        when=say(SCHOOL, "credit.revoked", body=revocation(amount="0")),
    ),
]
