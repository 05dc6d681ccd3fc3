"""Chooses the entries that a part of a ledger needs to stand on its own.

The whole history is applied once, and each changed record tells which entries a lot, a
learner or a member's keys were changed by. From what was asked for it goes on to what
that refers to: who signed, with which keys, for which achievement, under which rule.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final

from ledger.audit.bundles.form import Scope, ScopeKind
from ledger.audit.history import HistoryReader
from ledger.audit.replay import AnyAct, Replay
from ledger.domain.errors import RejectionError
from ledger.domain.rules.envelope import member_of
from ledger.domain.state import (
    AchievementRecord,
    ConfirmationRecord,
    ExchangeRecord,
    FrameworkRecord,
    KeyringRecord,
    LotRecord,
    MemberRecord,
    Record,
    RuleRecord,
)
from ledger.domain.state.record import Key

Subject = tuple[type[Record], Key]

_FOLLOWED: Final = (
    AchievementRecord,
    ExchangeRecord,
    FrameworkRecord,
    LotRecord,
    RuleRecord,
)
_OF_A_MEMBER: Final = (ConfirmationRecord, KeyringRecord, MemberRecord)


class Selection:
    """What each entry was about, and from that what a scope needs."""

    def __init__(self, scope: Scope) -> None:
        """Stand before entry 0."""
        self.scope = scope
        self.chosen: set[int] = set()
        self.headers: dict[int, int] = {}
        self.ends: dict[int, int] = {}
        self._reader = HistoryReader()
        self._replay = Replay()
        self._touched: defaultdict[Subject, list[int]] = defaultdict(list)
        self._told: defaultdict[int, set[Subject]] = defaultdict(set)
        self._signers: list[str] = []
        self._asked: set[Subject] = set()

    def take(self, raw: bytes) -> None:
        """Apply the next entry. What cannot be read or applied concerns nobody."""
        position = len(self._signers)
        recorded = self._reader.read(raw, position=position)
        self._signers.append("" if recorded is None else member_of(recorded.act.kid))
        if recorded is None:
            return
        header = recorded.batch
        if header is not None:
            self.headers[position] = header
            self.ends[header] = position
        self._note(position, self._changes(recorded.act))

    def choose(self) -> None:
        """Choose all that the scope needs, once the last entry was taken."""
        asked, award = set(self._asked), self.scope.id
        if self.scope.kind is ScopeKind.AWARD and award is not None:
            asked.add((LotRecord, award))
            self.chosen.update(self._touched.get((LotRecord, award), ()))
        if not self.chosen:
            return
        self.chosen.add(0)
        self._close(asked)

    def choose_signers(self, positions: Iterable[int]) -> None:
        """Choose what tells the keys of whoever signed these entries."""
        self.chosen.add(0)
        asked: set[Subject] = set()
        for position in positions:
            asked.add((MemberRecord, self._signers[position]))
            asked |= self._told.get(position, set())
        self._close(asked)

    def _changes(self, act: AnyAct) -> tuple[Record, ...]:
        try:
            return self._replay.evolve(act)
        except (LookupError, RejectionError):
            return ()

    def _note(self, position: int, changes: Iterable[Record]) -> None:
        learner = self.scope.id if self.scope.kind is ScopeKind.LEARNER else None
        for record in changes:
            if isinstance(record, _OF_A_MEMBER):
                subject = (MemberRecord, record.member_id)
                self._touch(subject, position)
                self._told[position].add(subject)
                # Who succeeds a member must be one: the part tells its admission.
                successor = getattr(record, "successor", None)
                if successor is not None:
                    self._told[position].add((MemberRecord, successor))
            elif isinstance(record, _FOLLOWED):
                self._touch((type(record), record.key), position)
            if learner is not None and learner in record.__dict__.values():
                self.chosen.add(position)
                self._asked.add((type(record), record.key))

    def _touch(self, subject: Subject, position: int) -> None:
        positions = self._touched[subject]
        if not positions or positions[-1] != position:
            positions.append(position)

    def _close(self, asked: set[Subject]) -> None:
        """Add what the chosen entries and subjects refer to, until nothing is new."""
        todo, seen = list(asked), set(asked)
        fresh = list(self.chosen)
        while todo or fresh:
            found: list[Subject] = []
            for position in fresh:
                found.append((MemberRecord, self._signers[position]))
                found += self._told.get(position, ())
                if position in self.headers:
                    self.chosen.add(self.headers[position])
            fresh.clear()
            for subject in todo:
                found.extend(self._referred(subject))
                fresh += set(self._touched.get(subject, ())) - self.chosen
                self.chosen.update(fresh)
            todo = [one for one in dict.fromkeys(found) if one not in seen]
            seen.update(todo)

    def _referred(self, subject: Subject) -> Iterator[Subject]:
        match self._replay.state.find(*subject):
            case LotRecord() as lot:
                yield MemberRecord, lot.issuer
                yield from ((LotRecord, one.award_id) for one in lot.derived_from)
                if lot.achievement is not None:
                    yield AchievementRecord, lot.achievement
                if lot.exchange_id is not None:
                    yield ExchangeRecord, lot.exchange_id
                yield from ((ExchangeRecord, one) for one in lot.exchanges)
            case ExchangeRecord() as case:
                yield RuleRecord, case.rule
            case AchievementRecord(level=level) if level is not None:
                yield FrameworkRecord, level.framework
            case _:
                return
