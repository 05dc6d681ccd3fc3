"""Programmes, enrolments and policies."""

from typing import ClassVar

from ledger.domain.language.caps import Limit
from ledger.domain.state.record import Record
from ledger.domain.statements.programmes import (
    EnrolmentOutcome,
    Minimum,
    Requirement,
    StudyMode,
)
from ledger.domain.types import Wire


class ProgrammeRecord(Record):
    """One version of a programme."""

    kind: ClassVar[str] = "programmes"
    key_fields: ClassVar[tuple[str, ...]] = ("programme",)
    shared: ClassVar[bool] = True

    programme: str
    owner: str
    title: str
    credits_milli: int
    requirements: tuple[Requirement, ...]
    minima: tuple[Minimum, ...]
    limits: tuple[Limit, ...]
    home_at_least_milli: int
    last_at_home_milli: int
    shelf_life_months: int | None
    retired: bool
    position: int

    def requirement(self, code: str) -> Requirement | None:
        """Return the requirement of this code."""
        for one in self.requirements:
            if one.code == code:
                return one
        return None


class Counted(Wire):
    """How much of a requirement is met."""

    requirement: str
    amount_milli: int


class EnrolmentRecord(Record):
    """A learner in a programme version at a school, and what counts there so far.

    ``redemptions`` are those that count, in the order they were made.
    """

    kind: ClassVar[str] = "enrolments"
    key_fields: ClassVar[tuple[str, ...]] = ("enrolment_id",)
    indexes: ClassVar[tuple[tuple[str, ...], ...]] = (("learner_id",),)
    ids: ClassVar[frozenset[str]] = frozenset({"enrolment_id", "learner_id"})

    enrolment_id: str
    learner_id: str
    school: str
    programme: str
    cohort: str
    mode: StudyMode
    started_on: str
    ended_on: str | None = None
    outcome: EnrolmentOutcome | None = None
    counted: tuple[Counted, ...] = ()
    redemptions: tuple[str, ...] = ()
    position: int


class PolicyRecord(Record):
    """One version of a policy."""

    kind: ClassVar[str] = "policies"
    key_fields: ClassVar[tuple[str, ...]] = ("policy",)
    shared: ClassVar[bool] = True

    policy: str
    title: str
    digest: str
    committee: str
    valid_from: str
    valid_until: str | None
    limits: tuple[Limit, ...]
    shelf_life_months: int | None
    endorsed: bool
    position: int


class PolicyListRecord(Record):
    """The endorsed policy versions, one per code. There is one list, under 0."""

    kind: ClassVar[str] = "policy_list"
    key_fields: ClassVar[tuple[str, ...]] = ("number",)
    shared: ClassVar[bool] = True

    number: int = 0
    endorsed: tuple[str, ...]
