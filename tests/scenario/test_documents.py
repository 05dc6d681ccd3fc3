"""A registrar asks for a transcript, and for the forms that a case is filed under."""

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from projections.documents.case_file import UnknownCaseError
from tests.bank import LEARNER, SCHOOL
from tests.consortium_cases import (
    CONSUMING,
    ENROLMENT,
    PROGRAMME,
    RECOGNISING,
    accept,
    act,
    case,
    propose,
    quoted,
    ratify,
    request,
    rule_of,
)
from tests.consortium_names import COMMITTEE, OTHER
from tests.documents import Ground, Json, Office, lay_ground, sewing

DEAN = {"staff": "d7", "role": "dean"}


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    """Found the bank once."""
    return lay_ground(tmp_path_factory.mktemp("ground"))


@pytest.fixture
def town(ground: Ground, tmp_path: Path) -> Iterator[Office]:
    """Open a copy of it."""
    with ground.office(tmp_path) as opened:
        yield opened


def by_id(lots: list[Json]) -> dict[str, Json]:
    """Return lots by their ids."""
    return {str(lot["award_id"]): lot for lot in lots}


def test_a_lot_tells_where_it_was_recognised(town: Office) -> None:
    """Member, enrolment, programme, rule, day, and how much of it."""
    source = sewing(town)
    request(town.bank, 1, rule=RECOGNISING, lots=[(source, "2")])

    lot = by_id(town.lots())[source]

    (found,) = lot["recognised"]
    assert found["member"]["member_id"] == SCHOOL
    assert (found["enrolment_id"], found["programme"]["programme"]) == (
        ENROLMENT,
        PROGRAMME,
    )
    assert (found["rule"]["rule"], found["rule"]["effect"]) == (
        RECOGNISING,
        "recognise",
    )
    assert (found["accepted_on"], found["credits"]) == ("2026-09-01", "2")
    assert lot["achievement"]["title"] == "焊接基础"
    assert lot["issuer"]["name"] == OTHER


def test_what_was_recognised_says_from_what_it_came(town: Office) -> None:
    """Its case, its sources and its roots with their amounts."""
    source = sewing(town)
    request(town.bank, 1, rule=CONSUMING, lots=[(source, "2")])
    accept(town.bank, 1)

    made = next(lot for lot in town.lots() if "exchange" in lot)

    share = {"award_id": source, "credits": "2"}
    assert (made["derived_from"], made["roots"]) == ([share], [share])
    assert made["exchange"]["exchange_id"] == case(1)
    assert made["exchange"]["accepted_on"] == "2026-09-01"
    assert (made["outcome"], made["requirement"]) == ("elective_credit", "FREE")
    assert made["awarded"] == "1"


def test_a_recognition_that_was_undone_is_none(town: Office) -> None:
    """The source is free again; the lot it gave stays, revoked, with its case."""
    source = sewing(town)
    request(town.bank, 1, rule=CONSUMING, lots=[(source, "2")])
    accept(town.bank, 1)
    (standing,) = by_id(town.lots())[source]["recognised"]
    act(town.bank, "reversed", number=1, reason_code="recorded_in_error")

    lots = town.lots()

    assert standing["exchange_id"] == case(1)
    assert by_id(lots)[source]["recognised"] == []
    made = next(lot for lot in lots if "exchange" in lot)
    assert (made["status"], made["exchange"]["status"]) == ("revoked", "reversed")


def test_what_was_not_yet_on_a_day_is_not_told_for_it(town: Office) -> None:
    """A result of June was there in July, its recognition of September was not."""
    source = sewing(town)
    request(town.bank, 1, rule=RECOGNISING, lots=[(source, "2")])

    lots = town.lots(effective_on="2026-07-01")

    assert [lot["award_id"] for lot in lots] == [source]
    assert lots[0]["recognised"] == []


def test_what_was_undone_later_stood_on_a_day_before(town: Office) -> None:
    """For that day it is told as it was by its end, though it is known to be undone."""
    source = sewing(town)
    request(town.bank, 1, rule=CONSUMING, lots=[(source, "2")])
    accept(town.bank, 1)
    standing = town.lots()[-1]["position"]
    town.bank.clock.step(48 * 3600)
    act(town.bank, "reversed", number=1, reason_code="recorded_in_error")

    lots = town.lots(standing, effective_on="2026-09-02")

    (found,) = by_id(lots)[source]["recognised"]
    assert (found["exchange_id"], found["status"]) == (case(1), "accepted")
    made = next(lot for lot in lots if "exchange" in lot)
    assert (made["status"], made["exchange"]["status"]) == ("active", "accepted")


def test_the_form_shows_every_desk_with_who_signed_and_why(town: Office) -> None:
    """A pseudonym, a role, a day and an opinion; the last word of each desk."""
    request(town.bank, 1, rule=CONSUMING, lots=[(sewing(town), "2")])
    act(town.bank, "returned", number=1, step=0, reason_code="other", missing="缺表")
    lots = [(sewing(town, "two"), "2")]
    request(town.bank, 1, rule=CONSUMING, lots=lots, revision=1)
    waiting = town.forms(case(1))["application"]
    body = {**quoted(town.bank, 1), "opinion": "内容相符，同意认定"}
    town.bank.post(SCHOOL, "exchange.accepted.v1", body=body, actor=DEAN)

    form = town.forms(case(1))["application"]

    assert waiting["steps"][0]["signed"] is None
    (step,) = form["steps"]
    assert (step["role"], step["due_workdays"]) == ("dean", 2)
    signed = step["signed"]
    assert (signed["act"], signed["staff"], signed["on"]) == (
        "accepted",
        "d7",
        "2026-09-01",
    )
    assert signed["opinion"] == "内容相符，同意认定"
    acts = [(one["act"], one["revision"]) for one in form["history"]]
    assert acts == [
        ("requested", 0),
        ("returned", 0),
        ("requested", 1),
        ("accepted", 1),
    ]
    assert form["history"][1]["opinion"] == "缺表"
    assert form["result"]["status"] == "accepted"
    assert [one["credits"] for one in form["result"]["created"]] == ["1"]
    (offered,) = form["sources"]
    assert (offered["offered"], offered["used"]) == ("2", "2")
    assert offered["achievement"]["title"] == "焊接基础"


def test_the_form_names_the_document_by_which_a_rule_was_endorsed(
    town: Office,
) -> None:
    """The committee, its number and its day; none where no committee was asked."""
    name = propose(town.bank, "ENDORSED", committee=COMMITTEE)
    decided = {"document_number": "专指委[2026]1号", "decided_on": "2026-08-20"}
    body = {"rule": name, "digest": rule_of(town.bank, name).digest, **decided}
    town.bank.post(COMMITTEE, "rule.endorsed.v1", body=body)
    ratify(town.bank, name)
    request(town.bank, 1, rule=name, lots=[(sewing(town), "2")])
    request(town.bank, 2, rule=RECOGNISING, lots=[(sewing(town, "two"), "2")])

    found = town.forms(case(1))
    document = found["application"]["document"]

    assert document["committee"]["member_id"] == COMMITTEE
    assert document["document_number"] == "专指委[2026]1号"
    assert document["decided_on"] == "2026-08-20"
    assert found["notice"]["document"] == document
    assert found["application"]["steps"] == []
    assert found["application"]["history"][-1]["role"] == "service"
    assert town.forms(case(2))["application"]["document"] is None


def test_there_is_a_notice_only_of_what_is_accepted_and_stands(town: Office) -> None:
    """None while it waits, none once it is undone; as of then, there was one."""
    request(town.bank, 1, rule=CONSUMING, lots=[(sewing(town), "2")])
    waiting = town.forms(case(1))["notice"]
    accept(town.bank, 1)
    position = town.forms(case(1))["application"]["history"][-1]["position"]
    act(town.bank, "reversed", number=1, reason_code="recorded_in_error")

    assert waiting is None
    assert town.forms(case(1))["notice"] is None
    assert town.forms(case(1))["application"]["result"]["status"] == "reversed"
    assert town.forms(case(1), position=position)["notice"] is not None


@pytest.mark.parametrize(
    ("workdays", "until"), [(1, "2026-09-02"), (3, "2026-09-04"), (5, "2026-09-08")]
)
def test_a_notice_is_out_for_so_many_workdays(
    town: Office, workdays: int, until: str
) -> None:
    """From the next workday on, by the calendar of the rule: no weekend counts."""
    request(town.bank, 1, rule=CONSUMING, lots=[(sewing(town), "2")])
    accept(town.bank, 1)

    notice = town.forms(case(1), workdays=workdays)["notice"]

    assert (notice["notice_from"], notice["notice_until"]) == ("2026-09-02", until)


def test_a_notice_tells_nobody_who_it_is_about(town: Office) -> None:
    """No account, enrolment, lot or member of staff stands in it."""
    source = sewing(town)
    request(town.bank, 1, rule=CONSUMING, lots=[(source, "2")])
    accept(town.bank, 1)
    found = town.forms(case(1))

    notice = orjson.dumps(found["notice"]).decode()

    made = found["application"]["result"]["created"][0]["award_id"]
    for secret in (LEARNER, ENROLMENT, source, made, '"staff"', '"cohort"', '"d1"'):
        assert secret not in notice
    assert found["notice"]["sources"][0]["credits"] == "2"
    assert found["notice"]["targets"][0]["credits"] == "1"


def test_a_case_that_is_not_there_has_no_forms(town: Office) -> None:
    """Nor has one that came later."""
    asked = request(town.bank, 1, rule=CONSUMING, lots=[(sewing(town), "2")])
    before = getattr(asked.receipt, "position", 0) - 1

    with pytest.raises(UnknownCaseError):
        town.forms(case(9))
    with pytest.raises(UnknownCaseError):
        town.forms(case(1), position=before)
