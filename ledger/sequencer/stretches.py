"""Plain awards of one list, of which no record is made until somebody asks for it."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from ledger.domain.rules.alike import Alike
from ledger.domain.rules.listed_awards import OwnOfAward, evolve_plain
from ledger.domain.state import LotRecord, Place, Record, StatementRecord
from ledger.lists.listed import Drafts, Listed
from ledger.store.state_lists import Column, NewRows

_Own = Mapping[str, Column]
"""Columns of a table that are not the same in all rows, by their fields."""
_DIGESTS: Final = '["{}"]'


class Stretch:
    """Lines like one example, at some indexes behind a header."""

    def __init__(self, drafts: Drafts, *, header: int, common: Alike) -> None:
        """Start without any line."""
        self._drafts = drafts
        self._first = header + 1
        self._common = common
        self._indexes: list[int] = []
        self._by_place: dict[Place, int] = {}
        self._placed = 0

    def take(self, indexes: Sequence[int]) -> list[Place]:
        """Take lines whose names are as usual; return the keys of their records."""
        self._indexes += indexes
        lots, said = self._places(indexes)
        return lots + said

    def make(self, place: Place) -> Record:
        """Return one of the records."""
        left = self._indexes[self._placed :]
        for places in self._places(left):
            self._by_place.update(zip(places, left, strict=True))
        self._placed = len(self._indexes)
        lot, said = self._records(self._by_place[place])
        return lot if place[0] is LotRecord else said

    def rows(self, changed: Collection[Place]) -> list[NewRows]:
        """Return the rows of all records but those that were changed since."""
        patterns, columns = self._records(self._indexes[0]), self._own()
        if changed:
            columns = [
                _chosen(own, [at for at, one in enumerate(all_) if one not in changed])
                for own, all_ in zip(columns, self._places(self._indexes), strict=True)
            ]
        found = map(NewRows, patterns, columns)
        return [one for one in found if one.own["position"]]

    def _places(self, indexes: Sequence[int]) -> tuple[list[Place], list[Place]]:
        """Return the keys of lots, and of used ids."""
        iss, lines = self._drafts.iss, self._lines(indexes)
        return (
            [(LotRecord, one.award_id) for one in lines],
            [(StatementRecord, (iss, one.id)) for one in lines],
        )

    def _lines(self, indexes: Sequence[int]) -> list[Listed]:
        lines = self._drafts.lines
        found = (lines[one] for one in indexes)
        return [one for one in found if isinstance(one, Listed)]

    def _records(self, index: int) -> tuple[LotRecord, StatementRecord]:
        line = self._drafts.lines[index]
        assert isinstance(line, Listed)  # noqa: S101  # no other was taken
        own = OwnOfAward(
            line.id,
            line.award_id,
            line.learner_id,
            self._first + index,
            line.payload_hash,
            line.body_hash,
            line.sd(),
        )
        return evolve_plain(self._common, own, iss=self._drafts.iss)

    def _own(self) -> list[_Own]:
        lines, first, ids = (
            self._lines(self._indexes),
            self._first,
            self._drafts.row_ids,
        )
        learners, said, awards = (
            [column[one] for one in self._indexes] for column in ids
        )
        positions = [first + one for one in self._indexes]
        lots: _Own = {
            "award_id": awards,
            "learner_id": learners,
            "position": positions,
            "body_hash": [one.body_hash for one in lines],
            "digests": [
                _DIGESTS.format(one.digests) if one.digests else None for one in lines
            ],
        }
        hashes = [one.payload_hash for one in lines]
        return [lots, {"id": said, "payload_hash": hashes, "position": positions}]


def _chosen(own: _Own, places: Sequence[int]) -> _Own:
    return {name: [column[at] for at in places] for name, column in own.items()}
