"""What a balance stands on: the present from the writer's state, the past from here."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from sqlalchemy import Connection

from ledger.domain.state import (
    EnrolmentRecord,
    LotRecord,
    ProgrammeRecord,
    Record,
    RuleRecord,
)
from ledger.domain.types import credits_milli
from projections.awards.folding import PARTS
from projections.awards.queries import awards_held
from projections.cases.versions import all_records, records_at, records_of
from projections.holders import Holder, Ledger, State, lots_of
from projections.moments import Moment, Window

PAGE = 500

R = TypeVar("R", bound=Record)


class Ground(Protocol):
    """Records as they are, or were."""

    def lots(self) -> Sequence[LotRecord]:
        """Return the holder's lots, in the order they were recorded."""
        ...

    def enrolments(self) -> Sequence[EnrolmentRecord]:
        """Return the holder's enrolments, in key order."""
        ...

    def programme(self, ref: str) -> ProgrammeRecord | None:
        """Return a programme version."""
        ...

    def rules(self, recogniser: str) -> Iterable[RuleRecord]:
        """Return the rules under which a member recognises."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """The writer's state, as it is now."""

    state: State
    holder: Holder

    def lots(self) -> Sequence[LotRecord]:
        """Return the holder's lots, in the order they were recorded."""
        return lots_of(self.state, self.holder)

    def enrolments(self) -> Sequence[EnrolmentRecord]:
        """Return the holder's enrolments, in key order."""
        found = [
            record
            for learner_id in self.holder.learner_ids
            for record in self.state.scan("enrolments", learner_id=learner_id)
            if isinstance(record, EnrolmentRecord)
        ]
        return sorted(found, key=lambda one: one.enrolment_id)

    def programme(self, ref: str) -> ProgrammeRecord | None:
        """Return a programme version."""
        found = self.state.load("programmes", [ref]).get(ref)
        return found if isinstance(found, ProgrammeRecord) else None

    def rules(self, recogniser: str) -> Iterable[RuleRecord]:
        """Return the rules under which a member recognises."""
        for record in self.state.scan("rules", recogniser=recogniser):
            if isinstance(record, RuleRecord):
                yield record


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What was recorded, and held, at a moment."""

    state: Ledger
    connection: Connection
    holder: Holder
    moment: Moment

    def lots(self) -> Sequence[LotRecord]:
        """Return the holder's lots with the parts and dates of then."""
        answers = {
            answer["award_id"]: answer
            for _, answer in awards_held(
                self.state,
                self.connection,
                holder=self.holder,
                window=Window(limit=PAGE),
                moment=self.moment,
            )
        }
        found = self.state.load("lots", list(answers)) if answers else {}
        lots = []
        for award_id, answer in answers.items():
            lot = found[award_id]
            parts = {f"{part}_milli": credits_milli(answer[part]) for part in PARTS}
            position = self.moment.position
            flags = [flag for flag in lot.flags if flag.position <= position]  # type: ignore[attr-defined]  # a lot
            told = {name: answer[name] for name in ("achievement", "passed")}
            then = {"revoked": answer["status"] == "revoked", "flags": tuple(flags)}
            ends = {"expires_on": answer["expires_on"]}
            lots.append(LotRecord(**{**dict(lot), **parts, **told, **then, **ends}))
        return lots

    def enrolments(self) -> Sequence[EnrolmentRecord]:
        """Return the holder's enrolments, in key order."""
        return records_of(
            self.connection,
            EnrolmentRecord,
            learner_ids=self.holder.learner_ids,
            position=self.moment.position,
        )

    def programme(self, ref: str) -> ProgrammeRecord | None:
        """Return a programme version."""
        position = self.moment.position
        found = records_at(
            self.connection, ProgrammeRecord, keys=[ref], position=position
        )
        return found.get(ref)

    def rules(self, recogniser: str) -> Iterable[RuleRecord]:
        """Return the rules under which a member recognised."""
        rules = all_records(self.connection, RuleRecord, position=self.moment.position)
        return (rule for rule in rules if rule.recogniser == recogniser)
