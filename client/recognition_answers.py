"""What the bank answers about programmes, rules, policies and exchanges."""

from client.answers import Answer


class TermsHead(Answer):
    """What a list shows of a rule's terms."""

    title: str
    title_en: str | None = None
    valid_from: str
    valid_until: str | None = None


class RuleHead(Answer):
    """One version of a rule (互认规则版本), and where its terms stand in the log.

    ``digest`` is what the bank says that it is; who agrees to it reads the proposal.
    """

    rule: str
    digest: str
    status: str
    in_force: bool = False
    position: int
    proposer: str
    recogniser: str
    parties: tuple[str, ...]
    ratified_by: tuple[str, ...] = ()
    waiting_for: tuple[str, ...] = ()
    terms: TermsHead


class PolicyView(Answer):
    """One version of a policy (统一政策)."""

    policy: str
    digest: str
    position: int
    title: str | None = None
    committee: str | None = None
    endorsed: bool = False
    valid_from: str | None = None
    valid_until: str | None = None


class ProgrammeView(Answer):
    """One version of a programme (培养方案)."""

    programme: str
    title: str
    credits: str
    retired: bool = False


class CountedView(Answer):
    """What counts toward one requirement so far."""

    requirement: str
    needed: str
    counted: str


class EnrolmentView(Answer):
    """A learner's enrolment (学籍)."""

    enrolment_id: str
    programme: str
    school: str
    cohort: str
    started_on: str
    ended_on: str | None = None
    outcome: str | None = None
    counted: tuple[CountedView, ...] = ()


class PartView(Answer):
    """Part of a lot."""

    award_id: str
    credits: str


class DeskView(Answer):
    """The desk that a case lies on, or who has to complete it (当前经办)."""

    member: str
    role: str | None = None
    step: int | None = None
    due_on: str | None = None


class ExchangeView(Answer):
    """One case (转换业务): what it asks, on whose desk it is, and what came of it."""

    exchange_id: str
    learner_id: str
    enrolment_id: str
    rule: str
    status: str
    revision: int
    requested_by: str
    requested_on: str
    desk: DeskView | None = None
    lots: tuple[PartView, ...] = ()
    used: tuple[PartView, ...] = ()
    created: tuple[str, ...] = ()


class ClaimView(Answer):
    """One claim (成果申报): what is asked of whom, and what came of it."""

    claim_id: str
    revision: int
    learner_id: str
    filed_by: str
    attester: str
    achievement: str
    status: str
    filed_on: str
    due_on: str | None = None
    missing_codes: tuple[str, ...] = ()
    award_id: str | None = None
    desk: DeskView | None = None


class RemarkView(Answer):
    """What is wrong or odd in a draft, and which other rule it concerns."""

    code: str
    pointer: str
    detail: str = ""
    rule: str | None = None


class RuleCheck(Answer):
    """What the bank says of a draft: what would be refused, and what is odd."""

    faults: tuple[RemarkView, ...] = ()
    remarks: tuple[RemarkView, ...] = ()


class GainView(Answer):
    """What a draft would have given."""

    outcome: str
    credits: str


class TrialView(Answer):
    """What a draft would have made of one learner's lots (试算结果)."""

    learner_id: str
    enrolment_id: str
    result: str
    lots: tuple[PartView, ...] = ()
    gains: tuple[GainView, ...] = ()
    refusal: RemarkView | None = None


class TrialPage(Answer):
    """Some trials; ``next`` asks for more."""

    trials: tuple[TrialView, ...]
    next: str | None = None
