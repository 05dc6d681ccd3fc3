"""Decides plain entries before their turn, on assumptions that are checked in order.

Nearly every entry opens an account, or credits an open one with a new award. Its rules
are run here by whoever reads it, over the shared records as they were when it was sent,
and as if what it makes were not there yet. In its turn only that is checked: that these
records are still what they were, that nothing of what it makes exists, and that the
account is open. Then the rules would say and do the same again. Whatever else a rule
asks for is not known here, and the entry is decided in its turn, as every other one.
"""

from collections.abc import Callable, Hashable, Iterable
from typing import Final, NamedTuple, TypeVar, cast

from typing_extensions import override

from ledger.audit.books import is_balanced, moves_of
from ledger.audit.parsing import Bank, Foreseen, RefKey, Said, Taken
from ledger.audit.spilling import Written
from ledger.domain import rules
from ledger.domain.errors import RejectionError
from ledger.domain.rules.act import Act
from ledger.domain.rules.awards import amount_milli, id_of_award
from ledger.domain.rules.dates import date_in
from ledger.domain.state import (
    AccountRecord,
    Key,
    KeyringRecord,
    LedgerRecord,
    LotRecord,
    NotLoadedError,
    R,
    Record,
    Ref,
    RegisteredKey,
    Slice,
    StatementRecord,
)
from ledger.domain.state.slices import CONCLUSIONS_MAX
from ledger.domain.statements.accounts import AccountOpened
from ledger.domain.statements.awards import CreditAwarded
from ledger.domain.statements.envelope import Statement

T = TypeVar("T")

_LOOKS_MAX: Final = 100_000
"""So many ways to look at shared records are told apart; more are no mistake."""


class News(NamedTuple):
    """Shared records that changed, and how many changes there were up to them."""

    as_of: int
    records: tuple[Record, ...]


class Shared:
    """The shared records that were sent so far."""

    def __init__(self) -> None:
        """Know none."""
        self.records: dict[RefKey, Record] = {}
        self._looks: dict[frozenset[RefKey], frozenset[RefKey]] = {}
        self.conclusions: dict[Hashable, tuple[object, frozenset[RefKey]]] = {}
        """What was concluded of these records, and of which of them."""

    def learn(self, records: Iterable[Record]) -> None:
        """Note those that changed."""
        changed = {(type(one), one.key): one for one in records}
        self.records.update(changed)
        if changed:
            self.conclusions.clear()

    @property
    def ledger(self) -> LedgerRecord | None:
        """The ledger, once entry 0 is known."""
        found = self.records.get((LedgerRecord, 0))
        return found if isinstance(found, LedgerRecord) else None

    def key(self, kid: str) -> RegisteredKey | None:
        """Return a registered key."""
        ring = self.records.get((KeyringRecord, kid.partition("#")[0]))
        return ring.find(kid) if isinstance(ring, KeyringRecord) else None

    def one_of(self, looked_at: set[RefKey]) -> frozenset[RefKey]:
        """Return the same object for the same records: it is sent once."""
        if len(self._looks) > _LOOKS_MAX:
            self._looks.clear()
        same = frozenset(looked_at)
        return self._looks.setdefault(same, same)


class _OpenAccount:
    """An account of which nothing is known but that it is open."""

    closed: Final = False
    merged_into: Final = None

    def __init__(self, learner_id: str) -> None:
        self._learner_id = learner_id

    def __getattr__(self, name: str) -> object:
        raise NotLoadedError(Ref(AccountRecord, self._learner_id))


class _Assumed(Slice):
    """Shared records, and what is assumed of an entry's own."""

    __slots__ = ("_absent", "_known", "_learner_id", "_shared", "looked_at")

    def __init__(
        self, shared: Shared, *, absent: tuple[RefKey, ...], learner_id: str | None
    ) -> None:
        super().__init__()
        self._known = shared
        self._shared = shared.records
        self._absent = absent
        self._learner_id = learner_id
        self.looked_at: set[RefKey] = set()

    @override
    def find(self, record: type[R], key: Key) -> R | None:
        ref = (record, key)
        found = self._shared.get(ref)
        if found is not None:
            self.looked_at.add(ref)
            return cast("R", found)
        if ref in self._absent:
            return None
        if record is AccountRecord and key == self._learner_id:
            return cast("R", _OpenAccount(key))
        raise NotLoadedError(Ref(record, key))

    @override
    def once(self, key: Hashable, work: Callable[[Slice], T]) -> T:
        kept = self._known.conclusions
        found = kept.get(key)
        if found is None:
            # What it looks at must be known of whoever else takes what it concludes.
            shared = _Assumed(self._known, absent=(), learner_id=None)
            concluded = work(shared)
            if len(kept) >= CONCLUSIONS_MAX:
                kept.clear()
            found = kept[key] = concluded, frozenset(shared.looked_at)
        self.looked_at |= found[1]
        return cast("T", found[0])


def foresee(taken: Taken, shared: Shared, *, as_of: int, header: Taken | None) -> Taken:
    """Return an entry with what it does instead of its statement, if that is plain.

    ``header`` is the last one that was read before it.
    """
    kid = _kid_of(taken, header)
    if kid is None or taken.said is None:
        return taken
    own = _Own.of(taken.said.statement)
    if own is None:
        return taken
    try:
        foreseen = _foreseen(own, taken, shared=shared, kid=kid, as_of=as_of)
    except (NotLoadedError, RejectionError, LookupError, ValueError):
        # Whatever it is, it is found again in its turn, and judged there.
        return taken
    if foreseen is None:
        return taken
    return Taken(
        taken.leaf,
        taken.bank,
        kid=taken.kid,
        line_leaf=taken.line_leaf,
        verdict=taken.verdict,
        foreseen=foreseen,
    )


def _kid_of(taken: Taken, header: Taken | None) -> str | None:
    """Return the key that an entry stands under, if all of the entry is plain."""
    bank = taken.bank
    if bank is None or bank.tags or taken.places:
        return None
    if bank.batch is None:
        return None if taken.verdict is None else taken.kid
    if header is None or header.bank is None or header.bank.position != bank.batch:
        return None
    return header.kid


class _Own(NamedTuple):
    """What a plain statement is about, which nothing but itself makes."""

    ref: RefKey
    learner_id: str | None
    awarded_milli: int | None

    @classmethod
    def of(cls, statement: Statement) -> "_Own | None":
        match statement:
            case CreditAwarded(body=body):
                lot = (LotRecord, id_of_award(statement))
                return cls(lot, body.learner_id, amount_milli(body))
            case AccountOpened(body=opened):
                return cls((AccountRecord, opened.learner_id), None, None)
            case _:
                return None


def _foreseen(
    own: _Own, taken: Taken, *, shared: Shared, kid: str, as_of: int
) -> Foreseen | None:
    said, bank = cast("Said", taken.said), cast("Bank", taken.bank)
    key, ledger = shared.key(kid), shared.ledger
    if key is None or key.recovery or ledger is None or not bank.position:
        return None
    statement = said.statement
    act = Act(
        statement=statement,
        kid=kid,
        payload_hash=said.payload_hash,
        body_hash=said.body_hash,
        position=bank.position,
        recorded_at=bank.recorded_at,
        recorded_on=date_in(ledger.time_zone, bank.recorded_at),
    )
    absent = (own.ref, (StatementRecord, (statement.iss, statement.id)))
    state = _Assumed(shared, absent=absent, learner_id=own.learner_id)
    rules.decide(act, state)
    changes = rules.evolve(act, state)
    first = changes[0]
    balanced = not isinstance(first, LotRecord) or is_balanced(
        first, moves_of(act, state)
    )
    expected = balanced and absent == tuple([(type(one), one.key) for one in changes])
    found = Foreseen(
        as_of=as_of,
        iss=statement.iss,
        kid=kid,
        recorded_on=act.recorded_on,
        looked_at=shared.one_of(state.looked_at),
        made=tuple(map(Written.of, changes)),
        learner_id=own.learner_id,
        stream=rules.stream_of(statement),
        topic=statement.type,
        awarded_milli=own.awarded_milli,
    )
    return found if expected else None
