"""The part of a bank that is about programmes, rules, policies and exchanges."""

from collections.abc import Iterator, Mapping
from urllib.parse import quote as quoted

import orjson

from client.answers import When
from client.errors import BankAnswerError
from client.exchange import A, Connection, Query, parse, read_problem, refused
from client.option_answers import OptionsView
from client.plan_answers import PlanView
from client.recognition_answers import (
    ClaimView,
    EnrolmentView,
    ExchangeView,
    PolicyView,
    ProgrammeView,
    RuleCheck,
    RuleHead,
    TrialPage,
    TrialView,
)

NOW = When()
Draft = Mapping[str, object]
"""A rule that is to be proposed: code, version and terms."""


class Recognition:
    """Questions of a bank, each with a typed answer."""

    _connection: Connection

    def programmes(self, *, member: str | None = None) -> Iterator[ProgrammeView]:
        """Yield programme versions (培养方案), of one school if named."""
        return self._pages(ProgrammeView, "programmes", query={"member": member})

    def policies(self) -> Iterator[PolicyView]:
        """Yield policy versions (统一政策)."""
        return self._pages(PolicyView, "policies")

    def rules(
        self, *, source: str | None = None, target: str | None = None
    ) -> Iterator[RuleHead]:
        """Yield rule versions, from one member or into another if named."""
        query: Query = {"source": source, "target": target}
        return self._pages(RuleHead, "rules", query=query)

    def rule(self, name: str) -> RuleHead:
        """Return one version, ``member/code@version``."""
        return self._connection.read(RuleHead, f"/v1/rules/{quoted(name, safe='/@')}")

    def exchanges(self, learner_id: str, *, when: When = NOW) -> Iterator[ExchangeView]:
        """Yield a learner's cases (转换业务)."""
        path = f"learners/{_part(learner_id)}/exchanges"
        return self._pages(ExchangeView, path, query=when.model_dump())

    def claims(self, learner_id: str, *, when: When = NOW) -> Iterator[ClaimView]:
        """Yield a learner's claims (成果申报)."""
        path = f"learners/{_part(learner_id)}/claims"
        return self._pages(ClaimView, path, query=when.model_dump())

    def claim(self, claim_id: str) -> ClaimView:
        """Return one claim: whom it waits for, and what came of it."""
        return self._connection.read(ClaimView, f"/v1/claims/{_part(claim_id)}")

    def enrolments(
        self, learner_id: str, *, when: When = NOW
    ) -> Iterator[EnrolmentView]:
        """Yield a learner's enrolments (学籍)."""
        path = f"learners/{_part(learner_id)}/enrolments"
        return self._pages(EnrolmentView, path, query=when.model_dump())

    def options(self, learner_id: str, enrolment_id: str) -> OptionsView:
        """Return what lots can become for an enrolment, today (可转换项)."""
        path = f"/v1/learners/{_part(learner_id)}/options"
        return self._connection.read(
            OptionsView, path, query={"enrolment": enrolment_id}
        )

    def plan(self, learner_id: str, *, enrolment: str) -> PlanView:
        """Return what to apply for so that most of an enrolment is covered (方案)."""
        path = f"/v1/learners/{_part(learner_id)}/plan"
        return self._connection.read(PlanView, path, query={"enrolment": enrolment})

    def exchange(self, exchange_id: str) -> ExchangeView:
        """Return one case: whose desk it is on, and what came of it."""
        path = f"/v1/exchanges/{_part(exchange_id)}"
        return self._connection.read(ExchangeView, path)

    def quote(self, exchange_id: str) -> Mapping[str, object]:
        """Return the body that accepting a case today must have, to be signed as is.

        Raises:
            BankRefusedError: no such case, or it cannot be accepted; the code says why.
        """
        path = f"/v1/exchanges/{_part(exchange_id)}/quote"
        answer = orjson.loads(self._connection.get(path).content)
        body = answer.get("body") if isinstance(answer, dict) else None
        if not isinstance(body, dict):
            raise BankAnswerError(found="no quote")
        return body

    def check_rule(self, draft: Draft, *, proposer: str) -> RuleCheck:
        """Return what the bank would refuse in a draft, and what is odd in it."""
        asked = {**draft, "proposer": proposer}
        return self._ask(RuleCheck, "/v1/rules/check", draft=asked)

    def dry_run(self, draft: Draft, *, proposer: str) -> Iterator[TrialView]:
        """Yield what a draft would have made of the awards that are there.

        Raises:
            BankRefusedError: nobody could propose it.
        """
        asked, query = {**draft, "proposer": proposer}, ""
        while True:
            page = self._ask(TrialPage, f"/v1/rules/dry-run{query}", draft=asked)
            yield from page.trials
            if page.next is None:
                return
            query = f"?cursor={_part(page.next)}"

    def _ask(self, model: type[A], path: str, *, draft: Draft) -> A:
        raw = orjson.dumps(draft)
        answer = self._connection.post(path, raw, media_type="application/json")
        if not answer.is_success:
            raise refused(read_problem(answer))
        return parse(model, answer.content)

    def _pages(
        self, model: type[A], path: str, *, query: Query | None = None
    ) -> Iterator[A]:
        member = path.rpartition("/")[2]
        return self._connection.pages(model, f"/v1/{path}", member=member, query=query)


def _part(text: str) -> str:
    return quoted(text, safe="")
