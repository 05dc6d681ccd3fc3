"""Facts with what must be known of the awards they speak of."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from ledger.domain.postings import Context, moves
from ledger.domain.rules.awards import amount_milli
from ledger.domain.statements.awards import CreditAwarded
from projections.cases.book import read_cases
from projections.cases.kinds import is_of_case
from projections.cases.outcome import CaseBook, Moved
from projections.follower import Fact, Item
from projections.known import KnownAward
from projections.listed import Listed
from projections.memory import Memory, awards_known
from projections.register.kinds import kinds_of
from projections.tables import award_named

__all__ = ["KnownAward", "Page", "open_page"]

Known = tuple[str, KnownAward]
"""An award's id, and what is known of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What was said, in position order, and all awards that it speaks of.

    ``facts`` are the statements that were read one by one, ``lists`` the lines that
    were not, ``items`` both. ``made`` are those facts that award something, each with
    its award's id; ``others`` all the rest. ``awards`` are those of facts, and of lists
    where any fact may speak of them. ``kinds`` are those of the achievements that were
    awarded.
    """

    items: Sequence[Item]
    facts: Sequence[Fact]
    lists: Sequence[Listed]
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
    connection: Connection, items: Sequence[Item], *, memory: Memory | None = None
) -> Page:
    """Return what was said with what the read side knows of its awards.

    ``memory`` is what the page before left, if anything.
    """
    memory = Memory() if memory is None else memory
    facts = [item for item in items if isinstance(item, Fact)]
    lists = [item for item in items if isinstance(item, Listed)]
    made = [fact for fact in facts if type(fact.statement) is CreditAwarded]
    others = [fact for fact in facts if type(fact.statement) is not CreditAwarded]
    named = {fact.statement.body.achievement for fact in made}  # type: ignore[attr-defined]  # an award's
    named |= {one.award.body.achievement for one in lists if one.award is not None}
    kinds = kinds_of(connection, named, facts=others, known=memory.kinds)
    memory.kinds.update(kinds)
    known = {fact.award: _made(fact, kinds) for fact in made if fact.award}
    wanted = {fact.award for fact in others if fact.award is not None} - known.keys()
    if wanted or any(is_of_case(fact.statement) for fact in facts):
        for one in lists:
            known.update(_listed(one, kinds))
    missing = {one for one in wanted if one not in known}
    known |= awards_known(connection, missing, memory=memory)
    cases = read_cases(connection, facts, awards=known, memory=memory)
    # What an exchange made on this page may be amended on it, too.
    known |= {made.award_id: made.known for made in cases.made}
    return Page(
        items=items,
        facts=facts,
        lists=lists,
        made=made,
        others=others,
        awards=known,
        kinds=kinds,
        cases=cases,
        memory=memory,
    )


def _listed(listed: Listed, kinds: Mapping[str, str]) -> Iterator[Known]:
    """Yield the awards that lines make, if they make any."""
    award = listed.award
    if award is None:
        return
    issuer, amount = award.iss, amount_milli(award.body)
    kind = kinds[award.body.achievement]
    lines = zip(listed.keys, listed.learner_ids, listed.positions, strict=True)
    for key, learner_id, at in lines:
        yield award_named(key), KnownAward(learner_id, issuer, amount, at, kind)


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
