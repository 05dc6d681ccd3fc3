"""Records as they are written down, with gaps for what is a statement's own."""

from collections.abc import Sequence
from typing import NamedTuple

from ledger.domain.state import Record


class Values(NamedTuple):
    """What one statement puts into the gaps of its pattern.

    ``award_id`` is empty unless it makes one; ``digests`` with what stands between.
    """

    learner_id: str
    id: str
    award_id: str
    position: int
    payload_hash: str
    body_hash: str
    digests: str


class Columns(NamedTuple):
    """The same of many statements: each in the same order."""

    learner_ids: Sequence[str]
    ids: Sequence[str]
    award_ids: Sequence[str]
    positions: range
    payload_hashes: Sequence[str]
    body_hashes: Sequence[str]
    digests: Sequence[str]

    @classmethod
    def of(cls, texts: Sequence[Sequence[str]], *, positions: range) -> "Columns":
        """Return columns of these ``texts`` and positions."""
        learner_ids, ids, award_ids, *others = texts
        return cls(learner_ids, ids, award_ids, positions, *others)

    def texts(self) -> Sequence[Sequence[str]]:
        """Return all but the positions."""
        return (
            self.learner_ids,
            self.ids,
            self.award_ids,
            self.payload_hashes,
            self.body_hashes,
            self.digests,
        )

    def part(self, lines: slice) -> "Columns":
        """Return those of some of the statements."""
        return Columns(
            self.learner_ids[lines],
            self.ids[lines],
            self.award_ids[lines],
            self.positions[lines],
            self.payload_hashes[lines],
            self.body_hashes[lines],
            self.digests[lines],
        )


class Form(NamedTuple):
    """A record as it is written down; into its gaps go ``Values`` of these numbers."""

    record: type[Record]
    text: str
    gaps: tuple[int, ...]

    def saying(self, words: str, *, instead_of: str) -> "Form":
        """Return a form that says this wherever this one says something else."""
        return self._replace(text=self.text.replace(instead_of, words))

    def filled(self, values: Values) -> str:
        """Return the text of the record that these values make."""
        return self.text % tuple([values[gap] for gap in self.gaps])

    def filled_at(self, columns: Columns, at: int) -> str:
        """Return the text of the record that a statement makes."""
        return self.text % tuple([columns[gap][at] for gap in self.gaps])
