"""Harm to a batch, by an operator who seals the tree again over what it leaves.

The header alone is signed: what binds the lines to it are count, order and root.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import orjson

from ledger.integrity import canonical
from ledger.integrity.batch import batch_root, read_header
from ledger.integrity.jws import BATCH_TYP, sign_jws
from tests.bank import SCHOOL, award
from tests.exchanging import OTHER
from tests.tampering.copies import Draft, draft_of
from tests.tampering.forged import awarded, new_id
from tests.tampering.grounds import Ground
from tests.tampering.outcomes import Chance, Harm, Operator, at, within
from tests.tampering.sealed import headers


def _batch(draft: Draft) -> tuple[int, int]:
    """Return where the header of the last batch and its last line stand."""
    header = headers(draft)[-1]
    return header, draft.ground.group_of(header).last


def drop_a_line(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Take a line out of a batch, and number the others anew."""
    draft = draft_of(ground)
    header, last = _batch(draft)
    position = chance.randrange(header + 1, last + 1)
    draft.remove(position)
    for index, place in enumerate(range(header + 1, last)):
        draft.line(place, index=index)
    expected = within(header, last, "batch-count-mismatch")
    return Harm(copy=draft.seal(), expected=expected)


def alter_a_line(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Award less in a line than its school signed."""
    draft = draft_of(ground)
    header, last = _batch(draft)
    position = chance.randrange(header + 1, last + 1)
    said = orjson.loads(draft.member_bytes(position))
    said["body"]["credits"] = "1"
    draft.say(position, canonical.dumps(said))
    expected = within(header, last, "batch-root-mismatch")
    return Harm(copy=draft.seal(), expected=expected)


def swap_lines(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Let two lines change places: each is signed, but not in this order."""
    draft = draft_of(ground)
    header, last = _batch(draft)
    first, second = chance.sample(range(header + 1, last + 1), 2)
    words = draft.member_bytes(first), draft.member_bytes(second)
    draft.say(first, words[1])
    draft.say(second, words[0])
    expected = within(header, last, "batch-root-mismatch")
    return Harm(copy=draft.seal(), expected=expected)


def respell_a_line(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Write a line in a spelling that is not canonical."""
    draft = draft_of(ground)
    header, last = _batch(draft)
    position = chance.randrange(header + 1, last + 1)
    words = draft.member_bytes(position).replace(b'":', b'": ', 1)
    draft.say(position, words)
    expected = within(header, position, "not-canonical-json")
    return Harm(copy=draft.seal(), expected=expected)


def lengthen_a_line(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Make a line longer than a statement can be, in its canonical form."""
    draft = draft_of(ground)
    header, last = _batch(draft)
    position = chance.randrange(header + 1, last + 1)
    words = draft.member_bytes(position)[:-1] + b',"zz":"' + b"x" * 33_000 + b'"}'
    draft.say(position, words)
    expected = within(header, position, "too-large")
    return Harm(copy=draft.seal(), expected=expected)


def misnumber_a_line(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Let a line say another place in its batch, or another batch."""
    draft = draft_of(ground)
    header, last = _batch(draft)
    position = chance.randrange(header + 1, last + 1)
    wrong = {"index": position - header + 7} if chance.randrange(2) else {"batch": 1}
    draft.line(position, **wrong)
    return Harm(copy=draft.seal(), expected=at(position, "line-out-of-order"))


def orphan_a_line(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Take in, after everything, a line that no header goes before."""
    draft = draft_of(ground)
    header, last = _batch(draft)
    words = draft.member_bytes(chance.randrange(header + 1, last + 1))
    position = draft.append(words)
    draft.line(position, batch=header, index=last - header)
    return Harm(copy=draft.seal(), expected=at(position, "line-without-header"))


def _append_batch(
    draft: Draft, lines: list[dict[str, object]], **changes: object
) -> int:
    """Take in a batch that its school signed; return where its header stands."""
    bank, ground = draft.ground.bank, draft.ground
    _, honest = read_header(draft.member_bytes(headers(draft)[-1]))
    words = [canonical.dumps(one) for one in lines]
    payload = {
        **honest.model_dump(),
        "count": len(words),
        "root": batch_root(words),
        **changes,
    }
    signed = sign_jws(bank.keys[SCHOOL], canonical.dumps(payload), typ=BATCH_TYP)
    header = draft.append(signed)
    assert ground.size == header
    for index, one in enumerate(words):
        position = draft.append(one)
        draft.line(position, batch=header, index=index)
    merged = draft.groups[-len(words) - 1 :]
    draft.groups[-len(merged) :] = [draft.joined(merged)]
    return header


def forge_in_a_batch(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Hide what a rule forbids among the lines of a batch that all is right with."""
    draft = draft_of(ground)
    lines = [
        awarded(ground) | {"id": new_id(chance), "body": award(f"new-{number}")}
        for number in range(3)
    ]
    place = chance.randrange(3)
    lines[place]["body"] = award(f"new-{place}", credits="9")
    header = _append_batch(draft, lines, id=new_id(chance))
    expected = at(header + 1 + place, "not-allowed", detail="credits-above-achievement")
    return Harm(copy=draft.seal(), expected=expected)


def speak_for_another(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Put another school's statement among the lines that a school signed."""
    draft = draft_of(ground)
    lines = [awarded(ground, iss=OTHER) | {"id": new_id(chance)}]
    header = _append_batch(draft, lines, id=new_id(chance))
    return Harm(copy=draft.seal(), expected=at(header + 1, "line-of-another-issuer"))


def repeat_a_batch(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Take in a second batch under the id of the first."""
    draft = draft_of(ground)
    lines = [awarded(ground) | {"id": new_id(chance)}]
    header = _append_batch(draft, lines)
    expected = at(header, "not-allowed", detail="statement-id-conflict /id")
    return Harm(copy=draft.seal(), expected=expected)


def misdeclare_a_batch(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Sign a header that counts no lines that there can be."""
    draft = draft_of(ground)
    lines = [awarded(ground) | {"id": new_id(chance)}]
    header = _append_batch(draft, lines, id=new_id(chance), count=0)
    return Harm(copy=draft.seal(), expected=at(header, "malformed-batch-header"))


_ALL: Final = (
    drop_a_line,
    alter_a_line,
    swap_lines,
    respell_a_line,
    lengthen_a_line,
    misnumber_a_line,
    orphan_a_line,
    forge_in_a_batch,
    speak_for_another,
    repeat_a_batch,
    misdeclare_a_batch,
)
BATCHES: Final[Mapping[str, Operator]] = MappingProxyType(
    {one.__name__.replace("_", "-"): one for one in _ALL}
)
