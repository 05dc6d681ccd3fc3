"""Given these facts, when this is said, then this refusal, pointing at this field.

The last test proves that no refusal of the rules is without a case.
"""

import pytest

from ledger.domain.errors import RejectionError, awards, exchanges, members
from ledger.domain.errors import statements as s
from ledger.domain.errors.precedence import PRECEDENCE
from ledger.domain.statements import read_statement
from tests.builders import (
    LEDGER,
    OPERATOR,
    ORIGIN,
    SCHOOL,
    Ledger,
    admitted,
    award,
    declared,
    founded,
    founding,
    opened,
)
from tests.scenario.cases import (
    OUTSIDE_PUBLISHED,
    TAG,
    Case,
    attested,
    refusal_of,
)
from tests.scenario.refused_accounts import ACCOUNTS
from tests.scenario.refused_agreements import AGREEMENTS
from tests.scenario.refused_awards import AWARDS
from tests.scenario.refused_catalogue import CATALOGUE
from tests.scenario.refused_claims import CLAIMS
from tests.scenario.refused_desks import DESKS
from tests.scenario.refused_exchanges import REQUESTS
from tests.scenario.refused_graduation import APPEALS, ASSESSMENTS
from tests.scenario.refused_members import MEMBERS
from tests.scenario.refused_periods import PERIODS
from tests.scenario.refused_policies import POLICIES
from tests.scenario.refused_programmes import ENROLMENTS, PROGRAMMES
from tests.scenario.refused_redemptions import REDEMPTIONS
from tests.scenario.refused_rules import TERMS
from tests.scenario.refused_statements import ENVELOPE

CASES = (
    *ENVELOPE,
    *MEMBERS,
    *CATALOGUE,
    *ACCOUNTS,
    *AWARDS,
    *CLAIMS,
    *PROGRAMMES,
    *ENROLMENTS,
    *POLICIES,
    *TERMS,
    *AGREEMENTS,
    *REQUESTS,
    *DESKS,
    *REDEMPTIONS,
    *PERIODS,
    *ASSESSMENTS,
    *APPEALS,
)


@pytest.mark.parametrize(
    "case",
    CASES,
    ids=[f"{number}-{one.error.__name__}" for number, one in enumerate(CASES)],
)
def test_what_the_rules_refuse_adds_no_fact(case: Case) -> None:
    """The refusal is of this class and points at this field."""
    assert refusal_of(case).pointer == case.pointer


def test_the_same_statement_again_is_refused_as_such() -> None:
    """A client that lost the answer is told where it is; other bytes are refused."""
    ledger = opened()
    act = ledger.act(SCHOOL, "credit.awarded.v1", body=award())
    ledger.apply(act)

    with pytest.raises(s.StatementExistsError):
        ledger.apply(act)
    other = ledger.act(
        SCHOOL, "credit.awarded.v1", body=award("two"), id=act.statement.id
    )
    with pytest.raises(s.StatementIdConflictError):
        ledger.apply(other)


def test_a_certificate_counts_once_until_its_award_is_wholly_revoked() -> None:
    """Whoever brings it, and under whatever reference."""
    ledger = opened()
    ledger.say(*OUTSIDE_PUBLISHED[:2], body=OUTSIDE_PUBLISHED[2])
    first = attested(reference_tag="k" * 43)
    ledger.say(SCHOOL, "credit.awarded.v1", body=first, tags=(TAG,))

    with pytest.raises(awards.CertificateDepositedError):
        ledger.say(
            SCHOOL,
            "credit.awarded.v1",
            body=attested(reference_tag="o" * 43),
            tags=(TAG,),
        )


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (admitted(OPERATOR, "operator"), "/body/founding"),
        ({**founding(), "kind": "school"}, "/body/founding"),
        ({**founding(), "member_id": "another-one"}, "/body/member_id"),
        (founding(origin="bank.example/another"), "/aud"),
    ],
)
def test_entry_0_is_the_operator_admitting_itself(
    body: dict[str, object], pointer: str
) -> None:
    """Nothing else can found a ledger."""
    ledger = Ledger()

    with pytest.raises(members.NotFoundedError) as refused:
        ledger.say(OPERATOR, "member.admitted.v1", body=body, aud=ORIGIN)

    assert refused.value.pointer == pointer


def test_entry_0_is_an_admission() -> None:
    """Another type cannot found a ledger."""
    with pytest.raises(members.NotFoundedError):
        Ledger().say(SCHOOL, "credit.awarded.v1", body=award(), aud=LEDGER)


def test_the_founding_keys_are_the_operators_own() -> None:
    """Each of its own use."""
    wrong = declared(OPERATOR, "s", use="member")

    with pytest.raises(members.KeyDeclarationError) as refused:
        Ledger().say(
            OPERATOR,
            "member.admitted.v1",
            body=founding(service_key=wrong),
            aud=ORIGIN,
        )

    assert refused.value.pointer == "/body/founding/service_key/use"
    assert founded().position == 1


def test_the_founding_checkpoint_key_signs_notes() -> None:
    """Those are of Ed25519 only, so a P-256 key could never sign one."""
    wrong = declared(OPERATOR, "c", use="checkpoint", alg="ES256")

    with pytest.raises(members.KeyDeclarationError) as refused:
        Ledger().say(
            OPERATOR,
            "member.admitted.v1",
            body=founding(checkpoint_key=wrong),
            aud=ORIGIN,
        )

    assert refused.value.pointer == "/body/founding/checkpoint_key/alg"


@pytest.mark.parametrize(
    ("type_name", "error"),
    [
        ("credit.awarded.v9", s.UnknownTypeVersionError),
        ("credit.minted.v1", s.UnknownTypeError),
        (7, s.UnknownTypeError),
        ("credit.awarded.v1", s.InvalidStatementError),
    ],
)
def test_what_is_no_statement_is_refused_by_its_shape(
    type_name: object, error: type[RejectionError]
) -> None:
    """Before any rule is asked."""
    with pytest.raises(error):
        read_statement(b"{}", type_name=type_name)


def test_every_refusal_has_a_case() -> None:
    """None of the classes in their order of precedence is left out."""
    elsewhere = {
        s.InvalidStatementError,
        s.UnknownTypeError,
        s.UnknownTypeVersionError,
        s.StatementExistsError,
        s.StatementIdConflictError,
        members.NotFoundedError,
        awards.CertificateDepositedError,
        # Of the sequencer: a rule never sees in what company a statement came.
        exchanges.NotInABatchError,
    }

    assert {one.error for one in CASES} | elsewhere == set(PRECEDENCE)


def test_codes_are_unique_and_in_one_order() -> None:
    """A code names one refusal."""
    codes = [one.code for one in PRECEDENCE]

    assert len(set(codes)) == len(codes)
