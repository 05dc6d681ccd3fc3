"""Sends foreseen entries between processes as plain values.

Nearly all that is sent are such entries, and a named tuple costs thrice a plain one.
"""

from collections.abc import Iterable
from typing import Any, Final

from ledger.audit.parsing import Bank, Foreseen, Taken
from ledger.audit.spilling import Written
from ledger.audit.stretches import Stretch

# Any: the values of a named tuple, in its order.
Packed = Taken | Stretch | tuple[Any, ...]

_BANK: Final = 4
_FORESEEN: Final = _BANK + len(Bank._fields)
_MADE: Final = _FORESEEN + len(Foreseen._fields) - 1


def pack(entries: Iterable[Taken | Stretch]) -> list[Packed]:
    """Return entries as they are sent."""
    return [one if isinstance(one, Stretch) else _packed(one) for one in entries]


def unpack(sent: Iterable[Packed]) -> list[Taken | Stretch]:
    """Return what was packed."""
    return [one if isinstance(one, Taken | Stretch) else _unpacked(one) for one in sent]


def _packed(taken: Taken) -> Packed:
    foreseen, bank = taken.foreseen, taken.bank
    if foreseen is None or bank is None:
        return taken
    *values, made = foreseen
    parts = [part for one in made for part in one]
    return (
        taken.leaf,
        taken.kid,
        taken.line_leaf,
        taken.verdict,
        *bank,
        *values,
        *parts,
    )


def _unpacked(sent: tuple[Any, ...]) -> Taken:
    leaf, kid, line_leaf, verdict = sent[:_BANK]
    parts = iter(sent[_MADE:])
    made = tuple(map(Written._make, zip(parts, parts, parts, strict=True)))
    return Taken(
        leaf,
        Bank._make(sent[_BANK:_FORESEEN]),
        kid=kid,
        line_leaf=line_leaf,
        verdict=verdict,
        foreseen=Foreseen._make((*sent[_FORESEEN:_MADE], made)),
    )
