"""Lines of a list: read once, and then held against what they have in common.

A school posts lists, in batches or one by one. Line after line says the same but for
its learner, its id, its reference, its digests and its times. The first of them is read
as every statement is, and leaves its form: the texts that stand around what is a line's
own. A line of the same length that has these very texts says the same of all but its
own, which must have the forms of its fields. Whatever is not exactly so is read by
itself.

The log was judged by whoever wrote it: nothing is decided here.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from struct import Struct
from typing import Any, Final, NamedTuple

from pydantic import TypeAdapter, ValidationError

from ledger.domain.rules.awards import AWARD_NAMESPACE
from ledger.domain.statements.accounts import AccountOpened, AccountOpenedBody
from ledger.domain.statements.awards import CreditAwarded, CreditAwardedBody
from ledger.domain.statements.envelope import Statement
from ledger.domain.types import Digest, Instant, LearnerId, StatementId
from ledger.integrity import canonical

FORMS_MAX: Final = 256
"""Forms that are kept; all are forgotten when there are more."""
_ALIKE_MAX: Final = 16
"""Forms of one length: a line is held against so many at most."""
_TIMES_KEPT: Final = 4_096
_BETWEEN: Final = '","'
_INSTANTS: Final = TypeAdapter(Instant)

# The bits of an id that say of what kind it is (RFC 9562 §5.5).
_KIND_MASK: Final = ~((0xF << 76) | (0x3 << 62))
_KIND: Final = (0x5 << 76) | (0x2 << 62)


def _pattern(kind: Any) -> str:  # noqa: ANN401  # an annotated type
    """Return the pattern of a type that is nothing but text of one length."""
    schema = TypeAdapter(kind).json_schema()
    return str(schema["pattern"]).strip("^$")


_LEARNER: Final = _pattern(LearnerId)
_DIGEST: Final = _pattern(Digest)
_INSTANT: Final = _pattern(Instant)
_ID: Final = _pattern(StatementId)


class Own(NamedTuple):
    """What a line has of its own, of what is asked for.

    ``key`` are the bytes of the id of the award that it makes, empty if it makes none.
    """

    learner_id: str
    key: bytes


class _Gap(NamedTuple):
    """Where a value of a line's own stands; behind all, where it is not sure."""

    start: int
    end: int
    pattern: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Form:
    """What lines of a list have in common; ``statement`` is that of the first.

    ``texts`` stand around the values of a line's own, and ``cut`` takes a line apart
    into both, in turns. ``form`` is that of all own values in a row; at ``learner`` is
    the learner among them, before the reference of an award, and at ``times`` are
    instants. ``named`` has taken in the beginning of an award's name, and ``revision``
    is its end, empty of what makes none.
    """

    statement: Statement
    texts: tuple[bytes, ...]
    cut: Struct
    form: re.Pattern[bytes]
    learner: int
    times: tuple[int, ...]
    named: "hashlib._Hash"
    revision: bytes

    def own(self, words: bytes) -> Own | None:
        """Return what a line of this length has of its own, None if it is another."""
        parts = self.cut.unpack(words)
        values = parts[1::2]
        if parts[::2] != self.texts or self.form.fullmatch(b"".join(values)) is None:
            return None
        for at in self.times:
            if not _is_instant(values[at]):
                return None
        learner_id = values[self.learner].decode("ascii")
        if not self.revision:
            return Own(learner_id, b"")
        return Own(learner_id, self._key(values[self.learner + 1]))

    def _key(self, reference: bytes) -> bytes:
        """Return the sixteen bytes of the id of the award under a reference."""
        named = self.named.copy()
        named.update(reference + self.revision)
        number = int.from_bytes(named.digest()[:16])
        return (number & _KIND_MASK | _KIND).to_bytes(16)


@dataclass(slots=True, kw_only=True)
class Listed:
    """Lines in a row that are of one form, the first at ``first``."""

    first: int
    statement: Statement
    recorded_on: str
    learner_ids: list[str] = field(default_factory=list)
    keys: list[bytes] = field(default_factory=list)

    def is_of(self, statement: Statement, recorded_on: str) -> bool:
        """Tell whether a line of this form, recorded on this day, goes on with it."""
        return self.statement is statement and self.recorded_on == recorded_on

    def add(self, own: Own) -> None:
        """Add the next line."""
        self.learner_ids.append(own.learner_id)
        self.keys.append(own.key)

    @property
    def positions(self) -> range:
        """Return where they stand."""
        return range(self.first, self.first + len(self.learner_ids))

    @property
    def award(self) -> CreditAwarded | None:
        """Return the statement if it is an award's."""
        return self.statement if isinstance(self.statement, CreditAwarded) else None


class Forms:
    """The forms of the lines that were read so far."""

    def __init__(self) -> None:
        """Start without any."""
        self._by_length: dict[int, list[Form]] = {}
        self._count = 0

    def find(self, words: bytes, *, topic: str) -> tuple[Statement, Own] | None:
        """Return the first statement of a line's form, and what the line has its own.

        None of a line whose form is not known.
        """
        for form in self._by_length.get(len(words), ()):
            own = form.own(words) if form.statement.type == topic else None
            if own is not None:
                return form.statement, own
        return None

    def learn(self, words: bytes, statement: Statement) -> None:
        """Keep the form of a line that was read by itself, if it has one."""
        form = _form_of(words, statement)
        if form is None:
            return
        if self._count >= FORMS_MAX:
            self._by_length.clear()
            self._count = 0
        # Whoever posts lists goes on as he began: the newest is asked first.
        alike = self._by_length.get(len(words), ())
        self._by_length[len(words)] = [form, *alike][:_ALIKE_MAX]
        self._count += 1


def _form_of(words: bytes, statement: Statement) -> Form | None:
    """Return the form of a line; None if it has more of its own than lines of lists.

    An award that ends a claim or replaces another is none of a list.
    """
    revision = b""
    if isinstance(statement, CreditAwarded):
        body = statement.body
        if body.claim is not None or body.replaces is not None:
            return None
        revision = b"/%d" % body.revision
    elif not isinstance(statement, AccountOpened):
        return None
    if canonical.dumps(canonical.loads(words)) != words:
        return None
    gaps = list(_gaps(words, statement))
    ends = [0, *(end for gap in gaps for end in gap[:2]), len(words)]
    sizes = [end - start for start, end in pairwise(ends)]
    # In the order of their keys, as canonical words are.
    if min(sizes) < 0:
        return None
    cut = Struct("".join(f"{size}s" for size in sizes))
    issuer = AWARD_NAMESPACE.bytes + f"{statement.iss}/".encode()
    return Form(
        statement=statement,
        texts=cut.unpack(words)[::2],
        cut=cut,
        form=_compiled("".join(gap.pattern for gap in gaps)),
        learner=[gap.pattern for gap in gaps].index(_LEARNER),
        times=tuple(at for at, gap in enumerate(gaps) if gap.pattern == _INSTANT),
        named=hashlib.sha1(issuer, usedforsecurity=False),
        revision=revision,
    )


def _gaps(words: bytes, statement: Statement) -> Iterator[_Gap]:
    """Yield where a line's own values stand, in the order of canonical words."""
    body: AccountOpenedBody | CreditAwardedBody = statement.body  # type: ignore[assignment]  # a list's
    if body.sd:
        more = f"(?:{_BETWEEN}{_DIGEST}){{{len(body.sd) - 1}}}"
        digests = _BETWEEN.join(body.sd)
        yield _gap(words, '"_sd":["', value=digests, pattern=_DIGEST + more)
    own = [("learner_id", body.learner_id, _LEARNER)]
    if isinstance(body, CreditAwardedBody):
        own.append(("reference_tag", body.reference_tag, _DIGEST))
    own += [("exp", statement.exp, _INSTANT), ("iat", statement.iat, _INSTANT)]
    own.append(("id", statement.id, _ID))
    mandate = statement.mandate
    if mandate is not None:
        own += [("at", mandate.at, _INSTANT), ("proof", mandate.proof, _DIGEST)]
    for name, value, pattern in own:
        yield _gap(words, f'"{name}":"', value=value, pattern=pattern)


def _gap(words: bytes, mark: str, *, value: str, pattern: str) -> _Gap:
    """Return where a value stands: after its mark, which must be there only once."""
    before, said = mark.encode(), value.encode()
    start = words.find(before) + len(before)
    if words.count(before) != 1 or not words.startswith(said, start):
        return _Gap(len(words) + 1, -1, pattern)
    return _Gap(start, start + len(said), pattern)


@lru_cache(maxsize=FORMS_MAX)
def _compiled(form: str) -> re.Pattern[bytes]:
    return re.compile(form.encode("ascii"))


# The lines of a list were made within the same few moments.
@lru_cache(maxsize=_TIMES_KEPT)
def _is_instant(text: bytes) -> bool:
    try:
        _INSTANTS.validate_python(text.decode("ascii"))
    except ValidationError:
        return False
    return True
