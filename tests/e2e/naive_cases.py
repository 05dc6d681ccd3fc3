"""What cases do to lots, worked out from the log's bytes with none of our rules."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol

Json = dict[str, Any]  # Any: plain JSON.
Part = tuple[str, Decimal]


class Move(Protocol):
    """Moves so much of a lot from one of its parts to another."""

    def __call__(self, part: Part, *, source: str, target: str) -> None:
        """Move it."""
        ...


@dataclass(kw_only=True)
class Case:
    """What a case is about, so far."""

    learner_id: str
    rule: str
    status: str
    step: int = 0
    offered: list[Part] = field(default_factory=list)
    used: list[Part] = field(default_factory=list)
    created: list[Part] = field(default_factory=list)


@dataclass(kw_only=True)
class Cases:
    """Rules, cases and redemptions by their names."""

    consuming: dict[str, bool] = field(default_factory=dict)
    cases: dict[str, Case] = field(default_factory=dict)
    redemptions: dict[str, Json] = field(default_factory=dict)
    learners: dict[str, str] = field(default_factory=dict)
    """The learner of each enrolment."""

    def apply(self, iss: str, kind: str, *, body: Json, move: Move) -> None:
        """Take up one statement."""
        match kind.split(".")[:2]:
            case ["rule", "proposed"]:
                consumes = body["terms"]["effect"] == "consume"
                self.consuming[f"{iss}/{body['code']}@{body['version']}"] = consumes
            case ["enrolment", "opened"]:
                self.learners[body["enrolment_id"]] = body["learner_id"]
            case ["exchange", "requested"]:
                self._request(body, move)
            case ["exchange", "accepted"]:
                self._accept(body, move)
            case ["exchange", "reversed"]:
                self._reverse(body, move)
            case ["exchange", word]:
                self._end(word, body, move=move)
            case _:
                self._count(kind, body, move=move)

    def _count(self, kind: str, body: Json, *, move: Move) -> None:
        if kind == "credit.redeemed.v1":
            self.redemptions[body["redemption_id"]] = body
            for part in parts(body["lots"]):
                move(part, source="available", target="redeemed")
        elif kind == "redemption.reversed.v1":
            for part in parts(self.redemptions[body["redemption_id"]]["lots"]):
                move(part, source="redeemed", target="available")

    def _request(self, body: Json, move: Move) -> None:
        before = self.cases.get(body["exchange_id"])
        if before is not None and self.consuming[before.rule]:
            for part in before.offered:
                move(part, source="held", target="available")
        case = Case(
            learner_id=body["learner_id"],
            rule=body["rule"],
            status="requested",
            offered=parts(body["lots"]),
        )
        self.cases[body["exchange_id"]] = case
        if self.consuming[case.rule]:
            for part in case.offered:
                move(part, source="available", target="held")

    def _accept(self, body: Json, move: Move) -> None:
        case = self.cases[body["exchange_id"]]
        case.status, case.used = "accepted", parts(body["used"])
        case.created = [
            (one["lot_id"], Decimal(one["credits"])) for one in body["created"]
        ]
        if not self.consuming[case.rule]:
            return
        used = dict(case.used)
        for lot, amount in case.offered:
            taken = used.get(lot, Decimal())
            move((lot, taken), source="held", target="exchanged")
            move((lot, amount - taken), source="held", target="available")

    def _reverse(self, body: Json, move: Move) -> None:
        case = self.cases[body["exchange_id"]]
        case.status = "reversed"
        for part in case.created:
            move(part, source="available", target="revoked")
        for part in case.used if self.consuming[case.rule] else ():
            move(part, source="exchanged", target="available")

    def _end(self, word: str, body: Json, *, move: Move) -> None:
        case = self.cases[body["exchange_id"]]
        if word == "endorsed":
            case.step += 1
            return
        case.status = word
        if word != "returned" and self.consuming[case.rule]:
            for part in case.offered:
                move(part, source="held", target="available")


def parts(lots: list[Json]) -> list[Part]:
    """Return lots with their amounts."""
    return [(one["award_id"], Decimal(one["credits"])) for one in lots]
