"""What was recognised: the lots that exchanges gave, by member and case."""

from collections.abc import Iterable

from ledger.domain.types import credits_text
from projections.balances.held import Held

Answer = dict[str, object]


def recognised_at(lots: Iterable[Held]) -> list[Answer]:
    """Return what exchanges gave, by the member that recognised, case by case."""
    members: dict[str, dict[str, list[Held]]] = {}
    for lot in lots:
        if lot.exchange_id is not None and not lot.revoked:
            cases = members.setdefault(lot.issuer, {})
            cases.setdefault(lot.exchange_id, []).append(lot)
    return [
        {
            "member": member,
            "credits": credits_text(sum(_left(made) for made in cases.values())),
            "exchanges": [
                {
                    "exchange_id": exchange_id,
                    "enrolment_id": made[0].enrolment_id,
                    "credits": credits_text(_left(made)),
                    "lots": [lot.award_id for lot in made],
                }
                for exchange_id, made in cases.items()
            ],
        }
        for member, cases in sorted(members.items())
    ]


def _left(lots: Iterable[Held]) -> int:
    return sum(lot.awarded_milli - lot.revoked_milli for lot in lots)
