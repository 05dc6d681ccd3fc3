"""What statements that differ only in what is their own do: worked out once for all.

A pattern is made by the rules themselves. They decide a statement with the same rest
and stand-ins for its own values, and what they make of it is kept with gaps where those
stood. With the values of a real statement in them it must be what the rules made of
that one, letter by letter, and nothing of that may hold a stand-in by chance. So a rule
that looks at a value, and does not only pass it on, has no pattern here, and each of
its statements is decided by itself.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from ledger.audit.forms import Form, Values
from ledger.audit.packed import AwardIds
from ledger.audit.parsing import Bank, Foreseen, RefKey, Said, Taken
from ledger.audit.spilling import StreamRecord, Written
from ledger.domain.errors import RejectionError
from ledger.domain.rules.awards import award_id, award_uuids
from ledger.domain.state import AccountRecord, Key, LotRecord, StatementRecord
from ledger.domain.statements.awards import CreditAwarded
from ledger.domain.types import INSTANT_MAX
from ledger.integrity.errors import IntegrityError
from ledger.lists.cutting import Own, Rest, joined
from ledger.lists.drafts import Draft, hash_text

_STAND_IN: Final = Own(
    learner_id="learner_d1a7f3b95c2e4860d1a7f3b95c2e4860",
    exp=INSTANT_MAX,
    iat=INSTANT_MAX,
    id="d1a7f3b9-5c2e-4860-9d1a-7f3b95c2e486",
    reference="Ld1a7f3b95c2e4860d1a7f3b95c2e4860d1a7f3b95A",
    digests="Dd1a7f3b95c2e4860d1a7f3b95c2e4860d1a7f3b95A",
)
_PAYLOAD_HASH: Final = "Pd1a7f3b95c2e4860d1a7f3b95c2e4860d1a7f3b95A"
_BODY_HASH: Final = "Bd1a7f3b95c2e4860d1a7f3b95c2e4860d1a7f3b95A"
_POSITION: Final = 8_617_935_024_617_935
_BODY: Final = b'"body":'
_OWN_KINDS: Final = (LotRecord, AccountRecord)


class Pattern(NamedTuple):
    """What statements with one rest do under one key at one instant.

    ``revision`` is that of an award, None if it makes none; then it opens an account.
    ``own``, ``said`` and ``stream`` are what it makes: the lot or account, that its id
    is used, and that it is the first in its stream, whose name begins with ``prefix``.
    """

    as_of: int
    iss: str
    kid: str
    recorded_on: str
    looked_at: frozenset[RefKey]
    topic: str
    prefix: str
    revision: int | None
    awarded_milli: int | None
    body_start: int
    is_hashed: bool
    own: Form
    said: Form
    stream: Form

    def award(self, reference: str) -> str:
        """Return the id of the award that a reference of the issuer makes."""
        if self.revision is None:
            return ""
        return award_id(
            member_id=self.iss, reference_tag=reference, revision=self.revision
        )

    def awards(self, references: Sequence[str]) -> Sequence[str]:
        """Return the same of many references, in order."""
        if self.revision is None:
            return [""] * len(references)
        return AwardIds(
            award_uuids(references, member_id=self.iss, revision=self.revision)
        )


class Example(NamedTuple):
    """A statement that was read and foreseen by itself; ``words`` are its payload."""

    words: bytes
    body_end: int
    said: Said
    bank: Bank
    taken: Taken
    foreseen: Foreseen


Decide = Callable[[Taken], Foreseen | None]
"""Foresees what an entry does; raises as the rules do."""


def learn(
    example: Example,
    rest: Rest,
    *,
    own: Own,
    read: Callable[[bytes], Draft],
    decide: Decide,
) -> Pattern | None:
    """Return the pattern of a statement, None if it has none."""
    other = _with_stand_ins(own)
    try:
        draft = read(joined(rest, other))
        made = decide(_stood_in(example, draft))
    except (IntegrityError, RejectionError, LookupError, ValueError):
        return None
    if made is None:
        return None
    pattern = _pattern(example, made, draft=draft)
    if pattern is None or not _is_right(pattern, example, own=own):
        return None
    return pattern


def moved(
    pattern: Pattern, example: Example, *, own: Own, before: str
) -> Pattern | None:
    """Return the pattern of the same rest at the instant of another statement.

    ``before`` is the instant of ``pattern``. None if it does not say of that statement,
    letter by letter, what the rules said.
    """
    at = example.bank.recorded_at
    found = pattern._replace(
        own=pattern.own.saying(at, instead_of=before),
        said=pattern.said.saying(at, instead_of=before),
        stream=pattern.stream.saying(at, instead_of=before),
    )
    return found if _is_right(found, example, own=own) else None


def _with_stand_ins(own: Own) -> Own:
    """Return stand-ins for all that may find its way into a record."""
    return _STAND_IN._replace(
        exp=own.exp,
        iat=own.iat,
        reference=own.reference and _STAND_IN.reference,
        digests=own.digests and _STAND_IN.digests,
    )


def _stood_in(example: Example, draft: Draft) -> Taken:
    said = Said(draft.statement, _PAYLOAD_HASH, draft.body_hash and _BODY_HASH)
    bank = example.bank._replace(position=_POSITION)
    return example.taken._replace(bank=bank, said=said)


def _pattern(example: Example, made: Foreseen, *, draft: Draft) -> Pattern | None:
    statement, records = draft.statement, made.made
    kinds = tuple(one.record for one in records)
    if kinds not in {(one, StatementRecord) for one in _OWN_KINDS}:
        return None
    revision = None
    if isinstance(statement, CreditAwarded):
        revision = statement.body.revision
    pattern = Pattern(
        as_of=made.as_of,
        iss=made.iss,
        kid=made.kid,
        recorded_on=made.recorded_on,
        looked_at=made.looked_at,
        topic=made.topic,
        prefix="",
        revision=revision,
        awarded_milli=made.awarded_milli,
        body_start=example.words.index(_BODY) + len(_BODY),
        is_hashed=bool(draft.body_hash),
        own=Form(kinds[0], "", ()),
        said=Form(StatementRecord, "", ()),
        stream=Form(StreamRecord, "", ()),
    )
    gaps = _gaps(pattern)
    name = gaps["award_id"] or gaps["learner_id"]
    if not made.stream.endswith(name):
        return None
    stream = Written.of(StreamRecord(stream=made.stream, version=1))
    return pattern._replace(
        prefix=made.stream.removesuffix(name),
        own=_form(records[0], gaps),
        said=_form(records[1], gaps),
        stream=_form(stream, gaps),
    )


def _gaps(pattern: Pattern) -> Mapping[str, str]:
    """Return the stand-ins by the names of ``Values``."""
    return {
        "learner_id": _STAND_IN.learner_id,
        "id": _STAND_IN.id,
        "award_id": pattern.award(_STAND_IN.reference),
        "position": str(_POSITION),
        "payload_hash": _PAYLOAD_HASH,
        "body_hash": _BODY_HASH,
        "digests": _STAND_IN.digests,
    }


def _form(record: Written, gaps: Mapping[str, str]) -> Form:
    """Return a record with a gap where each stand-in stood."""
    numbers = {
        stand_in: Values._fields.index(name)
        for name, stand_in in gaps.items()
        if stand_in
    }
    parts = re.split(f"({'|'.join(map(re.escape, numbers))})", record.text)
    text = "%s".join(part.replace("%", "%%") for part in parts[::2])
    return Form(record.record, text, tuple(numbers[one] for one in parts[1::2]))


def _is_right(pattern: Pattern, example: Example, *, own: Own) -> bool:
    """Tell whether a pattern says of a real statement what the rules said."""
    found, said, bank = example.foreseen, example.said, example.bank
    body = example.words[pattern.body_start : example.body_end]
    values = Values(
        own.learner_id,
        own.id,
        pattern.award(own.reference),
        bank.position,
        hash_text(example.words),
        hash_text(body) if pattern.is_hashed else "",
        own.digests,
    )
    name = values.award_id or values.learner_id
    texts = [pattern.own.filled(values), pattern.said.filled(values)]
    gaps = [*_gaps(pattern).values(), own.exp, own.iat, _STAND_IN.reference]
    own_key: Key = name
    return (
        [(pattern.own.record, own_key), (StatementRecord, (pattern.iss, values.id))]
        == [(one.record, one.key) for one in found.made]
        and texts == [one.text for one in found.made]
        and not any(one and one in text for one in gaps for text in texts)
        and (values.payload_hash, values.body_hash)
        == (said.payload_hash, said.body_hash)
        and found._replace(looked_at=frozenset(), learner_id=None, made=())
        == Foreseen(
            as_of=pattern.as_of,
            iss=pattern.iss,
            kid=pattern.kid,
            recorded_on=pattern.recorded_on,
            looked_at=frozenset(),
            learner_id=None,
            stream=f"{pattern.prefix}{name}",
            topic=pattern.topic,
            awarded_milli=pattern.awarded_milli,
            made=(),
        )
        and found.looked_at == pattern.looked_at
        and found.learner_id == (None if not values.award_id else values.learner_id)
    )
