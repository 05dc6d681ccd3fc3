"""Of several faults, the one that stands first in the documented order is reported."""

import pytest

from ledger.domain.errors import (
    RejectionError,
    accounts,
    awards,
    catalogue,
    members,
)
from ledger.domain.errors import statements as s
from tests.builders import (
    AT,
    COMMITTEE,
    LEARNER,
    MANDATE,
    OPERATOR,
    OTHER,
    SCHOOL,
    STRANGER,
    achievement,
    admitted,
    award,
    award_of,
    declared,
    kid,
    revocation,
)
from tests.scenario.cases import (
    AWARDED,
    CLAIMED,
    CLOSED,
    DATED,
    RETIRED,
    REVOKED,
    YEAR,
    Case,
    Say,
    added_key,
    amendment,
    calendar,
    case,
    check_first,
    ids_of,
    merge,
    say,
)

NO_LEVEL = {"framework": "none", "code": "1"}
NO_TERM = {"calendar": f"{SCHOOL}/cal", "code": "T9"}
TAKEN = declared("third", kid=f"third#{kid(SCHOOL)[-43:]}", use="service")
SUCCEEDED = {"predecessor": SCHOOL, "successor": OTHER, "reason_code": "merged"}


def two(
    first: type[RejectionError],
    second: type[RejectionError],
    *,
    when: Say,
    given: tuple[Say, ...] = (),
    **envelope: object,
) -> tuple[Case, type[RejectionError]]:
    """Name a statement with two faults, and which of them is reported."""
    return case(first, "", when=when, given=given, **envelope), second


PAIRS = [
    two(s.UnknownKeyError, s.KeyNotOfIssuerError, when=AWARDED, key=kid(OTHER, "zz")),
    two(
        s.StatementExpiredError,
        s.ExpiryTooLongError,
        when=AWARDED,
        iat=AT,
        exp="2026-08-31T08:00:00.000Z",
    ),
    two(
        s.ExpiryTooLongError,
        s.ClockAheadError,
        when=AWARDED,
        iat="2026-09-02T08:00:00.000Z",
        exp="2026-09-12T08:00:00.000Z",
    ),
    two(
        members.MemberNotFoundError,
        members.MemberStatusError,
        given=(say(OPERATOR, "member.succeeded", body=SUCCEEDED),),
        when=say(
            OPERATOR, "member.succeeded", body={**SUCCEEDED, "successor": "nobody"}
        ),
    ),
    two(
        members.KeyExistsError,
        members.KeyDeclarationError,
        when=say(OPERATOR, "member.admitted", body=admitted("third", key=TAKEN)),
    ),
    two(
        members.KeyExistsError,
        members.KeyDeclarationError,
        when=say(SCHOOL, "key.added", body=added_key(name="a", use="service")),
    ),
    two(
        members.RecoveryNotAllowedError,
        members.KeyExistsError,
        when=say(OTHER, "key.added", body=added_key(name="a")),
    ),
    two(
        catalogue.TermRepeatedError,
        awards.DateOrderError,
        when=say(
            SCHOOL,
            "calendar.published",
            body=calendar(years=[{**YEAR, "ends_on": "2025-01-01"}, YEAR]),
        ),
    ),
    two(
        catalogue.UnknownFrameworkError,
        catalogue.AchievementEmptyError,
        when=say(
            SCHOOL,
            "achievement.published",
            body=achievement("N-1", credits=None, level=NO_LEVEL),
        ),
    ),
    two(
        catalogue.UnknownFrameworkError,
        catalogue.UnknownAchievementError,
        when=say(
            SCHOOL,
            "credit.awarded",
            body=award(level=NO_LEVEL, achievement=f"{SCHOOL}/NO@1"),
        ),
    ),
    two(
        catalogue.UnknownTermError,
        catalogue.AchievementRetiredError,
        given=(DATED, RETIRED),
        when=say(SCHOOL, "credit.awarded", body=award(term=NO_TERM)),
    ),
    two(
        catalogue.UnknownAchievementError,
        accounts.UnknownAccountError,
        when=say(
            SCHOOL,
            "credit.awarded",
            body=award(achievement=f"{SCHOOL}/NO@1", learner_id=STRANGER),
        ),
    ),
    two(
        accounts.UnknownAccountError,
        accounts.AccountClosedError,
        given=(CLOSED,),
        when=say(SCHOOL, "accounts.merged", body=merge(absorbed=STRANGER)),
    ),
    two(
        accounts.NotTheHomeError,
        accounts.AccountModeError,
        given=(CLAIMED,),
        when=say(OTHER, "account.claimed", body={"learner_id": LEARNER}),
        mandate=MANDATE,
    ),
    two(
        awards.NotTheIssuerError,
        awards.DateInFutureError,
        given=(AWARDED,),
        when=say(OTHER, "credit.revoked", body=revocation(effective_on="2026-09-02")),
    ),
    two(
        awards.NotTheIssuerError,
        awards.AwardRevokedError,
        given=(AWARDED, REVOKED),
        when=say(OTHER, "credit.revoked", body=revocation()),
    ),
    two(
        awards.NotTheIssuerError,
        awards.DateOrderError,
        given=(AWARDED,),
        when=say(OTHER, "credit.amended", body=amendment(valid_until="2026-01-01")),
    ),
    two(
        awards.CreditsAboveAchievementError,
        awards.DateInFutureError,
        when=say(
            SCHOOL,
            "credit.awarded",
            body=award(credits="4", assessed_on="2026-09-02"),
        ),
    ),
    two(
        awards.DateOrderError,
        awards.DateInFutureError,
        when=say(
            SCHOOL,
            "credit.awarded",
            body=award(assessed_on="2026-09-03", valid_until="2026-09-02"),
        ),
    ),
    two(
        awards.RevisionError,
        awards.AwardExistsError,
        given=(AWARDED,),
        when=say(SCHOOL, "credit.awarded", body=award(replaces=award_of())),
    ),
    two(
        s.NotPermittedError,
        s.MandateMissingError,
        when=say(COMMITTEE, "account.claimed", body={"learner_id": LEARNER}),
    ),
]


@pytest.mark.parametrize(("one", "later"), PAIRS, ids=ids_of(PAIRS))
def test_the_first_fault_in_the_documented_order_is_reported(
    one: Case, later: type[RejectionError]
) -> None:
    """Both faults hold; rights come before what is wrong with the content."""
    check_first(one, later)
