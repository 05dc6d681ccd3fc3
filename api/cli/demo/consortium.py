"""A consortium at work: every member at its own desk, with its own key and client."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from client.bank import Bank
from client.receipts import Posted
from client.references import MemberSecret
from client.results import Content
from client.statements import BatchRoom, StatementFactory
from ledger.domain.statements.envelope import (
    Actor,
    Mandate,
    MandateBy,
    MandateMethod,
)
from ledger.integrity.declarations import declare
from ledger.integrity.keys import KeyUse, SigningKey


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMember:
    """Who is admitted."""

    member_id: str
    kind: str
    name: str
    name_en: str


def mandate(proof: str, *, at: str) -> Mandate:
    """Return the mandate of a learner who signed on paper."""
    return Mandate(
        by=MandateBy.LEARNER,
        method=MandateMethod.PAPER,
        proof=proof,
        notice_version="2026-1",
        at=at,
    )


class Desk:
    """One member's side: it signs with its own key and checks every receipt."""

    def __init__(self, bank: Bank, ledger: str, *, key: SigningKey) -> None:
        """Sit down with a key."""
        self.bank = bank
        self.ledger = ledger
        self.member_id = key.member_id
        self.secret = MemberSecret.generate(key.member_id)
        self.key = key

    def factory(self, key: SigningKey | None = None) -> StatementFactory:
        """Return what signs statements with the desk's key, or another."""
        actor = Actor(staff="r7", role="registrar")
        return StatementFactory(key=key or self.key, ledger=self.ledger, actor=actor)

    def post(
        self,
        content: Content,
        *,
        by: Mandate | None = None,
        key: SigningKey | None = None,
    ) -> Posted:
        """Sign and post one statement."""
        return self.bank.post(self.factory(key).sign(content, mandate=by))

    def say(self, type_name: str, **body: object) -> Posted:
        """Sign and post a statement that needs neither mandate nor disclosure."""
        return self.post(Content(type=type_name, body=body))

    def post_all(self, contents: Iterable[Content]) -> int:
        """Sign and post many, in batches as full as they go; return how many."""
        factory, room = self.factory(), BatchRoom()
        lines = [factory.line(content) for content in contents]
        start = 0
        for number, line in enumerate(lines):
            if not room.take(line):
                self.bank.post_batch(factory.batch(lines[start:number]))
                start, room = number, BatchRoom()
                room.take(line)
        if lines[start:]:
            self.bank.post_batch(factory.batch(lines[start:]))
        return len(lines)


class Consortium:
    """The members' desks."""

    def __init__(self, bank: Bank, ledger: str, *, operator: SigningKey) -> None:
        """Start with the operator alone."""
        self.bank = bank
        self.ledger = ledger
        self.operator = Desk(bank, ledger, key=operator)
        self.desks: dict[str, Desk] = {operator.member_id: self.operator}
        self.names: dict[str, NewMember] = {}

    def admit(self, member: NewMember) -> Desk:
        """Have the operator admit a member, under a key that only its desk holds."""
        key = SigningKey.generate(member.member_id, KeyUse.MEMBER)
        self.operator.say(
            "member.admitted.v1",
            member_id=member.member_id,
            kind=member.kind,
            name=member.name,
            name_en=member.name_en,
            key=declare(key, audience=self.ledger),
        )
        desk = Desk(self.bank, self.ledger, key=key)
        self.desks[member.member_id] = desk
        self.names[member.member_id] = member
        return desk

    def add_key(self, desk: Desk) -> SigningKey:
        """Have a member add a further key, signed with the one it has."""
        key = SigningKey.generate(desk.member_id, KeyUse.MEMBER)
        declared: Mapping[str, object] = declare(key, audience=self.ledger)
        desk.say("key.added.v1", member_id=desk.member_id, key=declared)
        return key
