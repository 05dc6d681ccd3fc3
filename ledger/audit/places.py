"""Where a store files lines in a row, held against where they belong."""

from collections.abc import Sequence
from itertools import repeat

from ledger.audit.ports import EntryRow, SourceEntry
from ledger.audit.stretches import Stretch


def are_filed(stretch: Stretch, rows: Sequence[EntryRow]) -> bool:
    """Tell whether a store files lines in a row where they belong.

    Whoever is not told so looks at them again.
    """
    numbers, *places, _ = zip(*rows, strict=True)
    positions = stretch.columns.positions
    expected = range(positions.start + 1, positions.stop + 1)
    return numbers == tuple(expected) and places == _places(stretch, range(len(rows)))


def find_filed(
    stretch: Stretch, lines: range, *, entries: Sequence[SourceEntry]
) -> bool | None:
    """Tell whether a source files these lines; None if it files one elsewhere.

    ``entries`` are all of the stretch.
    """
    some = entries[lines.start : lines.stop]
    numbers = [one.position for one in some]
    positions = stretch.columns.positions[lines.start : lines.stop]
    if any(one is not None for one in numbers) and numbers != list(positions):
        return None
    streams = tuple([one.stream for one in some])
    if not any(one is not None for one in streams):
        return False
    versions, topics = zip(*[(one.version, one.topic) for one in some], strict=True)
    found = [streams, versions, topics]
    return True if found == _places(stretch, lines) else None


def _places(stretch: Stretch, lines: range) -> list[tuple[object, ...]]:
    """Return the streams, versions and topics of lines where they belong."""
    part = slice(lines.start, lines.stop)
    columns, patterns = stretch.columns.part(part), stretch.patterns
    which = stretch.which[part]
    prefixes = [one.prefix for one in patterns]
    topics = [one.topic for one in patterns]
    streams = [
        prefixes[number] + (award_id or learner_id)
        for number, award_id, learner_id in zip(
            which, columns.award_ids, columns.learner_ids, strict=True
        )
    ]
    versions = tuple(repeat(1, len(lines)))
    return [tuple(streams), versions, tuple([topics[number] for number in which])]
