"""Harm by the operator in what it signs over entries that it leaves alone."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from ledger.integrity.keys import KeyUse
from ledger.integrity.merkle import Frontier
from ledger.store.heads import Head
from tests.bank import OPERATOR
from tests.tampering.copies import Draft, draft_of, note_over, sealed_with
from tests.tampering.crude import flipped
from tests.tampering.grounds import Ground, seeded_key
from tests.tampering.outcomes import Chance, Harm, Operator, at
from tests.tampering.sealed import NO_SUCH_DAY


def _changed_head(
    ground: Ground, chance: Chance, *, change: Callable[[Head, Chance], Head]
) -> tuple[Draft, list[Head], int]:
    draft = draft_of(ground)
    heads = draft.heads()
    place = chance.randrange(1, len(heads))
    heads[place] = change(heads[place], chance)
    return draft, heads, draft.groups[place].first


def tell_another_time(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Close a group at another time than its entries say."""
    draft, heads, first = _changed_head(
        ground, chance, change=lambda head, _: replace(head, recorded_at=NO_SUCH_DAY)
    )
    expected = at(first, "checkpoint-group-differs")
    return Harm(copy=sealed_with(draft, heads), expected=expected)


def tell_another_beginning(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Let a checkpoint say that it covers more, or fewer, entries."""
    draft, heads, first = _changed_head(
        ground,
        chance,
        change=lambda head, chance: replace(
            head, first_position=head.first_position + chance.choice((-1, 1))
        ),
    )
    expected = at(first, "checkpoint-group-differs")
    return Harm(copy=sealed_with(draft, heads), expected=expected)


def sign_another_root(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Sign a note that says another root than the row beside it."""

    def change(head: Head, _: Chance) -> Head:
        return replace(head, note=note_over(ground, size=head.size, root=b"\0" * 32))

    draft, heads, first = _changed_head(ground, chance, change=change)
    expected = at(first, "checkpoint-row-differs")
    return Harm(copy=sealed_with(draft, heads), expected=expected)


def sign_another_size(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Sign a note that says another size than the row beside it."""

    def change(head: Head, chance: Chance) -> Head:
        size = head.size + chance.choice((-1, 1))
        return replace(head, note=note_over(ground, size=size, root=head.root))

    draft, heads, first = _changed_head(ground, chance, change=change)
    expected = at(first, "checkpoint-row-differs")
    return Harm(copy=sealed_with(draft, heads), expected=expected)


def sign_a_root_of_nothing(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Sign a root that the subtrees beside it do not have, nor any other tree."""

    def change(head: Head, chance: Chance) -> Head:
        root = flipped(head.root, chance.randrange(256))
        note = note_over(ground, size=head.size, root=root)
        return replace(head, root=root, note=note)

    draft, heads, first = _changed_head(ground, chance, change=change)
    expected = at(first, "checkpoint-frontier-differs")
    return Harm(copy=sealed_with(draft, heads), expected=expected)


def sign_the_wrong_tree(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Sign a tree, whole in itself, over other entries than those that are there."""

    def change(head: Head, chance: Chance) -> Head:
        hashes = [*head.frontier.hashes]
        place = chance.randrange(len(hashes))
        hashes[place] = flipped(hashes[place], chance.randrange(256))
        frontier = Frontier(size=head.size, hashes=tuple(hashes))
        root = frontier.root()
        note = note_over(ground, size=head.size, root=root)
        return replace(head, frontier=frontier, root=root, note=note)

    draft, heads, first = _changed_head(ground, chance, change=change)
    return Harm(copy=sealed_with(draft, heads), expected=at(first, "root-mismatch"))


def sign_with_another_key(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Sign a checkpoint with a key that signs no checkpoints, or for another log."""
    bank = ground.bank
    key, origin = chance.choice(
        (
            (bank.service, None),
            (bank.keys[OPERATOR], None),
            (seeded_key("stranger", OPERATOR, use=KeyUse.CHECKPOINT), None),
            (bank.checkpoint, "bank.example/other"),
        )
    )
    named = {} if origin is None else {"origin": origin}

    def change(head: Head, _: Chance) -> Head:
        note = note_over(ground, size=head.size, root=head.root, key=key, **named)
        return replace(head, note=note)

    draft, heads, first = _changed_head(ground, chance, change=change)
    expected = at(first, "checkpoint-signature")
    return Harm(copy=sealed_with(draft, heads), expected=expected)


def bend_the_frontier(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Keep other subtrees under a checkpoint than the tree has, to the same root.

    The next writer would grow the tree from them.
    """
    draft = draft_of(ground)
    heads = draft.heads()
    several = [place for place, one in enumerate(heads) if len(one.frontier.hashes) > 1]
    place = chance.choice(several)
    head = heads[place]
    bent = Frontier(size=head.size, hashes=(head.root,))
    heads[place] = replace(head, frontier=bent)
    first = draft.groups[place].first
    expected = at(first, "checkpoint-frontier-differs")
    return Harm(copy=sealed_with(draft, heads), expected=expected)


_ALL: Final = (
    tell_another_time,
    tell_another_beginning,
    sign_another_root,
    sign_another_size,
    sign_a_root_of_nothing,
    sign_the_wrong_tree,
    sign_with_another_key,
    bend_the_frontier,
)
HEADS: Final[Mapping[str, Operator]] = MappingProxyType(
    {one.__name__.replace("_", "-"): one for one in _ALL}
)
