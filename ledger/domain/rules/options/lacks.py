"""What stands between a learner and an exchange: a code with its facts.

A code is that of the refusal which a request would meet, or one of those below, which
say more closely what a request would only be refused for in general.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from ledger.domain.errors import RejectionError
from ledger.domain.errors import exchanges as errors

LOT_HELD: Final = "lot-held"
LOT_USED: Final = "lot-used"
LEVEL_OUTSIDE: Final = "level-outside"
VALUE_UNKNOWN: Final = "value-unknown"
CREDITS_MISSING: Final = "credits-missing"
WORKLOAD_MISSING: Final = "workload-missing"
COMPONENT_MISSING: Final = "component-missing"

CODES: Final = frozenset(
    {
        LOT_HELD,
        LOT_USED,
        LEVEL_OUTSIDE,
        VALUE_UNKNOWN,
        CREDITS_MISSING,
        WORKLOAD_MISSING,
        COMPONENT_MISSING,
        *(
            one.code
            for one in (
                errors.RuleNotInForceError,
                errors.OutsideWindowError,
                errors.LotUnusableError,
                errors.LotExpiredError,
                errors.RoundTripError,
                errors.LotTooOldError,
                errors.SourceTooSmallError,
                errors.RootUsedError,
                errors.SupersedeRefusedError,
                errors.DerivedInUseError,
                errors.CapExceededError,
            )
        ),
    }
)
"""Every code that a lack can have."""

_SAME: Final = frozenset({"award_id", "component", "reason", "origin", "limit", "root"})

Fact = str | int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """One thing that is missing: a stable code, and facts by name.

    Of a lot it names the ``award_id``, of a component its index.
    """

    code: str
    facts: tuple[tuple[str, Fact], ...] = ()

    def fact(self, name: str) -> Fact | None:
        """Return a fact, None where the lack has no such."""
        return dict(self.facts).get(name)


def lack(code: str, **facts: Fact | None) -> Lack:
    """Return a lack with the facts that are known."""
    known = ((name, value) for name, value in facts.items() if value is not None)
    return Lack(code=code, facts=tuple(known))


def refused_with(error: RejectionError, **facts: Fact | None) -> Lack:
    """Return what a refusal says is missing."""
    return lack(error.code, **{**error.details, **facts})


def distinct(lacks: Iterable[Lack]) -> tuple[Lack, ...]:
    """Return what is missing, the same thing once: amounts alone make no difference."""
    found: dict[object, Lack] = {}
    for one in lacks:
        about = tuple(pair for pair in one.facts if pair[0] in _SAME)
        found.setdefault((one.code, about), one)
    return tuple(found.values())
