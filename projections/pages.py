"""Facts with what must be known of the awards they speak of, amendments folded in."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from ledger.domain.postings import Context, Posting, Redating, postings
from ledger.domain.rules.awards import amount_milli
from ledger.domain.statements.awards import CreditAmended, CreditAwarded
from projections.cases.book import CaseBook, read_cases
from projections.follower import Fact
from projections.known import KnownAward, known_awards

__all__ = ["KnownAward", "Page", "open_page"]

Moved = tuple[int, int, Posting]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Facts in position order, and all awards they speak of.

    ``awards`` are as they were before the page, or as made on it; ``amended`` as they
    are after it. ``redatings`` are by the position of the amendment. ``moved`` are all
    postings, each after its position and its number there.
    """

    facts: Sequence[Fact]
    awards: Mapping[str, KnownAward]
    amended: Mapping[str, KnownAward]
    redatings: Mapping[int, Redating]
    cases: CaseBook = field(default_factory=CaseBook)
    moved: Sequence[Moved] = ()


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
    page = Page(
        facts=facts, awards=known, amended=amended, redatings=redatings, cases=cases
    )
    return replace(page, moved=list(_moved(page)))


def _moved(page: Page) -> Iterable[Moved]:
    for fact in page.facts:
        context = page.cases.contexts.get(fact.position) or _of_award(fact, page)
        if context is None:
            continue
        for side, posting in enumerate(postings(fact.statement, context)):
            yield fact.position, side, posting


def _of_award(fact: Fact, page: Page) -> Context | None:
    award = fact.award
    if award is None:
        return None
    return Context(
        owners={award: page.awards[award].owner},
        recorded_on=fact.recorded_on,
        redating=page.redatings.get(fact.position),
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
