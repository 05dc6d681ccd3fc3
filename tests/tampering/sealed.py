"""Harm by the operator, who signs the tree anew over what it did.

No root and no checkpoint gives it away. What is found is found for what an entry says.
"""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

import orjson

from ledger.integrity import canonical
from ledger.integrity.encoding import b64decode, b64encode
from ledger.integrity.jws import BATCH_TYP, STATEMENT_TYP, has_typ, read_jws, sign_jws
from ledger.integrity.keys import KeyUse, SigningKey
from tests.bank import OPERATOR, SCHOOL
from tests.tampering.copies import Draft, draft_of
from tests.tampering.crude import flipped
from tests.tampering.grounds import Ground, seeded_key
from tests.tampering.outcomes import Chance, Harm, Operator, at, within

BEFORE_ALL: Final = "2026-08-31T08:00:00.000Z"
NO_SUCH_DAY: Final = "2026-11-31T08:00:00.000Z"


def singles(draft: Draft) -> list[int]:
    """Return where singly signed statements stand, but for entry 0."""
    return [
        position
        for position, _ in enumerate(draft.raw)
        if position and _is(draft, position, typ=STATEMENT_TYP)
    ]


def headers(draft: Draft) -> list[int]:
    """Return where headers of batches stand."""
    return [one for one, _ in enumerate(draft.raw) if _is(draft, one, typ=BATCH_TYP)]


def _is(draft: Draft, position: int, *, typ: str) -> bool:
    said = draft.member_bytes(position)
    return not said.startswith(b"{") and has_typ(said, typ)


def payload_at(draft: Draft, position: int) -> dict[str, object]:
    """Return what a single statement says."""
    signed = read_jws(draft.member_bytes(position), typ=STATEMENT_TYP)
    said = orjson.loads(signed.payload)
    assert isinstance(said, dict)
    return said


def kid_at(draft: Draft, position: int) -> str:
    """Return the id of the key that signed a single statement."""
    return read_jws(draft.member_bytes(position), typ=STATEMENT_TYP).kid


def sign(key: SigningKey, said: Mapping[str, object]) -> bytes:
    """Return a signed statement."""
    return sign_jws(key, canonical.dumps(dict(said)), typ=STATEMENT_TYP)


def sealed_again(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Seal what is there again, or take one honest statement more in: no harm."""
    draft = draft_of(ground)
    if chance.randrange(2):
        said = payload_at(draft, awards(draft)[0])
        body = {**body_of(said), "reference_tag": "h" * 42 + "Q"}
        key = ground.bank.keys[SCHOOL]
        draft.append(sign(key, {**said, "id": _id(chance), "body": body}))
    return Harm(copy=draft.seal(), expected=None)


def awards(draft: Draft) -> list[int]:
    """Return where the first school's single awards stand."""
    ours = ("credit.awarded.v1", SCHOOL)
    said = [(place, payload_at(draft, place)) for place in singles(draft)]
    return [place for place, one in said if (one["type"], one["iss"]) == ours]


def body_of(said: Mapping[str, object]) -> dict[str, object]:
    """Return the body of a statement."""
    body = said["body"]
    assert isinstance(body, dict)
    return body


def _id(chance: Chance) -> str:
    return f"{chance.getrandbits(32):08x}-0000-4000-8000-00000000feed"


def flip_signature(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Flip a bit of a signature, of a single or of a batch's header."""
    draft = draft_of(ground)
    position = chance.choice(singles(draft) + headers(draft))
    content, _dot, signature = draft.member_bytes(position).rpartition(b".")
    other = flipped(b64decode(signature), chance.randrange(64 * 8))
    draft.say(position, content + b"." + b64encode(other).encode())
    return Harm(copy=draft.seal(), expected=at(position, "signature-invalid"))


def edit(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Change a word of a statement and keep its signature."""
    draft = draft_of(ground)
    position = chance.choice(singles(draft))
    said = {**payload_at(draft, position), "actor": {"staff": "r8", "role": "tutor"}}
    header, _payload, signature = draft.member_bytes(position).split(b".")
    parts = (header, b64encode(canonical.dumps(said)).encode(), signature)
    draft.say(position, b".".join(parts))
    return Harm(copy=draft.seal(), expected=at(position, "signature-invalid"))


def sign_in_anothers_name(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Sign a member's statement with the operator's key, which says so."""
    draft = draft_of(ground)
    position = awards(draft)[chance.randrange(2)]
    said = payload_at(draft, position)
    draft.say(position, sign(ground.bank.keys[OPERATOR], said))
    expected = at(position, "not-allowed", detail="key-not-of-issuer /iss")
    return Harm(copy=draft.seal(), expected=expected)


def sign_with_a_strangers_key(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Sign a member's statement with a key that nobody registered."""
    draft = draft_of(ground)
    position = chance.choice(singles(draft))
    said = payload_at(draft, position)
    stranger = seeded_key("stranger", str(said["iss"]), use=KeyUse.MEMBER)
    draft.say(position, sign(stranger, said))
    return Harm(copy=draft.seal(), expected=at(position, "unknown-key"))


def borrow_a_key_id(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Sign with another key and name the member's own."""
    draft = draft_of(ground)
    position = chance.choice(singles(draft))
    header, payload, _signature = draft.member_bytes(position).split(b".")
    stranger = seeded_key("stranger", SCHOOL, use=KeyUse.MEMBER)
    forged = b64encode(stranger.sign(header + b"." + payload)).encode()
    draft.say(position, b".".join((header, payload, forged)))
    return Harm(copy=draft.seal(), expected=at(position, "signature-invalid"))


def misplace(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Let an entry say that it stands elsewhere."""
    draft = draft_of(ground)
    position = chance.choice(singles(draft))
    elsewhere = chance.choice([one for one in range(99) if one != position])
    draft.line(position, position=elsewhere)
    return Harm(copy=draft.seal(), expected=at(position, "position-wrong"))


def respell(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Write the bank's own line in another spelling."""
    draft = draft_of(ground)
    position = chance.randrange(1, ground.size)
    raw = draft.raw[position]
    spellings = (
        raw.replace(b'"position":', b'"position": ', 1),
        raw.replace(b'"position":', b'"position":0', 1),
        raw.replace(b"{", b'{"extra":1,', 1),
        raw.replace(b"\n", b" ", 1),
    )
    draft.raw[position] = chance.choice(spellings)
    # If it is a line, its batch lacks one: that is found from the batch's own place on.
    first = ground.group_of(position).first
    return Harm(copy=draft.seal(), expected=within(first, position, "malformed-entry"))


def oversize(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Make an entry longer than any can be."""
    draft = draft_of(ground)
    position = chance.randrange(1, ground.size)
    draft.raw[position] += b"x" * 65_536
    first = ground.group_of(position).first
    return Harm(copy=draft.seal(), expected=within(first, position, "too-large"))


def _at_time(draft: Draft, place: int, *, recorded_at: str) -> None:
    group = draft.groups[place]
    for position in range(group.first, group.last + 1):
        draft.line(position, recorded_at=recorded_at)
    draft.groups[place] = replace(group, recorded_at=recorded_at)


def turn_time_back(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Record a whole group before the ledger was founded."""
    draft = draft_of(ground)
    place = chance.randrange(1, len(draft.groups))
    _at_time(draft, place, recorded_at=BEFORE_ALL)
    first = draft.groups[place].first
    return Harm(copy=draft.seal(), expected=at(first, "recorded-at-goes-back"))


def invent_a_day(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Record a group on a day that no calendar has."""
    draft = draft_of(ground)
    place = chance.randrange(1, len(draft.groups))
    _at_time(draft, place, recorded_at=NO_SUCH_DAY)
    group = draft.groups[place]
    expected = within(group.first, group.last, "recorded-at-impossible")
    return Harm(copy=draft.seal(), expected=expected)


def cut_and_seal(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """End the ledger within its batch, and sign the tree over what is left."""
    draft = draft_of(ground)
    header = headers(draft)[-1]
    first, last = header, ground.group_of(header).last
    position = chance.randrange(first + 1, last + 1)
    for later in range(ground.size - 1, position - 1, -1):
        draft.remove(later)
    return Harm(copy=draft.seal(), expected=within(first, last, "batch-count-mismatch"))


_ALL: Final = (
    sealed_again,
    flip_signature,
    edit,
    sign_in_anothers_name,
    sign_with_a_strangers_key,
    borrow_a_key_id,
    misplace,
    respell,
    oversize,
    turn_time_back,
    invent_a_day,
    cut_and_seal,
)
SEALED: Final[Mapping[str, Operator]] = MappingProxyType(
    {one.__name__.replace("_", "-"): one for one in _ALL}
)
