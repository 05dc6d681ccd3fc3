"""Plays a bank's stories: each step is a verb with what it is about.

``award``, ``amend`` and ``revoke`` are about results; ``exchange`` is ``request``,
``endorse`` at every desk but the last, and ``accept`` in one; ``return``, ``decline``,
``cancel`` and ``reverse`` end a case; ``redeem`` and ``unredeem`` count; ``propose``
and ``ratify`` are about rules, ``adopt`` about policies; ``lot`` and ``unmet`` look.

``on`` moves the calendar. ``refused`` is the code that a step is refused with, and may
be told more closely by ``limit`` and ``reason``.
"""

from collections.abc import Sequence
from typing import Any

import pytest

from ledger.domain.errors import RejectionError
from ledger.domain.rules.acceptance import quote
from ledger.domain.rules.bounds import bounds_of
from ledger.domain.state import (
    EnrolmentRecord,
    ExchangeRecord,
    RedemptionRecord,
    RuleRecord,
)
from ledger.domain.statements.graduation import BoundKind
from ledger.domain.types import credits_text
from tests.banks.bank import Step, StoryBank
from tests.banks.results import LEARNERS, Results
from tests.builders import MANDATE, OPERATOR, kid

DETAILS = ("limit", "reason")


class Player(Results):
    """Plays steps on one bank, and remembers what they named."""

    def __init__(self, bank: StoryBank) -> None:
        """Stand before the first step."""
        super().__init__(bank)
        self.cases: dict[str, str] = {}
        self.redemptions: dict[str, str] = {}

    def play(self, steps: Sequence[Step]) -> None:
        """Play the steps of a story."""
        for step in steps:
            self.bank.day = step.get("on", self.bank.day)
            verb = next(verb for verb in VERBS if verb in step)
            if "refused" not in step:
                VERBS[verb](self, step)
                continue
            with pytest.raises(RejectionError) as refusal:
                VERBS[verb](self, step)
            details = refusal.value.details
            assert refusal.value.code == step["refused"], (step, dict(details))
            for name in DETAILS:
                assert name not in step or details.get(name) == step[name], step

    def exchange(self, step: Step) -> None:
        """Apply for an exchange, walk its desks, and accept it."""
        name = str(step.get("as", step["exchange"]))
        self.request({**step, "request": step["exchange"], "as": name})
        for _ in self._rule_of(name).terms.approval[:-1]:
            self.endorse({"endorse": name})
        self.accept({"accept": name, **step, "as": name})

    def request(self, step: Step) -> None:
        """Apply for an exchange."""
        code = step.get("into", self.bank.first_programme())
        school = self.bank.schools[code]
        rule = self.bank.rule(f"{school}/{step['request']}@{step.get('version', 1)}")
        seen = self.bank.rule(f"{school}/{step['request']}@{step.get('seen', 1)}")
        offered = [self.offered(one) for one in step["lots"]]
        identity = self.bank.new_id()
        name = step.get("as", step["request"])
        before = self._case(name) if "again" in step else None
        body: dict[str, Any] = {
            "exchange_id": before.exchange_id if before else identity,
            "revision": before.revision + 1 if before else 0,
            "learner_id": LEARNERS[step.get("who", "first")],
            "enrolment_id": self.bank.enrolments[code],
            "rule": rule.rule,
            "rule_digest": seen.digest if "seen" in step else rule.digest,
            "lots": offered,
            "predicates": list(self.predicates(rule, step["lots"], offered=offered)),
            "vouched": step.get("vouched", []),
        }
        mandate = MANDATE if step.get("mandate", True) else None
        by = step.get("by", school)
        self.bank.say(by, "exchange.requested", body=body, mandate=mandate)
        self.cases[name] = body["exchange_id"]

    def endorse(self, step: Step) -> None:
        """Pass a case on from the desk that it lies on."""
        record = self._case(step["endorse"])
        body = {"exchange_id": record.exchange_id, "step": record.step}
        vouched = {"vouched": step.get("vouched", [])}
        self._sign(record, "exchange.endorsed", body={**body, **vouched}, step=step)

    def send_back(self, step: Step) -> None:
        """Send a case back to be completed."""
        record = self._case(step["return"])
        body = {
            "exchange_id": record.exchange_id,
            "step": record.step,
            "reason_code": step.get("because", "document_missing"),
            "missing": "the original",
        }
        self._sign(record, "exchange.returned", body=body, step=step)

    def decline(self, step: Step) -> None:
        """Decline a case at the desk that it lies on."""
        record = self._case(step["decline"])
        reason = step.get("because", "content_not_equivalent")
        body = {"exchange_id": record.exchange_id, "reason_code": reason}
        self._sign(record, "exchange.declined", body=body, step=step)

    def cancel(self, step: Step) -> None:
        """Take an application back."""
        record = self._case(step["cancel"])
        body = {"exchange_id": record.exchange_id, "reason_code": "at_own_request"}
        self.bank.say(record.requested_by, "exchange.cancelled", body=body)

    def accept(self, step: Step) -> None:
        """Accept a case as the rule gives it, and compare with what it should."""
        name = step["accept"]
        record = self._case(name)
        accepted = quote(record, self.ledger.state, on=self.bank.day)
        body = accepted.model_dump(mode="json", exclude_none=True)
        if self._rule_of(name).terms.approval:
            self._sign(record, "exchange.accepted", body=body, step=step)
        else:
            key = kid(OPERATOR, "s")
            self.bank.say(OPERATOR, "exchange.accepted", body=body, key=key)
        created = self._case(name).created
        given = [credits_text(self.ledger.lot(one).awarded_milli) for one in created]
        assert step["gives"] in (given, None), step
        for number, identity in enumerate(created):
            self.lots[f"{name} {number}" if number else name] = identity

    def reverse(self, step: Step) -> None:
        """Undo an exchange."""
        record = self._case(step["reverse"])
        body = {"exchange_id": record.exchange_id, "reason_code": "recorded_in_error"}
        by = step.get("by", self._rule_of(step["reverse"]).recogniser)
        self.bank.say(by, "exchange.reversed", body=body)

    def redeem(self, step: Step) -> None:
        """Count lots toward a requirement."""
        code = step.get("into", self.bank.first_programme())
        lots = [self.offered(one) for one in step["lots"]]
        parts = [{name: one[name] for name in ("award_id", "credits")} for one in lots]
        identity = self.bank.new_id()
        body = {
            "redemption_id": identity,
            "enrolment_id": self.bank.enrolments[code],
            "requirement": step["redeem"],
            "lots": parts,
        }
        self.bank.say(self.bank.schools[code], "credit.redeemed", body=body)
        self.redemptions[step.get("as", step["redeem"])] = identity

    def unredeem(self, step: Step) -> None:
        """Undo a redemption, with a reason."""
        identity = self.redemptions[step["unredeem"]]
        body = {
            "redemption_id": identity,
            "reason_code": "recorded_in_error",
            **({"reason": step["because"]} if "because" in step else {}),
        }
        self.bank.say(self.bank.home, "redemption.reversed", body=body)

    def propose(self, step: Step) -> None:
        """Propose a version that the data keeps for later."""
        self.bank.propose(self.bank.data["later"][step["propose"]])

    def ratify(self, step: Step) -> None:
        """Agree to a rule version, having seen perhaps another."""
        base = f"{step.get('proposer', self.bank.home)}/{step['ratify']}"
        seen = self.bank.rule(f"{base}@{step.get('seen', step['version'])}")
        body = {"rule": f"{base}@{step['version']}", "digest": seen.digest}
        self.bank.say(step["by"], "rule.ratified", body=body)

    def adopt(self, step: Step) -> None:
        """Publish and endorse a policy that the data keeps for later."""
        self.bank.adopt(self.bank.data["later"][step["adopt"]])

    def unmet(self, step: Step) -> None:
        """Compare which minima are not met by what was redeemed."""
        code = step.get("into", self.bank.first_programme())
        state = self.ledger.state
        enrolment = state.find(EnrolmentRecord, self.bank.enrolments[code])
        assert enrolment is not None
        found = [state.find(RedemptionRecord, one) for one in self.redemptions.values()]
        counted = [
            one
            for one in found
            if one and not one.reversed and one.enrolment_id == enrolment.enrolment_id
        ]
        bounds = bounds_of(enrolment, counted, state=state, total_milli=0)
        said = {
            one.code or one.kind.value: credits_text(
                one.bound_milli - one.reached_milli
            )
            for one in bounds
            if one.kind in {BoundKind.MINIMUM, BoundKind.HOME_AT_LEAST}
            and not one.is_met
        }
        assert said == step["unmet"], step

    def _case(self, name: str) -> ExchangeRecord:
        record = self.ledger.state.find(ExchangeRecord, self.cases[name])
        assert record is not None
        return record

    def _rule_of(self, name: str) -> RuleRecord:
        return self.bank.rule(self._case(name).rule)

    def _sign(
        self, record: ExchangeRecord, type_name: str, *, body: Step, step: Step
    ) -> None:
        desk = self.bank.rule(record.rule).terms.approval[record.step]
        actor = {"staff": "r1", "role": step.get("role", desk.role)}
        by = step.get("by", desk.member)
        self.bank.say(by, type_name, body=body, actor=actor)


VERBS = {
    "award": Player.award,
    "amend": Player.amend,
    "revoke": Player.revoke,
    "exchange": Player.exchange,
    "request": Player.request,
    "endorse": Player.endorse,
    "return": Player.send_back,
    "decline": Player.decline,
    "cancel": Player.cancel,
    "accept": Player.accept,
    "reverse": Player.reverse,
    "redeem": Player.redeem,
    "unredeem": Player.unredeem,
    "propose": Player.propose,
    "ratify": Player.ratify,
    "adopt": Player.adopt,
    "lot": Player.look,
    "unmet": Player.unmet,
}
