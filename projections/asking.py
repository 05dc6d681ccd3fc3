"""Asks a rule of the domain over the state, reading what it turns out to need."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from ledger.domain.state import Key, NotLoadedError, R, Ref, Slice
from projections.holders import State

T = TypeVar("T")


class Asking:
    """The part of the state that rules have looked at so far."""

    def __init__(self, state: State) -> None:
        """Know nothing yet."""
        self._state = state
        self.known = Slice()

    def ask(self, rule: Callable[[Slice], T]) -> T:
        """Return what a rule says.

        Raises:
            RejectionError: what the rule refuses with.
        """
        while True:
            try:
                return rule(self.known)
            except NotLoadedError as missing:
                self._look_up(missing.ref)

    def look_up(self, record: type[R], keys: Iterable[Key]) -> list[R]:
        """Look up many records with one query, before a rule asks one by one.

        Returns those that there are.
        """
        wanted = list(keys)
        found = self._state.load(record.kind, wanted) if wanted else {}
        self.known.learn_all(record, wanted, found=found)
        return [one for one in found.values() if isinstance(one, record)]

    def _look_up(self, ref: Ref) -> None:
        found = self._state.load(ref.record.kind, [ref.key])
        self.known.learn(ref, found.get(ref.key))
