"""The members and rules that a statement is about, besides whoever signed it."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Final

from ledger.domain.statements.accounts import AccountOpened
from ledger.domain.statements.awards import CreditAwarded
from ledger.domain.statements.envelope import Body, Statement
from projections.cases.parties import Parties
from projections.follower import Fact
from projections.names import LEARNER, MEMBER, Name
from projections.pages import Page

_MEMBERS: Final = (
    "member_id",
    "member",
    "predecessor",
    "successor",
    "committee",
    "recogniser",
    "attester",
)
"""Fields of bodies that name a member."""

_OWNED: Final = ("achievement", "programme", "policy")
"""Fields that name what a member published: ``<member>/<code>@<version>``."""

_NOBODY: Final = Parties()


def rule_of(fact: Fact, page: Page) -> str | None:
    """Return the rule version that a statement is about, or is made under."""
    return page.cases.parties.get(fact.position, _NOBODY).rule


def members_of(fact: Fact, page: Page) -> list[str]:
    """Return the members that a statement is about, its issuer first."""
    found = {*page.cases.parties.get(fact.position, _NOBODY).members}
    found.update(_named_in(fact.statement.body))
    if fact.award is not None:
        found.add(page.awards[fact.award].issuer)
    issuer = fact.statement.iss
    return [issuer, *sorted(found - {issuer})]


def named_in(statement: Statement) -> Sequence[Name] | None:
    """Return what nearly all statements are about, as they say themselves.

    These are an award that ends no claim, and an account that is opened: the learner,
    then members, the issuer first. Of all others more must be known.
    """
    match statement:
        case CreditAwarded(body=body) if body.claim is None:
            owner = body.achievement.partition("/")[0]
        case AccountOpened(body=body):
            owner = statement.iss
        case _:
            return None
    found = [(LEARNER, body.learner_id), (MEMBER, statement.iss)]
    return found if owner == statement.iss else [*found, (MEMBER, owner)]


def _named_in(body: Body) -> Iterable[str]:
    members, owned = _naming(type(body))
    for field in members:
        name = getattr(body, field)
        if isinstance(name, str):
            yield name
    for field in owned:
        name = getattr(body, field)
        if isinstance(name, str):
            yield name.partition("/")[0]


@cache
def _naming(kind: type[Body]) -> tuple[Sequence[str], Sequence[str]]:
    """Return which of a body's fields name a member, and which what one published."""
    fields = kind.model_fields
    members = [one for one in _MEMBERS if one in fields]
    return members, [one for one in _OWNED if one in fields]
