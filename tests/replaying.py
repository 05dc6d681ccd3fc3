"""Histories replayed for tests: from a ledger of rules, or from a bank's own bytes."""

from collections.abc import Callable, Iterable, Sequence

from ledger.audit.figures.effective import Effective
from ledger.audit.figures.recognised import Recognised
from ledger.audit.figures.summary import Replayed
from ledger.audit.history import HistoryReader
from ledger.audit.rebuild import Observer, Rebuilt, apply_act
from ledger.audit.replay import AnyAct
from ledger.domain.state import Slice

Look = Callable[[Rebuilt], None]


def acts_of(entries: Iterable[bytes]) -> list[AnyAct]:
    """Read entries back."""
    reader = HistoryReader()
    found = [reader.read(raw, position=at) for at, raw in enumerate(entries)]
    return [one.act for one in found if one is not None]


def replayed(
    acts: Iterable[AnyAct],
    *,
    day: str | None = None,
    observers: Sequence[Observer] = (),
) -> Replayed:
    """Replay acts, and have the figures worked out as of a date."""
    rebuilt, recognised = Rebuilt(), Recognised()
    effective = None if day is None else Effective(day)
    looking = [one for one in (recognised, effective, *observers) if one is not None]
    for act in acts:
        apply_act(act, b"", rebuilt=rebuilt, observers=looking)
    return Replayed(
        rebuilt=rebuilt, recognised=recognised, effective=effective, effective_on=day
    )


def records(state: Slice) -> dict[object, object]:
    """Return what a state knows to be there."""
    return {key: one for key, one in state.known.items() if one is not None}
