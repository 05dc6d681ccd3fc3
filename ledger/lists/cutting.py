"""Cuts plain statements into what many have in common, and what each has of its own.

A school posts lists: line after line of the same text, each with another learner, id,
reference, digests and times. These stand between marks that no string can hold, since
its quotes would be escaped, and each has the one form that its field's pattern tells.
So texts with the same rest say the same but for these.
"""

import re
from functools import lru_cache
from operator import itemgetter
from typing import Final, NamedTuple

from pydantic import BaseModel, TypeAdapter, ValidationError

from ledger.domain.errors import RejectionError
from ledger.domain.rules.envelope import check_times
from ledger.domain.statements.awards import CreditAwardedBody
from ledger.domain.statements.envelope import Statement
from ledger.domain.types import Instant
from ledger.integrity import canonical

Rest = tuple[bytes, ...]

_LEARNER: Final = b'"learner_id":"'
_REFERENCE: Final = b'"reference_tag":"'
_DIGESTS: Final = b'"body":{"_sd":["'
AFTER_BODY: Final = b',"exp":"'
_BEFORE_IAT: Final = b'","iat":"'
_BEFORE_ID: Final = b'","id":"'
_BETWEEN: Final = b'","'
_TIMES_KEPT: Final = 4_096
_DIGESTS_MAX: Final = 32
_MINUTE: Final = len("2026-09-01T08:00")
_ENDS: Final = (":00.000Z", ":59.999Z")

_LEARNER_BYTES: Final = len("learner_") + 32
_HASH_BYTES: Final = 43
_INSTANT_BYTES: Final = 24
_ID_BYTES: Final = 36

_EXP_AT: Final = _LEARNER_BYTES
_IAT_AT: Final = _EXP_AT + _INSTANT_BYTES
_ID_AT: Final = _IAT_AT + _INSTANT_BYTES
_REFERENCE_AT: Final = _ID_AT + _ID_BYTES


def _pattern(model: type[BaseModel], field: str) -> str:
    """Return the pattern of a field that is nothing but text of one length."""
    metadata = model.model_fields[field].metadata
    found: str = next(filter(None, (getattr(one, "pattern", "") for one in metadata)))
    return found.strip("^$")


_HASH: Final = _pattern(CreditAwardedBody, "reference_tag")
_DIGEST_LIST: Final = (
    rf"(?:{_HASH}(?:{_BETWEEN.decode()}{_HASH}){{0,{_DIGESTS_MAX - 1}}})?"
)
_LEARNER_FORM: Final = _pattern(CreditAwardedBody, "learner_id")
_INSTANT_FORM: Final = _pattern(Statement, "exp")
_ID_FORM: Final = _pattern(Statement, "id")
_ENVELOPE: Final = _LEARNER_FORM + _INSTANT_FORM + _INSTANT_FORM + _ID_FORM
_OWN: Final = re.compile((_ENVELOPE + _DIGEST_LIST).encode("ascii"))
_OWN_REFERRING: Final = re.compile((_ENVELOPE + _HASH + _DIGEST_LIST).encode("ascii"))
_INSTANTS: Final = TypeAdapter(Instant)


class Own(NamedTuple):
    """What a statement has of its own; ``digests`` with what stands between them.

    ``reference`` and ``digests`` are empty where it has none.
    """

    learner_id: str
    exp: str
    iat: str
    id: str
    reference: str
    digests: str


class Cut(NamedTuple):
    """A statement cut up; its body ends at ``body_end``."""

    rest: Rest
    own: bytes
    has_reference: bool
    body_end: int


def cut(words: bytes) -> Cut | None:
    """Cut up the canonical payload of a statement; None if it is not of such a form."""
    end = words.rfind(AFTER_BODY)
    learner = words.find(_LEARNER) + len(_LEARNER)
    if end < 0 or learner < len(_LEARNER) or len(words) > canonical.BYTES_MAX:
        return None
    after_learner = learner + _LEARNER_BYTES
    reference = words.find(_REFERENCE, after_learner, end) + len(_REFERENCE)
    has_reference = reference >= len(_REFERENCE)
    if not has_reference:
        reference = after_learner
    after_reference = reference + (_HASH_BYTES if has_reference else 0)
    digests, after_digests = _find_digests(words, learner)
    if not (digests <= after_digests <= learner and after_reference <= end):
        return None
    exp = end + len(AFTER_BODY)
    iat = exp + _INSTANT_BYTES + len(_BEFORE_IAT)
    identity = iat + _INSTANT_BYTES + len(_BEFORE_ID)
    rest = (
        words[:digests],
        words[after_digests:learner],
        words[after_learner:reference],
        words[after_reference:exp],
        words[exp + _INSTANT_BYTES : iat],
        words[iat + _INSTANT_BYTES : identity],
        words[identity + _ID_BYTES :],
    )
    own = (
        words[learner:after_learner]
        + words[exp : exp + _INSTANT_BYTES]
        + words[iat : iat + _INSTANT_BYTES]
        + words[identity : identity + _ID_BYTES]
        + words[reference:after_reference]
        + words[digests:after_digests]
    )
    return Cut(rest, own, has_reference, end)


class Places:
    """Where a statement that is cut up has what is its own, and what is around it.

    In texts as long, and with the same rest around the same places, it is there, too.
    """

    def __init__(self, found: Cut, own: Own) -> None:
        """Take the places of a statement."""
        sizes = (
            len(own.digests),
            _LEARNER_BYTES,
            len(own.reference),
            _INSTANT_BYTES,
            _INSTANT_BYTES,
            _ID_BYTES,
            0,
        )
        at, around, within = 0, list[slice](), list[slice]()
        for text, size in zip(found.rest, sizes, strict=True):
            around.append(slice(at, at + len(text)))
            within.append(slice(at + len(text), at + len(text) + size))
            at += len(text) + size
        digests, learner, reference, exp, iat, identity, _ = within
        # In the order in which they are joined when a statement is cut up.
        self._own = itemgetter(learner, exp, iat, identity, reference, digests)
        self._around = itemgetter(*around)
        self._like = found
        self._length = at

    def cut(self, words: bytes) -> Cut | None:
        """Cut up words with the same rest; None if these have another, or others."""
        if len(words) != self._length or self._around(words) != self._like.rest:
            return None
        like = self._like
        own = b"".join(self._own(words))
        return Cut(like.rest, own, like.has_reference, like.body_end)


def _find_digests(words: bytes, learner: int) -> tuple[int, int]:
    found = words.find(_DIGESTS, 0, learner)
    if found < 0:
        return 0, 0
    start = found + len(_DIGESTS)
    end = words.find(b'"', start)
    while words.startswith(_BETWEEN, end):
        end = words.find(b'"', end + len(_BETWEEN))
    return start, end


def own_of(found: Cut) -> Own | None:
    """Return what is a statement's own, None if one of it has not its field's form."""
    form = _OWN_REFERRING if found.has_reference else _OWN
    if form.fullmatch(found.own) is None:
        return None
    text = found.own.decode("ascii")
    digests = _REFERENCE_AT + (_HASH_BYTES if found.has_reference else 0)
    own = Own(
        text[:_EXP_AT],
        text[_EXP_AT:_IAT_AT],
        text[_IAT_AT:_ID_AT],
        text[_ID_AT:_REFERENCE_AT],
        text[_REFERENCE_AT:digests],
        text[digests:],
    )
    return own if are_each_once(own.digests) else None


def form_of(rest: Rest, own: Own) -> re.Pattern[str]:
    """Return what finds the same rest around what is a statement's own.

    It is for text of one letter per byte. Its groups are in the order of the text:
    digests, learner, reference, exp, iat and id.
    """
    groups = (
        _DIGEST_LIST if own.digests else "",
        _LEARNER_FORM,
        _HASH if own.reference else "",
        _INSTANT_FORM,
        _INSTANT_FORM,
        _ID_FORM,
    )
    *before, last = (re.escape(one.decode("latin-1")) for one in rest)
    parts = (f"{text}({group})" for text, group in zip(before, groups, strict=True))
    return re.compile("".join((*parts, last)))


def joined(rest: Rest, own: Own) -> bytes:
    """Return the payload that is cut into these."""
    parts = (own.digests, own.learner_id, own.reference, own.exp, own.iat, own.id, "")
    return b"".join(
        text + part.encode("ascii") for text, part in zip(rest, parts, strict=True)
    )


def are_each_once(digests: str) -> bool:
    """Tell whether each digest stands there once, as every statement's must."""
    if len(digests) <= _HASH_BYTES:
        return True
    listed = digests.split(_BETWEEN.decode())
    return len(set(listed)) == len(listed)


def are_instants(*texts: str) -> bool:
    """Tell whether texts of an instant's form are instants that there are."""
    return all(map(_is_instant, texts))


@lru_cache(maxsize=_TIMES_KEPT)
def _is_instant(text: str) -> bool:
    try:
        _INSTANTS.validate_python(text)
    except ValidationError:
        return False
    return True


def allow(*, exp: str, iat: str, at: str) -> bool:
    """Tell whether a statement's own times allow it at an instant, by its own rule."""
    minutes = exp[:_MINUTE], iat[:_MINUTE]
    is_alike = exp[_MINUTE:] == iat[_MINUTE:]
    return _allow_all(*minutes, is_alike=is_alike, at=at) or _allow_one(
        exp, iat=iat, at=at
    )


# What was signed together was made within the same few minutes.
@lru_cache(maxsize=_TIMES_KEPT)
def _allow_all(exp: str, iat: str, *, is_alike: bool, at: str) -> bool:
    """Tell whether the rule allows all times within two minutes.

    It compares them with one another and with ``at``: so if it allows both ends, it
    does all between. Two that are ``is_alike`` stand equally far into their minutes,
    and so the first goes with the first; else the first with the last.
    """
    begun, ended = _ENDS if is_alike else reversed(_ENDS)
    return _allow_one(exp + begun, iat=iat + _ENDS[0], at=at) and _allow_one(
        exp + ended, iat=iat + _ENDS[1], at=at
    )


@lru_cache(maxsize=_TIMES_KEPT)
def _allow_one(exp: str, *, iat: str, at: str) -> bool:
    if not are_instants(exp, iat):
        return False
    try:
        check_times(iat=iat, exp=exp, at=at)
    except RejectionError:
        return False
    return True
