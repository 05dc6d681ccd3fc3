"""Whom each statement is about, worked out from the log with none of our rules."""

from collections.abc import Iterator

from tests.e2e import naive
from tests.e2e.naive_cases import Json

_MEMBERS = ("member_id", "member", "predecessor", "successor", "committee")
_OWNED = ("achievement", "programme", "policy")
_SUBJECTS = ("merge_id", "relation_id", "exchange_id", "redemption_id", "enrolment_id")


def learners_of(log: list[naive.Said], said: naive.Said) -> set[str]:
    """Return the learners, whoever the statement itself names."""
    body = said.body
    names = {body.get(name) for name in ("learner_id", "survivor", "absorbed")}
    for key in _SUBJECTS:
        same = (one for one in log if key in body and one.body.get(key) == body[key])
        if (first := next(same, said)) is not said:
            names |= learners_of(log, first)
    if "award_id" in body:
        awards = naive.awards_at(log, said.position)
        names.add(awards[body["award_id"]].body["learner_id"])
    return {one for one in names if one}


def rules_of(log: list[naive.Said], said: naive.Said) -> set[str]:
    """Return the rule version that it is about or under, if any."""
    body = said.body
    if said.type == "rule.proposed.v1":
        return {f"{said.iss}/{body['code']}@{body['version']}"}
    if "rule" in body:
        return {body["rule"]}
    return {_request(log, said)["rule"]} if "exchange_id" in body else set()


def members_of(log: list[naive.Said], said: naive.Said) -> set[str]:
    """Return the issuer, and every member acted upon."""
    body = said.body
    found = {said.iss, *(body[name] for name in _MEMBERS if name in body)}
    found |= {body[name].partition("/")[0] for name in _OWNED if name in body}
    if said.type.startswith("rule."):
        found |= set(_members_of_rule(log, said))
    if "exchange_id" in body:
        found |= set(_members_of_case(log, said))
    lots: list[Json] = []
    if "redemption_id" in body:
        same = (one for one in log if one.body.get("redemption_id"))
        own = (one for one in same if one.body["redemption_id"] == _redeemed(said))
        lots = next(own).body["lots"]
    if "award_id" in body:
        lots = [body]
    awards = naive.awards_at(log, said.position)
    return found | {awards[lot["award_id"]].iss for lot in lots}


def _redeemed(said: naive.Said) -> str:
    return str(said.body["redemption_id"])


def _members_of_rule(log: list[naive.Said], said: naive.Said) -> Iterator[str]:
    (name,) = rules_of(log, said)
    terms = _terms(log, name)
    yield from terms["parties"]
    yield name.partition("/")[0]
    yield terms["recogniser"]
    yield from (step["member"] for step in terms.get("approval", ()))
    if "committee" in terms:
        yield terms["committee"]


def _members_of_case(log: list[naive.Said], said: naive.Said) -> Iterator[str]:
    exchange_id = said.body["exchange_id"]
    requests = [
        one
        for one in log
        if one.type == "exchange.requested.v1"
        and one.body["exchange_id"] == exchange_id
        and one.position <= said.position
    ]
    yield requests[0].iss
    awards = naive.awards_at(log, said.position)
    for lot in requests[-1].body["lots"]:
        yield awards[lot["award_id"]].iss
    terms = _terms(log, requests[-1].body["rule"])
    yield terms["recogniser"]
    yield from (step["member"] for step in terms.get("approval", ()))


def _request(log: list[naive.Said], said: naive.Said) -> Json:
    return next(
        one.body
        for one in log
        if one.type == "exchange.requested.v1"
        and one.body["exchange_id"] == said.body["exchange_id"]
    )


def _terms(log: list[naive.Said], rule: str) -> Json:
    for one in log:
        if one.type == "rule.proposed.v1":
            name = f"{one.iss}/{one.body['code']}@{one.body['version']}"
            if name == rule:
                terms: Json = one.body["terms"]
                return terms
    raise LookupError(rule)
