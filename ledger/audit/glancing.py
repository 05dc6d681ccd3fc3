"""Looks ahead at entries in a row: the lines of a batch, or singles of one instant.

One by one, or by the pattern of those before: ``following`` tells which.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import count
from typing import Final

from ledger.audit.following import Following, Known, Line
from ledger.audit.foreseeing import Shared, foresee
from ledger.audit.parsing import Bank, Taken
from ledger.audit.stretches import Stretch
from ledger.integrity.entries import starts_of_batch_lines, starts_of_singles
from ledger.integrity.errors import IntegrityError
from ledger.integrity.jws import STATEMENT_TYP, SignedBytes, read_jws
from ledger.lists.cutting import Rest

_SIGNERS_MAX: Final = 1_000
"""Of so many keys it is known what their singles are like."""

Seen = dict[tuple[str, bool], dict[Rest, Known]]
"""By key, and whether in batches, what was said as of so many changes."""


class Glance:
    """Looks at the lines of one batch, as of so many changes of shared records."""

    def __init__(
        self, shared: Shared, *, as_of: int, header: Taken, bank: Bank, seen: Seen
    ) -> None:
        """Stand behind a header that was read; ``bank`` is its own line."""
        self._following = Following(
            shared,
            as_of=as_of,
            at=bank.recorded_at,
            header=header,
            seen=seen.setdefault((header.kid, True), {}),
        )
        self._bank = bank
        self._index = 0

    def follow(self, raws: Sequence[bytes]) -> Stretch | None:
        """Take the next lines that follow patterns; None if the first does not."""
        if not self._following.has_patterns:
            return None
        first, lines, line = self._index, list[Line](), self._following.line
        for raw, start in zip(raws, self._starts(count(first)), strict=False):
            if not raw.startswith(start):
                break
            found = line(raw, raw[len(start) :])
            if found is None:
                break
            lines.append(found)
        if not lines:
            return None
        self._index += len(lines)
        batch = self._bank.position
        return self._following.stretch(lines, first=batch + 1 + first, batch=batch)

    def read(self, taken: Taken, raw: bytes) -> Taken:
        """Take the next line by itself."""
        (start,) = self._starts([self._index])
        self._index += 1
        if not raw.startswith(start):
            return self._following.foresee(taken)
        return self._following.read(taken, raw[len(start) :])

    def _starts(self, indexes: Iterable[int]) -> Iterable[bytes]:
        bank = self._bank
        return starts_of_batch_lines(
            bank.position, indexes, recorded_at=bank.recorded_at
        )


class Singles:
    """Looks at singles, as of so many changes of shared records.

    ``verified`` returns the code of what is wrong with a signature, empty if nothing
    is, None if that is not known.
    """

    def __init__(
        self,
        shared: Shared,
        *,
        as_of: int,
        verified: Callable[[SignedBytes], str | None],
        seen: Seen,
    ) -> None:
        """Know what was ``seen`` before."""
        self._shared = shared
        self._as_of = as_of
        self._verified = verified
        self._seen = seen
        self._at = ""
        self._following: dict[str, Following] = {}

    def follow(self, raws: Sequence[bytes], *, first: int) -> Stretch | None:
        """Take singles of one key from this position on that follow patterns.

        Returns None if the first does not.
        """
        if not self._following:
            return None
        kid, lines = "", list[Line]()
        starts = starts_of_singles(count(first), recorded_at=self._at)
        for raw, start in zip(raws, starts, strict=False):
            signed = _signed(raw, start)
            if signed is None or signed.kid != (kid or signed.kid):
                break
            following = self._following.get(signed.kid)
            found = None if following is None else following.line(raw, signed.payload)
            # The dearest comes last.
            if found is None or self._verified(signed) != "":
                break
            kid = signed.kid
            lines.append(found)
        if not lines:
            return None
        return self._following[kid].stretch(lines, first=first, batch=None)

    def read(self, taken: Taken, words: bytes) -> Taken:
        """Take a single by itself; ``words`` are its payload."""
        bank, kid = taken.bank, taken.kid
        if bank is None or taken.verdict != "":
            return foresee(taken, self._shared, as_of=self._as_of, header=None)
        if bank.recorded_at != self._at:
            self._at = bank.recorded_at
            self._following.clear()
        if len(self._seen) > _SIGNERS_MAX:
            self._seen.clear()
        if kid not in self._following:
            self._following[kid] = Following(
                self._shared,
                as_of=self._as_of,
                at=self._at,
                seen=self._seen.setdefault((kid, False), {}),
            )
        return self._following[kid].read(taken, words)


def _signed(raw: bytes, start: bytes) -> SignedBytes | None:
    if not raw.startswith(start):
        return None
    try:
        return read_jws(raw[len(start) :], typ=STATEMENT_TYP)
    except IntegrityError:
        return None
