"""Awards of a batch that say what an earlier line of it said, but for their own values.

Such a line is cut up and not read: its own values have the form of their fields, and
all else was read before. Whoever needs the statement reads it then.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, Final, NamedTuple

from ledger.domain.rules.awards import award_id_once
from ledger.domain.statements.awards import CreditAwarded
from ledger.lists.cutting import Cut, Own, Places, Rest, are_instants, cut, own_of
from ledger.lists.drafts import Draft, Said, hash_text, recognised
from ledger.store.short_ids import short_ids

EXAMPLES_MAX: Final = 64
"""A list with more of them is read: to look for their like costs, too."""

_BODY: Final = b'"body":'
_BETWEEN_DIGESTS: Final = '","'
_BETWEEN: Final = "\n"


class Listed(NamedTuple):
    """What an award has of its own; for all else it is like example ``which``.

    ``digests`` are text, with what stands between them. Hashes are those of a draft.
    """

    which: int
    learner_id: str
    exp: str
    iat: str
    id: str
    award_id: str
    digests: str
    payload_hash: str
    body_hash: str
    member_bytes: bytes

    def sd(self) -> tuple[str, ...]:
        """Return the digests one by one."""
        return tuple(self.digests.split(_BETWEEN_DIGESTS)) if self.digests else ()


Line = Draft | Listed


class RowIds(NamedTuple):
    """Ids as the writer's tables spell them, line by line; nothing if it was read."""

    learner_id: Sequence[str]
    id: Sequence[str]
    award_id: Sequence[str]


_NOT_SPELLED: Final = RowIds((), (), ())


@dataclass(frozen=True, slots=True)
class Drafts:
    """The lines of one batch, all under one key: read, or cut up and like examples.

    Ids are spelled where the batch is taken in: whoever writes has no time to.
    """

    kid: str
    examples: tuple[CreditAwarded, ...]
    lines: tuple[Line, ...]
    row_ids: RowIds = field(default=_NOT_SPELLED, compare=False)

    def __post_init__(self) -> None:
        """Spell the ids, unless another process has."""
        if len(self.row_ids.id) != len(self.lines):
            object.__setattr__(self, "row_ids", _spelled(self.lines))

    def __len__(self) -> int:
        """Count the lines."""
        return len(self.lines)

    def __iter__(self) -> Iterator[Draft]:
        """Read the lines in order."""
        return map(self.read, self.lines)

    def __getitem__(self, index: int) -> Draft:
        """Read one line."""
        return self.read(self.lines[index])

    def read(self, line: Line) -> Draft:
        """Return a line as it reads."""
        if isinstance(line, Draft):
            return line
        said = recognised(line.member_bytes)
        assert said is not None  # noqa: S101  # what was cut up is plain
        return Draft(
            member_bytes=line.member_bytes,
            statement=said.statement,
            kid=self.kid,
            payload_hash=line.payload_hash,
            body_hash=line.body_hash,
        )

    @property
    def iss(self) -> str:
        """Who says all that was cut up."""
        return self.examples[0].iss

    def listed(self) -> Iterator[Listed]:
        """Return those that were cut up."""
        return (one for one in self.lines if isinstance(one, Listed))

    def drafts(self) -> Iterator[Draft]:
        """Return those that were read already: of these alone more is to be told."""
        return (one for one in self.lines if isinstance(one, Draft))

    def __reduce__(self) -> tuple[object, ...]:
        """Hand it on by columns: a value by itself costs more than its bytes."""
        listed = [one for one in self.lines if isinstance(one, Listed)]
        if not listed:
            return Drafts, (self.kid, self.examples, self.lines)
        places = [at for at, one in enumerate(self.lines) if isinstance(one, Draft)]
        others = Drafts(self.kid, self.examples, tuple(self.drafts()))
        which, *texts, raws = zip(*listed, strict=True)
        columns = [_BETWEEN.join(one) for one in (*texts, *self.row_ids)]
        packed = (which, columns, _BETWEEN.encode().join(raws))
        return _unpacked, (others, [places, *packed])


def _spelled(lines: Sequence[Line]) -> RowIds:
    listed = [one for one in lines if isinstance(one, Listed)]
    columns = (map(attrgetter(name), listed) for name in RowIds._fields)
    spelled = [iter(short_ids([*one])) for one in columns]
    return RowIds._make(
        [next(one) if isinstance(line, Listed) else "" for line in lines]
        for one in spelled
    )


# Any: places, numbers, columns of texts, and bytes.
def _unpacked(others: Drafts, packed: Sequence[Any]) -> Drafts:
    places, which, texts, raws = packed
    columns = [one.split(_BETWEEN) for one in texts]
    own, spelled = columns[: -len(RowIds._fields)], columns[-len(RowIds._fields) :]
    rows = zip(which, *own, raws.split(_BETWEEN.encode()), strict=True)
    lines: list[Line] = [*map(Listed._make, rows)]
    for at, one in zip(places, others.lines, strict=True):
        lines.insert(at, one)
    return Drafts(others.kid, others.examples, tuple(lines), RowIds(*spelled))


class Listing:
    """Reads the statements of one batch; those like an earlier one are cut up."""

    def __init__(self) -> None:
        """Know no example yet."""
        self.examples: list[CreditAwarded] = []
        self._numbers: dict[Rest, int] = {}
        self._last: Places | None = None

    def recognise(
        self, payload: bytes, disclosures: tuple[str, ...]
    ) -> Listed | Said | None:
        """Return what a plain statement says, or what of an example's like is its own.

        None says nothing of it.
        """
        if disclosures or len(self.examples) > EXAMPLES_MAX:
            return recognised(payload)
        found = self._cut(payload)
        own = None if found is None else own_of(found)
        if found is None or own is None or not found.has_reference:
            return recognised(payload)
        which = self._numbers.get(found.rest)
        if which is not None and are_instants(own.exp, own.iat):
            return _listed(payload, found, own=own, like=(which, self.examples[which]))
        said = recognised(payload)
        if which is None and said and isinstance(said.statement, CreditAwarded):
            # Each of these marks is in a plain award once: as the key of its own field.
            self._numbers[found.rest] = len(self.examples)
            self.examples.append(said.statement)
            self._last = Places(found, own)
        return said

    def _cut(self, payload: bytes) -> Cut | None:
        # Most are like the one before.
        found = None if self._last is None else self._last.cut(payload)
        return cut(payload) if found is None else found


def _listed(
    payload: bytes, found: Cut, *, own: Own, like: tuple[int, CreditAwarded]
) -> Listed:
    which, example = like
    award = award_id_once(
        member_id=example.iss,
        reference_tag=own.reference,
        revision=example.body.revision,
    )
    body = payload[payload.index(_BODY) + len(_BODY) : found.body_end]
    return Listed(
        which,
        own.learner_id,
        own.exp,
        own.iat,
        own.id,
        award,
        own.digests,
        hash_text(payload),
        hash_text(body),
        payload,
    )
