"""What the sample's members agree on: programmes, a policy and rules, from a file."""

import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final

from api.cli.demo.catalogue import COMMITTEE, Plan
from api.cli.demo.consortium import Consortium
from ledger.integrity import canonical
from ledger.integrity.encoding import b64encode

RULES_FROM: Final = "2023-09-01"
REJECTED: Final = "DATA-COURSE"
"""The rule whose first version one party rejects."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """A rule version in force, as whoever applies under it names it."""

    rule: str
    digest: str
    terms: Mapping[str, Any]  # Any: plain TOML.


def read_agreements() -> Plan:
    """Return the agreements as written down."""
    text = files(__package__).joinpath("agreements.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def agree(consortium: Consortium, plan: Plan) -> dict[str, Agreed]:
    """Publish, endorse and ratify everything; return the rules in force by code."""
    for one in plan["achievements"]:
        body = {name: value for name, value in one.items() if name != "member"}
        desk = consortium.desks[one["member"]]
        desk.say("achievement.published.v1", version=1, **body)
    for one in plan["programmes"]:
        body = {name: value for name, value in one.items() if name != "member"}
        desk = consortium.desks[one["member"]]
        desk.say("programme.published.v1", version=1, **body)
    for one in plan["policies"]:
        _endorse_policy(consortium, {"version": 1, **one})
    return {one["code"]: _agree_on(consortium, one) for one in plan["rules"]}


def _endorse_policy(consortium: Consortium, body: dict[str, object]) -> None:
    operator = consortium.operator
    operator.say("policy.published.v1", **body)
    consortium.desks[COMMITTEE].say(
        "policy.endorsed.v1",
        policy=f"{operator.member_id}/{body['code']}@1",
        digest=digest_of(body),
        document_number="专指委 2023-通 1 号",
        decided_on="2023-08-20",
    )


def _agree_on(consortium: Consortium, plan: Mapping[str, Any]) -> Agreed:
    terms = {"valid_from": RULES_FROM, **plan}
    code = terms.pop("code")
    if code != REJECTED:
        return _propose(consortium, code, terms=terms, version=1)
    other = next(one for one in terms["parties"] if one != terms["recogniser"])
    rule, _ = _proposed(
        consortium, code, terms={**terms, "once_per": "ever"}, version=1
    )
    consortium.desks[other].say(
        "rule.rejected.v1", rule=rule, reason_code="terms_not_agreed"
    )
    agreed = _propose(consortium, code, terms=terms, version=2)
    named = {"rule": agreed.rule, "digest": agreed.digest}
    consortium.desks["linjiang"].say("rule.acceded.v1", **named)
    return agreed


def _propose(
    consortium: Consortium, code: str, *, terms: Mapping[str, Any], version: int
) -> Agreed:
    rule, digest = _proposed(consortium, code, terms=terms, version=version)
    for party in _others(terms):
        consortium.desks[party].say("rule.ratified.v1", rule=rule, digest=digest)
    if "committee" in terms:
        consortium.desks[terms["committee"]].say(
            "rule.endorsed.v1",
            rule=rule,
            digest=digest,
            document_number="专指委 2023-规 1 号",
            decided_on="2023-08-20",
        )
    return Agreed(rule=rule, digest=digest, terms=terms)


def _proposed(
    consortium: Consortium, code: str, *, terms: Mapping[str, Any], version: int
) -> tuple[str, str]:
    body = {"code": code, "version": version, "terms": terms}
    proposer = terms["recogniser"]
    consortium.desks[proposer].say("rule.proposed.v1", **body)
    return f"{proposer}/{code}@{version}", digest_of(body)


def _others(terms: Mapping[str, Any]) -> Sequence[str]:
    return [party for party in terms["parties"] if party != terms["recogniser"]]


def digest_of(body: Mapping[str, object]) -> str:
    """Return the digest by which a version is agreed to."""
    return b64encode(hashlib.sha256(canonical.dumps(body)).digest())
