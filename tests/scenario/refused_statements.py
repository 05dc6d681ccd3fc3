"""Refusals of any statement: signer, times, standing."""

from ledger.domain.errors import statements as s
from tests.builders import AT, COMMITTEE, OPERATOR, OTHER, SCHOOL, STRANGER, award, kid
from tests.scenario.cases import (
    AWARDED,
    KEY_ADDED,
    LATER,
    SUSPENDED,
    WITHDRAWN,
    added_key,
    case,
    revoked_key,
    say,
    status,
)

ENVELOPE = [
    case(s.WrongLedgerError, "/aud", when=AWARDED, aud="bank.example/other#x"),
    case(
        s.UnknownMemberError,
        "/iss",
        when=say("nobody", "credit.awarded", body=award()),
    ),
    case(s.KeyNotOfIssuerError, "/iss", when=AWARDED, key=kid(OTHER)),
    case(s.UnknownKeyError, "/iss", when=AWARDED, key=kid(SCHOOL, "zz")),
    case(s.UnknownKeyError, "/iss", when=AWARDED, key=kid(OTHER, "zz")),
    case(s.UnknownKeyError, "/iss", when=AWARDED, key=kid("nobody")),
    case(
        s.KeyOfAnotherUseError,
        "/iss",
        when=say(OPERATOR, "member.suspended", body=status()),
        key=kid(OPERATOR, "s"),
    ),
    case(
        s.KeyNotYetValidError,
        "",
        given=(
            say(OPERATOR, "key.revoked", body=revoked_key()),
            say(OPERATOR, "key.added", body=added_key()),
        ),
        when=AWARDED,
        key=kid(SCHOOL, "b"),
    ),
    case(
        s.KeyRevokedError,
        "",
        given=(say(OPERATOR, "key.revoked", body=revoked_key()),),
        when=AWARDED,
    ),
    case(
        s.KeyExpiredError,
        "",
        given=(
            say(
                SCHOOL,
                "key.added",
                body=added_key(valid_until="2026-09-05T00:00:00.000Z"),
            ),
        ),
        when=AWARDED,
        key=kid(SCHOOL, "b"),
        at=LATER,
    ),
    case(
        s.KeyContestedError,
        "",
        given=(
            KEY_ADDED,
            say(OPERATOR, "key.revoked", body=revoked_key(since_position=2)),
        ),
        when=AWARDED,
        key=kid(SCHOOL, "b"),
    ),
    case(s.ExpiryTooLongError, "/exp", when=AWARDED, exp="2026-09-08T08:00:00.001Z"),
    case(
        s.ExpiryTooLongError,
        "/exp",
        when=AWARDED,
        iat="2026-09-01T08:05:00.000Z",
        exp="2026-09-01T08:01:00.000Z",
    ),
    case(
        s.StatementExpiredError,
        "/exp",
        when=AWARDED,
        iat="0001-01-01T00:00:00.000Z",
        exp="0001-01-01T00:00:00.001Z",
    ),
    case(s.ExpiryTooLongError, "/exp", when=AWARDED, iat="0001-01-01T00:00:00.000Z"),
    case(
        s.ClockAheadError,
        "/iat",
        when=AWARDED,
        iat="9999-12-30T00:00:00.000Z",
        exp="9999-12-31T23:59:59.999Z",
    ),
    case(
        s.StatementExpiredError,
        "/exp",
        when=AWARDED,
        at="2026-09-02T08:00:00.000Z",
        iat=AT,
        exp="2026-09-02T08:00:00.000Z",
    ),
    case(
        s.ClockAheadError,
        "/iat",
        when=AWARDED,
        iat="2026-09-01T08:10:00.001Z",
        exp="2026-09-02T08:00:00.000Z",
    ),
    case(s.MemberSuspendedError, "/iss", given=(SUSPENDED,), when=AWARDED),
    case(s.MemberWithdrawnError, "/iss", given=(WITHDRAWN,), when=AWARDED),
    case(
        s.NotPermittedError,
        "/type",
        when=say(COMMITTEE, "credit.awarded", body=award()),
    ),
    case(
        s.MandateMissingError,
        "/mandate",
        when=say(
            SCHOOL,
            "account.opened",
            body={"learner_id": STRANGER, "mode": "collective"},
        ),
    ),
]
