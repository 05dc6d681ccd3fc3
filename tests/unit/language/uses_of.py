"""Uses and limits to count: one credit toward an open requirement, unless said."""

from collections.abc import Sequence

from ledger.domain.language.caps import Limit
from ledger.domain.language.uses import Excess, Use, Whole, find_excess
from ledger.domain.measures import AcademicYear, AchievementKind, Term
from ledger.domain.types import MemberKind, Module, Nature

CALENDAR = "school/terms"
YEARS = (
    AcademicYear(
        code="2026",
        starts_on="2026-01-01",
        ends_on="2026-12-31",
        terms=(
            Term(code="spring", starts_on="2026-01-01", ends_on="2026-06-30"),
            Term(code="autumn", starts_on="2026-07-01", ends_on="2026-12-31"),
        ),
    ),
)
WHOLE = Whole(credits_milli=10_001, courses=5, years={CALENDAR: YEARS})
PLAIN = {
    "case_id": "case",
    "target": 0,
    "root": "root",
    "root_member": "north",
    "root_kind": MemberKind.SCHOOL,
    "achievement_kind": AchievementKind.COURSE,
    "scheme": "1+X",
    "content_group": "web",
    "framework": None,
    "level_rank": None,
    "root_milli": 1000,
    "root_total_milli": 3000,
    "source_milli": 1000,
    "target_milli": 1000,
    "rule": "south/RULE@1",
    "enrolment_id": "enrolment",
    "programme": "south/NURSING@1",
    "member": "south",
    "requirement": "OPEN",
    "nature": Nature.ELECTIVE,
    "module": Module.COMMON,
    "learning_ended": "2026-06-30",
    "assessed": "2026-07-01",
    "requested": "2026-09-01",
}


def use(**changes: object) -> Use:
    """Return a use of one credit, with some fields changed."""
    return Use(**{**PLAIN, **changes})  # type: ignore[arg-type]  # by field


def limit(**fields: object) -> Limit:
    """Return a limit of two credits unless said."""
    return Limit(**{"code": "cap", "at_most": "2", **fields})  # type: ignore[arg-type]  # by field


def excess(
    one: Limit, before: Sequence[Use], *, new: Sequence[Use], whole: Whole = WHOLE
) -> Excess | None:
    """Return by how much one limit would be exceeded."""
    return find_excess((one,), before, new=new, whole=whole)
