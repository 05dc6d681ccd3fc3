"""A school and a company at two desks: every command about rules and exchanges."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.e2e.cli_machine import SCHOOL, Machine, Ran, founded, run_command
from tests.e2e.test_cli_guide import prepare

COMPANY = "pandong"
MANDATE = {
    "by": "guardian",
    "method": "paper",
    "notice_version": "2026-1",
    "proof": "A" * 43,
    "at": "2026-09-07T02:00:00.000Z",
}
PROGRAMME = {
    "code": "NEV",
    "version": 1,
    "title": "新能源汽车技术",
    "credits": "20",
    "requirements": [
        {
            "code": "FREE",
            "title": "任选课",
            "nature": "elective",
            "module": "common",
            "credits": "20",
        }
    ],
}
TERMS = {
    "title": "岗位实习折算",
    "recogniser": SCHOOL,
    "parties": [SCHOOL, COMPANY],
    "valid_from": "2026-09-01",
    "source": {"groups": [{"components": [{"of": {"members": [COMPANY]}}]}]},
    "targets": [
        {
            "outcome": "elective_credit",
            "requirement": {"programme": f"{SCHOOL}/NEV", "code": "FREE"},
        }
    ],
    "effect": "consume",
    "conversion": {"method": "ratio", "ratio": {"numerator": 1, "denominator": 2}},
}
DESK = {"role": "registrar", "member": SCHOOL, "due_workdays": 3}
RULE = f"{SCHOOL}/HALF@1"


class Town:
    """A machine on which two members work, each under its own key."""

    def __init__(self, machine: Machine) -> None:
        """Publish a programme and enrol the learner."""
        self.machine = machine
        self.learner = prepare(machine)
        self.keys = machine.school.with_name("keys")
        self.file("mandate", MANDATE)
        self.run("programme", "publish", self.file("programme", PROGRAMME))
        studies = ("--programme", f"{SCHOOL}/NEV@1", "--cohort", "2026")
        started = ("--started-on", "2026-09-01")
        self.enrolment = self.run("enrol", self.learner, *studies, *started).strip()
        awards = self.show("awards", self.learner)["awards"]
        self.award = awards[1]["award_id"]

    def file(self, name: str, value: object) -> Path:
        """Write a JSON file."""
        path = self.machine.folder / f"{name}.json"
        path.write_bytes(orjson.dumps(value))
        return path

    def run(self, *words: str | Path, member: str = SCHOOL) -> str:
        """Run a command as a member; it must do."""
        ran = self.attempt(*words, member=member)
        assert ran.code == 0, ran.err
        return ran.out

    def show(self, *words: str | Path, member: str = SCHOOL) -> dict[str, Any]:
        """Run a command as a member, and read the object that it prints."""
        found: dict[str, Any] = orjson.loads(  # Any: what a command prints.
            self.run(*words, "--json", member=member)
        )
        return found

    def attempt(self, *words: str | Path, member: str = SCHOOL) -> Ran:
        """Run a command as a member, whatever becomes of it."""
        with pytest.MonkeyPatch.context() as patch:
            settings = self.machine.settings() | {
                "SKILLBANK_KEYS_DIR": str(self.keys),
                "SKILLBANK_MEMBER": member,
            }
            for name, value in settings.items():
                patch.setenv(name, value)
            return run_command(*words)

    def agree(self, terms: Mapping[str, object]) -> None:
        """Propose and ratify a rule."""
        rule = {"code": "HALF", "version": 1, "terms": terms}
        self.run("rules", "propose", self.file("rule", rule))
        self.run("rules", "ratify", RULE, "--yes", member=COMPANY)

    def request(self, amount: str) -> str:
        """Apply with part of the internship; return the case."""
        return self.run(
            *("exchange", "request", self.learner, "--rule", RULE),
            *("--enrolment", self.enrolment, "--lot", f"{self.award}:{amount}@0"),
            *("--mandate", self.machine.folder / "mandate.json"),
        ).strip()

    def status(self, case: str) -> object:
        """Return where a case stands."""
        return self.show("exchange", "show", case)["status"]

    def parts(self) -> tuple[str, str, str]:
        """Return what is available, held and exchanged of the internship."""
        found = self.show("awards", self.learner)["awards"]
        one = next(lot for lot in found if lot["award_id"] == self.award)
        return one["available"], one["held"], one["exchanged"]


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """Found a bank, admit two members, and enrol a learner."""
    with founded(tmp_path) as machine:
        yield Town(machine)


def test_a_rule_without_desks_converts_at_once(town: Town) -> None:
    """Part by part, counted, undone, and no further than it goes."""
    town.agree(TERMS)
    check_options(town)

    first, second = town.request("4"), town.request("2")

    assert (town.status(first), town.parts()) == ("accepted", ("0", "0", "6"))
    town.run("exchange", "reverse", second, "--reason", "recorded_in_error")
    assert (town.status(second), town.parts()) == ("reversed", ("2", "0", "4"))
    (lot,) = town.show("exchange", "show", first)["created"]
    town.run("redeem", town.enrolment, "FREE", "--lot", lot)
    enrolments = town.show("enrolments", town.learner)["enrolments"]
    assert enrolments[0]["counted"][0]["counted"] == "2"
    late = town.attempt("exchange", "reverse", first, "--reason", "other", "--json")
    assert (late.code, orjson.loads(late.out)["error"]) == (3, "derived-in-use")
    town.machine.check_log(awards=2)


def test_a_case_is_held_until_its_desk_has_decided(town: Town) -> None:
    """Declined or cancelled it gives all back; another role is refused."""
    town.agree({**TERMS, "workdays": f"{SCHOOL}/calendar", "approval": [DESK]})
    case = town.request("6")

    assert (town.status(case), town.parts()) == ("requested", ("0", "6", "0"))
    quote = town.show("exchange", "quote", case)
    assert quote["created"][0]["credits"] == "3"
    wrong = town.attempt("exchange", "accept", case, "--role", "dean")
    assert (wrong.code, town.status(case)) == (3, "requested")
    why = ("--reason", "content_not_equivalent", "--text", "内容不相符")
    town.run("exchange", "decline", case, *why)
    assert (town.status(case), town.parts()) == ("declined", ("6", "0", "0"))
    other = town.request("6")
    town.run("exchange", "cancel", other, "--reason", "at_own_request")
    assert (town.status(other), town.parts()) == ("cancelled", ("6", "0", "0"))
    cases = town.show("exchange", "list", town.learner)["exchanges"]
    assert {one["status"] for one in cases} == {"declined", "cancelled"}


def test_parties_disagree_suspend_and_end(town: Town) -> None:
    """What nobody may apply under is refused, with its code."""
    rule = {"code": "HALF", "version": 1, "terms": TERMS}
    town.run("rules", "propose", town.file("rule", rule))
    why = ("--reason", "terms_not_agreed")
    town.run("rules", "reject", RULE, *why, member=COMPANY)
    assert town.show("rules", "show", RULE)["status"] == "rejected"
    again = town.file("rule", {**rule, "version": 2})
    town.run("rules", "propose", again)
    second = f"{SCHOOL}/HALF@2"
    town.run("rules", "ratify", second, "--yes", member=COMPANY)

    town.run("rules", "suspend", second, "--reason", "under_review")
    assert town.show("rules", "show", second)["status"] == "suspended"
    town.run("rules", "resume", second, "--reason", "review_done")
    end = ("--reason", "replaced", "--last-day", "2099-08-31")
    town.run("rules", "retire", second, *end)

    assert town.show("rules", "show", second)["status"] == "retired"
    listed = town.show("rules", "--target", SCHOOL)["rules"]
    assert len(listed) == 2


def test_what_is_wrong_is_named_before_anything_is_signed(town: Town) -> None:
    """A draft that no bank takes, a lot in no form, a rule nobody proposed."""
    terms = {**TERMS, "parties": [SCHOOL]}
    draft = {"code": "HALF", "version": 1, "terms": terms}
    checked = town.attempt("rules", "check", town.file("rule", draft), "--json")
    assert checked.code == 3
    assert orjson.loads(checked.out)["faults"][0]["code"] == "rule-party"
    broken = town.file("rule", {**draft, "version": "one"})
    assert "/version" in town.attempt("rules", "propose", broken).err
    unknown = town.attempt("rules", "ratify", RULE, "--yes", member=COMPANY)
    assert unknown.code == 3
    mandate = town.machine.folder / "mandate.json"
    asked = ("exchange", "request", town.learner, "--rule", RULE)
    more = ("--enrolment", town.enrolment, "--mandate", mandate)
    town.agree(TERMS)

    for lot in ("award", f"{town.award}:six", f"{town.award}@x", f"{town.award}@1"):
        assert town.attempt(*asked, *more, "--lot", lot).code == 2, lot
    assert town.parts() == ("6", "0", "0")


def test_a_policy_binds_once_its_committee_has_endorsed_it(town: Town) -> None:
    """The operator publishes, the committee signs the digest of what it read."""
    machine, committee = town.machine, "zhuanwei"
    operator = machine.bank / "keys" / "members"
    new = ("keys", "new", committee, "--keys", town.keys, "--ledger", machine.ledger)
    (machine.folder / "declared.json").write_text(machine.run(*new))
    kind = ("--kind", "committee", "--name", "专业委员会")
    machine.run("admit", machine.folder / "declared.json", *kind, "--keys", operator)
    policy = {
        "code": "TENTH",
        "version": 1,
        "title": "转换学分不超过十分之一",
        "committee": committee,
        "valid_from": "2026-09-01",
        "limits": [{"code": "tenth", "at_most": "2"}],
    }
    file = town.file("policy", policy)
    machine.run("policy", "publish", file, "--keys", operator)
    name = "operator/TENTH@1"
    town.agree(TERMS)

    document = ("--document", "专指委 2026-1 号", "--decided-on", "2026-09-01")
    town.run("policy", "endorse", name, *document, member=committee)

    (listed,) = town.show("policy", "list")["policies"]
    assert (listed["policy"], listed["endorsed"]) == (name, True)
    asked = ("exchange", "request", town.learner, "--rule", RULE, "--json")
    more = ("--enrolment", town.enrolment, "--lot", town.award)
    mandate = ("--mandate", machine.folder / "mandate.json")
    refused = town.attempt(*asked, *more, *mandate)
    assert (refused.code, orjson.loads(refused.out)["error"]) == (3, "cap-exceeded")
    unknown = town.attempt("policy", "endorse", "operator/NO@1", member=committee)
    assert (unknown.code, "operator/NO@1" in unknown.err) == (3, True)


def check_options(town: Town) -> None:
    """Require that what is open is shown, and can be applied for as it is printed."""
    asked = ("options", town.learner, "--enrolment", town.enrolment)
    (option,) = town.show(*asked)["options"]
    assert (option["status"], option["rule"]) == ("available", RULE)
    assert RULE in town.run(*asked)
    ready = town.file("ready", town.show(*asked, "--application", RULE))
    mandate = ("--mandate", town.machine.folder / "mandate.json")
    request = ("exchange", "request", town.learner, "--application", ready, *mandate)
    assert town.attempt(*request, "--rule", RULE).code == 2
    case = town.run(*request).strip()
    assert town.status(case) == "accepted"
    town.run("exchange", "reverse", case, "--reason", "recorded_in_error")


def test_a_plan_tells_what_to_apply_for(town: Town) -> None:
    """Half of the internship's credits; in words, and as data to sign."""
    town.agree(TERMS)
    found = town.show("plan", town.learner, "--enrolment", town.enrolment)
    told = town.run("plan", town.learner, "--enrolment", town.enrolment)

    kinds = [one["kind"] for one in found["steps"]]
    assert kinds == ["exchange", "redemption"]
    assert found["steps"][0]["rule"] == RULE
    assert found["covers"] in told
    assert all(text in told for text in found["sentences"])
