"""Harm to a log's folder: the files that mirrors keep, and that anybody may fetch.

They are of a ledger of their own, which is wide enough for a whole tile.
"""

import tempfile
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from ledger.audit.errors import NotALedgerError, UnreadableSourceError
from ledger.audit.findings import AuditReport
from ledger.audit.tiles import NoEntriesError, TilesSource
from ledger.audit.verify import WrongLedgerError, verify
from ledger.integrity.entry_bundles import LENGTH_BYTES, join_entries
from ledger.integrity.merkle import EMPTY, HASH_BYTES, leaf_hash
from ledger.integrity.proofs import NewNodes
from ledger.integrity.tile_names import CHECKPOINT, TileName, names_of
from ledger.integrity.tiles import TILE_HEIGHT, TILE_WIDTH
from tests.tampering.crude import flipped
from tests.tampering.grounds import Ground, wide
from tests.tampering.outcomes import Chance, Expected, at, fault_of, within
from tests.tampering.papers import Paper

REFUSED: Final = (
    NotALedgerError,
    UnreadableSourceError,
    NoEntriesError,
    WrongLedgerError,
)
CUT: Final = ("bundle-cut", "bundle-short", "bundle-overlong", "tile-differs")


@cache
def wide_ground() -> Ground:
    """Return the ledger that the files are of. Written once."""
    return wide()


@cache
def files() -> Mapping[str, bytes]:
    """Return the files of its log by their paths."""
    ground = wide_ground()
    raws = [one.raw for one in ground.entries]
    nodes = NewNodes(EMPTY, [leaf_hash(raw) for raw in raws])
    made = {CHECKPOINT: ground.read_heads[-1].note.encode()}
    for name in names_of(ground.size):
        places = range(name.width)
        made[name.path()] = b"".join(
            nodes.read(TILE_HEIGHT * name.level, name.index * TILE_WIDTH + place)
            for place in places
        )
    for name in _bundles():
        under = name.positions()
        made[name.path()] = join_entries(raws[under.start : under.stop])
    return MappingProxyType(made)


def _bundles() -> Iterator[TileName]:
    names = names_of(wide_ground().size)
    return (one.as_bundle() for one in names if one.level == 0)


def _audit(changed: Mapping[str, bytes]) -> AuditReport:
    with tempfile.TemporaryDirectory() as folder:
        for path, raw in changed.items():
            file = Path(folder) / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(raw)
        source = TilesSource(Path(folder))
        return verify(source, ledger=wide_ground().bank.ledger)


def _judged(path: str, raw: bytes | None, *, expected: Expected | None) -> str:
    """Audit the folder with one file changed, or without it."""
    changed = dict(files())
    if raw is None:
        del changed[path]
    else:
        changed[path] = raw
    try:
        report = _audit(changed)
    except REFUSED:
        return "" if expected is not None and expected.renamed else "refused"
    return fault_of(report, expected) or ""


def whole_folder(_: Ground, _theirs: Ground, *, chance: Chance) -> str:
    """Audit the files as they are, with or without what a mirror may lack: no harm."""
    path = chance.choice([*files()])
    return _judged(path, files()[path], expected=None)


def flip_tile(_: Ground, _theirs: Ground, *, chance: Chance) -> str:
    """Turn a bit of a tile: found at its hash, and nowhere else."""
    name = chance.choice([*names_of(wide_ground().size)])
    raw = files()[name.path()]
    bit = chance.randrange(len(raw) * 8)
    under = name.positions(first=bit // 8 // HASH_BYTES, count=1)
    expected = within(under.start, under.stop - 1, "tile-differs")
    return _judged(name.path(), flipped(raw, bit), expected=expected)


def flip_entries(_: Ground, _theirs: Ground, *, chance: Chance) -> str:
    """Turn a bit of the entries under a tile: found at the entry."""
    name = chance.choice([*_bundles()])
    raw = files()[name.path()]
    bit = chance.randrange(len(raw) * 8)
    position = _entry_at(name, bit // 8)
    expected = _at_entry(position, *CUT)
    return _judged(name.path(), flipped(raw, bit), expected=expected)


def _entry_at(name: TileName, byte: int) -> int:
    end = 0
    for position in name.positions():
        end += LENGTH_BYTES + len(wide_ground().entries[position].raw)
        if byte < end:
            return position
    raise LookupError(byte)


def _at_entry(position: int, *codes: str) -> Expected:
    found = frozenset(codes)
    return Expected(codes=found, first=position, last=position, renamed=position == 0)


def flip_shown_checkpoint(_: Ground, _theirs: Ground, *, chance: Chance) -> str:
    """Turn a bit of the checkpoint that the folder shows: nobody has signed that."""
    raw = files()[CHECKPOINT]
    codes = frozenset({"checkpoint-signature"})
    expected = Expected(codes=codes, first=0, last=2**53, renamed=True)
    return _judged(
        CHECKPOINT, flipped(raw, chance.randrange(len(raw) * 8)), expected=expected
    )


def lose_a_file(_: Ground, _theirs: Ground, *, chance: Chance) -> str:
    """Lose a tile or some entries: found under it."""
    name = chance.choice([*names_of(wide_ground().size), *_bundles()])
    code = "bundle-missing" if name.is_entries else "tile-missing"
    return _judged(name.path(), None, expected=_under(name, code))


def cut_a_file(_: Ground, _theirs: Ground, *, chance: Chance) -> str:
    """Cut the end off a tile or some entries: found under it."""
    name = chance.choice([*names_of(wide_ground().size), *_bundles()])
    raw = files()[name.path()]
    codes = CUT if name.is_entries else ("tile-length",)
    left = raw[: chance.randrange(len(raw))]
    return _judged(name.path(), left, expected=_under(name, *codes))


def _under(name: TileName, *codes: str) -> Expected:
    under = name.positions()
    # A batch that history ends within is found where it ends: one entry earlier.
    first = max(0, under.start - name.is_entries)
    return Expected(
        codes=frozenset(codes),
        first=first,
        last=under.stop - 1,
        renamed=name.is_entries and first == 0,
    )


def swap_entries(_: Ground, _theirs: Ground, *, chance: Chance) -> str:
    """Let two entries under a tile change places: found at the first."""
    name = chance.choice([*_bundles()])
    under = name.positions()
    first, second = sorted(chance.sample(range(max(1, under.start), under.stop), 2))
    raws = [wide_ground().entries[place].raw for place in under]
    one, other = first - under.start, second - under.start
    raws[one], raws[other] = raws[other], raws[one]
    return _judged(name.path(), join_entries(raws), expected=at(first, "tile-differs"))


_ALL: Final[tuple[Paper, ...]] = (
    whole_folder,
    flip_tile,
    flip_entries,
    flip_shown_checkpoint,
    lose_a_file,
    cut_a_file,
    swap_entries,
)
FOLDERS: Final[Mapping[str, Paper]] = MappingProxyType(
    {getattr(one, "__name__", "").replace("_", "-"): one for one in _ALL}
)
