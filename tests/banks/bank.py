"""Reads a bank's data and plays its stories on the rules alone.

A story is a list of steps: ``award`` gives a result, ``exchange`` applies a rule to
lots and says what it gives or why it is refused, ``redeem`` counts a lot toward a
requirement, ``amend`` and ``revoke`` change a result, ``ratify`` and ``propose`` are
about rules. ``on`` moves the calendar.
"""

import hashlib
import tomllib
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ledger.domain.errors import RejectionError
from ledger.domain.rules.acceptance import quote
from ledger.domain.rules.awards import award_id
from ledger.domain.state import ExchangeRecord, RuleRecord
from ledger.domain.types import credits_milli, credits_text
from tests.builders import (
    COMMITTEE,
    LEARNER,
    MANDATE,
    OPERATOR,
    Ledger,
    admitted,
    founded,
    kid,
    reference,
)

FOLDER = Path(__file__).parent
DAY = "2026-09-02"
STARTED = "2023-03-01"
ENROLMENT = str(uuid.UUID(int=1, version=4))

Step = Mapping[str, Any]  # Any: what a data file says.


def read_bank(name: str) -> dict[str, Any]:
    """Return a bank's data."""
    return tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8"))


class StoryBank:
    """One bank with one learner enrolled at its recogniser."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        """Admit, publish, agree and enrol all that the data says."""
        self.data = data
        self.ledger: Ledger = founded()
        self.home = data["recogniser"]
        self.day = data.get("day", DAY)
        self.lots: dict[str, str] = {}
        self.values: dict[str, Step] = {}
        self._numbers = iter(range(100, 10_000))
        for member, kind in data["members"].items():
            self._say(OPERATOR, "member.admitted", body=admitted(member, kind))
        self._say(OPERATOR, "member.admitted", body=admitted(COMMITTEE, COMMITTEE))
        self._publish()
        self._agree()
        self._enrol()

    def _say(self, iss: str, type_name: str, *, body: object, **more: object) -> None:
        at = f"{self.day}T04:00:00.000Z"
        assert isinstance(body, Mapping)
        self.ledger.say(
            iss, f"{type_name}.v1", body=body, at=at, mandate=MANDATE, **more
        )

    def _publish(self) -> None:
        for number, levels in enumerate(self.data.get("frameworks", ())):
            body = {"version": 1, "title": f"framework {number}", **levels}
            self._say(OPERATOR, "framework.published", body=body)
        for one in self.data.get("calendars", ()):
            body = {"version": 1, "title": one["code"], **one}
            self._say(self.home, "calendar.published", body=body)
        for one in self.data["achievements"]:
            body = {"version": 1, "title": one["code"], **one}
            member = body.pop("member")
            self._say(member, "achievement.published", body=body)
        for one in self.data["programmes"]:
            named = [{"title": each["code"], **each} for each in one["requirements"]]
            body = {"version": 1, "title": one["code"], **one, "requirements": named}
            self._say(self.home, "programme.published", body=body)

    def _agree(self) -> None:
        for one in self.data.get("policies", ()):
            body = {
                "version": 1,
                "title": one["code"],
                "committee": COMMITTEE,
                "valid_from": "2000-01-01",
                **one,
            }
            self._hashed(OPERATOR, "policy.published", body)
            name = f"{OPERATOR}/{one['code']}@1"
            endorsed = {"policy": name, "digest": digest(body)}
            self._say(COMMITTEE, "policy.endorsed", body=endorsed)
        for one in self.data["rules"]:
            self.propose(one)

    def _hashed(self, iss: str, type_name: str, body: Mapping[str, Any]) -> None:
        at = f"{self.day}T04:00:00.000Z"
        self.ledger.say(
            iss, f"{type_name}.v1", body=body, at=at, body_hash=digest(body)
        )

    def propose(self, one: Mapping[str, Any]) -> str:
        """Propose a rule version and have every other party ratify it."""
        terms = {"title": one["code"], "recogniser": self.home, **one}
        terms.setdefault("valid_from", "2000-01-01")
        code, version = terms.pop("code"), terms.pop("version", 1)
        body = {"code": code, "version": version, "terms": terms}
        self._hashed(self.home, "rule.proposed", body)
        name = f"{self.home}/{code}@{version}"
        for party in terms["parties"]:
            if party != self.home:
                agreed = {"rule": name, "digest": digest(body)}
                self._say(party, "rule.ratified", body=agreed)
        if "committee" in terms:
            agreed = {"rule": name, "digest": digest(body)}
            self._say(COMMITTEE, "rule.endorsed", body=agreed)
        return name

    def _enrol(self) -> None:
        opened = {"learner_id": LEARNER, "mode": "provisional"}
        self._say(self.home, "account.opened", body=opened)
        body = {
            "enrolment_id": ENROLMENT,
            "learner_id": LEARNER,
            "programme": f"{self.home}/{self.data['programmes'][0]['code']}@1",
            "cohort": "2023",
            "started_on": self.data.get("started_on", STARTED),
        }
        self._say(self.home, "enrolment.opened", body=body)

    def play(self, steps: Sequence[Step]) -> None:
        """Play the steps of a story."""
        for step in steps:
            self.day = step.get("on", self.day)
            verb = next(verb for verb in VERBS if verb in step)
            code = step.get("refused")
            if code is None:
                getattr(self, verb)(step)
                continue
            try:
                getattr(self, verb)(step)
            except RejectionError as error:
                assert error.code == code, (step, error.code, dict(error.details))
                assert error.details.get("limit") == step.get("limit"), step
            else:
                raise AssertionError(step)

    def award(self, step: Step) -> None:
        """Give the learner a result."""
        ref, name = step["of"], step["award"]
        member = step.get("by", ref.partition("/")[0])
        fields = ("credits", "learned_from", "learned_to", "valid_until", "level")
        body: dict[str, Any] = {
            "learner_id": LEARNER,
            "achievement": f"{ref}@1",
            "basis": "attested" if "number" in step else "issued",
            "passed": True,
            "reference_tag": reference(name),
            **{field: step[field] for field in fields if field in step},
        }
        if "learned_to" in step:
            body["assessed_on"] = step.get("assessed_on", step["learned_to"])
        tags: tuple[str, ...] = ()
        if "number" in step:
            body["verification"] = {
                "method": "original_seen",
                "source": "original",
                "verified_on": self.day,
            }
            tags = (str(step["number"]).ljust(43, "t"),)
        self._say(member, "credit.awarded", body=body, tags=tags)
        tag = reference(name)
        self.lots[name] = award_id(member_id=member, reference_tag=tag, revision=0)
        self.values[name] = step

    def exchange(self, step: Step) -> None:
        """Apply for an exchange, walk its desks, and accept it."""
        identity = str(uuid.UUID(int=next(self._numbers), version=4))
        name = step["exchange"]
        version = step.get("version", 1)
        rule = self.ledger.state.find(RuleRecord, f"{self.home}/{name}@{version}")
        assert rule is not None
        offered = [self._offered(one) for one in step["lots"]]
        body: dict[str, Any] = {
            "exchange_id": identity,
            "learner_id": LEARNER,
            "enrolment_id": step.get("enrolment", ENROLMENT),
            "rule": rule.rule,
            "rule_digest": rule.digest,
            "lots": offered,
            "predicates": list(self._predicates(rule, step["lots"], offered)),
            "vouched": step.get("vouched", []),
        }
        self._say(self.home, "exchange.requested", body=body)
        self._walk(rule, identity)
        record = self.ledger.state.find(ExchangeRecord, identity)
        assert record is not None
        given = [self.ledger.lot(one).awarded_milli for one in record.created]
        assert [credits_text(one) for one in given] == step["gives"], step
        if "as" in step:
            self.lots[step["as"]] = record.created[0]
            self.lots[f"{step['as']} exchange"] = identity

    def _walk(self, rule: RuleRecord, identity: str) -> None:
        for number, desk in enumerate(rule.terms.approval[:-1]):
            actor = {"staff": "r1", "role": desk.role}
            body = {"exchange_id": identity, "step": number}
            self._say(desk.member, "exchange.endorsed", body=body, actor=actor)
        record = self.ledger.state.find(ExchangeRecord, identity)
        assert record is not None
        accepted = quote(record, self.ledger.state, on=self.day)
        body = accepted.model_dump(mode="json", exclude_none=True)
        if rule.terms.approval:
            desk = rule.terms.approval[-1]
            actor = {"staff": "r1", "role": desk.role}
            self._say(desk.member, "exchange.accepted", body=body, actor=actor)
        else:
            key = kid(OPERATOR, "s")
            self._say(OPERATOR, "exchange.accepted", body=body, key=key)

    def _offered(self, one: str | Step) -> dict[str, Any]:
        step = {"award": one} if isinstance(one, str) else dict(one)
        lot = self.ledger.lot(self.lots[step["award"]])
        return {
            "award_id": lot.award_id,
            "credits": step.get("credits", credits_text(lot.available_milli)),
            "component": step.get("component", 0),
        }

    def _predicates(
        self,
        rule: RuleRecord,
        names: Sequence[str | Step],
        offered: Sequence[Mapping[str, Any]],
    ) -> Sequence[dict[str, Any]]:
        found = []
        for name, lot in zip(names, offered, strict=True):
            key = name if isinstance(name, str) else name["award"]
            shown = self.values.get(key, {})
            component = rule.terms.source.components[lot["component"]]
            for one in component.predicates:
                value = shown.get(one.name)
                if value is None or not _reaches(
                    value, one.at_least, self, one.framework
                ):
                    continue
                plain = one.model_dump(mode="json", exclude_none=True)
                found.append({**plain, "award_id": lot["award_id"]})
        return found

    def redeem(self, step: Step) -> None:
        """Count lots toward a requirement."""
        identity = str(uuid.UUID(int=next(self._numbers), version=4))
        lots = [self._offered(one) for one in step["lots"]]
        body = {
            "redemption_id": identity,
            "enrolment_id": ENROLMENT,
            "requirement": step["redeem"],
            "lots": [
                {"award_id": one["award_id"], "credits": one["credits"]} for one in lots
            ],
        }
        self._say(self.home, "credit.redeemed", body=body)


VERBS = ("award", "exchange", "redeem")


def digest(body: Mapping[str, Any]) -> str:
    """Return what stands for a body's hash where rules alone are played."""
    return hashlib.sha256(repr(body).encode()).hexdigest()[:43]


def _reaches(value: str, at_least: str, bank: StoryBank, framework: str | None) -> bool:
    if framework is None:
        return credits_milli(value) >= credits_milli(at_least)
    scales = {one["code"]: one["levels"] for one in bank.data["frameworks"]}
    ranks = {level["code"]: level["rank"] for level in scales[framework]}
    return bool(ranks[value] >= ranks[at_least])
