"""What the bank answers about programmes, rules, policies and exchanges."""

from client.answers import Answer
from ledger.domain.language.shapes import RuleTerms


class DeskView(Answer):
    """A desk of an approval path."""

    role: str
    member: str
    due_workdays: int | None = None


class RuleView(Answer):
    """One version of a rule (互认规则版本)."""

    rule: str
    digest: str
    status: str
    proposer: str
    recogniser: str
    parties: tuple[str, ...]
    ratified_by: tuple[str, ...] = ()
    terms: RuleTerms


class OfferedView(Answer):
    """Part of a lot that a case offers."""

    award_id: str
    credits: str
    component: int = 0


class CreatedView(Answer):
    """A lot that a case created."""

    lot_id: str
    credits: str = ""
    outcome: str = ""


class ExchangeView(Answer):
    """One case (转换业务): what it asks, on whose desk it is, and what came of it."""

    exchange_id: str
    learner_id: str
    enrolment_id: str
    rule: str
    status: str
    step: int = 0
    revision: int = 0
    due_on: str | None = None
    requested_on: str | None = None
