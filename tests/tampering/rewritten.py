"""Harm to what an auditor remembers: a history that the operator wrote and signed anew.

Whole in itself, such a ledger passes. It cannot contain a checkpoint of the other one.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from tests.bank import SCHOOL, award
from tests.tampering.copies import Draft, draft_of, note_over
from tests.tampering.forged import awarded, new_id
from tests.tampering.grounds import Ground, seeded_key
from tests.tampering.outcomes import Chance, Harm, Operator, at, within
from tests.tampering.sealed import sign


def _forgotten(ground: Ground, groups: int) -> tuple[Draft, int]:
    """Return a history without its last groups, and its size."""
    draft = draft_of(ground)
    size = draft.groups[-groups].first
    del draft.raw[size:]
    del draft.groups[-groups:]
    return draft, size


def forget(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """End the ledger earlier, with a checkpoint of its own."""
    draft, size = _forgotten(ground, chance.randrange(1, 6))
    last = ground.size - 1
    remembered = tuple(one.note for one in ground.read_heads)
    expected = within(size, last, "remembered-larger")
    return Harm(copy=draft.seal(), expected=expected, remembered=remembered)


def write_anew(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Put other honest statements in the place of the last ones, and sign them all."""
    draft, size = _forgotten(ground, 1)
    for number in range(ground.size - size + chance.randrange(3)):
        said = awarded(ground) | {"body": award(f"anew-{number}")}
        draft.append(sign(ground.bank.keys[SCHOOL], said | {"id": new_id(chance)}))
    last = ground.size - 1
    agreed = chance.randrange(1, len(ground.read_heads) - 1)
    remembered = tuple(
        ground.read_heads[place].note for place in (agreed, len(ground.read_heads) - 1)
    )
    expected = within(ground.read_heads[agreed].size, last, "remembered-differs")
    return Harm(copy=draft.seal(), expected=expected, remembered=remembered)


def remember_a_forgery(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Remember a checkpoint that no key of the ledger has signed."""
    head = chance.choice(ground.read_heads)
    stranger = seeded_key("stranger", "operator", use=ground.bank.checkpoint.use)
    note = note_over(ground, size=head.size, root=head.root, key=stranger)
    expected = at(head.size - 1, "remembered-signature")
    return Harm(copy=draft_of(ground).seal(), expected=expected, remembered=(note,))


def grow(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Take one more statement in: what was remembered is still contained."""
    draft = draft_of(ground)
    said = awarded(ground) | {"id": new_id(chance)}
    draft.append(sign(ground.bank.keys[SCHOOL], said))
    kept = chance.sample(ground.read_heads, 3)
    remembered = tuple(one.note for one in kept)
    return Harm(copy=draft.seal(), expected=None, remembered=remembered)


_ALL: Final = (forget, write_anew, remember_a_forgery, grow)
REWRITTEN: Final[Mapping[str, Operator]] = MappingProxyType(
    {one.__name__.replace("_", "-"): one for one in _ALL}
)
