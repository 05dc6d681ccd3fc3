"""Steps of a plan, taken on a copy of the state as if they had been posted.

Every statement that a step stands for is decided and evolved by its own rule, each desk
in its turn. What is not known yet is taken as the plan says it: that a score reaches
its minimum once it is shown, that a desk vouches for what the rule asks, and agrees.
"""

import uuid
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from ledger.domain.rules.acceptance import ACCEPTED, quote
from ledger.domain.rules.act import Act, Rule
from ledger.domain.rules.envelope import check_standing, present
from ledger.domain.rules.exchanges import ENDORSED
from ledger.domain.rules.redemptions import REDEEMED
from ledger.domain.rules.requests import REQUESTED
from ledger.domain.state import (
    ExchangeRecord,
    HeldLot,
    KeyringRecord,
    LedgerRecord,
    MemberRecord,
    Part,
    Record,
    RuleRecord,
    Slice,
)
from ledger.domain.statements.envelope import (
    Actor,
    Mandate,
    MandateBy,
    MandateMethod,
    Statement,
)
from ledger.domain.statements.exchanges import (
    CreditRedeemed,
    CreditRedeemedBody,
    ExchangeAccepted,
    ExchangeEndorsed,
    ExchangeEndorsedBody,
    ExchangeRequested,
    ExchangeRequestedBody,
    LotPart,
    LotPredicate,
    OfferedLot,
    Vouched,
)
from ledger.domain.statements.members import KeyUse
from ledger.domain.types import credits_text

STEP_NAMESPACE: Final = uuid.UUID("5b0b9b0e-6f0d-5c55-9c6e-1d1b7a1f3c11")
"""The UUIDv5 namespace of what a plan proposes: the same plan has the same ids."""

S = TypeVar("S", bound=Statement)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """For whom a plan is made, and after which position.

    ``applicant`` applies and ``school`` counts; ``position`` is that of the newest
    entry that the plan knows.
    """

    learner_id: str
    enrolment_id: str
    school: str
    applicant: str
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """Apply for an exchange on a date, and see it through all its desks."""

    exchange_id: str
    rule: str
    lots: tuple[HeldLot, ...]
    day: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Counting:
    """Count lots toward a requirement on a date."""

    redemption_id: str
    requirement: str
    lots: tuple[Part, ...]
    day: str


Step = Conversion | Counting


def step_id(setting: Setting, number: int) -> str:
    """Return the id of what the ``number``-th step of a plan proposes."""
    name = f"{setting.enrolment_id}/{setting.position}/{number}"
    return str(uuid.uuid5(STEP_NAMESPACE, name))


def take(step: Step, state: Slice, *, setting: Setting) -> tuple[Record, ...]:
    """Return what a step changes, after every rule has agreed to it.

    Raises:
        RejectionError: a rule refuses; nothing is changed.
        NotLoadedError: a record is missing from the slice; load it, take it again.
    """
    taking = _Taking(Slice(state), setting=setting, step=step)
    if isinstance(step, Conversion):
        _convert(step, taking)
    else:
        body = redemption_body(step, setting=setting)
        said = CreditRedeemed(body=body, **taking.envelope(setting.school))
        taking.say(REDEEMED, said)
    known = taking.layer.known.values()
    return tuple(record for record in known if record is not None)


class _Taking:
    """One step being taken: what was said in it so far lies on a layer of its own."""

    def __init__(self, layer: Slice, *, setting: Setting, step: Step) -> None:
        self.layer = layer
        self.setting = setting
        self.step = step
        self.at = f"{step.day}T12:00:00.000Z"

    # Any: fields of an envelope, each of its own type.
    def envelope(self, iss: str, *, role: str = "registrar") -> dict[str, Any]:
        step = self.step
        identity = (
            step.exchange_id if isinstance(step, Conversion) else step.redemption_id
        )
        return {
            "id": identity,
            "iss": iss,
            "aud": present(self.layer, LedgerRecord, key=0).name,
            "iat": self.at,
            "exp": self.at,
            "actor": Actor(staff="plan", role=role),
            "mandate": Mandate(
                by=MandateBy.LEARNER,
                method=MandateMethod.PAPER,
                proof="A" * 43,
                notice_version="plan",
                at=self.at,
            ),
        }

    def say(self, rule: Rule[S], statement: S, *, kid: str = "") -> None:
        """Decide and evolve one statement; its member must be in good standing."""
        member = present(self.layer, MemberRecord, key=statement.iss)
        check_standing(member, statement.type)
        act = Act(
            statement=statement,
            kid=kid or f"{statement.iss}#plan",
            payload_hash="",
            body_hash="",
            position=self.setting.position + 1,
            recorded_at=self.at,
            recorded_on=self.step.day,
        )
        rule.decide(act, self.layer)
        # All of it first: a rule looks at the layer while it evolves.
        self.layer.put(tuple(rule.evolve(act, self.layer)))


def _convert(step: Conversion, taking: _Taking) -> None:
    layer, key = taking.layer, step.exchange_id
    rule = present(layer, RuleRecord, key=step.rule)
    body = request_body(step, rule, setting=taking.setting)
    asked = ExchangeRequestedBody(**{**dict(body), "vouched": vouched_in(rule)})
    envelope = taking.envelope(taking.setting.applicant)
    taking.say(REQUESTED, ExchangeRequested(body=asked, **envelope))
    desks = rule.terms.approval
    for number, desk in enumerate(desks[:-1]):
        passed = ExchangeEndorsedBody(exchange_id=key, step=number)
        envelope = taking.envelope(desk.member, role=desk.role)
        taking.say(ENDORSED, ExchangeEndorsed(body=passed, **envelope))
    operator = present(layer, LedgerRecord, key=0).operator
    kid, member, role = _service_kid(layer, operator), operator, "service"
    if desks:
        kid, member, role = "", desks[-1].member, desks[-1].role
    quoted = quote(present(layer, ExchangeRecord, key=key), layer, on=step.day)
    envelope = taking.envelope(member, role=role)
    taking.say(ACCEPTED, ExchangeAccepted(body=quoted, **envelope), kid=kid)


def vouched_in(rule: RuleRecord) -> tuple[Vouched, ...]:
    """Return the least that has to be vouched for under a rule."""
    return tuple(
        Vouched(code=one.code, value=one.at_least) for one in rule.terms.attestations
    )


def request_body(
    step: Conversion, rule: RuleRecord, *, setting: Setting
) -> ExchangeRequestedBody:
    """Return the body that applies, without what somebody has yet to vouch for."""
    components = rule.terms.source.components
    return ExchangeRequestedBody(
        exchange_id=step.exchange_id,
        learner_id=setting.learner_id,
        enrolment_id=setting.enrolment_id,
        rule=rule.rule,
        rule_digest=rule.digest,
        lots=tuple(
            OfferedLot(
                award_id=lot.award_id,
                credits=credits_text(lot.amount_milli),
                component=lot.component,
            )
            for lot in step.lots
        ),
        predicates=tuple(
            LotPredicate(**dict(one), award_id=lot.award_id)
            for lot in step.lots
            for one in components[lot.component].predicates
        ),
    )


def redemption_body(step: Counting, *, setting: Setting) -> CreditRedeemedBody:
    """Return the body that counts."""
    return CreditRedeemedBody(
        redemption_id=step.redemption_id,
        enrolment_id=setting.enrolment_id,
        requirement=step.requirement,
        lots=tuple(
            LotPart(award_id=part.award_id, credits=credits_text(part.amount_milli))
            for part in step.lots
        ),
    )


def _service_kid(state: Slice, operator: str) -> str:
    ring = present(state, KeyringRecord, key=operator)
    return next(key.kid for key in ring.keys if key.use is KeyUse.SERVICE)
