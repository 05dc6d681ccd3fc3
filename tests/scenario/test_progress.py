"""A learner asks: on whose desk is it, until when, and what can I do?"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bank import LEARNER, SCHOOL
from tests.consortium_cases import (
    CONSUMING,
    RECOGNISING,
    WORKDAYS,
    accept,
    act,
    case,
    propose,
    ratify,
    request,
)
from tests.consortium_names import OTHER, mandate
from tests.documents import Ground, Json, Office, lay_ground, sewing


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    """Found the bank once."""
    return lay_ground(tmp_path_factory.mktemp("ground"))


@pytest.fixture
def town(ground: Ground, tmp_path: Path) -> Iterator[Office]:
    """Open a copy of it."""
    with ground.office(tmp_path) as opened:
        yield opened


def only(cases: list[Json]) -> Json:
    """Return the one case there is."""
    (found,) = cases
    return found


def test_an_application_waits_on_a_desk_until_its_due_day(town: Office) -> None:
    """It is told whose desk, in which role, which step, and by which workday."""
    request(town.bank, 1, rule=CONSUMING, lots=[(sewing(town), "2")])

    found = only(town.progress())

    assert (found["kind"], found["case_id"]) == ("exchange", case(1))
    desk = found["desk"]
    assert desk["member"]["member_id"] == SCHOOL
    assert (desk["role"], desk["step"], desk["steps"]) == ("dean", 0, 1)
    assert desk["due_on"] == "2026-09-03"
    assert [one["action"] for one in found["can_do"]] == ["wait", "withdraw"]
    assert found["rule"]["title"] == "互认"
    assert [one["type"] for one in found["history"]] == ["exchange.requested.v1"]


def test_a_case_is_late_from_the_day_after_its_due_day(town: Office) -> None:
    """On the day itself it is still in time."""
    request(town.bank, 1, rule=CONSUMING, lots=[(sewing(town), "2")])

    late = {
        day: only(town.progress(today=day))["overdue"]
        for day in ("2026-09-02", "2026-09-03", "2026-09-04")
    }

    assert late == {"2026-09-02": False, "2026-09-03": False, "2026-09-04": True}


def test_a_case_goes_from_desk_to_desk(town: Office) -> None:
    """Each step names its desk, and the history who passed it on."""
    tutor = {"role": "tutor", "member": OTHER, "due_workdays": 1}
    dean = {"role": "dean", "member": SCHOOL, "due_workdays": 5}
    rule = propose(town.bank, "TWO", approval=[tutor, dean], workdays=WORKDAYS)
    ratify(town.bank, rule)
    request(town.bank, 1, rule=rule, lots=[(sewing(town), "2")])
    first = only(town.progress())["desk"]
    passed = {"exchange_id": case(1), "step": 0}
    desk = {"staff": "t1", "role": "tutor"}
    town.bank.post(OTHER, "exchange.endorsed.v1", body=passed, actor=desk)

    second = only(town.progress())

    assert (first["member"]["member_id"], first["due_on"]) == (OTHER, "2026-09-02")
    where = second["desk"]
    assert (where["member"]["member_id"], where["role"]) == (SCHOOL, "dean")
    assert (where["step"], where["steps"], where["due_on"]) == (1, 2, "2026-09-08")
    last = second["history"][-1]
    assert (last["type"], last["role"]) == ("exchange.endorsed.v1", "tutor")
    assert last["member"]["member_id"] == OTHER


def test_a_case_that_was_sent_back_says_what_is_missing(town: Office) -> None:
    """In the desk's own words, whose turn it is, and by when."""
    request(town.bank, 1, rule=CONSUMING, lots=[(sewing(town), "2")])
    why = {"reason_code": "document_missing", "missing": "请补实习鉴定表"}
    act(town.bank, "returned", number=1, step=0, **why)

    found = only(town.progress())

    assert (found["status"], found["missing"]) == ("returned", "请补实习鉴定表")
    desk = found["desk"]
    assert (desk["member"]["member_id"], desk["role"]) == (SCHOOL, None)
    assert desk["due_on"] == "2026-09-03"
    assert [one["action"] for one in found["can_do"]] == ["complete", "withdraw"]
    assert found["history"][-1]["reason_code"] == "document_missing"


def test_what_is_decided_is_told_for_as_many_days_as_asked(town: Office) -> None:
    """Without asking, only what is open."""
    request(town.bank, 1, rule=RECOGNISING, lots=[(sewing(town), "2")])
    request(town.bank, 2, rule=CONSUMING, lots=[(sewing(town, "two"), "2")])
    accept(town.bank, 2)
    request(town.bank, 3, rule=CONSUMING, lots=[(sewing(town, "three"), "2")])

    def told(day: str, days: int) -> list[str]:
        found = town.progress(today=day, closed_days=days)
        return [one["case_id"] for one in found]

    assert told("2026-09-01", 0) == [case(3)]
    assert told("2026-09-01", 1) == [case(3), case(1), case(2)]
    assert told("2026-09-11", 10) == [case(3), case(1), case(2)]
    assert told("2026-09-12", 10) == [case(3)]
    closed = town.progress(closed_days=1)[1]
    assert (closed["desk"], closed["closed_on"]) == (None, "2026-09-01")
    assert closed["can_do"] == []


def test_a_lot_whose_source_was_taken_back_waits_for_its_member(town: Office) -> None:
    """The member that recognised it decides by a date; the learner sees which."""
    source = sewing(town)
    request(town.bank, 1, rule=RECOGNISING, lots=[(source, "2")])
    taken = {"award_id": source, "credits": "2", "class": "annulled"}
    taken |= {"reason_code": "misconduct", "reason": "作弊"}
    town.bank.post(OTHER, "credit.revoked.v1", body=taken)

    found = only(town.progress())

    assert (found["kind"], found["status"]) == ("review", "source_revoked")
    assert found["desk"]["member"]["member_id"] == SCHOOL
    assert found["desk"]["due_on"] == "2026-10-01"
    (event,) = found["history"]
    assert event["type"] == "credit.revoked.v1"
    assert event["member"]["member_id"] == OTHER
    assert "作弊" not in str(found)


def test_the_nearest_due_day_comes_first(town: Office) -> None:
    """Whoever has it, and what is decided last."""
    lots = [(sewing(town, "one"), "2")]
    request(town.bank, 1, rule=RECOGNISING, lots=lots)
    for number in (4, 3, 2):
        lots = [(sewing(town, str(number)), "2")]
        request(town.bank, number, rule=CONSUMING, lots=lots)
        town.bank.clock.step(24 * 3600)
    act(town.bank, "returned", number=4, step=0, reason_code="other", missing="表")

    found = town.progress(closed_days=3)

    assert [one["case_id"] for one in found] == [case(3), case(2), case(4), case(1)]
    due = [one["desk"]["due_on"] for one in found[:-1]]
    assert due == ["2026-09-04", "2026-09-07", "2026-09-08"]


def test_the_past_is_told_as_it_was(town: Office) -> None:
    """Before the desk decided, it lay there."""
    asked = request(town.bank, 1, rule=CONSUMING, lots=[(sewing(town), "2")])
    position = getattr(asked.receipt, "position", -1)
    accept(town.bank, 1)

    then = only(town.progress(position=position))

    assert town.progress() == []
    assert (then["status"], then["desk"]["due_on"]) == ("requested", "2026-09-03")
    assert len(then["history"]) == 1


def test_a_claim_waits_for_its_attester_and_comes_back_with_what_is_missing(
    town: Office,
) -> None:
    """On the attester's desk, then with whoever filed it, then closed by its end."""
    bank, named = town.bank, {"claim_id": case(40)}
    filing: Json = {**named, "learner_id": LEARNER, "attester": OTHER}
    filing |= {"achievement": f"{OTHER}/SEW-1@1", "due_workdays": 3}
    bank.post(SCHOOL, "claim.filed.v1", body=filing, mandate=mandate(bank))
    waiting = only(town.progress())
    lack: Json = {
        "revision": 0,
        "missing_codes": ["certificate"],
        "missing": "请补证书",
    }
    bank.post(OTHER, "claim.returned.v1", body={**named, **lack})
    back = only(town.progress())
    withdrawn = {**named, "reason_code": "at_own_request"}
    bank.post(SCHOOL, "claim.withdrawn.v1", body=withdrawn, mandate=mandate(bank))

    assert (waiting["kind"], waiting["status"]) == ("claim", "filed")
    desk = waiting["desk"]
    assert (desk["member"]["member_id"], desk["due_on"]) == (OTHER, "2026-09-04")
    assert (back["status"], back["missing"]) == ("returned", "请补证书")
    assert back["desk"]["member"]["member_id"] == SCHOOL
    assert [one["action"] for one in back["can_do"]] == ["complete", "withdraw"]
    assert town.progress() == []


def test_an_appeal_lies_with_the_panel_and_then_with_whoever_must_decide_anew(
    town: Office,
) -> None:
    """Until something is said about the case again."""
    bank = town.bank
    lots = [(sewing(town), "2")]
    request(bank, 1, rule=CONSUMING, lots=lots)
    act(bank, "declined", number=1, reason_code="level_too_low")
    filing = {
        "appeal_id": case(50),
        "learner_id": LEARNER,
        "against": {"what": "exchange", "id": case(1)},
        "panel": SCHOOL,
        "grounds": "facts_wrong",
        "reason": "等级认定有误",
    }
    bank.post(SCHOOL, "appeal.filed.v1", body=filing, mandate=mandate(bank))
    filed = only(town.progress())
    decision = {"appeal_id": case(50), "outcome": "remitted", "due_on": "2026-09-10"}
    decision |= {"reason_code": "facts_wrong", "reason": "应重新审核"}
    bank.post(SCHOOL, "appeal.decided.v1", body=decision)
    remitted = only(town.progress())

    assert (filed["kind"], filed["status"]) == ("appeal", "filed")
    assert filed["desk"]["member"]["member_id"] == SCHOOL
    assert (remitted["status"], remitted["desk"]["due_on"]) == (
        "remitted",
        "2026-09-10",
    )
    assert [one["action"] for one in remitted["can_do"]] == ["wait"]
