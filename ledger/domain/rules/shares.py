"""How the credits of a recognised lot are shared by its roots.

The same arithmetic as the rules': what stands behind a lot is what an acceptance leaves
there, so that shares add up to the lot to the last thousandth.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ledger.domain.language.arithmetic import apportion
from ledger.domain.rules.holds import parts_in
from ledger.domain.rules.settlement import root_parts, split_roots
from ledger.domain.state import Root
from ledger.domain.statements.exchanges import ExchangeAcceptedBody
from ledger.domain.types import credits_milli


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A lot that was offered: how much it was made for, and from which roots."""

    award_id: str
    awarded_milli: int
    roots: Sequence[Root]


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What one root has in one recognised lot."""

    lot: str
    number: int
    root: str
    root_milli: int
    share_milli: int


def shares_of(
    body: ExchangeAcceptedBody, sources: Mapping[str, Source]
) -> Iterable[Share]:
    """Yield the shares of every lot that an acceptance makes."""
    offered = [sources[part.award_id] for part in body.used]
    amounts = [credits_milli(lot.credits) for lot in body.created]
    split = split_roots(root_parts(offered, parts_in(body.used)), amounts)
    for lot, amount, behind in zip(body.created, amounts, split, strict=True):
        shares = apportion(amount, [root.amount_milli for root in behind])
        for number, (root, share) in enumerate(zip(behind, shares, strict=True)):
            yield Share(
                lot=lot.lot_id,
                number=number,
                root=root.award_id,
                root_milli=root.amount_milli,
                share_milli=share,
            )


def taken_back(left: Sequence[int], *, amount: int) -> list[int]:
    """Return what taking an amount off a lot takes off each share, as a minus.

    ``left`` is what is left of each share: by that it is apportioned, so that no share
    grows by being taken back, and none is taken beyond what it has.
    """
    return [-off for off in apportion(amount, left)]
