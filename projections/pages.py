"""Facts with what must be known of the awards they speak of, amendments folded in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from ledger.domain.postings import LotOwner, Redating
from ledger.domain.rules.awards import amount_milli
from ledger.domain.rules.dates import effective_from
from ledger.domain.statements.awards import (
    CreditAmended,
    CreditAmendedBody,
    CreditAwarded,
)
from projections.follower import Fact
from projections.rows import rows_by
from projections.tables import awards


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownAward:
    """Whose award it is, how much it was made for, and what dates it."""

    learner_id: str
    issuer: str
    amount_milli: int
    recorded_on: str
    assessed_on: str | None
    learned_to: str | None

    @property
    def owner(self) -> LotOwner:
        """Return whose lot its postings move."""
        return LotOwner(learner_id=self.learner_id, issuer=self.issuer)

    @property
    def effective_on(self) -> str:
        """Return the date from which it holds in the world."""
        return effective_from(
            assessed_on=self.assessed_on,
            learned_to=self.learned_to,
            recorded_on=self.recorded_on,
        )

    def amended(self, body: CreditAmendedBody) -> "KnownAward":
        """Return what it is after an amendment."""
        return replace(
            self,
            assessed_on=body.assessed_on or self.assessed_on,
            learned_to=body.learned_to or self.learned_to,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Facts in position order, and all awards they speak of.

    ``awards`` are as they were before the page, or as made on it; ``amended`` as they
    are after it. ``redatings`` are by the position of the amendment.
    """

    facts: Sequence[Fact]
    awards: Mapping[str, KnownAward]
    amended: Mapping[str, KnownAward]
    redatings: Mapping[int, Redating]


def open_page(connection: Connection, facts: Sequence[Fact]) -> Page:
    """Return the facts with what the read side knows of their awards."""
    known = _known(connection, facts)
    amended: dict[str, KnownAward] = {}
    redatings: dict[int, Redating] = {}
    for fact in facts:
        if not isinstance(fact.statement, CreditAmended):
            continue
        body = fact.statement.body
        before = amended.get(body.award_id, known[body.award_id])
        after = amended[body.award_id] = before.amended(body)
        if before.effective_on != after.effective_on:
            redatings[fact.position] = Redating(
                amount_milli=before.amount_milli,
                before=before.effective_on,
                after=after.effective_on,
            )
    return Page(facts=facts, awards=known, amended=amended, redatings=redatings)


def _known(connection: Connection, facts: Sequence[Fact]) -> dict[str, KnownAward]:
    known: dict[str, KnownAward] = {}
    wanted: set[str] = set()
    for fact in facts:
        award = fact.award
        if award is None:
            continue
        if isinstance(fact.statement, CreditAwarded):
            known[award] = _made(fact.statement, recorded_on=fact.recorded_on)
        else:
            wanted.add(award)
    missing = wanted - known.keys()
    if missing:
        for row in rows_by(connection, awards.c.award_id, keys=missing):
            known[row.award_id] = KnownAward(
                learner_id=row.learner_id,
                issuer=row.issuer,
                amount_milli=row.amount_milli,
                recorded_on=row.recorded_on,
                assessed_on=row.assessed_on,
                learned_to=row.learned_to,
            )
    return known


def _made(statement: CreditAwarded, *, recorded_on: str) -> KnownAward:
    body = statement.body
    return KnownAward(
        learner_id=body.learner_id,
        issuer=statement.iss,
        amount_milli=amount_milli(body),
        recorded_on=recorded_on,
        assessed_on=body.assessed_on,
        learned_to=body.learned_to,
    )
