"""A school's office for exchanges: it applies, moves cases over desks, and redeems."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from api.cli.demo.agreements import Agreed
from api.cli.demo.consortium import Consortium, Desk, mandate
from client.errors import BankRefusedError
from client.ids import statement_id
from client.requests import Brought, Request, disclosures_of, request_content
from client.results import Content, Fields, Result
from ledger.domain.rules.settlement import lot_id
from ledger.domain.types import instant_of
from ledger.integrity.encoding import b64encode

_FORM: Final = b64encode(b"application form, salted digest.")

Found = tuple[int, str, Result]
"""A result for one component of a rule, and the member that posted it."""


class NotRefusedError(Exception):
    """The bank took what the sample holds for refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An application that was handed in."""

    learner_id: str
    agreed: Agreed
    request: Request

    @property
    def exchange_id(self) -> str:
        """Return the id that everything about the case names."""
        return self.request.exchange_id

    @property
    def code(self) -> str:
        """Return the code of its rule."""
        return self.agreed.rule.partition("/")[2].partition("@")[0]

    def created(self, number: int = 0) -> str:
        """Return the id of a lot that its acceptance creates."""
        return lot_id(self.exchange_id, number)


class Office:
    """One school's office."""

    def __init__(self, consortium: Consortium, school: str, *, programme: str) -> None:
        """Open it for one programme."""
        self.consortium = consortium
        self.school = school
        self.desk: Desk = consortium.desks[school]
        self.programme = f"{school}/{programme}@1"
        self.enrolments: dict[str, str] = {}

    def enrol(self, learners: Iterable[str]) -> int:
        """Enrol learners in the programme, in one batch; return how many."""
        self.enrolments = {learner_id: statement_id() for learner_id in learners}
        return self.desk.post_all(
            Content(
                type="enrolment.opened.v1",
                body={
                    "enrolment_id": enrolment_id,
                    "learner_id": learner_id,
                    "programme": self.programme,
                    "cohort": "2023",
                    "started_on": "2023-09-01",
                },
            )
            for learner_id, enrolment_id in self.enrolments.items()
        )

    def draft(self, learner_id: str, agreed: Agreed, *, lots: Sequence[Found]) -> Case:
        """Fill in an application under a rule with these results; nothing is sent."""
        components = [
            component
            for group in agreed.terms["source"]["groups"]
            for component in group["components"]
        ]
        request = Request(
            exchange_id=statement_id(),
            learner_id=learner_id,
            enrolment_id=self.enrolments[learner_id],
            rule=agreed.rule,
            rule_digest=agreed.digest,
            lots=tuple(
                self._brought(one, asked=components[one[0]].get("predicates", ()))
                for one in lots
            ),
        )
        return Case(learner_id=learner_id, agreed=agreed, request=request)

    def apply(self, case: Case) -> None:
        """Hand an application in, with the learner's mandate.

        Raises:
            BankRefusedError: the rules refuse.
        """
        by = mandate(_FORM, at=instant_of(self.consortium.clock.now()))
        self.desk.post(request_content(case.request), by=by)

    def expect_refusal(self, code: str, case: Case) -> None:
        """Apply for what the rules refuse, as another case.

        Raises:
            NotRefusedError: they do not, or for another reason.
        """
        request = replace(case.request, exchange_id=statement_id())
        try:
            self.apply(replace(case, request=request))
        except BankRefusedError as error:
            if error.bank_code == code:
                return
            raise
        raise NotRefusedError(code)

    def endorse(self, case: Case, step: int) -> None:
        """Have one desk pass a case on, vouching for what the rule wants."""
        body = {"exchange_id": case.exchange_id, "step": step, "opinion": "同意"}
        wanted = case.agreed.terms.get("attestations", ())
        if wanted and step == 0:
            body["vouched"] = [{"code": one["code"], "value": "85"} for one in wanted]
        self._at_desk(case, Content(type="exchange.endorsed.v1", body=body), step=step)

    def accept(self, case: Case) -> None:
        """Have the last desk accept, with the very body that the bank works out."""
        body = self.desk.bank.quote(case.exchange_id)
        last = len(case.agreed.terms["approval"]) - 1
        self._at_desk(case, Content(type="exchange.accepted.v1", body=body), step=last)

    def approve(self, case: Case) -> None:
        """Take a case over all its desks."""
        for step in range(len(case.agreed.terms["approval"]) - 1):
            self.endorse(case, step)
        self.accept(case)

    def send_back(self, case: Case) -> None:
        """Have the first desk return a case, since something is missing."""
        body = {
            "exchange_id": case.exchange_id,
            "step": 0,
            "reason_code": "document_illegible",
            "missing": "证书扫描件不清晰，请重新提交",
        }
        self._at_desk(case, Content(type="exchange.returned.v1", body=body), step=0)

    def hand_in_again(self, case: Case) -> Case:
        """Hand a returned case in again."""
        request = replace(case.request, revision=case.request.revision + 1)
        again = replace(case, request=request)
        self.apply(again)
        return again

    def decline(self, case: Case) -> None:
        """Have the first desk decline a case."""
        content = _about(case, "exchange.declined.v1", reason="content_not_equivalent")
        self._at_desk(case, content, step=0)

    def cancel(self, case: Case) -> None:
        """Take a case back, as the learner wishes."""
        self.desk.post(_about(case, "exchange.cancelled.v1", reason="at_own_request"))

    def reverse(self, case: Case) -> None:
        """Undo an accepted case."""
        self.desk.post(_about(case, "exchange.reversed.v1", reason="recorded_in_error"))

    def lapse(self, case: Case) -> None:
        """Have the bank note that a case lay on a desk beyond its workdays."""
        desk = self.desk.bank.exchange(case.exchange_id).desk
        due_on = desk.due_on if desk else None
        body = {"exchange_id": case.exchange_id, "due_on": due_on}
        content = Content(type="exchange.lapsed.v1", body=body)
        self.consortium.service.say_as("service", content)

    def redeem(
        self, learner_id: str, requirement: str, *, lots: Sequence[tuple[str, str]]
    ) -> str:
        """Count lots, each with its credits, toward a requirement; return the id."""
        redemption_id = statement_id()
        self.desk.say(
            "credit.redeemed.v1",
            redemption_id=redemption_id,
            enrolment_id=self.enrolments[learner_id],
            requirement=requirement,
            lots=[{"award_id": one, "credits": amount} for one, amount in lots],
        )
        return redemption_id

    def _at_desk(self, case: Case, content: Content, *, step: int) -> None:
        desk = case.agreed.terms["approval"][step]
        self.consortium.desks[desk["member"]].say_as(desk["role"], content)

    def _brought(self, found: Found, *, asked: Sequence[Fields]) -> Brought:
        component, member, result = found
        secret = self.consortium.desks[member].secret
        known = disclosures_of(result, secret)
        return Brought(
            award_id=result.award_id(secret),
            credits=str(result.public["credits"]),
            component=component,
            predicates=tuple(asked),
            # Whoever awarded it hands the disclosure over, at the learner's wish.
            shown=tuple(known[str(one["name"])] for one in asked),
        )


def _about(case: Case, type_name: str, *, reason: str) -> Content:
    body = {"exchange_id": case.exchange_id, "reason_code": reason}
    return Content(type=type_name, body=body)
