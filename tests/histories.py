"""Histories that touch every kind of record, for tests that then do harm to them."""

from ledger.domain.rules.awards import award_id
from ledger.integrity.declarations import declare
from tests.bank import OPERATOR, SCHOOL, Bank, reference_tag


def award_of(reference: str) -> str:
    """Return the id of the school's award under a reference."""
    return award_id(
        member_id=SCHOOL, reference_tag=reference_tag(reference), revision=0
    )


def write_history(bank: Bank) -> None:
    """Write 24 awards singly and in batches, corrections, and a stolen key."""
    for number in range(4):
        bank.submit(bank.receive(bank.sign(bank.award(f"single-{number}")))).result()
    for name, count in (("a", 8), ("b", 12)):
        statements = [bank.award(f"{name}-{number}") for number in range(count)]
        batch = bank.receive_batch(bank.batch_bytes(SCHOOL, statements))
        bank.submit(batch).result()
        bank.clock.step(60)
    _correct(bank)
    _lose_a_key(bank)


def _correct(bank: Bank) -> None:
    amended = {
        "award_id": award_of("a-1"),
        "assessed_on": "2026-06-29",
        "reason_code": "clerical_error",
    }
    bank.post(SCHOOL, "credit.amended.v1", body=amended)
    for reference, amount, kind in (
        ("a-2", "1.5", "corrected"),
        ("b-1", "3", "annulled"),
    ):
        revoked = {
            "award_id": award_of(reference),
            "credits": amount,
            "class": kind,
            "reason_code": "recorded_in_error",
        }
        bank.post(SCHOOL, "credit.revoked.v1", body=revoked)


def _lose_a_key(bank: Bank) -> None:
    first = bank.keys[SCHOOL]
    second = bank.make_key(SCHOOL)
    added = {"member_id": SCHOOL, "key": declare(second, audience=bank.ledger)}
    bank.post(SCHOOL, "key.added.v1", body=added)
    bank.keys[SCHOOL] = second
    revoked = {
        "member_id": SCHOOL,
        "kid": first.kid,
        "reason_code": "compromised",
        "since_position": 6,
    }
    bank.post(OPERATOR, "key.revoked.v1", body=revoked)
