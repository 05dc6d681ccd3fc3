"""Harm by somebody who holds no key: bits and rows of a store, as they lie there."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from ledger.audit.ports import SourceEntry
from tests.tampering.copies import Copy, copy_of
from tests.tampering.grounds import Ground
from tests.tampering.outcomes import Chance, Expected, Harm, Operator, at, within


def flipped(raw: bytes, bit: int) -> bytes:
    """Return the bytes with one bit flipped."""
    changed = bytearray(raw)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def flipped_text(text: str, chance: Chance) -> str:
    """Return a text with one bit of one character flipped."""
    raw = flipped(text.encode("ascii"), chance.randrange(len(text) * 7) * 8 // 7)
    return raw.decode("latin-1")


def _renamed(expected: Expected, *, when: bool) -> Expected:
    return replace(expected, renamed=when)


def flip_entry(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Flip a bit of an entry: its group has another root."""
    position = chance.randrange(ground.size)
    entry, group = ground.entries[position], ground.group_of(position)
    copy = copy_of(ground)
    raw = flipped(entry.raw, chance.randrange(len(entry.raw) * 8))
    copy.entries_kept[position] = replace(entry, raw=raw)
    expected = within(group.first, group.last, "root-mismatch")
    return Harm(copy=copy, expected=_renamed(expected, when=position == 0))


def _filed(ground: Ground, position: int, *, entry: SourceEntry) -> Harm:
    copy = copy_of(ground)
    copy.entries_kept[position] = entry
    return Harm(copy=copy, expected=at(position, "filed-wrong"))


def flip_stream(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Flip a bit of the stream that an entry is filed under."""
    position = chance.randrange(ground.size)
    entry = ground.entries[position]
    other = replace(entry, stream=flipped_text(str(entry.stream), chance))
    return _filed(ground, position, entry=other)


def flip_topic(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Flip a bit of what kind of entry it is filed as."""
    position = chance.randrange(ground.size)
    entry = ground.entries[position]
    other = replace(entry, topic=flipped_text(str(entry.topic), chance))
    return _filed(ground, position, entry=other)


def flip_version(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Flip a bit of an entry's number within its stream."""
    position = chance.randrange(ground.size)
    entry = ground.entries[position]
    version = (entry.version or 0) ^ (1 << chance.randrange(31))
    return _filed(ground, position, entry=replace(entry, version=version))


def flip_number(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Flip a bit of an entry's number: the store hands it out last, or not at all."""
    position = chance.randrange(ground.size)
    number = position ^ (1 << chance.randrange(ground.size.bit_length(), 31))
    copy = copy_of(ground)
    entry = replace(copy.entries_kept.pop(position), position=number)
    copy.entries_kept.append(entry)
    return Harm(
        copy=copy, expected=_renamed(_gone(ground, position), when=position == 0)
    )


def leave_a_gap(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Number the rows from some entry on one higher, and change nothing else."""
    position = chance.randrange(ground.size)
    copy = copy_of(ground)
    copy.entries_kept = [
        replace(one, position=number + (number >= position))
        for number, one in enumerate(copy.entries_kept)
    ]
    return Harm(copy=copy, expected=at(position, "position-missing"))


def _gone(ground: Ground, position: int) -> Expected:
    first = ground.group_of(position).first
    return within(first, position, "position-missing", "position-wrong")


def _renumbered(copy: Copy, chance: Chance) -> Copy:
    """Number the rows anew, or leave them as they are."""
    if chance.randrange(2):
        copy.entries_kept = [
            replace(one, position=number)
            for number, one in enumerate(copy.entries_kept)
        ]
    return copy


def drop(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Drop an entry that is not the last."""
    position = chance.randrange(ground.size - 1)
    copy = copy_of(ground)
    del copy.entries_kept[position]
    expected = _renamed(_gone(ground, position), when=position == 0)
    return Harm(copy=_renumbered(copy, chance), expected=expected)


def swap(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Let two entries change places."""
    first, second = sorted(chance.sample(range(ground.size), 2))
    copy = copy_of(ground)
    kept: list[SourceEntry] = copy.entries_kept
    kept[first], kept[second] = kept[second], kept[first]
    expected = _renamed(_gone(ground, first), when=first == 0)
    return Harm(copy=_renumbered(copy, chance), expected=expected)


def duplicate(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Put an entry in a second time, after itself."""
    position = chance.randrange(ground.size)
    other = chance.randrange(position + 1, ground.size + 1)
    copy = copy_of(ground)
    copy.entries_kept.insert(other, ground.entries[position])
    last = ground.size - 1
    expected = within(
        ground.group_of(min(other, last)).first if other <= last else other,
        other,
        "position-wrong",
    )
    return Harm(copy=_renumbered(copy, chance), expected=expected)


def splice(ground: Ground, theirs: Ground, *, chance: Chance) -> Harm:
    """Put another ledger's entry in the place of ours: it is signed, but not here."""
    position = chance.randrange(ground.size)
    copy = copy_of(ground)
    raw = theirs.entries[position].raw
    copy.entries_kept[position] = replace(ground.entries[position], raw=raw)
    group = ground.group_of(position)
    expected = within(group.first, group.last, "unknown-key", "not-allowed")
    return Harm(copy=copy, expected=_renamed(expected, when=position == 0))


def cut(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Cut the tail off: the checkpoints cover more."""
    position = chance.randrange(1, ground.size)
    copy = copy_of(ground)
    del copy.entries_kept[position:]
    first = ground.group_of(position).first
    return Harm(copy=copy, expected=within(first, position, "entries-missing"))


def empty(
    _: Ground,
    __: Ground,
    *,
    chance: Chance,  # noqa: ARG001  # as all harms are called
) -> Harm:
    """Take everything away, checkpoints as well: nothing is left to be at fault."""
    expected = Expected(codes=frozenset(), first=0, last=0, renamed=True)
    return Harm(copy=Copy(entries_kept=[]), expected=expected)


def exchange_ledgers(
    _: Ground,
    theirs: Ground,
    *,
    chance: Chance,  # noqa: ARG001  # as all harms are called
) -> Harm:
    """Show another ledger, which is right in itself, in the place of ours."""
    expected = Expected(codes=frozenset(), first=0, last=0, renamed=True)
    return Harm(copy=copy_of(theirs), expected=expected)


def untouched(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Do nothing; a store that does not tell how it files is honest, too."""
    copy = copy_of(ground)
    if chance.randrange(2):
        copy.entries_kept = [SourceEntry(raw=one.raw) for one in copy.entries_kept]
    return Harm(copy=copy, expected=None)


_ALL: Final = (
    flip_entry,
    flip_stream,
    flip_topic,
    flip_version,
    flip_number,
    leave_a_gap,
    drop,
    swap,
    duplicate,
    splice,
    cut,
    empty,
    exchange_ledgers,
    untouched,
)
CRUDE: Final[Mapping[str, Operator]] = MappingProxyType(
    {one.__name__.replace("_", "-"): one for one in _ALL}
)
