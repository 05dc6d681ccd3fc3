"""Statements about programmes and the learners enrolled in them."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from ledger.domain.language.caps import Limits, UseFilter
from ledger.domain.statements.envelope import Body, Statement
from ledger.domain.types import (
    CatalogueRef,
    Code,
    Credits,
    Date,
    FreeText,
    LearnerId,
    Module,
    Nature,
    ProgrammeRef,
    ShortText,
    StatementId,
    Version,
    Wire,
)


class Requirement(Wire):
    """What a learner must have: so many credits of these achievements.

    ``satisfied_by`` names achievements that count without an exchange, in any version.
    """

    code: Code
    title: ShortText
    title_en: ShortText | None = None
    nature: Nature
    module: Module
    credits: Credits
    satisfied_by: Annotated[tuple[CatalogueRef, ...], Field(max_length=64)] = ()


class Minimum(Wire):
    """At least so many credits over what matches."""

    code: Code
    credits: Credits
    over: UseFilter = UseFilter()


class ProgrammePublishedBody(Body):
    """One version of a programme: what counts toward it, and within which bounds.

    ``limits`` bind every exchange into it. ``home_at_least`` must be learned at the
    school itself, and so must the last ``last_at_home`` credits before completion.
    """

    code: Code
    version: Version
    title: ShortText
    title_en: ShortText | None = None
    credits: Credits
    requirements: Annotated[
        tuple[Requirement, ...], Field(min_length=1, max_length=200)
    ]
    minima: Annotated[tuple[Minimum, ...], Field(max_length=32)] = ()
    limits: Limits = ()
    home_at_least: Credits | None = None
    last_at_home: Credits | None = None
    shelf_life_months: Annotated[int, Field(ge=1, le=1200)] | None = None


class ProgrammeRetiredBody(Body):
    """The version that takes no more enrolments."""

    programme: ProgrammeRef
    reason: FreeText | None = None


class StudyMode(StrEnum):
    """How a learner studies."""

    FULL_TIME = "full_time"
    PART_TIME = "part_time"
    APPRENTICESHIP = "apprenticeship"
    DISTANCE = "distance"


class EnrolmentOpenedBody(Body):
    """A learner in a programme version at the school."""

    enrolment_id: StatementId
    learner_id: LearnerId
    programme: ProgrammeRef
    cohort: Code
    mode: StudyMode = StudyMode.FULL_TIME
    started_on: Date


class EnrolmentChangedBody(Body):
    """New values; what is absent stays."""

    enrolment_id: StatementId
    programme: ProgrammeRef | None = None
    cohort: Code | None = None
    mode: StudyMode | None = None
    reason: FreeText | None = None


class EnrolmentOutcome(StrEnum):
    """毕业, 结业, 肄业, 退学 or 转学."""

    GRADUATED = "graduated"
    COMPLETED = "completed"
    LEFT_INCOMPLETE = "left_incomplete"
    WITHDRAWN = "withdrawn"
    TRANSFERRED = "transferred"


class EnrolmentEndedBody(Body):
    """How and when an enrolment ended."""

    enrolment_id: StatementId
    outcome: EnrolmentOutcome
    ended_on: Date
    reason: FreeText | None = None


class ProgrammePublished(Statement):
    """A school publishes a version of a programme (培养方案)."""

    type: Literal["programme.published.v1"] = "programme.published.v1"
    body: ProgrammePublishedBody


class ProgrammeRetired(Statement):
    """The school retires a version (停用)."""

    type: Literal["programme.retired.v1"] = "programme.retired.v1"
    body: ProgrammeRetiredBody


class EnrolmentOpened(Statement):
    """A school enrols a learner (学籍注册)."""

    type: Literal["enrolment.opened.v1"] = "enrolment.opened.v1"
    body: EnrolmentOpenedBody


class EnrolmentChanged(Statement):
    """A school changes an enrolment (学籍变动)."""

    type: Literal["enrolment.changed.v1"] = "enrolment.changed.v1"
    body: EnrolmentChangedBody


class EnrolmentEnded(Statement):
    """A school ends an enrolment (学籍终止)."""

    type: Literal["enrolment.ended.v1"] = "enrolment.ended.v1"
    body: EnrolmentEndedBody
