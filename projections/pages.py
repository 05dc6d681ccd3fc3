"""Facts with what must be known of the awards they speak of."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from ledger.domain.postings import Context, moves
from ledger.domain.rules.awards import amount_milli
from ledger.domain.statements.awards import CreditAwarded
from projections.cases.book import CaseBook, Moved, read_cases
from projections.follower import Fact
from projections.known import KnownAward
from projections.memory import Memory, awards_known
from projections.register.kinds import kinds_of

__all__ = ["KnownAward", "Page", "open_page"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Facts in position order, and all awards they speak of.

    ``made`` are those that award something, each with its award's id; ``others`` all
    the rest. ``kinds`` are those of the achievements that were awarded.
    """

    facts: Sequence[Fact]
    made: Sequence[Fact]
    others: Sequence[Fact]
    awards: Mapping[str, KnownAward]
    kinds: Mapping[str, str]
    cases: CaseBook = field(default_factory=CaseBook)
    memory: Memory = field(default_factory=Memory)

    def moved(self) -> Iterator[Moved]:
        """Yield all movements but those that make awards: these say it themselves."""
        for fact in self.others:
            moved = self.cases.moved.get(fact.position) or self._of_award(fact)
            if moved is not None:
                yield moved

    def _of_award(self, fact: Fact) -> Moved | None:
        if fact.award is None:
            return None
        owners = {fact.award: self.awards[fact.award].owner}
        context = Context(owners=owners, recorded_on=fact.recorded_on)
        return Moved(tuple(moves(fact.statement, context)), owners)


def open_page(
    connection: Connection, facts: Sequence[Fact], *, memory: Memory | None = None
) -> Page:
    """Return the facts with what the read side knows of their awards.

    ``memory`` is what the page before left, if anything.
    """
    memory = Memory() if memory is None else memory
    made = [fact for fact in facts if type(fact.statement) is CreditAwarded]
    others = [fact for fact in facts if type(fact.statement) is not CreditAwarded]
    named = {fact.statement.body.achievement for fact in made}  # type: ignore[attr-defined]  # an award's
    kinds = kinds_of(connection, named, facts=others, known=memory.kinds)
    memory.kinds.update(kinds)
    known = {fact.award: _made(fact, kinds) for fact in made if fact.award}
    wanted = {fact.award for fact in others if fact.award is not None} - known.keys()
    known |= awards_known(connection, wanted, memory=memory)
    cases = read_cases(connection, facts, awards=known, memory=memory)
    # What an exchange made on this page may be amended on it, too.
    known |= {made.award_id: made.known for made in cases.made}
    return Page(
        facts=facts,
        made=made,
        others=others,
        awards=known,
        kinds=kinds,
        cases=cases,
        memory=memory,
    )


def _made(fact: Fact, kinds: Mapping[str, str]) -> KnownAward:
    statement = fact.statement
    body = statement.body
    return KnownAward(
        body.learner_id,  # type: ignore[attr-defined]  # an award's
        statement.iss,
        amount_milli(body),  # type: ignore[arg-type]  # an award's
        fact.position,
        kinds[body.achievement],  # type: ignore[attr-defined]  # an award's
    )
