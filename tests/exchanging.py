"""A real bank whose two colleges have agreed on rules: builders for exchanges.

The first college teaches and awards; the second recognises. Its programme, enrolments
and rules stand, and every learner's account is at home there.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self

from ledger.domain.rules.acceptance import quote
from ledger.domain.rules.awards import award_id
from ledger.domain.state import ExchangeRecord, LotRecord, NotLoadedError, Slice
from ledger.domain.state.record import Record
from ledger.integrity import canonical
from ledger.integrity.disclosures import Disclosure, make_disclosure
from ledger.lists.drafts import hash_text
from ledger.sequencer import Accepted, RefusedError
from tests.bank import LEARNER, SCHOOL, Bank, achievement, award, reference_tag

OTHER: Final = "south-college"
PROGRAMME: Final = f"{OTHER}/WELDER"
CALENDAR: Final = f"{OTHER}/days"
AUTOMATIC: Final = f"{OTHER}/AUTOMATIC@1"
DESKS: Final = f"{OTHER}/DESKS@1"
TODAY: Final = "2026-09-01"
APPROVAL: Final = (
    {"role": "tutor", "member": SCHOOL, "due_workdays": 3},
    {"role": "dean", "member": OTHER, "due_workdays": 5},
)
PREDICATE: Final = {"name": "score", "at_least": "60"}

Body = Mapping[str, object]


def programme(**changes: object) -> Body:
    """Return the body of a programme of sixty credits in one requirement."""
    named = {"code": "WELDER", "version": 1, "title": "焊接技术", "credits": "60"}
    required = {
        "code": "WELD",
        "title": "焊接",
        "nature": "elective",
        "module": "basic",
        "credits": "60",
        "satisfied_by": [f"{SCHOOL}/WELD-1"],
    }
    return {**named, "requirements": [required], **changes}


def calendar() -> Body:
    """Return the body of a year whose workdays are Monday to Friday."""
    year = {"code": "2026", "starts_on": "2026-09-01", "ends_on": "2027-08-31"}
    named = {"code": "days", "version": 1, "title": "校历", "years": [year]}
    return {**named, "workdays": {"weekdays": [1, 2, 3, 4, 5]}}


def terms(**changes: object) -> Body:
    """Return what a rule says: a passed course counts one to one, and is used up."""
    component = {"of": {"achievement": f"{SCHOOL}/WELD-1"}, "predicates": [PREDICATE]}
    target = {
        "outcome": "course_credit",
        "requirement": {"programme": PROGRAMME, "code": "WELD"},
    }
    ratio = {"numerator": 1, "denominator": 1}
    return {
        "title": "焊接互认",
        "recogniser": OTHER,
        "parties": [SCHOOL, OTHER],
        "valid_from": "2026-01-01",
        "source": {"groups": [{"components": [component]}]},
        "targets": [target],
        "effect": "consume",
        "conversion": {"method": "ratio", "ratio": ratio},
        "limits": [{"code": "many", "at_most": "12"}],
        **changes,
    }


def digest_of(body: Body) -> str:
    """Return the digest that parties of a rule sign."""
    return hash_text(canonical.dumps(dict(body)))


def score(value: str, *, salt: str = "s" * 22) -> Disclosure:
    """Return the disclosure of a score."""
    return make_disclosure("score", value, salt=salt)


@dataclass(frozen=True, slots=True, kw_only=True)
class Earned:
    """An award with the score that only its disclosure tells."""

    award_id: str
    shown: Disclosure


class ExchangeBank(Bank):
    """A bank with two colleges, a programme, two agreed rules and one learner."""

    def __enter__(self) -> Self:
        """Found the ledger, and agree on all that exchanges need."""
        self.digests: dict[str, str] = {}
        self.found()
        for member_id in (SCHOOL, OTHER):
            self.admit(member_id, kind="school")
        self.post(SCHOOL, "achievement.published.v1", body=achievement())
        self.post(OTHER, "programme.published.v1", body=programme())
        self.post(OTHER, "calendar.published.v1", body=calendar())
        self.agree("AUTOMATIC", terms())
        self.agree("DESKS", terms(approval=APPROVAL, workdays=CALENDAR))
        for one in self.enrolling(LEARNER):
            self.submit(self.receive(self.sign(one))).result()
        return self

    def propose(self, code: str, said: Body, *, version: int = 1) -> str:
        """Propose a rule version; return its name."""
        body = {"code": code, "version": version, "terms": said}
        self.post(OTHER, "rule.proposed.v1", body=body)
        name = f"{OTHER}/{code}@{version}"
        self.digests[name] = digest_of(body)
        return name

    def agree(self, code: str, said: Body, *, version: int = 1) -> str:
        """Propose a rule version and have the other college ratify it."""
        name = self.propose(code, said, version=version)
        agreed = {"rule": name, "digest": self.digests[name]}
        self.post(SCHOOL, "rule.ratified.v1", body=agreed)
        return name

    def enrolling(self, learner_id: str) -> list[dict[str, object]]:
        """Return statements that open an account and enrol at the second college."""
        opened = {"learner_id": learner_id, "mode": "self"}
        body = {
            "enrolment_id": enrolment_of(learner_id),
            "learner_id": learner_id,
            "programme": f"{PROGRAMME}@1",
            "cohort": "2026",
            "started_on": TODAY,
        }
        return [
            self.statement(
                OTHER, "account.opened.v1", body=opened, mandate=self.mandate()
            ),
            self.statement(OTHER, "enrolment.opened.v1", body=body),
        ]

    def awarding(
        self, reference: str, *, value: str = "87.5", **changes: object
    ) -> tuple[dict[str, object], Earned]:
        """Return a statement that awards three credits, and what will be there."""
        shown = score(value, salt=hash_text(reference.encode())[:22])
        body = award(reference, _sd=[shown.digest], **changes)
        statement = self.statement(SCHOOL, "credit.awarded.v1", body=body)
        tag = reference_tag(reference)
        identity = award_id(member_id=SCHOOL, reference_tag=tag, revision=0)
        return statement, Earned(award_id=identity, shown=shown)

    def earn(self, reference: str, **changes: object) -> Earned:
        """Award the learner three credits, with a score that is disclosed."""
        statement, earned = self.awarding(reference, **changes)  # type: ignore[arg-type]  # a value or a change
        raw = self.sign(statement, disclosures=[earned.shown])
        self.submit(self.receive(raw)).result()
        return earned

    def application(
        self,
        *earned: Earned,
        rule: str = AUTOMATIC,
        learner_id: str = LEARNER,
        **changes: object,
    ) -> dict[str, object]:
        """Return the body of a request that offers the whole of these awards."""
        lots = [
            {"award_id": one.award_id, "credits": "3", "component": 0} for one in earned
        ]
        body = {
            "exchange_id": str(uuid.UUID(int=next(self._numbers), version=4)),
            "learner_id": learner_id,
            "enrolment_id": enrolment_of(learner_id),
            "rule": rule,
            "rule_digest": self.digests[rule],
            "lots": lots,
            "predicates": [{**PREDICATE, "award_id": one.award_id} for one in earned],
        }
        return {**body, **changes}

    def request_bytes(
        self, body: Body, *, shown: Sequence[Disclosure], **changes: object
    ) -> bytes:
        """Return a signed request, followed by what it shows."""
        statement = self.statement(
            OTHER, "exchange.requested.v1", body=body, mandate=self.mandate(), **changes
        )
        return self.sign(statement, disclosures=shown)

    def request(
        self, body: Body, *, shown: Sequence[Disclosure], **changes: object
    ) -> Accepted:
        """Apply for an exchange."""
        raw = self.request_bytes(body, shown=shown, **changes)
        return self.submit(self.receive(raw)).result()

    def refused(
        self, body: Body, *, shown: Sequence[Disclosure], **changes: object
    ) -> str:
        """Return the code with which a request is refused; nothing is written."""
        before = self.audit().entries
        try:
            self.request(body, shown=shown, **changes)
        except RefusedError as error:
            assert self.check_log().entries == before
            (fault,) = error.faults
            return fault.error.code
        raise AssertionError(body)

    def redemption_bytes(self, identity: str, *, learner_id: str = LEARNER) -> bytes:
        """Return a signed redemption of a lot of three credits."""
        body = {
            "redemption_id": str(uuid.UUID(int=next(self._numbers), version=4)),
            "enrolment_id": enrolment_of(learner_id),
            "requirement": "WELD",
            "lots": [{"award_id": identity, "credits": "3"}],
        }
        mandate = self.mandate()
        return self.sign(
            self.statement(OTHER, "credit.redeemed.v1", body=body, mandate=mandate)
        )

    def mandate(self) -> Body:
        """Return the learner's own word, on paper."""
        return {
            "by": "learner",
            "method": "paper",
            "proof": "o" * 43,
            "notice_version": "2026-1",
            "at": "2026-09-01T08:00:00.000Z",
        }

    def find(self, record: type[Record], key: str) -> Record | None:
        """Return a record of the state."""
        return self.store.load(record.kind, [key]).get(key)

    def lot(self, identity: str) -> LotRecord:
        """Return a lot that must be there."""
        lot = self.find(LotRecord, identity)
        assert isinstance(lot, LotRecord)
        return lot

    def exchange(self, identity: object) -> ExchangeRecord:
        """Return a case that must be there."""
        record = self.find(ExchangeRecord, str(identity))
        assert isinstance(record, ExchangeRecord)
        return record

    def quote(self, identity: object) -> dict[str, object]:
        """Return the body to sign for accepting a case today."""
        state, record = Slice(), self.exchange(identity)
        while True:
            try:
                body = quote(record, state, on=TODAY)
            except NotLoadedError as missing:
                found = self.store.load(missing.ref.record.kind, [missing.ref.key])
                state.learn(missing.ref, found.get(missing.ref.key))
            else:
                return body.model_dump(mode="json", exclude_none=True)


def enrolment_of(learner_id: str) -> str:
    """Return the id of a learner's enrolment."""
    return str(uuid.UUID(int=int(learner_id[-12:], 16), version=4))


def actor(role: str) -> Body:
    """Return who acts at a desk."""
    return {"staff": "r1", "role": role}
