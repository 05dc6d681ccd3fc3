"""Proofs of mandates and due days of claims are those that anybody computes."""

from client.mandates import Given, proof_of
from ledger.domain.language.dates import due_date
from ledger.domain.measures import Workdays
from ledger.domain.rules.claims import WEEK
from ledger.domain.statements.envelope import MandateBy, MandateMethod
from ledger.integrity.disclosures import digest_of
from tests.conformance.vectors_of import read_vectors


def test_a_mandates_proof_is_a_salted_digest_of_document_and_circumstances() -> None:
    """Another salt, another giver or another document is another proof."""
    vectors = read_vectors("mandate.json")["proofs"]
    for one in vectors:
        given = Given(
            by=MandateBy(one["by"]),
            method=MandateMethod(one["method"]),
            notice_version=one["notice_version"],
            at=one["at"],
        )
        document = bytes.fromhex(one["document_hex"])

        assert proof_of(document, given=given, salt=one["salt"]) == one["proof"]
        assert digest_of(one["disclosure"]) == one["proof"]
    assert len({one["proof"] for one in vectors}) == len(vectors)


def test_an_attesters_due_day_is_counted_in_workdays() -> None:
    """Monday to Friday, or as a calendar says."""
    for one in read_vectors("claims.json")["due"]:
        named = one["workdays"]
        workdays = WEEK
        if named is not None:
            days = {name: tuple(value) for name, value in named.items()}
            workdays = Workdays(**days)

        due_on = due_date(workdays, after=one["filed_on"], count=one["due_workdays"])

        assert due_on == one["due_on"]
