"""Harm to an export: entries with one note over all of them, and no heads between."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from tests.tampering.copies import Copy, draft_of, note_over
from tests.tampering.crude import flipped
from tests.tampering.grounds import Ground
from tests.tampering.outcomes import Chance, Harm, Operator, at, within


def _exported(ground: Ground, *, note: str) -> Copy:
    copy = draft_of(ground).seal()
    return Copy(copy.entries_kept, [], note=note)


def export(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Export an honest ledger, with its newest note or with the same signed again."""
    newest = ground.read_heads[-1]
    again = note_over(ground, size=newest.size, root=newest.root)
    copy = _exported(ground, note=chance.choice((newest.note, again)))
    return Harm(copy=copy, expected=None)


def export_too_little(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Leave the last entries out; the note says how many there should be."""
    copy = _exported(ground, note=ground.read_heads[-1].note)
    header = ground.groups[-1].first
    size = chance.randrange(1, header + 1)
    del copy.entries_kept[size:]
    expected = within(size, ground.size - 1, "entries-missing")
    return Harm(copy=copy, expected=expected)


def export_under_another_root(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Sign a note over other entries than those that are exported."""
    newest = ground.read_heads[-1]
    root = flipped(newest.root, chance.randrange(256))
    copy = _exported(ground, note=note_over(ground, size=newest.size, root=root))
    return Harm(copy=copy, expected=within(0, newest.size - 1, "root-mismatch"))


def export_under_another_size(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Sign the root of all entries as that of fewer."""
    newest = ground.read_heads[-1]
    size = chance.randrange(1, newest.size)
    copy = _exported(ground, note=note_over(ground, size=size, root=newest.root))
    return Harm(copy=copy, expected=within(0, newest.size - 1, "root-mismatch"))


def export_without_a_note(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Export entries that nothing covers, or what nobody signed."""
    forged = ground.read_heads[-1].note.replace("bank.example", "bank.exemple")
    copy = _exported(ground, note="")
    copy.note = chance.choice((None, forged))
    code = "entries-not-covered" if copy.note is None else "checkpoint-signature"
    return Harm(copy=copy, expected=at(0, code))


_ALL: Final = (
    export,
    export_too_little,
    export_under_another_root,
    export_under_another_size,
    export_without_a_note,
)
EXPORTS: Final[Mapping[str, Operator]] = MappingProxyType(
    {one.__name__.replace("_", "-"): one for one in _ALL}
)
