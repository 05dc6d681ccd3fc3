"""The root over what is read, leaf by leaf."""

from collections.abc import Callable, Sequence
from typing import Final

from ledger.integrity.merkle import EMPTY, Frontier

LEAVES: Final = 1_000
"""The tree grows by so many at a time: nobody asks for the roots between."""


class GrowingTree:
    """The root over what was read, grown many leaves at a time."""

    def __init__(self, on_leaf: Callable[[bytes], None] | None) -> None:
        """Start with no leaf; ``on_leaf`` is told each of them."""
        self._frontier = EMPTY
        self._leaves: list[bytes] = []
        self._on_leaf = on_leaf

    def add_all(self, leaves: Sequence[bytes]) -> None:
        """Take the next leaves."""
        if self._on_leaf is not None:
            for leaf in leaves:
                self._on_leaf(leaf)
        self._leaves += leaves
        if len(self._leaves) >= LEAVES:
            self.finish()

    def finish(self) -> Frontier:
        """Return the frontier of all leaves so far."""
        self._frontier = self._frontier.extend(self._leaves)
        self._leaves.clear()
        return self._frontier
