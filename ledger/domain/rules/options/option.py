"""An option: what one rule would make of a learner's lots, or all that is missing."""

from collections.abc import Iterable
from dataclasses import dataclass

from ledger.domain.errors import exchanges as errors
from ledger.domain.language.shapes import Attestation
from ledger.domain.rules.cases import Application
from ledger.domain.rules.counting import Settlement
from ledger.domain.rules.options.lacks import Lack
from ledger.domain.state import RuleRecord
from ledger.domain.statements.exchanges import LotPredicate


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """What a rule would make of a learner's lots, or all that is missing.

    ``capped`` is the cap for which less is brought than there is.
    """

    rule: RuleRecord
    application: Application
    settlement: Settlement | None
    lacks: tuple[Lack, ...]
    capped: Lack | None = None

    @property
    def is_available(self) -> bool:
        """Tell whether a request would be accepted once all is shown and vouched."""
        return self.settlement is not None and not self.lacks

    @property
    def to_show(self) -> tuple[LotPredicate, ...]:
        """Return what must be shown of the lots: the bank does not know the values."""
        return self.application.predicates

    @property
    def to_vouch(self) -> tuple[Attestation, ...]:
        """Return the numbers that somebody must vouch for."""
        return self.rule.terms.attestations

    @property
    def gained_milli(self) -> int:
        """Return the credits that it would give."""
        gains = self.settlement.gains if self.settlement else ()
        return sum(gain.amount_milli for gain in gains)


def in_order(options: Iterable[Option]) -> list[Option]:
    """Return options as a learner reads them: what gives most first, nearest next.

    Of a rule's versions one that waits or ended is left out where another applies.
    """
    found = list(options)
    applying = {_base(one) for one in found if not _is_off(one)}
    shown = [one for one in found if not (_is_off(one) and _base(one) in applying)]
    return sorted(
        shown,
        key=lambda one: (
            not one.is_available,
            -one.gained_milli,
            len(one.lacks),
            one.rule.rule,
        ),
    )


def _base(option: Option) -> str:
    return option.rule.rule.partition("@")[0]


def _is_off(option: Option) -> bool:
    off = errors.RuleNotInForceError.code
    return any(one.code == off for one in option.lacks)
