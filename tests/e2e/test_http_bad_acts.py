"""Well signed statements against a rule: refused with evidence, nothing stored."""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from ledger.domain.types import instant_of
from ledger.integrity.declarations import declare
from ledger.integrity.disclosures import Disclosure, make_disclosure
from ledger.integrity.keys import KeyUse, SigningKey
from tests.bank import OPERATOR, SCHOOL, achievement, award
from tests.e2e.http_bank import SECOND, HttpBank, serving
from tests.e2e.http_refusing import Refused, Sent, check_refused
from tests.histories import award_of

OTHER = "south-college"
OUTSIDE = achievement(code="X-1", awarding_body={"name": "外部机构", "scheme": "X证书"})
VERIFIED = {"method": "original_seen", "source": "原件", "verified_on": "2026-08-01"}
ATTESTED = {
    "achievement": f"{SCHOOL}/X-1@1",
    "basis": "attested",
    "verification": VERIFIED,
}
CERTIFICATE = {"scheme": "X", "number": "2026-1"}
Step = Callable[[HttpBank], object]


@pytest.fixture
def bank(tmp_path: Path, sqlite_url: str) -> Iterator[HttpBank]:
    """Serve a bank."""
    with serving(tmp_path, sqlite_url) as served:
        yield served


@pytest.fixture(scope="module", params=[False, True], ids=["here", "apart"])
def shared_bank(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[HttpBank]:
    """Serve one bank for all that leave nothing behind."""
    folder = tmp_path_factory.mktemp("bank")
    with serving(
        folder, f"sqlite:///{folder / 'ledger.db'}", apart=request.param
    ) as served:
        yield served


def say(iss: str, kind: str, *, body: Mapping[str, object]) -> Step:
    """Write a statement as history."""
    return lambda bank: bank.post(iss, f"{kind}.v1", body=body)


def act(
    *given: Step,
    iss: str = SCHOOL,
    kind: str = "credit.awarded",
    body: Mapping[str, object],
    changes: Mapping[str, object] | None = None,
) -> Callable[[HttpBank], Sent]:
    """Sign a statement after some history."""

    def make(bank: HttpBank) -> Sent:
        for step in given:
            step(bank)
        name = kind if ".v" in kind else f"{kind}.v1"
        return Sent(bank.sign(bank.statement(iss, name, body=body, **(changes or {}))))

    return make


def awarding(*given: Step, **changes: object) -> Callable[[HttpBank], Sent]:
    """Sign an award that differs from a good one."""
    return act(*given, body=award("1", **changes))


def enveloped(**changes: object) -> Callable[[HttpBank], Sent]:
    """Sign a good award in a changed envelope."""
    return act(body=award("1"), changes=changes)


def times(iat: timedelta, exp: timedelta) -> Callable[[HttpBank], Sent]:
    """Sign with times that lie so far from now."""

    def make(bank: HttpBank) -> Sent:
        now = bank.clock.now()
        named = {"iat": instant_of(now + iat), "exp": instant_of(now + exp)}
        return Sent(bank.sign(bank.award("1") | named))

    return make


def certificate(number: str) -> Disclosure:
    """Return the disclosure of an outside certificate."""
    value = {**CERTIFICATE, "number": number}
    return make_disclosure("certificate", value, salt=number.ljust(22, "s"))


def attested(bank: HttpBank, reference: str) -> bytes:
    """Sign an attested award whose certificate is disclosed."""
    shown = certificate("2026-1")
    statement = bank.award(reference, **ATTESTED, _sd=[shown.digest])
    return bank.sign(statement, disclosures=[shown])


def deposited_before(bank: HttpBank) -> Sent:
    """Deposit a certificate, and sign another award for it."""
    published(bank)
    assert bank.send(attested(bank, "first")).status_code == 201
    return Sent(attested(bank, "second"))


def expired_key(bank: HttpBank) -> Sent:
    """Sign with a key whose window has ended."""
    key = SigningKey.generate(SCHOOL, KeyUse.MEMBER)
    until = instant_of(bank.clock.now() + timedelta(minutes=2))
    declared = {**declare(key, audience=bank.ledger), "valid_until": until}
    bank.post(SCHOOL, "key.added.v1", body={"member_id": SCHOOL, "key": declared})
    bank.clock.step(120)
    return Sent(bank.sign(bank.award("1"), key=key))


def revoked_key(bank: HttpBank) -> Sent:
    """Sign with a key that the operator revoked."""
    ended = {"member_id": SCHOOL, "kid": bank.keys[SCHOOL].kid, "reason_code": "lost"}
    bank.post(OPERATOR, "key.revoked.v1", body=ended)
    return Sent(bank.sign(bank.award("1")))


def recovery_key(bank: HttpBank) -> Sent:
    """Sign with a recovery key before its seven days are over."""
    revoked_key(bank)
    bank.recover(SCHOOL)
    return Sent(bank.sign(bank.award("1")))


def operators_key(bank: HttpBank) -> Sent:
    """Have the operator add a key for a member that has one."""
    key = SigningKey.generate(SCHOOL, KeyUse.MEMBER)
    body = {"member_id": SCHOOL, "key": declare(key, audience=bank.ledger)}
    return Sent(bank.sign(bank.statement(OPERATOR, "key.added.v1", body=body)))


def same_id(bank: HttpBank) -> Sent:
    """Use an id again for other content."""
    statement = bank.award("1")
    assert bank.send(bank.sign(statement)).status_code == 201
    return Sent(bank.sign(bank.award("2") | {"id": statement["id"]}))


def others_award(bank: HttpBank) -> Sent:
    """Have another school revoke an award that is not its own."""
    bank.admit(OTHER, kind="school")
    AWARDED(bank)
    body = revocation("1")
    return Sent(bank.sign(bank.statement(OTHER, "credit.revoked.v1", body=body)))


def others_course(bank: HttpBank) -> Sent:
    """Have another school issue an award for our course."""
    bank.admit(OTHER, kind="school")
    statement = bank.statement(OTHER, "credit.awarded.v1", body=award("1"))
    return Sent(bank.sign(statement))


def revocation(amount: str) -> dict[str, object]:
    """Return the body of a revocation of the award ``1``."""
    named = {"award_id": award_of("1"), "credits": amount}
    return {**named, "class": "withdrawn", "reason_code": "recorded_in_error"}


AWARDED = say(SCHOOL, "credit.awarded", body=award("1"))
published = say(SCHOOL, "achievement.published", body=OUTSIDE)
RETIRED = say(SCHOOL, "achievement.retired", body={"achievement": f"{SCHOOL}/WELD-1@1"})
CLOSED = say(
    SCHOOL,
    "account.closed",
    body={"learner_id": award("1")["learner_id"], "reason_code": "other"},
)
SUSPENDED = say(
    OPERATOR,
    "member.suspended",
    body={"member_id": SCHOOL, "reason_code": "investigation"},
)
IDENTITY, PHONE = "11010519491231002X", "\uff11\uff13\uff18-1234-5678"
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
INVALID = "invalid-statement"
R = "/body/reason"


def reasoned(text: str) -> Callable[[HttpBank], Sent]:
    """Sign a revocation with a free text."""
    body = {**revocation("1"), "reason": text}
    return act(AWARDED, kind="credit.revoked", body=body)


PLAIN = [
    Refused("wrong-ledger", enveloped(aud="other#x"), 422, "wrong-ledger", "/aud"),
    Refused("expired", times(-2 * DAY, -DAY), 422, "statement-expired", "/exp"),
    Refused("long", times(MINUTE * 0, 8 * DAY), 422, "expiry-too-long", "/exp"),
    Refused("backwards", times(MINUTE, MINUTE), 422, "expiry-too-long", "/exp"),
    Refused("ahead", times(11 * MINUTE, DAY), 422, "clock-ahead", "/iat"),
    Refused("no-instant", enveloped(iat="2026-09-01"), 422, INVALID, "/iat"),
    Refused("no-date", awarding(assessed_on="2026-02-30"), 422, INVALID, "assessed_on"),
    Refused("unknown-type", enveloped(type="a.b.v1"), 422, "unknown-type", "/type"),
    Refused(
        "version", enveloped(type="credit.awarded.v2"), 422, "unknown-type-version"
    ),
    Refused("no-uuid", enveloped(id="1"), 422, INVALID, "/id"),
    Refused("extra-field", awarding(name="张三"), 422, INVALID, "/body/name"),
    Refused("operators-key", operators_key, 403, "recovery-not-allowed"),
    Refused(
        "not-permitted",
        act(iss=OPERATOR, body=award("1")),
        403,
        "not-permitted",
        "/type",
    ),
    Refused(
        "no-such-version",
        awarding(achievement=f"{SCHOOL}/WELD-1@2"),
        422,
        "unknown-achievement",
        "/body/achievement",
    ),
    Refused("no-account", awarding(learner_id=SECOND), 422, "unknown-account"),
    Refused("negative", awarding(credits="-1"), 422, INVALID, "/body/credits"),
    Refused("precise", awarding(credits="0.0001"), 422, INVALID, "/body/credits"),
    Refused("number", awarding(credits=3), 422, INVALID, "/body/credits"),
]
AFTER = [
    Refused("expired-key", expired_key, 403, "key-expired"),
    Refused("revoked-key", revoked_key, 403, "key-revoked"),
    Refused("recovery-key", recovery_key, 403, "key-not-yet-valid"),
    Refused("suspended", awarding(SUSPENDED), 403, "member-suspended", "/iss"),
    Refused("not-own", others_course, 403, "not-own-achievement", "/body/achievement"),
    Refused("retired", awarding(RETIRED), 422, "achievement-retired"),
    Refused(
        "unverified",
        awarding(published, **{**ATTESTED, "verification": None}),
        422,
        "attested-without-verification",
        "/body/verification",
    ),
    Refused(
        "undisclosed-certificate",
        awarding(published, **ATTESTED, _sd=[certificate("9").digest]),
        422,
        "certificate-not-disclosed",
        "/body/_sd",
    ),
    Refused("deposited", deposited_before, 409, "certificate-deposited"),
    Refused("closed", awarding(CLOSED), 409, "account-closed", "/body/learner_id"),
    Refused("identity-number", reasoned(f"见{IDENTITY}"), 422, INVALID, R),
    Refused("phone-number", reasoned(f"电话 {PHONE}"), 422, INVALID, R),
    Refused("control-character", reasoned("a\x00b"), 422, INVALID, R),
    Refused(
        "reference",
        awarding(AWARDED, credits="2"),
        409,
        "reference-conflict",
        "/body/reference_tag",
    ),
    Refused("deposited-again", awarding(AWARDED), 409, "award-exists"),
    Refused("same-id", same_id, 409, "statement-id-conflict", "/id"),
    Refused(
        "more-than-left",
        act(AWARDED, kind="credit.revoked", body=revocation("3.001")),
        409,
        "revokes-more-than-left",
        "/body/credits",
    ),
    Refused("anothers-award", others_award, 403, "not-the-issuer", "/body/award_id"),
]


@pytest.mark.parametrize("case", PLAIN, ids=lambda case: case.name)
def test_what_no_history_allows_leaves_nothing(
    shared_bank: HttpBank, case: Refused
) -> None:
    """One bank refuses them all, one after another."""
    check_refused(shared_bank, case)


@pytest.mark.parametrize("case", AFTER, ids=lambda case: case.name)
def test_what_history_forbids_leaves_nothing(bank: HttpBank, case: Refused) -> None:
    """And the log goes on: the next good statement is accepted."""
    problem = check_refused(bank, case)

    assert IDENTITY not in str(problem)
    assert not bank.admit("third-college", kind="school").replayed
    bank.check_log()
