"""How far history is replayed, and who looks on at each step."""

from dataclasses import dataclass
from typing import NamedTuple, Protocol, runtime_checkable

from ledger.audit.replay import AnyAct
from ledger.domain.state import Record, Slice


@dataclass(frozen=True, slots=True, kw_only=True)
class Until:
    """How far history is replayed, both inclusive; without either to its end."""

    position: int | None = None
    instant: str | None = None

    def holds(self, position: int, recorded_at: str) -> bool:
        """Tell whether an entry lies within."""
        early = self.position is None or position <= self.position
        return early and (self.instant is None or recorded_at <= self.instant)


class Step(NamedTuple):
    """One entry that was applied: its bytes, and the records it changed.

    It is filed at ``place``: stream, topic. Of one that was foreseen there is no act,
    and what it made is only written.
    """

    position: int
    recorded_at: str
    raw: bytes
    leaf: bytes
    place: tuple[str, str]
    act: AnyAct | None = None
    changes: tuple[Record, ...] = ()


class Observer(Protocol):
    """Looks on while history is replayed: at what is read in full."""

    def before(self, act: AnyAct, state: Slice, /) -> None:
        """See an act before its effects are in the state."""
        ...

    def after(self, step: Step, state: Slice, /) -> None:
        """See an entry after its effects are in the state."""
        ...


@runtime_checkable
class PlainObserver(Observer, Protocol):
    """Looks also at plain entries, whose effects were foreseen."""

    def pass_by(self, step: Step, state: Slice, /) -> None:
        """See one after its effects are in the state, perhaps with others'."""
        ...


@runtime_checkable
class Choosing(Protocol):
    """Has some plain entries read in full."""

    def wants(self, lot: str, learner_id: str, /) -> bool:
        """Tell whether it wants a plain award of this lot to this learner.

        Both are empty for an account that is opened.
        """
        ...
