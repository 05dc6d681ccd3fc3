"""Lots that lines in a row have made: summed, and spelled, many at once.

They say the same but for what is their own, and that no sum looks at. So one is read
for all of them, and one is spelled with gaps into which the others put their own.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple, TypeVar

import orjson

from ledger.audit.forms import Form, Values
from ledger.audit.ordered import OrderedState
from ledger.domain.state import LotRecord

_FORMS_MAX: Final = 1_000
"""So many forms are known at once; a list has few."""
_STAND_INS: Final = Values(
    "@learner_id@",
    "@id@",
    "@award_id@",
    7_094_206_315_882_671,
    "@payload_hash@",
    "@body_hash@",
    "@digests@",
)
_GAPS: Final[Mapping[str, int]] = {str(one): at for at, one in enumerate(_STAND_INS)}
_ANY: Final = re.compile(f"({'|'.join(map(re.escape, _GAPS))})")

T = TypeVar("T")
Moment = Callable[[LotRecord], LotRecord]
"""Returns a lot as it is at a moment, whatever is its own."""
Shown = Callable[[LotRecord], Mapping[str, object]]


class Alike(NamedTuple):
    """Lots that say the same but for what is their own: ``lot`` is one of them."""

    lot: LotRecord
    learner_ids: Sequence[str]
    positions: Sequence[int]

    @classmethod
    def of(cls, lot: LotRecord) -> "Alike":
        """Return a lot that is like no other."""
        return cls(lot, [lot.learner_id], [lot.position])


def alike_lots(state: OrderedState, moment: Moment) -> Iterator[Alike]:
    """Yield all lots, about in the order of the log.

    Raises:
        NoRoomError: the file cannot be written or read.
    """
    read: dict[Form, LotRecord] = {}
    for found in state.pieces_of(LotRecord):
        if isinstance(found, LotRecord):
            yield Alike.of(moment(found))
            continue
        columns, numbers = found.block.columns, defaultdict[Form, list[int]](list)
        for at in found.lines:
            numbers[found.form(at)].append(at)
        for form, ats in numbers.items():
            lot = read.get(form)
            if lot is None:
                text = form.filled_at(columns, ats[0])
                lot = moment(LotRecord.model_validate_json(text))
                _note(read, form, found=lot)
            learner_ids = [columns.learner_ids[at] for at in ats]
            yield Alike(lot, learner_ids, [columns.positions[at] for at in ats])


def spelled_lots(
    state: OrderedState, moment: Moment, *, shown: Shown
) -> Iterator[Mapping[str, object] | orjson.Fragment]:
    """Yield all lots as they are shown, in the order of the log.

    ``shown`` may look at nothing that is their own, and only pass it on.

    Raises:
        NoRoomError: the file cannot be written or read.
    """
    known: dict[Form, _Spelling | None] = {}
    for found in state.pieces_of(LotRecord):
        if isinstance(found, LotRecord):
            yield shown(moment(found))
            continue
        columns = found.block.columns
        for at in found.lines:
            form = found.form(at)
            if form not in known:
                spelled = _spelling(form, moment, shown=shown)
                _note(known, form, found=spelled)
            spelling = known[form]
            if spelling is None:
                text = form.filled_at(columns, at)
                yield shown(moment(LotRecord.model_validate_json(text)))
                continue
            own = tuple([columns[gap][at] for gap in spelling.gaps])
            yield orjson.Fragment(spelling.text % own)


class _Spelling(NamedTuple):
    text: str
    gaps: tuple[int, ...]


def _spelling(form: Form, moment: Moment, *, shown: Shown) -> _Spelling | None:
    """Return how a form's lots are spelled; None if it holds a stand-in by chance."""
    if _ANY.search(form.text) is not None:
        return None
    lot = LotRecord.model_validate_json(form.filled(_STAND_INS))
    whole = orjson.dumps(shown(moment(lot))).decode()
    parts = _ANY.split(whole)
    text = "%s".join(part.replace("%", "%%") for part in parts[::2])
    return _Spelling(text, tuple(_GAPS[one] for one in parts[1::2]))


def _note(known: dict[Form, T], form: Form, *, found: T) -> None:
    if len(known) >= _FORMS_MAX:
        known.clear()
    known[form] = found
