"""Which statements change or move anything that cases speak of."""

from functools import cache
from typing import Final

from ledger.domain.statements.awards import CreditAwarded
from ledger.domain.statements.envelope import Statement

_PREFIXES: Final = (
    "member.",
    "calendar.",
    "programme.",
    "enrolment.",
    "policy.",
    "rule.",
    "exchange.",
    "redemption.",
    "credit.redeemed.",
    "period.",
    "graduation.",
    "appeal.",
    "claim.",
)
_MOVING: Final = ("exchange.", "redemption.", "credit.redeemed.", "credit.expired.")


def is_kept(statement: Statement) -> bool:
    """Tell whether a statement changes a record that is kept by version."""
    if isinstance(statement, CreditAwarded):
        return statement.body.claim is not None
    return _is_one(statement.type, _PREFIXES)


def is_moving(statement: Statement) -> bool:
    """Tell whether a statement may move lots through a case, or lets one expire."""
    return _is_one(statement.type, _MOVING)


@cache
def _is_one(name: str, prefixes: tuple[str, ...]) -> bool:
    return name.startswith(prefixes)


def is_of_case(statement: Statement) -> bool:
    """Tell whether a statement changes or moves anything that cases speak of."""
    return is_kept(statement) or is_moving(statement)
