"""What a log says, worked out from its bytes with none of our rules.

Slow and plain on purpose: one loop over all entries for every question.
"""

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from tests.e2e.naive_cases import Cases, Json, Part
from tests.e2e.naive_log import Said, read_log

__all__ = ["Json", "Said", "read_log"]

OPERATOR = "operator"
_NAMESPACE = uuid.UUID("5a0f2a5e-3f0b-5d0c-9a51-2f6d1d0c7b11")

PARTS = ("available", "held", "exchanged", "redeemed", "expired", "revoked")


@dataclass(kw_only=True)
class Award:
    """An award and what became of it."""

    award_id: str
    iss: str
    position: int
    recorded_on: str
    kid: str
    body: Json
    taken: list[tuple[Decimal, str]] = field(default_factory=list)
    moved: list[tuple[str, str, Decimal, str]] = field(default_factory=list)
    derived: bool = False
    flagged: bool = False
    replaced_by: str | None = None

    @property
    def credits(self) -> Decimal:
        """Return what it was made for."""
        return Decimal(self.body.get("credits", "0"))

    def begins(self) -> str:
        """Return the date it holds from."""
        dates = (self.body.get("assessed_on"), self.body.get("learned_to"))
        return next((one for one in dates if one), self.recorded_on)

    def parts(self, on: str | None) -> dict[str, Decimal]:
        """Return what is where, as moved up to a date; past its last day, expired."""
        parts = {name: Decimal() for name in PARTS}
        parts["available"] = self.credits
        taken = [("available", "revoked", *one) for one in self.taken]
        for source, target, amount, date in (*taken, *self.moved):
            if on is None or date <= on:
                parts[source] -= amount
                parts[target] += amount
        end = self.body.get("valid_until")
        if end is not None and on is not None and end < on:
            parts["expired"] += parts["available"]
            parts["available"] = Decimal()
        return parts

    def status(self, on: str | None) -> str:
        """Return what is left of it in a word."""
        moved = [one[3] for one in self.moved if one[1] == "revoked"]
        taken = [*(date for _, date in self.taken), *moved]
        began = [date for date in taken if on is None or date <= on]
        end = self.body.get("valid_until")
        if began:
            left = self.credits - self.parts(on)["revoked"]
            return "partly_revoked" if left else "revoked"
        expired = end is not None and on is not None and end < on
        return "expired" if expired else "active"


def text(amount: Decimal) -> str:
    """Return the shortest spelling of an amount."""
    plain = f"{amount:f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def award_id(said: Said) -> str:
    """Return the id of the award that an entry makes."""
    body = said.body
    name = f"{said.iss}/{body['reference_tag']}/{body.get('revision', 0)}"
    return f"award_{uuid.uuid5(_NAMESPACE, name)}"


def awards_at(log: Iterable[Said], position: int) -> dict[str, Award]:
    """Return every award as recorded up to a position."""
    awards: dict[str, Award] = {}
    cases = Cases()
    for said in log:
        if said.position > position:
            break
        _credit(said, awards)
        if said.type == "credit.revoked.v1":
            _flag(awards, cases, source=said.body["award_id"])

        def move(
            part: Part, *, source: str, target: str, on: str = said.recorded_on
        ) -> None:
            awards[part[0]].moved.append((source, target, part[1], on))

        cases.apply(said.iss, said.type, body=said.body, move=move)
    return awards


def _credit(said: Said, awards: dict[str, Award]) -> None:
    body = said.body
    match said.type:
        case "credit.awarded.v1":
            award = _award(said, award_id(said), body=dict(body))
            awards[award.award_id] = award
            if "replaces" in body:
                awards[body["replaces"]].replaced_by = award.award_id
        case "credit.amended.v1":
            awards[body["award_id"]].body |= body
        case "credit.revoked.v1":
            day = body.get("effective_on", said.recorded_on)
            awards[body["award_id"]].taken.append((Decimal(body["credits"]), day))
        case "credit.expired.v1":
            last = datetime.fromisoformat(body["expired_on"])
            next_day = f"{last + timedelta(days=1):%Y-%m-%d}"
            ended = ("available", "expired", Decimal(body["credits"]), next_day)
            awards[body["award_id"]].moved.append(ended)
        case "exchange.accepted.v1":
            for lot in body["created"]:
                kept = {"learner_id": body["learner_id"], "passed": True}
                made = {**kept, "credits": lot["credits"]}
                one = _award(said, lot["lot_id"], body=made)
                one.iss, one.derived = body["member"], True
                awards[one.award_id] = one
        case _:
            pass


def _award(said: Said, identity: str, *, body: Json) -> Award:
    return Award(
        award_id=identity,
        iss=said.iss,
        position=said.position,
        recorded_on=said.recorded_on,
        kid=said.kid,
        body=body,
    )


def _flag(awards: dict[str, Award], cases: Cases, *, source: str) -> None:
    """Flag what was made of a lot; enough where nothing was made of that in turn."""
    for case in cases.cases.values():
        if case.status == "accepted" and source in dict(case.used):
            for lot, _ in case.created:
                awards[lot].flagged = True


def contested(log: Iterable[Said]) -> set[int]:
    """Return the positions in doubt; enough for one stolen key that added none."""
    said = list(log)
    since = {
        one.body["kid"]: one.body["since_position"]
        for one in said
        if one.type == "key.revoked.v1" and "since_position" in one.body
    }
    confirmed = {
        position
        for one in said
        if one.type == "entries.confirmed.v1"
        for position in one.body["positions"]
    }
    return {
        one.position
        for one in said
        if one.kid in since and one.position >= since[one.kid]
    } - confirmed


def merges_at(log: Iterable[Said], position: int) -> dict[str, str]:
    """Return who answers for whom: the survivor by absorbed account."""
    homes: dict[str, str] = {}
    named: dict[str, tuple[str, str]] = {}
    signed: dict[tuple[str, str], set[str]] = {}
    merged: dict[str, str] = {}
    for said in log:
        if said.position > position:
            break
        if said.type == "account.opened.v1":
            homes[said.body["learner_id"]] = said.iss
        if not said.type.startswith("accounts."):
            continue
        merge = said.body["merge_id"]
        if said.type == "accounts.merged.v1":
            named[merge] = (said.body["survivor"], said.body["absorbed"])
        survivor, absorbed = named[merge]
        parties = signed.setdefault((merge, said.type), set())
        parties.add(said.iss)
        if parties == {homes[survivor], homes[absorbed], OPERATOR}:
            if said.type == "accounts.merged.v1":
                merged[absorbed] = survivor
            else:
                del merged[absorbed]
    return merged


def group_of(log: Iterable[Said], learner_id: str, *, position: int) -> list[str]:
    """Return the account that answers for a learner, then those that it absorbed."""
    merged = merges_at(log, position)
    top = learner_id
    while top in merged:
        top = merged[top]
    return [top, *sorted(one for one in merged if _top(one, merged) == top)]


def _top(learner_id: str, merged: dict[str, str]) -> str:
    while learner_id in merged:
        learner_id = merged[learner_id]
    return learner_id


def held(
    log: list[Said], learner_id: str, *, position: int, on: str | None
) -> Iterator[Award]:
    """Return a learner's awards at a position that hold on a date."""
    group = group_of(log, learner_id, position=position)
    for award in awards_at(log, position).values():
        if award.body["learner_id"] in group and (on is None or award.begins() <= on):
            yield award


def balance(
    log: list[Said], learner_id: str, *, position: int, on: str | None
) -> tuple[str, list[Json]]:
    """Return what was earned, and the sums per issuing member."""
    doubtful = contested(log)
    sums: dict[str, dict[str, Decimal]] = {}
    earned = Decimal()
    for award in held(log, learner_id, position=position, on=on):
        one = sums.setdefault(award.iss, dict.fromkeys(_SUMMED, Decimal()))
        parts = award.parts(on)
        for name, amount in parts.items():
            one[name] += amount
        one["awarded"] += award.credits
        one["achievements"] += award.status(on) != "revoked" and not award.derived
        if award.position in doubtful:
            one["contested"] += parts["available"]
        if award.flagged:
            one["flagged"] += parts["available"]
        if not award.derived:
            earned += award.credits - parts["revoked"]
    rows = []
    for member, one in sorted(sums.items()):
        row: Json = {name: text(amount) for name, amount in one.items()}
        row["achievements"] = int(one["achievements"])
        rows.append({"member": member, **row})
    return text(earned), rows


_SUMMED = ("awarded", *PARTS, "contested", "flagged", "achievements")
