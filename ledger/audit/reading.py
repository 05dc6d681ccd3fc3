"""Reads entries one after another, as far as that can be done before their turn.

It knows the shared records that it was told of, and nothing else of what stands before.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final

from ledger.audit.books import moves_of
from ledger.audit.foreseeing import Shared, foresee
from ledger.audit.glancing import Glance, Seen, Singles
from ledger.audit.parsing import Taken, take_apart
from ledger.audit.places import are_filed
from ledger.audit.ports import EntryRow
from ledger.audit.stretches import Stretch
from ledger.domain.errors import RejectionError
from ledger.domain.rules.act import Act
from ledger.domain.state import NotLoadedError, Slice
from ledger.integrity.batch import BATCH_LINES_MAX
from ledger.integrity.errors import IntegrityError
from ledger.integrity.jws import SignedBytes, verify_jws
from ledger.integrity.keys import PublicKey, read_public_key

_READERS_MAX: Final = 256
_SEEN_MAX: Final = 32
"""So many kinds of statements are kept in mind from one span to the next."""


class Reader:
    """What a process knows from one span to the next."""

    def __init__(self, *, trusting: bool = False) -> None:
        """Know nothing.

        One that is ``trusting`` takes all signatures for good: whoever replays a log
        asks for none.
        """
        self.shared = Shared()
        self._trusting = trusting
        self._keys: dict[str, PublicKey] = {}
        self._seen: Seen = {}
        self._seen_as_of = 0

    @staticmethod
    @lru_cache(maxsize=_READERS_MAX)
    def numbered(number: int, *, trusting: bool = False) -> "Reader":
        """Return the reader of this number, the same one whenever it is asked for."""
        # One that is forgotten knows less when it begins anew, and nothing wrong.
        del number
        return Reader(trusting=trusting)

    def read(self, raws: Iterable[bytes], *, as_of: int) -> list[Taken]:
        """Read entries one by one, after so many changes of shared records."""
        found, header = [], None
        for raw in raws:
            taken = self._verified(take_apart(raw))
            if taken.header is not None:
                header = taken
            taken = foresee(taken, self.shared, as_of=as_of, header=header)
            found.append(_posted(taken))
        return found

    def read_in_stretches(
        self,
        raws: Sequence[bytes],
        *,
        as_of: int,
        rows: Sequence[EntryRow] | None = None,
    ) -> list[Taken | Stretch]:
        """Read entries, and lines that are alike as stretches.

        ``rows`` are the same as a store files them: then stretches are told to be filed
        right, if they are.
        """
        found: list[Taken | Stretch] = []
        look = _Looking(self, as_of=as_of, seen=self._seen_before(as_of))
        at = 0
        while at < len(raws):
            stretch = look.follow(raws[at : at + BATCH_LINES_MAX])
            if stretch is None:
                found.append(_posted(look.read(raws[at])))
                at += 1
                continue
            end = at + len(stretch.which)
            is_filed = rows is not None and are_filed(stretch, rows[at:end])
            found.append(stretch._replace(is_filed=is_filed))
            at = end
        return found

    def take(self, raw: bytes) -> tuple[Taken, bytes]:
        """Take an entry apart, and verify its signature if its key is known.

        Returns the words of a single, too.
        """
        taken = take_apart(raw)
        words = b"" if taken.signed is None else taken.signed.payload
        return self._verified(taken), words

    def verdict(self, signed: SignedBytes) -> str | None:
        """Return what is wrong with a signature, empty if nothing; None if unknown."""
        if self._trusting:
            return ""
        key = self._find(signed.kid)
        return None if key is None else _verdict(signed, key)

    def _seen_before(self, as_of: int) -> Seen:
        """Return what was seen as of as many changes, and is not too much."""
        seen = self._seen
        if as_of != self._seen_as_of or sum(map(len, seen.values())) > _SEEN_MAX:
            seen.clear()
            self._seen_as_of = as_of
        return seen

    def _verified(self, taken: Taken) -> Taken:
        verdict = None if taken.signed is None else self.verdict(taken.signed)
        if verdict is None:
            return taken
        return taken._replace(signed=None, verdict=verdict)

    def _find(self, kid: str) -> PublicKey | None:
        # Of one id the first is found and used, here and by the rules.
        if kid not in self._keys:
            key = self.shared.key(kid)
            if key is None:
                return None
            jwk = key.jwk.model_dump(exclude_none=True)
            self._keys[kid] = read_public_key(jwk, algorithm=key.alg)
        return self._keys[kid]


class _Looking:
    """Goes through entries: singles, and headers with the lines of their batches."""

    def __init__(self, reader: Reader, *, as_of: int, seen: Seen) -> None:
        self._reader = reader
        self._as_of = as_of
        self._seen = seen
        self._singles = Singles(
            reader.shared, as_of=as_of, verified=reader.verdict, seen=seen
        )
        self._batch: Glance | None = None
        self._next = 0

    def follow(self, raws: Sequence[bytes]) -> Stretch | None:
        """Take the next entries that follow patterns, None if the first does not."""
        found = None if self._batch is None else self._batch.follow(raws)
        if found is None:
            found = self._singles.follow(raws, first=self._next)
        if found is not None:
            self._next += len(found.which)
        return found

    def read(self, raw: bytes) -> Taken:
        """Take the next entry by itself."""
        taken, words = self._reader.take(raw)
        bank, shared = taken.bank, self._reader.shared
        if bank is not None:
            self._next = bank.position + 1
        if taken.header is not None and bank is not None:
            self._batch = Glance(
                shared, as_of=self._as_of, header=taken, bank=bank, seen=self._seen
            )
            return taken
        if bank is not None and bank.batch is None:
            self._batch = None
            return self._singles.read(taken, words)
        if self._batch is not None:
            return self._batch.read(taken, raw)
        return foresee(taken, shared, as_of=self._as_of, header=None)


def _posted(taken: Taken) -> Taken:
    """Work out the postings of what needs no state to know them: most awards."""
    if taken.said is None or taken.bank is None:
        return taken
    act = Act(
        statement=taken.said.statement,
        kid=taken.kid,
        payload_hash=taken.said.payload_hash,
        body_hash=taken.said.body_hash,
        position=taken.bank.position,
        recorded_at=taken.bank.recorded_at,
        # On which day they hold is not booked.
        recorded_on=taken.bank.recorded_at[:10],
    )
    try:
        return taken._replace(moves=moves_of(act, Slice()))
    except (NotLoadedError, RejectionError, LookupError, ValueError):
        # Whoever has the state tries again, and judges it.
        return taken


def _verdict(signed: SignedBytes, key: PublicKey) -> str:
    try:
        verify_jws(signed, key)
    except IntegrityError as error:
        return error.code
    return ""
