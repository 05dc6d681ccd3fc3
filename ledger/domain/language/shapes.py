"""What a rule says, as its parties sign it: bounded, and data only."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from ledger.domain.language.caps import Limits, PeriodUnit, Ratio
from ledger.domain.language.selectors import Source
from ledger.domain.measures import Workload
from ledger.domain.types import (
    CatalogueRef,
    Code,
    Credits,
    Date,
    MemberId,
    Quantity,
    ShortText,
    Wire,
)


class Outcome(StrEnum):
    """What an exchange gives (认定结果)."""

    COURSE_CREDIT = "course_credit"
    ELECTIVE_CREDIT = "elective_credit"
    ATTENDANCE_WAIVED = "attendance_waived"
    EXAM_WAIVED = "exam_waived"
    REQUIREMENT_MET = "requirement_met"
    PARTIAL = "partial"


class GradePolicy(StrEnum):
    """What becomes of the grade."""

    KEEP = "keep"
    FIXED = "fixed"
    TABLE = "table"
    CAP = "cap"
    NONE = "none"


class GradeStep(Wire):
    """One row of a table of grades."""

    from_at_least: Quantity
    grade: Code


class RequirementName(Wire):
    """A requirement of a programme, whatever the version."""

    programme: CatalogueRef
    code: Code


class Supplement(Wire):
    """What the learner still has to do for a partial recognition, in how many days."""

    tasks: ShortText
    due_days: Annotated[int, Field(ge=1, le=3650)]


class Target(Wire):
    """What a rule gives: credits toward a requirement, or as an own achievement.

    Without ``credits`` it receives what the conversion works out.
    """

    outcome: Outcome
    requirement: RequirementName | None = None
    achievement: CatalogueRef | None = None
    credits: Credits | None = None
    credits_at_most: Credits | None = None
    grade_policy: GradePolicy = GradePolicy.NONE
    grade: Code | None = None
    grade_table: Annotated[tuple[GradeStep, ...], Field(max_length=32)] = ()
    counts_in_gpa: bool = False
    supplement: Supplement | None = None


class Effect(StrEnum):
    """Whether the source stays on its issuer's transcript (认定) or is used up."""

    RECOGNISE = "recognise"
    CONSUME = "consume"


class OncePer(StrEnum):
    """Where the same root counts once under a rule."""

    ENROLMENT = "enrolment"
    PROGRAMME = "programme"
    MEMBER = "member"
    EVER = "ever"


class Remainder(StrEnum):
    """What becomes of credits brought beyond what the target needs."""

    DROP = "drop"
    ELECTIVE = "elective"
    KEEP = "keep"


class Supersede(StrEnum):
    """What happens when a better result of the same content group arrives."""

    TOP_UP = "top_up"
    REPLACE = "replace"
    REFUSE = "refuse"


class Method(StrEnum):
    """How target credits follow from the source."""

    FIXED = "fixed"
    RATIO = "ratio"
    WORKLOAD = "workload"


class Rounding(StrEnum):
    """Down, or half and more up."""

    DOWN = "down"
    HALF_UP = "half_up"


class RoundAt(StrEnum):
    """Each lot apart, the sum of an exchange, or all exchanges of an enrolment."""

    LOT = "lot"
    CASE = "case"
    PROGRAMME = "programme"


class Conversion(Wire):
    """From credits by a ratio, from workload by units per credit, or fixed."""

    method: Method = Method.FIXED
    ratio: Ratio | None = None
    per_credit: Annotated[tuple[Workload, ...], Field(max_length=3)] = ()
    step: Credits = "0.001"
    rounding: Rounding = Rounding.DOWN
    round_at: RoundAt = RoundAt.CASE


class DatedBy(StrEnum):
    """Which date decides the version that applies."""

    LEARNING_ENDED = "learning_ended"
    REQUESTED = "requested"
    COHORT = "cohort"


class Window(Wire):
    """One may apply in the first days of each term or year, counted from 1."""

    calendar: CatalogueRef
    unit: PeriodUnit = PeriodUnit.TERM
    first_day: Annotated[int, Field(ge=1, le=366)] = 1
    last_day: Annotated[int, Field(ge=1, le=366)]


class Step(Wire):
    """A desk of the approval path, and how many workdays it has."""

    role: Code
    member: MemberId
    due_workdays: Annotated[int, Field(ge=1, le=250)]


class Attestation(Wire):
    """A number that somebody on the approval path must vouch for."""

    code: Code
    at_least: Quantity


class RuleTerms(Wire):
    """All that a rule version says."""

    title: ShortText
    title_en: ShortText | None = None
    recogniser: MemberId
    parties: Annotated[tuple[MemberId, ...], Field(min_length=1, max_length=64)]
    open_to_accession: bool = False
    committee: MemberId | None = None
    valid_from: Date
    valid_until: Date | None = None
    dated_by: DatedBy = DatedBy.REQUESTED
    request_window: Window | None = None
    source: Source
    targets: Annotated[tuple[Target, ...], Field(min_length=1, max_length=16)]
    effect: Effect
    once_per: OncePer = OncePer.ENROLMENT
    remainder: Remainder = Remainder.DROP
    supersede: Supersede | None = None
    conversion: Conversion = Conversion()
    shortfall_at_most: Credits | None = None
    attestations: Annotated[tuple[Attestation, ...], Field(max_length=8)] = ()
    limits: Limits = ()
    approval: Annotated[tuple[Step, ...], Field(max_length=16)] = ()
    workdays: CatalogueRef | None = None
