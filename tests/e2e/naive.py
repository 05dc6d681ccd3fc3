"""What a log says, worked out from its bytes with none of our rules.

Slow and plain on purpose: one loop over all entries for every question.
"""

import base64
import json
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

OPERATOR = "operator"
_NAMESPACE = uuid.UUID("5a0f2a5e-3f0b-5d0c-9a51-2f6d1d0c7b11")

Json = dict[str, Any]  # Any: plain JSON.


@dataclass(frozen=True, kw_only=True)
class Said:
    """One entry: what was said, where and when."""

    position: int
    recorded_at: str
    recorded_on: str
    kid: str
    type: str
    iss: str
    body: Json
    payload: Json


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
    replaced_by: str | None = None

    @property
    def credits(self) -> Decimal:
        """Return what it was made for."""
        return Decimal(self.body.get("credits", "0"))

    def begins(self) -> str:
        """Return the date it holds from."""
        dates = (self.body.get("assessed_on"), self.body.get("learned_to"))
        return next((one for one in dates if one), self.recorded_on)

    def revoked(self, on: str | None) -> Decimal:
        """Return what was taken back up to a date."""
        return sum(
            (amount for amount, date in self.taken if on is None or date <= on),
            Decimal(),
        )

    def status(self, on: str | None) -> str:
        """Return what is left of it in a word."""
        taken = [date for _, date in self.taken if on is None or date <= on]
        if taken and self.revoked(on) == self.credits:
            return "revoked"
        return "partly_revoked" if taken else "active"


def text(amount: Decimal) -> str:
    """Return the shortest spelling of an amount."""
    plain = f"{amount:f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def read_log(entries: Iterable[bytes]) -> list[Said]:
    """Read every entry's bytes; batch headers are left out."""
    said: list[Said] = []
    header_kid = ""
    for raw in entries:
        line, _, member = raw.partition(b"\n")
        bank = json.loads(line)
        if "batch" in bank:
            payload, kid = json.loads(member), header_kid
        else:
            head, body = (_part(one) for one in member.split(b".")[:2])
            payload, kid = body, head["kid"]
            if head["typ"] == "skillbank-batch+json":
                header_kid = kid
                continue
        local = datetime.fromisoformat(bank["recorded_at"]) + timedelta(hours=8)
        said.append(
            Said(
                position=bank["position"],
                recorded_at=bank["recorded_at"],
                recorded_on=f"{local:%Y-%m-%d}",
                kid=kid,
                type=payload["type"],
                iss=payload["iss"],
                body=payload["body"],
                payload=payload,
            )
        )
    return said


def _part(encoded: bytes) -> Json:
    padded = encoded + b"=" * (-len(encoded) % 4)
    value: Json = json.loads(base64.urlsafe_b64decode(padded))
    return value


def award_id(said: Said) -> str:
    """Return the id of the award that an entry makes."""
    body = said.body
    name = f"{said.iss}/{body['reference_tag']}/{body.get('revision', 0)}"
    return f"award_{uuid.uuid5(_NAMESPACE, name)}"


def awards_at(log: Iterable[Said], position: int) -> dict[str, Award]:
    """Return every award as recorded up to a position."""
    awards: dict[str, Award] = {}
    for said in log:
        if said.position > position:
            break
        body = said.body
        match said.type:
            case "credit.awarded.v1":
                award = Award(
                    award_id=award_id(said),
                    iss=said.iss,
                    position=said.position,
                    recorded_on=said.recorded_on,
                    kid=said.kid,
                    body=dict(body),
                )
                awards[award.award_id] = award
                if "replaces" in body:
                    awards[body["replaces"]].replaced_by = award.award_id
            case "credit.amended.v1":
                awards[body["award_id"]].body |= body
            case "credit.revoked.v1":
                on = body.get("effective_on", said.recorded_on)
                amount = Decimal(body["credits"])
                awards[body["award_id"]].taken.append((amount, on))
            case _:
                pass
    return awards


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
    for award in held(log, learner_id, position=position, on=on):
        one = sums.setdefault(award.iss, dict.fromkeys(_PARTS, Decimal()))
        taken = award.revoked(on)
        one["awarded"] += award.credits
        one["revoked"] += taken
        one["available"] += award.credits - taken
        one["achievements"] += award.status(on) != "revoked"
        if award.position in doubtful:
            one["contested"] += award.credits - taken
    earned = sum((one["awarded"] - one["revoked"] for one in sums.values()), Decimal())
    rows = []
    for member, one in sorted(sums.items()):
        row: Json = {name: text(amount) for name, amount in one.items()}
        row["achievements"] = int(one["achievements"])
        rows.append({"member": member, **row, **_UNUSED})
    return text(earned), rows


_PARTS = ("awarded", "available", "revoked", "contested", "achievements")
_UNUSED = dict.fromkeys(("held", "exchanged", "redeemed", "expired"), "0")
