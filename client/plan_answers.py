"""What the bank answers when it is asked for a plan."""

from collections.abc import Mapping

from client.answers import Answer


class PlannedLotView(Answer):
    """Part of a lot that a step takes."""

    award_id: str
    credits: str
    title: str | None = None
    component: int | None = None


class PlannedGainView(Answer):
    """A lot that a step will make."""

    lot_id: str
    credits: str
    requirement: str | None = None


class PlanStepView(Answer):
    """One step (步骤): what to sign, by whom, and not before which day."""

    number: int
    kind: str
    not_before: str | None = None
    rule: str | None = None
    requirement: str | None = None
    lots: tuple[PlannedLotView, ...]
    gives: tuple[PlannedGainView, ...] = ()
    to_show: tuple[Mapping[str, object], ...] = ()
    to_vouch: tuple[Mapping[str, object], ...] = ()
    desk: Mapping[str, str] | None = None
    signed_by: str
    type: str
    body: Mapping[str, object]
    sentences: tuple[str, ...] = ()


class NearestView(Answer):
    """Something that would close a requirement, and why it does not yet."""

    kind: str
    code: str | None = None
    sentence: str = ""


class PlannedRequirementView(Answer):
    """A requirement before and after a plan (培养方案要求)."""

    requirement: str
    title: str
    needed: str
    before: str
    after: str
    missing: str
    sentence: str = ""
    nearest: tuple[NearestView, ...] = ()


class PlanView(Answer):
    """A plan (转换方案): its steps in order, and what remains."""

    learner_id: str
    enrolment_id: str
    programme: str
    on: str
    covers: str
    uses_up: str
    complete: bool
    untried: int
    steps: tuple[PlanStepView, ...]
    requirements: tuple[PlannedRequirementView, ...]
    sentences: tuple[str, ...] = ()
