"""The figures of a replayed history at one moment, few and many.

``Moment`` says which: what was recorded up to a position, as it held on a date. Without
a date everything recorded counts, and the date of the last entry tells which rules are
in force and which shelf lives are over.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from orjson import Fragment

from ledger.audit.figures.alike import Alike, alike_lots, spelled_lots
from ledger.audit.figures.balances import balances
from ledger.audit.figures.effective import Effective
from ledger.audit.figures.recognised import Recognised, open_from, periods
from ledger.audit.figures.sums import SUMS
from ledger.audit.rebuild import Rebuilt
from ledger.domain.rules.shelf import expired_by
from ledger.domain.state import (
    AccountRecord,
    AppealRecord,
    ClaimRecord,
    EnrolmentRecord,
    ExchangeRecord,
    LotRecord,
    MemberRecord,
    R,
    Record,
    RuleRecord,
)
from ledger.domain.types import credits_text

Figures = dict[str, object]
Rows = Callable[[], Iterable[Mapping[str, object] | Fragment]]

OPEN_CASES: Final = frozenset({"requested", "returned"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """A replayed history, and what looked on. ``effective`` if a date is asked for."""

    rebuilt: Rebuilt
    recognised: Recognised
    effective: Effective | None = None
    effective_on: str | None = None

    @property
    def day(self) -> str:
        """Return the date that decides what is in force."""
        return self.effective_on or self.rebuilt.date

    def lots(self) -> Iterator[LotRecord]:
        """Yield every lot that holds, with its parts at the moment."""
        for lot in self.all_of(LotRecord):
            held = lot if self.effective is None else self.effective.lot(lot)
            if held is not None:
                yield expired_by(held, self.day)

    def alike(self) -> Iterator[Alike]:
        """Yield what ``lots`` yields, those that say the same at once.

        On a date each has its own parts, by what was moved of it.
        """
        if self.effective is not None:
            yield from map(Alike.of, self.lots())
            return
        yield from alike_lots(self.rebuilt.state, self._today)

    def shown(self) -> Iterator[Mapping[str, object] | Fragment]:
        """Yield every lot that holds, as it is shown."""
        if self.effective is not None:
            yield from map(_lot_shown, self.lots())
            return
        yield from spelled_lots(self.rebuilt.state, self._today, shown=_lot_shown)

    def _today(self, lot: LotRecord) -> LotRecord:
        return expired_by(lot, self.day)

    def all_of(self, kind: type[R]) -> Iterator[R]:
        """Yield every record of a kind, in the order of the log."""
        yield from self.rebuilt.state.all_of(kind)

    def trial_balance(self) -> dict[str, str]:
        """Return what each member's postings add up to: nothing."""
        members = {one.member_id: 0 for one in self.all_of(MemberRecord)}
        sums = members | dict(self.rebuilt.replay.books.members)
        return {member: credits_text(sums[member]) for member in sorted(sums)}

    def close(self) -> None:
        """Let go of what was written down."""
        self.rebuilt.close()
        self.recognised.close()
        if self.effective is not None:
            self.effective.close()


def summary(replayed: Replayed) -> Figures:
    """Return the figures that fit on a page."""
    sums: Counter[str] = Counter()
    for lot, learner_ids, _ in replayed.alike():
        times = len(learner_ids)
        sums["count"] += times
        sums["whole_revoked"] += times * lot.revoked
        sums.update({part: times * getattr(lot, f"{part}_milli") for part in SUMS})
    accounts: Counter[str] = Counter()
    for account in replayed.all_of(AccountRecord):
        accounts["count"] += 1
        accounts["merged"] += account.merged_into is not None
        accounts["closed"] += account.closed
    day = replayed.day
    return {
        "members": _counted(one.status for one in replayed.all_of(MemberRecord)),
        "trial_balance": replayed.trial_balance(),
        "learners": {
            "accounts": accounts["count"],
            "merged": accounts["merged"],
            "closed": accounts["closed"],
        },
        "lots": {
            "count": sums["count"],
            "revoked_whole": sums["whole_revoked"],
            "credits": {part: credits_text(sums[part]) for part in SUMS},
        },
        "rules": _counted(
            "in_force" if one.is_in_force(day) else one.status
            for one in replayed.all_of(RuleRecord)
        ),
        "enrolments": _counted(
            _standing(one, day) for one in replayed.all_of(EnrolmentRecord)
        ),
        "exchanges": _counted(one.status for one in replayed.all_of(ExchangeRecord)),
        "claims": _counted(one.status for one in replayed.all_of(ClaimRecord)),
        "appeals": _counted(one.status for one in replayed.all_of(AppealRecord)),
        "periods": [one.code for one in periods(replayed.rebuilt.state)],
    }


def _counted(words: Iterable[object]) -> dict[str, int]:
    return dict(sorted(Counter(str(_plain(word)) for word in words).items()))


def _plain(value: object) -> object:
    return value.value if isinstance(value, Enum) else value


def _standing(enrolment: EnrolmentRecord, day: str) -> str:
    if day < enrolment.started_on:
        return "not_begun"
    ended = enrolment.ended_on
    if ended is None or day < ended:
        return "open"
    return str(_plain(enrolment.outcome))


def sections(replayed: Replayed) -> Mapping[str, Rows]:
    """Return every figure there is, section by section, each to be read once."""
    state, day = replayed.rebuilt.state, replayed.day

    def rules() -> Iterator[Figures]:
        for one in replayed.all_of(RuleRecord):
            standing = {"status": one.status, "in_force": one.is_in_force(day)}
            yield {**_shown(one, without=("terms",)), **standing}

    def enrolments() -> Iterator[Figures]:
        for one in replayed.all_of(EnrolmentRecord):
            yield {**_shown(one), "standing": _standing(one, day)}

    def cases() -> Iterator[Figures]:
        for one in replayed.all_of(ExchangeRecord):
            yield {**_shown(one), "open": one.status.value in OPEN_CASES}

    def closed() -> Iterator[Figures]:
        yield from map(_shown, periods(state))
        yield {"code": "open", "first_day": open_from(state)}

    return {
        "members": lambda: map(_shown, replayed.all_of(MemberRecord)),
        "balances": lambda: (
            one.as_object() for one in balances(state, replayed.alike())
        ),
        "lots": replayed.shown,
        "rules": rules,
        "enrolments": enrolments,
        "exchanges": cases,
        "claims": lambda: map(_shown, replayed.all_of(ClaimRecord)),
        "appeals": lambda: map(_shown, replayed.all_of(AppealRecord)),
        "periods": closed,
        "reconciliation": lambda: replayed.recognised.totals(state),
    }


def _shown(record: Record, without: Iterable[str] = ()) -> Figures:
    """Return a record as plain JSON; thousandths become credits."""
    return _object(record.model_dump(mode="json", exclude=set(without)))


def _lot_shown(lot: LotRecord) -> Figures:
    # Its amount and its mark have the same name on the wire.
    return {**_shown(lot, without=("revoked",)), "revoked_whole": lot.revoked}


def _object(value: Mapping[str, object]) -> Figures:
    return dict(_field(name, one) for name, one in value.items())


def _field(name: str, value: object) -> tuple[str, object]:
    if name.endswith("_milli") and isinstance(value, int):
        return name.removesuffix("_milli"), credits_text(value)
    return name, _plain_value(value)


def _plain_value(value: object) -> object:
    match value:
        case dict():
            return _object(value)
        case list():
            return [_plain_value(one) for one in value]
        case _:
            return value
