"""A member's own records held against the bank's lines of a period.

Both are summed by exchange and root: how a bank cuts them into lines is its own affair.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from client.own_records import Key, Own, signed_milli
from client.reconciliation import LineView
from ledger.domain.types import credits_text

_ASKABLE: Final = re.compile(r"[!-~]{1,64}", re.ASCII)
"""What a bank can be asked for as the id of an exchange."""


class Kind(StrEnum):
    """How a record differs."""

    MISSING_IN_BANK = "missing_in_bank"
    MISSING_IN_FILE = "missing_in_file"
    OTHER_AMOUNT = "other_amount"
    OTHER_CATEGORY = "other_category"
    OTHER_PERIOD = "other_period"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One difference: what the file says, and what the bank does.

    ``entries`` are the positions of the bank's lines in the log.
    """

    kind: Kind
    exchange_id: str
    root: str
    row: int | None = None
    in_file: str | None = None
    in_bank: str | None = None
    entries: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Every difference, and what either side adds up to."""

    differences: tuple[Difference, ...]
    rows: int
    lines: int
    in_file: str
    in_bank: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Booked:
    """What the bank has of an exchange and root; ``stands`` if it must be booked."""

    amount_milli: int
    category: str
    stands: bool
    entries: tuple[int, ...]


def compare(
    own: Sequence[Own],
    lines: Iterable[LineView],
    *,
    elsewhere: Callable[[str], Iterable[LineView]],
) -> Comparison:
    """Return every difference, in the order of the file, then of the bank.

    ``elsewhere`` yields an exchange's lines of all periods: what is not in this one may
    have fallen into another.
    """
    groups: dict[Key, list[LineView]] = {}
    for line in lines:
        groups.setdefault((line.exchange_id, line.root), []).append(line)
    booked = {key: _sum(group) for key, group in groups.items()}
    rows, found = _rows_by_key(own)
    for key, same in rows.items():
        if key in booked:
            found.extend(_differences(same, booked[key]))
        else:
            found.append(_absent(same, elsewhere))
    found.sort(key=lambda one: one.row or 0)
    found.extend(
        _difference(Kind.MISSING_IN_FILE, key, bank=bank)
        for key, bank in booked.items()
        if key not in rows and bank.stands
    )
    return Comparison(
        differences=tuple(found),
        rows=len(own),
        lines=sum(map(len, groups.values())),
        in_file=credits_text(sum(one.amount_milli for one in own)),
        in_bank=credits_text(sum(one.amount_milli for one in booked.values())),
    )


def _rows_by_key(own: Iterable[Own]) -> tuple[dict[Key, list[Own]], list[Difference]]:
    """Return rows that belong together, and those that stand there twice.

    What was recognised and what of it was taken back may be a row each.
    """
    rows: dict[Key, list[Own]] = {}
    repeated: list[Difference] = []
    for one in own:
        same = rows.setdefault(one.key, [])
        if any((one.amount_milli < 0) == (other.amount_milli < 0) for other in same):
            repeated.append(_difference(Kind.DUPLICATE, one.key, own=[one]))
        else:
            same.append(one)
    return rows, repeated


def _sum(group: Sequence[LineView]) -> _Booked:
    amounts = [signed_milli(line.credits) for line in group]
    # Recognised and taken back within the period: there is nothing to book. What was
    # recognised without credits is booked all the same.
    undone = min(amounts) < 0 or any(
        line.type == "exchange.reversed.v1" for line in group
    )
    return _Booked(
        amount_milli=sum(amounts),
        category=group[0].category,
        stands=bool(sum(amounts)) or not undone,
        entries=tuple(sorted({line.position for line in group})),
    )


def _absent(
    own: Sequence[Own], elsewhere: Callable[[str], Iterable[LineView]]
) -> Difference:
    exchange_id, root = key = own[0].key
    periods: set[str] = set()
    if _ASKABLE.fullmatch(exchange_id) is not None:
        others = elsewhere(exchange_id)
        periods = {line.period for line in others if line.root == root}
    if periods:
        told = ", ".join(sorted(periods))
        return _difference(Kind.OTHER_PERIOD, key, own=own, in_bank=told)
    return _difference(Kind.MISSING_IN_BANK, key, own=own)


def _differences(own: Sequence[Own], bank: _Booked) -> Iterator[Difference]:
    if sum(one.amount_milli for one in own) != bank.amount_milli:
        yield _difference(Kind.OTHER_AMOUNT, own[0].key, own=own, bank=bank)
    for one in own:
        if one.category and one.category != bank.category:
            yield Difference(
                kind=Kind.OTHER_CATEGORY,
                exchange_id=one.exchange_id,
                root=one.root,
                row=one.row,
                in_file=one.category,
                in_bank=bank.category,
                entries=bank.entries,
            )
            return


def _difference(
    kind: Kind,
    key: Key,
    *,
    own: Sequence[Own] = (),
    bank: _Booked | None = None,
    in_bank: str | None = None,
) -> Difference:
    exchange_id, root = key
    amount = credits_text(sum(one.amount_milli for one in own))
    return Difference(
        kind=kind,
        exchange_id=exchange_id,
        root=root,
        row=own[0].row if own else None,
        in_file=amount if own else None,
        in_bank=in_bank if bank is None else credits_text(bank.amount_milli),
        entries=() if bank is None else bank.entries,
    )
