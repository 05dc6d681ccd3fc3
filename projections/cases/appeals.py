"""Appeals and signed assessments as answers show them."""

from collections.abc import Iterable
from typing import Any

from ledger.domain.rules.appeals import FILED
from ledger.domain.state import AppealRecord, AssessmentRecord
from ledger.domain.statements.appeals import AppealOutcome

Answer = dict[str, Any]  # Any: plain JSON.


def appeal_shown(appeal: AppealRecord) -> Answer:
    """Return an appeal: on whose desk it is, and what is due by whom until when."""
    shown: Answer = appeal.model_dump(mode="json", exclude={"due_on"})
    waiting = appeal.panel if appeal.status == FILED else None
    due = None
    if appeal.status in {AppealOutcome.OVERTURNED, AppealOutcome.REMITTED}:
        due = {"member": appeal.member, "due_on": appeal.due_on}
    return {**shown, "waiting_for": waiting, "due": due}


def newest_of(
    assessments: Iterable[AssessmentRecord], enrolment_id: str
) -> Answer | None:
    """Return the newest assessment that was signed of an enrolment."""
    own = [one for one in assessments if one.enrolment_id == enrolment_id]
    newest = max(own, key=lambda one: one.position, default=None)
    return None if newest is None else newest.model_dump(mode="json")
