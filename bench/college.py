"""A second college that recognises what the school awards, by a rule of both."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from bench.school import (
    COURSE,
    SCHOOL,
    Office,
    School,
    admission,
    award_body,
    batches,
    course,
    learner,
    mandate,
    statement_of,
    tag_of,
)
from ledger.domain.rules.awards import award_id
from ledger.integrity import canonical
from ledger.integrity.disclosures import Disclosure, join, make_disclosure
from ledger.integrity.jws import STATEMENT_TYP, sign_jws
from ledger.integrity.keys import KeyUse, SigningKey
from ledger.lists.drafts import hash_text

COLLEGE: Final = "south-college"
PROGRAMME: Final = f"{COLLEGE}/WELDER"
_CODE: Final = "WELD"
_STARTED: Final = "2026-01-01"
_PREDICATE: Final = {"name": "score", "at_least": "60"}
_CREDITS: Final = "9000"
"""More than anybody brings here: what a cap costs is measured, not its refusal."""

Body = Mapping[str, object]


@dataclass(slots=True)
class College:
    """Signs for the college, and for the school where both must agree."""

    key: SigningKey = field(
        default_factory=lambda: SigningKey.generate(COLLEGE, KeyUse.MEMBER)
    )
    requested: int = 0
    """How many requests were signed so far."""
    rules: int = 0
    """How many rules were agreed on that no request here names."""

    def settle(self, office: Office, school: School) -> None:
        """Become a member, publish a programme, agree on a rule, enrol everybody."""
        operator = office.founded.operator_key
        admitted = admission(self.key, audience=school.ledger)
        office.say(operator, "member.admitted", body=admitted)
        office.say(self.key, "programme.published", body=_programme())
        self.agree(office, school, proposals=[_proposal(_CODE, COURSE)])
        enrolments = [
            {
                "enrolment_id": enrolment_of(number),
                "learner_id": learner(number),
                "programme": f"{PROGRAMME}@1",
                "cohort": "2026",
                "started_on": _STARTED,
            }
            for number in range(school.learners)
        ]
        self.take(office, self.key, name="enrolment.opened", bodies=enrolments)

    def agree_on_others(self, office: Office, school: School, *, count: int) -> None:
        """Agree on so many more rules, about courses that nobody here has taken."""
        first, self.rules = self.rules, self.rules + count
        codes = [f"OTHER-{number}" for number in range(first, self.rules)]
        courses = [course(code) for code in codes]
        self.take(office, school.key, name="achievement.published", bodies=courses)
        proposals = [_proposal(code, f"{SCHOOL}/{code}") for code in codes]
        self.agree(office, school, proposals=proposals)

    def agree(
        self, office: Office, school: School, *, proposals: Sequence[Body]
    ) -> None:
        """Propose rules, and have the school ratify them."""
        agreed = [
            {"rule": f"{COLLEGE}/{one['code']}@1", "digest": _digest(one)}
            for one in proposals
        ]
        self.take(office, self.key, name="rule.proposed", bodies=proposals)
        self.take(office, school.key, name="rule.ratified", bodies=agreed)

    def take(
        self, office: Office, key: SigningKey, *, name: str, bodies: Sequence[Body]
    ) -> None:
        """Write statements of one type in batches."""
        named = [(name, body) for body in bodies]
        for raw in batches(key, named, aud=office.founded.ledger):
            office.take(raw)

    def requests(
        self, school: School, owners: Sequence[int]
    ) -> tuple[list[bytes], list[bytes]]:
        """Return batches with one new award for each owner, and a request for each."""
        first, self.requested = self.requested, self.requested + len(owners)
        pairs = list(enumerate(owners, first))
        awards = [("credit.awarded", _award(number, owner)) for number, owner in pairs]
        requests = [_request(school, number, owner=owner) for number, owner in pairs]
        return batches(school.key, awards, aud=school.ledger), requests


def _award(number: int, owner: int) -> Body:
    body = award_body(learner(owner), _reference(number))
    return {**body, "_sd": [_score(number).digest]}


def _request(school: School, number: int, *, owner: int) -> bytes:
    tag = tag_of(_reference(number))
    award = award_id(member_id=SCHOOL, reference_tag=tag, revision=0)
    body = {
        "exchange_id": str(uuid.UUID(int=number + 1, version=4)),
        "learner_id": learner(owner),
        "enrolment_id": enrolment_of(owner),
        "rule": f"{COLLEGE}/{_CODE}@1",
        "rule_digest": _digest(_proposal(_CODE, COURSE)),
        "lots": [{"award_id": award, "credits": "3", "component": 0}],
        "predicates": [{**_PREDICATE, "award_id": award}],
    }
    said = statement_of("exchange.requested", body, iss=SCHOOL, aud=school.ledger)
    payload = canonical.dumps({**said, "mandate": mandate()})
    raw = sign_jws(school.key, payload, typ=STATEMENT_TYP)
    return join(raw, [_score(number).encoded])


def enrolment_of(number: int) -> str:
    """Return the id of a learner's enrolment."""
    return str(uuid.UUID(int=number + 1, version=4))


def _reference(number: int) -> bytes:
    return b"exchange %d" % number


def _score(number: int) -> Disclosure:
    return make_disclosure("score", "87.5", salt=tag_of(_reference(number))[:22])


def _programme() -> Body:
    required = {
        "code": _CODE,
        "title": "焊接",
        "nature": "elective",
        "module": "basic",
        "credits": _CREDITS,
    }
    named = {"code": "WELDER", "version": 1, "title": "焊接技术", "credits": _CREDITS}
    return {**named, "requirements": [required]}


def _proposal(code: str, achievement: str) -> Body:
    """Return a rule of a usual size: one course, one score, two caps."""
    component = {"of": {"achievement": achievement}, "predicates": [_PREDICATE]}
    aim = {"programme": PROGRAMME, "code": _CODE}
    ratio = {"numerator": 1, "denominator": 1}
    terms = {
        "title": "焊接互认",
        "recogniser": COLLEGE,
        "parties": [SCHOOL, COLLEGE],
        "valid_from": _STARTED,
        "source": {"groups": [{"components": [component]}]},
        "targets": [{"outcome": "course_credit", "requirement": aim}],
        "effect": "consume",
        "conversion": {"method": "ratio", "ratio": ratio},
        "limits": [
            {"code": "all", "at_most": _CREDITS},
            {"code": "root", "at_most": "3", "each": "root"},
        ],
    }
    return {"code": code, "version": 1, "terms": terms}


def _digest(proposal: Body) -> str:
    return hash_text(canonical.dumps(dict(proposal)))
