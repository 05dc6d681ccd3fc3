"""What entries and moves up to a moment say of an award."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ledger.domain.rules.dates import effective_from
from ledger.domain.state import LotRecord, Root
from ledger.domain.types import credits_milli, credits_text
from projections.moments import Moment

Answer = dict[str, Any]  # Any: plain JSON.

PARTS: Final = ("available", "held", "exchanged", "redeemed", "expired", "revoked")
DESCRIBED: Final = (
    "achievement",
    "basis",
    "passed",
    "learned_from",
    "learned_to",
    "assessed_on",
    "term",
    "attempt",
    "level",
    "valid_until",
    "workload",
    "verification",
)
_REVOKED: Final = "credit.revoked.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An award's row, the entries about it, and what cases moved of it, in order.

    ``lot`` is the writer's record: of it only what never changes is taken for a past.
    """

    row: Mapping[str, Any]  # Any: columns.
    entries: Sequence[Answer]
    moves: Sequence[Mapping[str, Any]]
    lot: LotRecord


def describe(told: Told) -> Answer:
    """Return what was said of an award by now, the newest of each."""
    described: Answer = dict.fromkeys(DESCRIBED)
    if told.lot.exchange_id is not None:
        made = {"achievement": told.lot.achievement, "passed": True}
        described |= {**made, "basis": told.lot.basis.value}
    for entry in told.entries:
        body = entry["body"]
        described |= {name: body[name] for name in DESCRIBED if name in body}
    return described


def fold(told: Told, moment: Moment) -> Answer:
    """Return an award as it was recorded, and held, at a moment."""
    lot, row = told.lot, told.row
    sums = _parts(told, moment)
    first = told.entries[0]["body"] if told.entries else {}
    return {
        "award_id": row["award_id"],
        "learner_id": row["learner_id"],
        "issuer": row["issuer"],
        **describe(told),
        "awarded": credits_text(lot.awarded_milli),
        **{part: credits_text(sums[part]) for part in PARTS},
        "revision": first.get("revision", 0),
        "replaces": row["replaces"],
        "recorded_at": lot.recorded_at,
        "position": row["position"],
        "signed_by": lot.kid,
        "roots": roots_shown(lot.roots),
        "derived_from": roots_shown(lot.derived_from),
        "exchange_id": lot.exchange_id,
        "enrolment_id": lot.enrolment_id,
        "requirement": lot.requirement,
        "outcome": None if lot.outcome is None else lot.outcome.value,
        "supplement_due_on": lot.supplement_due_on,
        "path": list(lot.path),
    }


def roots_shown(roots: Iterable[Root]) -> list[Answer]:
    """Return shares of awards as answers show them."""
    return [
        {"award_id": root.award_id, "credits": credits_text(root.amount_milli)}
        for root in roots
    ]


def _parts(told: Told, moment: Moment) -> "Counter[str]":
    sums = Counter({"available": told.lot.awarded_milli})
    for entry in told.entries:
        if entry["type"] == _REVOKED and _holds(entry, moment):
            amount = credits_milli(entry["body"]["credits"])
            sums["available"] -= amount
            sums["revoked"] += amount
    for source, target, amount in _moved(told, moment):
        sums[source] -= amount
        sums[target] += amount
    return sums


def _moved(told: Told, moment: Moment) -> Iterable[tuple[str, str, int]]:
    for move in told.moves:
        source, target = (move[side].partition(":")[0] for side in ("source", "target"))
        day = moment.effective_on
        holds = day is None or move["effective_on"] <= day
        if source and source != "issued" and holds:
            yield source, target, move["amount_milli"]


def has_begun(told: Told, moment: Moment) -> bool:
    """Tell whether an award held in the world yet; a converted one from its making."""
    dates: Answer = {}
    for entry in told.entries:
        dates |= entry["body"]
    holds_from = effective_from(
        assessed_on=dates.get("assessed_on"),
        learned_to=dates.get("learned_to"),
        recorded_on=told.lot.recorded_on,
    )
    return moment.effective_on is None or holds_from <= moment.effective_on


def _holds(entry: Answer, moment: Moment) -> bool:
    if moment.effective_on is None:
        return True
    effective_on: str = entry["body"].get("effective_on", entry["recorded_on"])
    return effective_on <= moment.effective_on


def is_partly_revoked(told: Told, moment: Moment) -> bool:
    """Tell whether anything of an award was taken back, and is not restored."""
    return _revocations(told, moment) > 0


def is_revoked(told: Told, moment: Moment) -> bool:
    """Tell whether all of an award was taken back: nothing of it is anywhere else."""
    sums = _parts(told, moment)
    counted = sum(
        (target == "redeemed") - (source == "redeemed")
        for source, target, _ in _moved(told, moment)
    )
    left = any(sums[part] for part in ("available", "held", "exchanged", "redeemed"))
    return is_partly_revoked(told, moment) and not left and not counted


def _revocations(told: Told, moment: Moment) -> int:
    said = sum(
        1
        for entry in told.entries
        if entry["type"] == _REVOKED and _holds(entry, moment)
    )
    moved = sum(
        (target == "revoked") - (source == "revoked")
        for source, target, _ in _moved(told, moment)
    )
    return said + moved
