"""What was said in a case, read from the entries themselves.

Free text and the pseudonyms of whoever acted stand in no table of the read side.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from ledger.domain.state import ExchangeRecord, RuleRecord
from projections.cases.versions import versions_of
from projections.documents.names import Names
from projections.follower import Fact, Follower, Log

Answer = dict[str, Any]  # Any: plain JSON.


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """The log, and the zone in which its dates are counted."""

    log: Log
    time_zone: str

    def facts(self, positions: Iterable[int]) -> list[Fact]:
        """Return the facts at these positions."""
        follower = Follower(self.log, time_zone=self.time_zone)
        return [
            fact
            for position in positions
            for fact in follower.read(after=position - 1, limit=1)[1]
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseAct:
    """One act in a case, and the desk and revision that the case was at."""

    fact: Fact
    step: int
    revision: int

    @property
    def name(self) -> str:
        """Return what was done, such as ``endorsed``."""
        return self.fact.statement.type.split(".")[1]

    def shown(self, names: Names) -> Answer:
        """Return it as documents print it."""
        body, actor = self.fact.body, self.fact.statement.actor
        words = (body.get(name) for name in ("opinion", "missing", "reason", "note"))
        return {
            "position": self.fact.position,
            "act": self.name,
            "on": self.fact.recorded_on,
            "recorded_at": self.fact.recorded_at,
            "revision": self.revision,
            "step": self.step,
            "member": names.member(self.fact.statement.iss),
            "role": actor.role,
            "staff": actor.staff,
            "reason_code": body.get("reason_code"),
            "opinion": next((text for text in words if text is not None), None),
            "signed_by": self.fact.kid,
        }


def acts_of(
    connection: Connection, archive: Archive, *, exchange_id: str, position: int
) -> list[CaseAct]:
    """Return everything said in a case up to a position, oldest first."""
    versions = versions_of(
        connection, ExchangeRecord, key=exchange_id, position=position
    )
    facts = archive.facts(where for where, _ in versions)
    # A desk acts on the case as it was before: its own act moves it on.
    before = [versions[0][1], *(record for _, record in versions[:-1])]
    return [
        CaseAct(
            fact=fact, step=0 if _is_request(fact) else was.step, revision=is_.revision
        )
        for fact, was, (_, is_) in zip(facts, before, versions, strict=True)
    ]


def _is_request(fact: Fact) -> bool:
    return fact.statement.type.startswith("exchange.requested.")


def endorsement_of(
    connection: Connection, archive: Archive, *, rule: str, position: int
) -> Fact | None:
    """Return the committee's endorsement of a rule version, None if there is none."""
    versions: Sequence[tuple[int, RuleRecord]] = versions_of(
        connection, RuleRecord, key=rule, position=position
    )
    positions = [where for where, record in versions if record.endorsed]
    found = archive.facts(positions[:1])
    said = (one for one in found if one.statement.type.startswith("rule.endorsed."))
    return next(said, None)
