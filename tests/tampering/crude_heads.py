"""Harm by somebody who holds no key to the rows of checkpoints."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from tests.tampering.copies import copy_of
from tests.tampering.crude import flipped, flipped_text
from tests.tampering.grounds import Ground
from tests.tampering.outcomes import Chance, Harm, Operator, at, within

CHECKPOINT_CODES: Final = (
    "checkpoint-unreadable",
    "checkpoint-signature",
    "checkpoint-row-differs",
    "checkpoint-group-differs",
    "checkpoint-frontier-differs",
    "entries-not-covered",
)


def flip_head(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Flip a bit of a checkpoint's row: that checkpoint fails."""
    place = chance.randrange(len(ground.heads))
    head, group = ground.heads[place], ground.groups[place]
    copy = copy_of(ground)
    state = flipped(head.state, chance.randrange(len(head.state) * 8))
    copy.heads_kept[place] = replace(head, state=state)
    codes = (*CHECKPOINT_CODES, "root-mismatch")
    return Harm(copy=copy, expected=within(group.first, group.last, *codes))


def flip_head_filing(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Flip a bit of where a checkpoint is filed: exactly that one is filed wrong."""
    place = chance.randrange(len(ground.heads))
    head = ground.heads[place]
    copy = copy_of(ground)
    if chance.randrange(2):
        number = head.number ^ (1 << chance.randrange(31))
        copy.heads_kept[place] = replace(head, number=number)
    else:
        topic = flipped_text(head.topic, chance)
        copy.heads_kept[place] = replace(head, topic=topic)
    first = ground.groups[place].first
    return Harm(copy=copy, expected=at(first, "checkpoint-filed-wrong"))


def cut_heads(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Cut the newest checkpoints off: their entries are covered by nothing."""
    place = chance.randrange(len(ground.heads))
    copy = copy_of(ground)
    del copy.heads_kept[place:]
    first, last = ground.groups[place].first, ground.size - 1
    return Harm(copy=copy, expected=within(first, last, "entries-not-covered"))


def drop_head(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Drop a checkpoint that is not the last."""
    place = chance.randrange(len(ground.heads) - 1)
    copy = copy_of(ground)
    del copy.heads_kept[place]
    first = ground.groups[place].first
    return Harm(copy=copy, expected=at(first, "checkpoint-filed-wrong"))


def swap_heads(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Let two checkpoints change places: neither closes the group where it stands."""
    first, second = sorted(chance.sample(range(len(ground.heads)), 2))
    copy = copy_of(ground)
    kept = copy.heads_kept
    kept[first] = replace(kept[first], state=ground.heads[second].state)
    kept[second] = replace(kept[second], state=ground.heads[first].state)
    place = ground.groups[first].first
    return Harm(copy=copy, expected=at(place, "checkpoint-group-differs"))


def splice_head(ground: Ground, theirs: Ground, *, chance: Chance) -> Harm:
    """Put another ledger's checkpoint in the place of ours."""
    place = chance.randrange(len(ground.heads))
    copy = copy_of(ground)
    copy.heads_kept[place] = theirs.heads[place]
    first = ground.groups[place].first
    return Harm(copy=copy, expected=at(first, "checkpoint-signature"))


def respell_a_head(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Write a checkpoint's row in another spelling, which says the same."""
    place = chance.randrange(len(ground.heads))
    copy = copy_of(ground)
    head = ground.heads[place]
    state = chance.choice((head.state + b" ", head.state.replace(b":", b": ", 1)))
    copy.heads_kept[place] = replace(head, state=state)
    first = ground.groups[place].first
    return Harm(copy=copy, expected=at(first, "checkpoint-unreadable"))


def cut_a_head_short(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Leave only the beginning of a checkpoint's row."""
    place = chance.randrange(len(ground.heads))
    head = ground.heads[place]
    copy = copy_of(ground)
    state = head.state[: chance.randrange(len(head.state))]
    copy.heads_kept[place] = replace(head, state=state)
    first = ground.groups[place].first
    return Harm(copy=copy, expected=at(first, "checkpoint-unreadable"))


_ALL: Final = (
    flip_head,
    flip_head_filing,
    cut_heads,
    drop_head,
    swap_heads,
    splice_head,
    respell_a_head,
    cut_a_head_short,
)
CRUDE_HEADS: Final[Mapping[str, Operator]] = MappingProxyType(
    {one.__name__.replace("_", "-"): one for one in _ALL}
)
