"""Facts with what must be known of the awards they speak of, amendments folded in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from ledger.domain.postings import Redating
from ledger.domain.rules.awards import amount_milli
from ledger.domain.statements.awards import CreditAmended, CreditAwarded
from projections.cases.book import CaseBook, read_cases
from projections.follower import Fact
from projections.known import KnownAward, known_awards

__all__ = ["KnownAward", "Page", "open_page"]


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
    cases: CaseBook = field(default_factory=CaseBook)


def open_page(connection: Connection, facts: Sequence[Fact]) -> Page:
    """Return the facts with what the read side knows of their awards."""
    known = _known(connection, facts)
    cases = read_cases(connection, facts, awards=known)
    # What an exchange made on this page may be amended on it, too.
    known |= {made.award_id: made.known for made in cases.made}
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
    return Page(
        facts=facts, awards=known, amended=amended, redatings=redatings, cases=cases
    )


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
    known |= known_awards(connection, wanted - known.keys())
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
