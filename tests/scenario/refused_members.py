"""Refusals about members and their keys."""

from ledger.domain.errors import members
from tests.builders import (
    AT,
    COMMITTEE,
    OPERATOR,
    OTHER,
    SCHOOL,
    admitted,
    declared,
    founding,
    kid,
)
from tests.scenario.cases import added_key, case, revoked_key, say, status

MEMBERS = [
    case(
        members.LedgerAlreadyFoundedError,
        "/body/founding",
        when=say(OPERATOR, "member.admitted", body=founding()),
    ),
    case(
        members.MemberNotFoundError,
        "/body/member_id",
        when=say(OPERATOR, "member.suspended", body=status("nobody")),
    ),
    case(
        members.MemberNotFoundError,
        "/body/member_id",
        when=say(OPERATOR, "member.renamed", body={"member_id": "nobody", "name": "x"}),
    ),
    case(
        members.MemberNotFoundError,
        "/body/member_id",
        when=say(OPERATOR, "key.added", body=added_key("nobody")),
    ),
    case(
        members.MemberNotFoundError,
        "/body/member_id",
        when=say(OPERATOR, "key.revoked", body=revoked_key("nobody")),
    ),
    case(
        members.MemberExistsError,
        "/body/member_id",
        when=say(OPERATOR, "member.admitted", body=admitted(SCHOOL)),
    ),
    case(
        members.MemberStatusError,
        "/body/kind",
        when=say(OPERATOR, "member.admitted", body=admitted("second", "operator")),
    ),
    case(
        members.MemberStatusError,
        "/body/member_id",
        when=say(OPERATOR, "member.reinstated", body=status()),
    ),
    case(
        members.MemberStatusError,
        "/body/member_id",
        when=say(OPERATOR, "member.suspended", body=status(OPERATOR)),
    ),
    case(
        members.MemberStatusError,
        "/body/successor",
        when=say(
            OPERATOR,
            "member.succeeded",
            body={"predecessor": SCHOOL, "successor": SCHOOL, "reason_code": "merged"},
        ),
    ),
    case(
        members.KeyExistsError,
        "/body/key",
        when=say(
            OPERATOR,
            "member.admitted",
            body=admitted(
                "third", key=declared("third", kid=f"third#{kid(SCHOOL)[-43:]}")
            ),
        ),
    ),
    case(
        members.KeyExistsError,
        "/body/key",
        when=say(SCHOOL, "key.added", body=added_key(name="a")),
    ),
    case(
        members.KeyDeclarationError,
        "/body/key/kid",
        when=say(
            SCHOOL,
            "key.added",
            body={"member_id": SCHOOL, "key": declared(OTHER, "zz")},
        ),
    ),
    case(
        members.KeyDeclarationError,
        "/body/key/use",
        when=say(SCHOOL, "key.added", body=added_key(use="service")),
    ),
    case(
        members.KeyDeclarationError,
        "/body/key/valid_until",
        when=say(
            OPERATOR,
            "member.admitted",
            body=admitted("third", key=declared("third", valid_until=AT)),
        ),
    ),
    case(
        members.MemberStatusError,
        "/body/successor",
        when=say(
            OPERATOR,
            "member.succeeded",
            body={
                "predecessor": SCHOOL,
                "successor": COMMITTEE,
                "reason_code": "merged",
            },
        ),
    ),
    case(
        members.KeyDeclarationError,
        "/body/key/alg",
        when=say(SCHOOL, "key.added", body=added_key(use="witness", alg="ES256")),
    ),
    case(
        members.KeyDeclarationError,
        "/body/key/valid_until",
        when=say(SCHOOL, "key.added", body=added_key(valid_until=AT)),
    ),
    case(
        members.RecoveryNotAllowedError,
        "/body/member_id",
        when=say(OPERATOR, "key.added", body=added_key()),
    ),
    case(
        members.RecoveryNotAllowedError,
        "/body/member_id",
        when=say(OTHER, "key.added", body=added_key()),
    ),
    case(
        members.RecoveryNotAllowedError,
        "/body/member_id",
        when=say(OTHER, "key.revoked", body=revoked_key()),
    ),
    case(
        members.KeyNotFoundError,
        "/body/kid",
        when=say(OPERATOR, "key.revoked", body=revoked_key(name="zz")),
    ),
    case(
        members.KeyAlreadyRevokedError,
        "/body/kid",
        given=(say(OPERATOR, "key.revoked", body=revoked_key()),),
        when=say(OPERATOR, "key.revoked", body=revoked_key()),
    ),
    case(
        members.SelfRevocationError,
        "/body/kid",
        when=say(SCHOOL, "key.revoked", body=revoked_key()),
    ),
    case(
        members.SincePositionError,
        "/body/since_position",
        when=say(OPERATOR, "key.revoked", body=revoked_key(since_position=0)),
    ),
    case(
        members.PositionNotContestedError,
        "/body/positions/0",
        when=say(SCHOOL, "entries.confirmed", body={"positions": [1]}),
    ),
]
