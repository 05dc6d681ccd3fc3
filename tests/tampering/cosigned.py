"""Harm to what witnesses cosigned, or to the times at which they did.

Of three witnesses two suffice. The auditor knows all three by a policy of its own, and
looks two days after the newest entry was recorded.
"""

import functools
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final, Self

from ledger.audit.ports import CosignedNote
from ledger.audit.witnessed import Witnesses
from ledger.domain.types import instant_of
from ledger.integrity.checkpoints import Checkpoint
from ledger.integrity.cosignatures import cosign, name_key, witness_vkey
from ledger.integrity.keys import KeyUse, SigningKey
from ledger.integrity.quorum import TOLERANCE, WINDOW, Policy
from ledger.store.heads import Head
from tests.bank import ORIGIN
from tests.tampering.copies import Copy, copy_of, note_over
from tests.tampering.crude import flipped
from tests.tampering.grounds import Ground, seeded_key
from tests.tampering.outcomes import Chance, Expected, Harm, Operator, at, within

NAMES: Final = ("east", "north", "south")
NEEDED: Final = 2
STRANGER: Final = "west"


@functools.cache
def witness_key(name: str) -> SigningKey:
    """Return the key of a witness."""
    return seeded_key("witness", name, use=KeyUse.WITNESS)


def _written() -> str:
    vkeys = [witness_vkey(name_key(one, witness_key(one).public)) for one in NAMES]
    parts = [
        f'[[witnesses]]\nname = "{name}"\nvkey = "{vkey}"\nurl = "http://127.0.0.1"\n'
        for name, vkey in zip(NAMES, vkeys, strict=True)
    ]
    return f"{''.join(parts)}[quorum]\nneeded = {NEEDED}\nof = {list(NAMES)}\n"


POLICY_TEXT: Final = _written().replace("'", '"')
POLICY: Final = Policy.read(POLICY_TEXT.encode())


def cosignature(head: Head, name: str, *, after: timedelta = timedelta(0)) -> str:
    """Return a witness's line for a head, so long after it was recorded."""
    recorded = datetime.fromisoformat(head.recorded_at)
    checkpoint = Checkpoint(origin=ORIGIN, size=head.size, root=head.root)
    seconds = int((recorded + after).timestamp())
    return cosign(checkpoint, witness_key(name), name=name, seconds=seconds)


@dataclass
class Shown:
    """A ground with cosignatures for each of its heads, by the names of witnesses."""

    ground: Ground
    lines: list[dict[str, str]]
    notes: list[str]
    days: int = 2

    @classmethod
    def of(cls, ground: Ground) -> Self:
        """Return a ground of which every checkpoint was cosigned at once by all."""
        lines = [
            {name: cosignature(head, name) for name in NAMES}
            for head in ground.read_heads
        ]
        return cls(ground, lines, [head.note for head in ground.read_heads])

    def harm(self, expected: Expected | None, *, copy: Copy | None = None) -> Harm:
        """Return what an auditor is shown."""
        copy = copy or copy_of(self.ground)
        copy.cosigned_kept = [
            CosignedNote(size=head.size, note=note + "".join(lines.values()))
            for head, note, lines in zip(
                self.ground.read_heads, self.notes, self.lines, strict=True
            )
            if lines
        ]
        newest = datetime.fromisoformat(self.ground.read_heads[-1].recorded_at)
        now = instant_of(newest + timedelta(days=self.days))
        witnesses = Witnesses(policy=POLICY, now=now)
        return Harm(copy=copy, expected=expected, witnesses=witnesses)

    def last(self, place: int) -> int:
        """Return the last position under a head."""
        return self.ground.read_heads[place].size - 1


def _place(ground: Ground, chance: Chance) -> int:
    return chance.randrange(len(ground.read_heads) - 1)


def cosign_all(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Show what was cosigned in time: by more than enough, or just by enough."""
    shown = Shown.of(ground)
    for lines in shown.lines:
        del lines[chance.choice(NAMES)]
    return shown.harm(None)


def flip_a_cosignature(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Change one bit of a witness's time or signature."""
    shown = Shown.of(ground)
    place, name = _place(ground, chance), chance.choice(NAMES)
    said, encoded = shown.lines[place][name].rsplit(" ", 1)
    raw = b64decode(encoded)
    changed = raw[:4] + flipped(raw[4:], chance.randrange(8 * len(raw[4:])))
    shown.lines[place][name] = f"{said} {b64encode(changed).decode()}\n"
    return shown.harm(at(shown.last(place), "cosignature-invalid", detail=name))


def move_a_cosignature(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Put a witness's line for one checkpoint under another."""
    shown = Shown.of(ground)
    place, name = _place(ground, chance), chance.choice(NAMES)
    shown.lines[place][name] = shown.lines[place + 1][name]
    return shown.harm(at(shown.last(place), "cosignature-invalid", detail=name))


def lose_quorum(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Take away so many cosignatures of the last checkpoints that they do not suffice.

    What comes before is still covered by what has quorum.
    """
    shown = Shown.of(ground)
    first = chance.randrange(1, len(ground.read_heads))
    for lines in shown.lines[first:]:
        for name in chance.sample(NAMES, len(NAMES) - NEEDED + 1):
            del lines[name]
    expected = at(ground.read_heads[first].first_position, "quorum-missing")
    return shown.harm(expected)


def lose_quorum_between(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Take cosignatures away where a later checkpoint has quorum: no harm is done."""
    shown = Shown.of(ground)
    for lines in shown.lines[:-1]:
        for name in chance.sample(NAMES, chance.randrange(len(NAMES) + 1)):
            del lines[name]
    return shown.harm(None)


def lose_quorum_today(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Show a log whose newest entries are not yet a day old: witnesses have time."""
    shown = Shown.of(ground)
    shown.days = 0
    shown.lines[-1] = {}
    for name in chance.sample(NAMES, chance.randrange(len(NAMES))):
        del shown.lines[-2][name]
    return shown.harm(None)


def cosign_as_a_stranger(
    ground: Ground, _: Ground, *, chance: Chance, instead: bool
) -> Harm:
    """Add a witness that the auditor does not know, or put it in place of others."""
    shown = Shown.of(ground)
    head = ground.read_heads[-1]
    if instead:
        kept = chance.choice(NAMES)
        shown.lines[-1] = {kept: shown.lines[-1][kept]}
    shown.lines[-1][STRANGER] = cosignature(head, STRANGER)
    return shown.harm(at(head.first_position, "quorum-missing") if instead else None)


def cosign_late(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Have the last checkpoints cosigned for the first time after more than a day."""
    shown = Shown.of(ground)
    first = chance.randrange(1, len(ground.read_heads))
    late = WINDOW + timedelta(seconds=chance.randrange(2, 90_000))
    for head, lines in zip(ground.read_heads[first:], shown.lines[first:], strict=True):
        lines.update({one: cosignature(head, one, after=late) for one in NAMES})
    return shown.harm(at(ground.read_heads[first].first_position, "cosigned-late"))


def cosign_early(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Have a checkpoint cosigned long before its entries say they were recorded."""
    shown = Shown.of(ground)
    place = len(ground.read_heads) - 1
    head = ground.read_heads[place]
    early = -TOLERANCE - timedelta(seconds=chance.randrange(1, 50))
    name = chance.choice(NAMES)
    shown.lines[place][name] = cosignature(head, name, after=early)
    expected = within(head.first_position, head.size - 1, "cosigned-early")
    return shown.harm(expected)


def cosign_another_history(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Show what witnesses cosigned of a history that the operator showed to them."""
    shown = Shown.of(ground)
    place = _place(ground, chance)
    head = ground.read_heads[place]
    root = flipped(head.root, chance.randrange(256))
    shown.notes[place] = note_over(ground, size=head.size, root=root)
    return shown.harm(within(0, head.size - 1, "cosigned-differs"))


def cosign_what_nobody_signed(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Show cosignatures under a note of somebody else, or of no form."""
    shown = Shown.of(ground)
    place = _place(ground, chance)
    head = ground.read_heads[place]
    stranger = note_over(
        ground, size=head.size, root=head.root, key=witness_key(STRANGER)
    )
    shown.notes[place] = chance.choice((stranger, "no note\n\n", ""))
    return shown.harm(at(head.size - 1, "cosigned-unsigned"))


def cosign_another_size(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """File a note that the log did sign under a size that it does not tell."""
    shown = Shown.of(ground)
    place = _place(ground, chance)
    head = ground.read_heads[place]
    shown.notes[place] = note_over(ground, size=head.size + 1, root=head.root)
    return shown.harm(at(head.size - 1, "cosigned-unsigned"))


def forget_what_was_cosigned(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Cut a log off, and leave what witnesses cosigned of the rest."""
    shown = Shown.of(ground)
    place = chance.randrange(1, len(ground.read_heads))
    copy = copy_of(ground)
    size = ground.read_heads[place].first_position
    del copy.entries_kept[size:]
    del copy.heads_kept[place:]
    return shown.harm(at(size, "cosigned-missing"), copy=copy)


def cosign_no_checkpoint(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Keep cosignatures for a size at which no group ended."""
    harm = Shown.of(ground).harm(None)
    longest = max(ground.read_heads, key=lambda one: one.size - one.first_position)
    size = chance.randrange(longest.first_position + 1, longest.size)
    nothing = CosignedNote(size=size, note=None)
    kept = sorted([*harm.copy.cosigned_kept, nothing], key=lambda one: one.size)
    harm.copy.cosigned_kept = kept
    expected = at(size - 1, "cosigned-missing")
    return Harm(copy=harm.copy, expected=expected, witnesses=harm.witnesses)


_ALL: Final = (
    cosign_all,
    flip_a_cosignature,
    move_a_cosignature,
    lose_quorum,
    lose_quorum_between,
    lose_quorum_today,
    cosign_late,
    cosign_early,
    cosign_another_history,
    cosign_what_nobody_signed,
    cosign_another_size,
    forget_what_was_cosigned,
    cosign_no_checkpoint,
)
COSIGNED: Final[Mapping[str, Operator]] = MappingProxyType(
    {one.__name__.replace("_", "-"): one for one in _ALL}
    | {
        f"cosign-as-a-stranger-{word}": functools.partial(
            cosign_as_a_stranger, instead=word == "instead"
        )
        for word in ("instead", "beside")
    }
)
