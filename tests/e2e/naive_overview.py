"""The figures of a consortium, counted from the log with none of our rules."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from tests.e2e import naive
from tests.e2e.naive_cases import Json

_STATUS = {
    "member.suspended.v1": "suspended",
    "member.reinstated.v1": "active",
    "member.withdrawn.v1": "withdrawn",
}
_ENDS = ("accepted", "declined", "cancelled", "lapsed", "reversed", "returned")


@dataclass(kw_only=True)
class Counts:
    """Everything that is counted."""

    members: dict[str, list[str]] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    accounts: dict[str, str] = field(default_factory=dict)
    turns: Counter[tuple[str, str]] = field(default_factory=Counter)
    awards: dict[str, tuple[str, str, Decimal]] = field(default_factory=dict)
    """Issuer, kind and credits of every award."""
    had: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    used: set[str] = field(default_factory=set)
    rules: dict[str, Json] = field(default_factory=dict)
    cases: dict[str, Json] = field(default_factory=dict)
    redemptions: dict[str, str] = field(default_factory=dict)
    enrolled: dict[str, str] = field(default_factory=dict)
    months: Counter[tuple[str, str]] = field(default_factory=Counter)


def count(log: list[naive.Said]) -> Counts:
    """Count everything, one statement after another."""
    counts = Counts()
    for said in log:
        for step in (_member, _account, _award, _rule, _case, _redemption):
            step(said, counts)
    return counts


def _member(said: naive.Said, counts: Counts) -> None:
    body = said.body
    if said.type == "member.admitted.v1":
        counts.members[body["member_id"]] = [body["kind"], "active"]
    elif said.type in _STATUS:
        counts.members[body["member_id"]][1] = _STATUS[said.type]
    elif said.type == "member.succeeded.v1":
        counts.members[body["predecessor"]][1] = "succeeded"


def _account(said: naive.Said, counts: Counts) -> None:
    body = said.body
    if said.type == "account.opened.v1":
        counts.accounts[body["learner_id"]] = body["mode"]
    if said.type.startswith("account."):
        word = said.type.split(".")[1]
        counts.turns[word, counts.accounts[body["learner_id"]]] += 1
    if said.type == "enrolment.opened.v1":
        counts.enrolled[body["enrolment_id"]] = body["learner_id"]


def _award(said: naive.Said, counts: Counts) -> None:
    body = said.body
    if said.type == "achievement.published.v1":
        name = f"{said.iss}/{body['code']}@{body['version']}"
        counts.kinds[name] = body["kind"]
    elif said.type == "credit.awarded.v1":
        kind, amount = counts.kinds[body["achievement"]], Decimal(body["credits"])
        counts.awards[naive.award_id(said)] = said.iss, kind, amount
        counts.had["award"].add(body["learner_id"])
        counts.months["awards", said.recorded_on[:7]] += 1


def _rule(said: naive.Said, counts: Counts) -> None:
    body = said.body
    if said.type == "rule.proposed.v1":
        name = f"{said.iss}/{body['code']}@{body['version']}"
        terms = body["terms"]
        waits = {*terms["parties"]} - {said.iss}
        waits |= {terms["committee"]} if "committee" in terms else set()
        counts.rules[name] = {"terms": terms, "waits": waits, "word": "proposed"}
    elif said.type.startswith("rule."):
        rule, word = counts.rules[body["rule"]], said.type.split(".")[1]
        rule["waits"].discard(said.iss)
        if word in {"rejected", "suspended", "retired"}:
            rule["word"] = word
        elif not rule["waits"]:
            rule["word"] = "agreed"


def _case(said: naive.Said, counts: Counts) -> None:
    body, word = said.body, said.type.split(".")[1]
    if not said.type.startswith("exchange."):
        return
    if word == "requested":
        terms = counts.rules[body["rule"]]["terms"]
        first = counts.cases.get(body["exchange_id"], {"by": said.iss})
        case = {"by": first["by"], "terms": terms, "status": word, "step": 0}
        counts.cases[body["exchange_id"]] = case
    elif word == "endorsed":
        counts.cases[body["exchange_id"]]["step"] += 1
    elif word in _ENDS:
        counts.cases[body["exchange_id"]]["status"] = word
    if word == "accepted":
        counts.had["exchange"].add(body["learner_id"])
        counts.used |= {one["award_id"] for one in body["used"]} & counts.awards.keys()
        counts.months["exchanges", said.recorded_on[:7]] += 1


def _redemption(said: naive.Said, counts: Counts) -> None:
    body = said.body
    if said.type == "redemption.reversed.v1":
        counts.redemptions[body["redemption_id"]] = "reversed"
    elif said.type == "credit.redeemed.v1":
        counts.redemptions[body["redemption_id"]] = "counted"
        counts.had["redemption"].add(counts.enrolled[body["enrolment_id"]])
        counts.used |= {one["award_id"] for one in body["lots"]} & counts.awards.keys()
        counts.months["redemptions", said.recorded_on[:7]] += 1
