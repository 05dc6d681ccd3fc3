"""What is applied for, and what is shown again of an award."""

from client.references import MemberSecret
from client.requests import Brought, Request, disclosures_of, request_content
from client.results import Result, award_content
from ledger.domain.statements.exchanges import ExchangeRequestedBody
from ledger.integrity import canonical
from tests.bank import LEARNER, SCHOOL

SECRET = MemberSecret(SCHOOL, b"s" * 32)
RESULT = Result(
    reference="R-1",
    learner_id=LEARNER,
    achievement=f"{SCHOOL}/WELD-1@1",
    public={"credits": "3"},
    disclosed={"score": "88", "grade": "B"},
)


def test_an_awards_values_are_disclosed_again_alike() -> None:
    """From the reference and the value alone, with the digests that were signed."""
    signed = award_content(RESULT, SECRET)
    again = Result(
        reference="R-1", learner_id="", achievement="", disclosed={"score": "88"}
    )

    found = disclosures_of(again, SECRET)

    assert list(found) == ["score"]
    assert found["score"] in signed.disclosures
    wrong = disclosures_of(
        Result(
            reference="R-1", learner_id="", achievement="", disclosed={"score": "9"}
        ),
        SECRET,
    )
    assert wrong["score"].digest not in signed.body["_sd"]  # type: ignore[operator]


def test_a_request_has_the_form_of_its_type() -> None:
    """With predicates of each lot, and what is shown beside the body, not in it."""
    shown = tuple(disclosures_of(RESULT, SECRET).values())
    asked = {"name": "score", "at_least": "70"}
    identity = "11111111-1111-4111-8111-111111111111"
    content = request_content(
        Request(
            exchange_id=identity,
            learner_id=LEARNER,
            enrolment_id=identity,
            rule="cqvtc/RULE@1",
            rule_digest="A" * 43,
            lots=(
                Brought(
                    award_id=RESULT.award_id(SECRET),
                    credits="3",
                    component=1,
                    predicates=(asked,),
                    shown=shown,
                ),
            ),
            vouched=({"code": "match", "value": "80"},),
            revision=2,
            note="第二次提交",
        )
    )

    raw = canonical.dumps(dict(content.body))
    body = ExchangeRequestedBody.model_validate_json(raw)
    assert (body.revision, body.lots[0].component, body.note) == (2, 1, "第二次提交")
    assert body.predicates[0].award_id == RESULT.award_id(SECRET)
    assert body.vouched[0].value == "80"
    assert content.disclosures == shown
    assert b"88" not in raw


def test_a_plain_request_says_nothing_more() -> None:
    """What is not asked for is absent."""
    identity = "11111111-1111-4111-8111-111111111111"
    lot = Brought(award_id=RESULT.award_id(SECRET), credits="3")
    content = request_content(
        Request(
            exchange_id=identity,
            learner_id=LEARNER,
            enrolment_id=identity,
            rule="cqvtc/RULE@1",
            rule_digest="A" * 43,
            lots=(lot,),
        )
    )

    assert {"predicates", "vouched", "note"}.isdisjoint(content.body)
    ExchangeRequestedBody.model_validate_json(canonical.dumps(dict(content.body)))
