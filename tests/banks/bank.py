"""Reads a bank's data and founds the bank that it describes, on the rules alone.

The data names members, what they publish, what they agreed on, and one learner who is
enrolled in every programme. ``stories`` are played on it by ``tests.banks.story``.
"""

import hashlib
import itertools
import tomllib
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ledger.domain.state import RuleRecord
from tests.builders import (
    COMMITTEE,
    LEARNER,
    MANDATE,
    OPERATOR,
    SECOND,
    Ledger,
    admitted,
    founded,
)

FOLDER = Path(__file__).parent
DAY = "2026-09-02"
STARTED = "2023-03-01"

Step = Mapping[str, Any]  # Any: what a data file says.


def read_bank(name: str) -> dict[str, Any]:
    """Return a bank's data."""
    return tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8"))


def digest(body: Step) -> str:
    """Return what stands for a body's hash where rules alone are played."""
    return hashlib.sha256(repr(body).encode()).hexdigest()[:42] + "A"


class StoryBank:
    """One bank, with one learner enrolled in every programme of it."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        """Admit, publish, agree and enrol all that the data says."""
        self.data = data
        self.ledger: Ledger = founded()
        self.home = data["recogniser"]
        self.day = data.get("day", DAY)
        self.enrolments: dict[str, str] = {}
        self.schools: dict[str, str] = {}
        self._numbers = itertools.count(100)
        for member, kind in data["members"].items():
            self.say(OPERATOR, "member.admitted", body=admitted(member, kind))
        self.say(OPERATOR, "member.admitted", body=admitted(COMMITTEE, COMMITTEE))
        self._publish()
        self._agree()
        self._open()
        for one in data["programmes"]:
            self._enrol(one)

    def say(self, iss: str, type_name: str, *, body: Step, **more: object) -> None:
        """Sign and write one statement today."""
        at = f"{self.day}T04:00:00.000Z"
        spoken = {"at": at, "mandate": MANDATE, **more}
        kept = {name: value for name, value in spoken.items() if value is not None}
        self.ledger.say(iss, f"{type_name}.v1", body=body, **kept)

    def new_id(self) -> str:
        """Return an id that was not used before."""
        return str(uuid.UUID(int=next(self._numbers), version=4))

    def first_programme(self) -> str:
        """Return the code of the programme that steps mean unless they say another."""
        return str(self.data["programmes"][0]["code"])

    def _publish(self) -> None:
        for one in self.data.get("frameworks", ()):
            levels = [{"name": each["code"], **each} for each in one["levels"]]
            body = {"version": 1, "title": one["code"], **one, "levels": levels}
            self.say(OPERATOR, "framework.published", body=body)
        for one in self.data.get("calendars", ()):
            body = {"version": 1, "title": one["code"], **one}
            self.say(self.home, "calendar.published", body=body)
        for one in self.data["achievements"]:
            body = {"version": 1, "title": one["code"], **one}
            self.say(body.pop("member"), "achievement.published", body=body)
        for one in self.data["programmes"]:
            named = [{"title": each["code"], **each} for each in one["requirements"]]
            body = {"version": 1, "title": one["code"], **one, "requirements": named}
            school = body.pop("member", self.home)
            self.say(school, "programme.published", body=body)

    def _agree(self) -> None:
        for one in self.data.get("policies", ()):
            self.adopt(one)
        for one in self.data["rules"]:
            self.agree(self.propose(one))

    def adopt(self, one: Step) -> None:
        """Publish a version of a policy, and have the committee endorse it."""
        body = {
            "version": 1,
            "title": one["code"],
            "committee": COMMITTEE,
            "valid_from": "2000-01-01",
            **one,
        }
        hashed = digest(body)
        self.say(OPERATOR, "policy.published", body=body, body_hash=hashed)
        name = f"{OPERATOR}/{one['code']}@{body['version']}"
        endorsed = {"policy": name, "digest": hashed}
        self.say(COMMITTEE, "policy.endorsed", body=endorsed)

    def propose(self, one: Step) -> str:
        """Propose a rule version, and return its name."""
        terms = {"title": one["code"], "recogniser": self.home, **one}
        terms.setdefault("valid_from", "2000-01-01")
        code, version = terms.pop("code"), terms.pop("version", 1)
        body = {"code": code, "version": version, "terms": terms}
        proposer = terms["recogniser"]
        self.say(proposer, "rule.proposed", body=body, body_hash=digest(body))
        return f"{proposer}/{code}@{version}"

    def agree(self, name: str) -> None:
        """Have every other party ratify a rule, and its committee endorse it."""
        rule = self.rule(name)
        agreed = {"rule": name, "digest": rule.digest}
        for party in rule.parties:
            if party != rule.proposer:
                self.say(party, "rule.ratified", body=agreed)
        if rule.terms.committee is not None:
            self.say(rule.terms.committee, "rule.endorsed", body=agreed)

    def rule(self, name: str) -> RuleRecord:
        """Return a rule version that must be there."""
        rule = self.ledger.state.find(RuleRecord, name)
        assert rule is not None, name
        return rule

    def _open(self) -> None:
        for learner in (LEARNER, SECOND):
            opened = {"learner_id": learner, "mode": "self"}
            self.say(self.home, "account.opened", body=opened)
        for member in self.data["members"]:
            if member == self.home:
                continue
            body = {
                "relation_id": self.new_id(),
                "learner_id": LEARNER,
                "member_id": member,
                "scopes": ["read", "exchange", "redeem"],
                "purpose": "recognition",
                "basis": "consent",
            }
            self.say(self.home, "relation.opened", body=body)

    def _enrol(self, programme: Step) -> None:
        code, school = programme["code"], programme.get("member", self.home)
        self.enrolments[code], self.schools[code] = self.new_id(), school
        body = {
            "enrolment_id": self.enrolments[code],
            "learner_id": LEARNER,
            "programme": f"{school}/{code}@1",
            "cohort": "2023",
            "started_on": self.data.get("started_on", STARTED),
        }
        self.say(school, "enrolment.opened", body=body)
