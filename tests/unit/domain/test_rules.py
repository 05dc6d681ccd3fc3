"""What deciding looks at, and headers of batches."""

import uuid

import pytest

from ledger.domain import rules
from ledger.domain.errors import RejectionError
from ledger.domain.errors.statements import MemberSuspendedError, MemberWithdrawnError
from ledger.domain.rules.awards import AWARD_NAMESPACE, award_id
from ledger.domain.rules.batches import BatchAct, decide_batch
from ledger.domain.state import (
    CalendarRecord,
    FrameworkRecord,
    LotRecord,
    MemberRecord,
    NotLoadedError,
    Ref,
    Slice,
)
from tests.builders import AT, LEDGER, OTHER, SCHOOL, award, award_of, kid, opened
from tests.scenario.cases import SUSPENDED, WITHDRAWN, Say, amendment

LEVEL = {"framework": "skill-level", "code": "5"}
TERM = {"calendar": f"{SCHOOL}/cal", "code": "T1"}


@pytest.mark.parametrize(
    ("given", "error"),
    [(SUSPENDED, MemberSuspendedError), (WITHDRAWN, MemberWithdrawnError)],
)
def test_a_batch_of_a_member_in_no_good_standing_is_refused(
    given: Say, error: type[RejectionError]
) -> None:
    """At its header, before any line is looked at."""
    ledger = opened()
    act = BatchAct(
        iss=SCHOOL,
        id="00000000-0000-4000-8000-0000000000ff",
        aud=LEDGER,
        iat=AT,
        exp="2026-09-02T08:00:00.000Z",
        kid=kid(SCHOOL),
        payload_hash="h" * 43,
        position=ledger.position,
        recorded_at=AT,
    )
    decide_batch(act, ledger.state)
    iss, type_name, body = given
    ledger.say(iss, type_name, body=body)

    with pytest.raises(error) as refused:
        decide_batch(act, ledger.state)

    assert refused.value.pointer == "/iss"


def test_all_that_a_statement_names_is_looked_up_at_once() -> None:
    """So that a group asks the store once per kind."""
    ledger = opened()
    named: dict[str, object] = {"level": LEVEL, "term": TERM}
    body = {**award(revision=1, replaces=award_of()), **named}
    awarded = ledger.act(OTHER, "credit.awarded.v1", body=body)
    amended = ledger.act(SCHOOL, "credit.amended.v1", body=amendment(**named))

    for act in (awarded, amended):
        wanted = set(rules.needs(act.statement, kid=act.kid))
        expected = {
            Ref(LotRecord, award_of()),
            Ref(FrameworkRecord, "skill-level"),
            Ref(CalendarRecord, f"{SCHOOL}/cal"),
        }
        assert expected <= wanted
    # The achievement's owner may have been succeeded by who awards it.
    assert Ref(MemberRecord, SCHOOL) in set(rules.needs(awarded.statement, kid="x#y"))


def test_a_slice_tells_what_is_absent_from_what_is_not_known() -> None:
    """A layer sees what lies under it; a complete slice knows everything."""
    ref = Ref(MemberRecord, SCHOOL)
    base = Slice()
    layer = Slice(base)
    assert layer.unknown(MemberRecord, [SCHOOL]) == [SCHOOL]
    with pytest.raises(NotLoadedError) as missing:
        layer.find(MemberRecord, SCHOOL)
    assert missing.value.ref == ref

    base.learn(ref, None)

    assert layer.unknown(MemberRecord, [SCHOOL, "other"]) == ["other"]
    assert layer.find(MemberRecord, SCHOOL) is None
    assert Slice(complete=True).unknown(MemberRecord, [SCHOOL]) == []


def test_an_awards_id_is_a_name_based_uuid() -> None:
    """Of member, reference and revision, as anyone's library makes it."""
    for revision in range(64):
        found = award_id(member_id=SCHOOL, reference_tag="tag", revision=revision)
        named = uuid.uuid5(AWARD_NAMESPACE, f"{SCHOOL}/tag/{revision}")

        assert found == f"award_{named}"
