"""The members and rules that a statement is about, besides whoever signed it."""

from collections.abc import Iterable, Mapping
from typing import Final

from projections.cases.parties import Parties
from projections.follower import Fact
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
    found.update(_named_in(fact.body))
    if fact.award is not None:
        found.add(page.awards[fact.award].issuer)
    issuer = fact.statement.iss
    return [issuer, *sorted(found - {issuer})]


def _named_in(body: Mapping[str, object]) -> Iterable[str]:
    for field in _MEMBERS:
        name = body.get(field)
        if isinstance(name, str):
            yield name
    for field in _OWNED:
        name = body.get(field)
        if isinstance(name, str):
            yield name.partition("/")[0]
