"""What anybody may ask of a bank about learners, members and the catalogue."""

from collections.abc import Iterator
from urllib.parse import quote

from client.answers import (
    Achievement,
    Award,
    AwardHistory,
    KeyList,
    Member,
    RegisteredKey,
    TrailEvent,
    When,
)
from client.balances import Balance
from client.exchange import Connection, Query

NOW = When()


class Questions:
    """Questions of a bank, each with a typed answer."""

    _connection: Connection

    def balance(self, learner_id: str, *, when: When = NOW) -> Balance:
        """Return a learner's balance (学分余额)."""
        path = f"/v1/learners/{_part(learner_id)}/balance"
        return self._connection.read(Balance, path, query=when.model_dump())

    def awards(self, learner_id: str, *, when: When = NOW) -> Iterator[Award]:
        """Yield a learner's awards."""
        path = f"/v1/learners/{_part(learner_id)}/awards"
        query = when.model_dump()
        return self._connection.pages(Award, path, member="awards", query=query)

    def award(self, award_id: str, *, when: When = NOW) -> AwardHistory:
        """Return one award with every entry about it."""
        path = f"/v1/awards/{_part(award_id)}"
        return self._connection.read(AwardHistory, path, query=when.model_dump())

    def trail(self, learner_id: str, *, when: When = NOW) -> Iterator[TrailEvent]:
        """Yield everything that happened to a learner's account."""
        path = f"/v1/learners/{_part(learner_id)}/trail"
        query = when.model_dump()
        return self._connection.pages(TrailEvent, path, member="events", query=query)

    def members(self) -> Iterator[Member]:
        """Yield the consortium's members."""
        return self._connection.pages(Member, "/v1/members", member="members")

    def keys(self, member_id: str) -> tuple[RegisteredKey, ...]:
        """Return the public keys of a member, past ones too."""
        path = f"/v1/members/{_part(member_id)}/keys"
        return self._connection.read(KeyList, path).keys

    def achievements(
        self, *, member: str | None = None, kind: str | None = None
    ) -> Iterator[Achievement]:
        """Yield catalogue items, of one member or one kind if named."""
        query: Query = {"member": member, "kind": kind}
        return self._connection.pages(
            Achievement, "/v1/achievements", member="achievements", query=query
        )


def _part(text: str) -> str:
    return quote(text, safe="")
