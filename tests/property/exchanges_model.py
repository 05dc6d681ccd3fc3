"""A tiny model of lots and cases: fed with what was accepted, it knows no rule.

Amounts are exact fractions of thousandths. It reads nothing but signed bodies.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from fractions import Fraction

from ledger.domain.rules.awards import id_of_award
from ledger.domain.statements.awards import CreditAwarded, CreditRevoked
from ledger.domain.statements.envelope import Statement
from ledger.domain.statements.exchanges import (
    CreditRedeemed,
    ExchangeAccepted,
    ExchangeCancelled,
    ExchangeDeclined,
    ExchangeRequested,
    ExchangeReturned,
    ExchangeReversed,
    LotPart,
    RedemptionReversed,
)
from ledger.domain.types import credits_milli

Roots = dict[str, Fraction]
Counted = defaultdict[tuple[str, str], Fraction]


@dataclass(kw_only=True)
class ModelLot:
    """A lot: whose credits, its parts by name, and what of each root it is."""

    issuer: str
    awarded: int
    roots: Roots
    used_up: bool
    parts: Counter[str] = field(default_factory=Counter)

    def move(self, source: str, target: str, *, amount: int) -> None:
        """Move an amount from one part to another."""
        self.parts[source] -= amount
        self.parts[target] += amount


@dataclass(kw_only=True)
class ModelCase:
    """A case: what it asks for, and what came of it."""

    rule: str
    revision: int
    enrolment: str
    lots: tuple[LotPart, ...]
    status: str = "requested"
    accepted: ExchangeAccepted | None = None
    roots: Roots = field(default_factory=dict)


class Model:
    """What a learner has, by adding up."""

    def __init__(self, consuming: frozenset[str]) -> None:
        """Start with nothing; ``consuming`` are the rules that use lots up."""
        self.consuming = consuming
        self.lots: dict[str, ModelLot] = {}
        self.cases: dict[str, ModelCase] = {}
        self.redemptions: dict[str, CreditRedeemed] = {}

    def having(self, status: str) -> list[str]:
        """Return the cases that stand so."""
        return [one for one, case in self.cases.items() if case.status == status]

    def has(self, status: str) -> bool:
        """Tell whether a case stands so."""
        return bool(self.having(status))

    def counted(self) -> tuple[Counted, Counted]:
        """Return how much of each root counts per enrolment: by case, by redemption."""
        by_case: Counted = defaultdict(Fraction)
        for case in self.cases.values():
            for root, share in case.roots.items():
                by_case[case.enrolment, root] += share
        redeemed: Counted = defaultdict(Fraction)
        for one in self.redemptions.values():
            for part in one.body.lots:
                lot = self.lots[part.award_id]
                taken = Fraction(credits_milli(part.credits), lot.awarded)
                for root, share in lot.roots.items():
                    redeemed[one.body.enrolment_id, root] += share * taken
        return by_case, redeemed

    def learn(self, statement: Statement) -> None:
        """Take note of what was accepted."""
        match statement:
            case CreditAwarded(body=body):
                amount = credits_milli(body.credits or "0")
                root = {id_of_award(statement): Fraction(amount)}
                self._new(
                    id_of_award(statement), statement.iss, amount=amount, roots=root
                )
            case CreditRevoked(body=body):
                amount = credits_milli(body.credits)
                self.lots[body.award_id].move("available", "revoked", amount=amount)
            case ExchangeRequested():
                self._request(statement)
            case ExchangeDeclined(body=body) | ExchangeCancelled(body=body):
                self._release(self.cases[body.exchange_id])
                self.cases[body.exchange_id].status = "ended"
            case ExchangeReturned(body=body):
                self.cases[body.exchange_id].status = "returned"
            case ExchangeAccepted():
                self._accept(statement)
            case ExchangeReversed(body=body):
                self._reverse(self.cases[body.exchange_id])
            case CreditRedeemed(body=body):
                self.redemptions[body.redemption_id] = statement
                self._move(body.lots, "available", target="redeemed")
            case RedemptionReversed(body=body):
                gone = self.redemptions.pop(body.redemption_id)
                self._move(gone.body.lots, "redeemed", target="available")
            case _:
                pass

    def _new(
        self, identity: str, issuer: str, *, amount: int, roots: Roots, **more: bool
    ) -> None:
        parts = Counter({"available": amount})
        used_up = more.get("used_up", True)
        self.lots[identity] = ModelLot(
            issuer=issuer, awarded=amount, roots=roots, used_up=used_up, parts=parts
        )

    def _move(self, parts: tuple[LotPart, ...], source: str, *, target: str) -> None:
        for part in parts:
            amount = credits_milli(part.credits)
            self.lots[part.award_id].move(source, target, amount=amount)

    def _holds(self, case: ModelCase) -> bool:
        return case.rule in self.consuming

    def _release(self, case: ModelCase) -> None:
        if self._holds(case) and case.status in {"requested", "returned"}:
            self._move(case.lots, "held", target="available")

    def _request(self, statement: ExchangeRequested) -> None:
        body = statement.body
        before = self.cases.get(body.exchange_id)
        if before is not None:
            self._release(before)
        case = ModelCase(
            rule=body.rule,
            revision=body.revision,
            enrolment=body.enrolment_id,
            lots=body.lots,
        )
        self.cases[body.exchange_id] = case
        if self._holds(case):
            self._move(body.lots, "available", target="held")

    def _accept(self, statement: ExchangeAccepted) -> None:
        body = statement.body
        case = self.cases[body.exchange_id]
        self._release(case)
        if self._holds(case):
            self._move(body.used, "available", target="exchanged")
        roots: Roots = {}
        for part in body.used:
            source = self.lots[part.award_id]
            share = Fraction(credits_milli(part.credits), source.awarded)
            for root, amount in source.roots.items():
                roots[root] = roots.get(root, Fraction(0)) + amount * share
        case.status, case.accepted, case.roots = "accepted", statement, roots
        pure = all(self.lots[part.award_id].used_up for part in body.used)
        for made in body.created:
            self._new(
                made.lot_id,
                body.member,
                amount=credits_milli(made.credits),
                roots=roots,
                used_up=pure and self._holds(case),
            )

    def _reverse(self, case: ModelCase) -> None:
        assert case.accepted is not None
        for made in case.accepted.body.created:
            lot = self.lots[made.lot_id]
            lot.move("available", "revoked", amount=lot.parts["available"])
        if self._holds(case):
            self._move(case.accepted.body.used, "exchanged", target="available")
        case.status, case.roots = "reversed", {}
