"""A consortium at work: every member at its own desk, with its own key and client."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from client.bank import Bank
from client.clock import Now, system_now
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
from ledger.sequencer import Clock


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

    def __init__(
        self, bank: Bank, ledger: str, *, key: SigningKey, now: Now = system_now
    ) -> None:
        """Sit down with a key, under a clock on the wall."""
        self.bank = bank
        self.ledger = ledger
        self.now = now
        self.member_id = key.member_id
        self.secret = MemberSecret.generate(key.member_id)
        self.key = key

    def factory(
        self, key: SigningKey | None = None, *, role: str = "registrar"
    ) -> StatementFactory:
        """Return what signs statements with the desk's key, or another."""
        return StatementFactory(
            key=key or self.key,
            ledger=self.ledger,
            actor=Actor(staff="r7", role=role),
            now=self.now,
        )

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

    def say_as(self, role: str, content: Content) -> Posted:
        """Sign and post a statement in a role, as desks of an approval path do."""
        return self.bank.post(self.factory(role=role).sign(content))

    def post_all(
        self, contents: Iterable[Content], *, by: Mandate | None = None
    ) -> int:
        """Sign and post many, in batches as full as they go; return how many."""
        factory, room = self.factory(), BatchRoom()
        lines = [factory.line(content, mandate=by) for content in contents]
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

    def __init__(
        self, bank: Bank, *, operator: SigningKey, service: SigningKey, clock: Clock
    ) -> None:
        """Start with the operator alone, and with the bank's own service."""
        self.bank = bank
        self.ledger = bank.ledger
        self.clock = clock
        self.operator = Desk(bank, bank.ledger, key=operator, now=clock.now)
        self.service = Desk(bank, bank.ledger, key=service, now=clock.now)
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
        desk = Desk(self.bank, self.ledger, key=key, now=self.clock.now)
        self.desks[member.member_id] = desk
        self.names[member.member_id] = member
        return desk

    def add_key(self, desk: Desk) -> SigningKey:
        """Have a member add a further key, signed with the one it has."""
        key = SigningKey.generate(desk.member_id, KeyUse.MEMBER)
        declared: Mapping[str, object] = declare(key, audience=self.ledger)
        desk.say("key.added.v1", member_id=desk.member_id, key=declared)
        return key
