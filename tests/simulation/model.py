"""A tiny pure model: what must be accepted, what refused and why, and who has what.

It knows no record, no rule and no byte of the ledger: only what was meant by what
clients say. Amounts are thousandths of a credit.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final

from ledger.domain.types import moment_of
from tests.simulation.effects import (
    AddKey,
    Apply,
    Award,
    Cancel,
    Effect,
    Meant,
    Open,
    Publish,
    Redeem,
    Revoke,
    RevokeKey,
)

CLOCK_AHEAD: Final = timedelta(minutes=10)
Codes = frozenset[str]
Verdict = tuple[tuple[int | None, Codes], ...]
"""What a refusal must list: lines and what may be said of each. Empty: accepted."""
WHOLE: Final = 3_000
NONE: Final[Codes] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Lot:
    """Where the credits of an award are."""

    learner: str
    issuer: str
    available: int
    held: int = 0
    exchanged: int = 0
    redeemed: int = 0
    revoked: int = 0


@dataclass
class Model:
    """Everything that was accepted so far, as sums."""

    accounts: set[str] = field(default_factory=set)
    achievements: set[str] = field(default_factory=set)
    revoked_keys: dict[str, bool] = field(default_factory=dict)
    names: dict[tuple[str, str], int] = field(default_factory=dict)
    lots: dict[str, Lot] = field(default_factory=dict)
    cases: dict[str, Apply | None] = field(default_factory=dict)

    def copy(self) -> "Model":
        """Return a model that goes its own way."""
        return Model(
            set(self.accounts),
            set(self.achievements),
            dict(self.revoked_keys),
            dict(self.names),
            dict(self.lots),
            dict(self.cases),
        )

    def judge(self, meant: Meant, *, at: str) -> Verdict:
        """Return what must come of it, said now for the first time."""
        header = self._envelope(meant, at=at)
        if header:
            return ((None, header),)
        if not meant.in_batch:
            codes = self.refusal_of(meant.effects[0])
            return ((None, codes),) if codes else ()
        return tuple(self._lines(meant))

    def accept(self, meant: Meant) -> None:
        """Take over what was accepted."""
        self.names.update(dict.fromkeys(meant.names, meant.number))
        for effect in meant.effects:
            self.apply(effect)

    def books(self, *, since: "Model") -> dict[str, int]:
        """Return what each account holds of the lots that changed since then.

        Those that hold nothing are left out.
        """
        sums: Counter[str] = Counter()
        for award_id, lot in self.lots.items():
            if since.lots.get(award_id) is lot:
                continue
            holder = f"{lot.learner}:{lot.issuer}"
            sums[f"available:{holder}"] += lot.available
            sums[f"held:{holder}"] += lot.held
            sums[f"revoked:{lot.issuer}"] += lot.revoked
            sums["exchanged"] += lot.exchanged
            sums["redeemed"] += lot.redeemed
        return {account: amount for account, amount in sums.items() if amount}

    def _lines(self, meant: Meant) -> Iterator[tuple[int, Codes]]:
        trial = self.copy()
        for index, effect in enumerate(meant.effects):
            codes = trial.refusal_of(effect)
            if codes:
                yield index, codes
            else:
                trial.apply(effect)

    def _envelope(self, meant: Meant, *, at: str) -> Codes:
        if meant.kid not in self.revoked_keys:
            return frozenset({"unknown-key"})
        if self.revoked_keys[meant.kid]:
            return frozenset({"key-revoked"})
        if any(name in self.names for name in meant.names[:1]):
            return frozenset({"statement-id-conflict"})
        if at >= meant.exp:
            return frozenset({"statement-expired"})
        if moment_of(at) < moment_of(meant.iat) - CLOCK_AHEAD:
            return frozenset({"clock-ahead"})
        return NONE

    def refusal_of(self, effect: Effect) -> Codes:
        """Return what may be said against an effect; nothing if it is accepted."""
        match effect:
            case Award():
                return self._award_refusal(effect)
            case Revoke(award_id=award_id, amount=amount):
                return self._use_refusal(
                    award_id,
                    amount,
                    codes=("unknown-award", "award-revoked", "revokes-more-than-left"),
                )
            case Redeem() | Apply():
                return self._elsewhere_refusal(effect)
            case Cancel(case=case):
                known = case in self.cases
                code = "exchange-state" if known else "unknown-exchange"
                return NONE if self.cases.get(case) else frozenset({code})
            case _:
                return self._name_refusal(effect)

    def _elsewhere_refusal(self, effect: Redeem | Apply) -> Codes:
        lot, amount = self.lots.get(effect.award_id), WHOLE
        if isinstance(effect, Redeem):
            amount = effect.amount
            if lot is not None and lot.learner != effect.learner:
                return frozenset({"lot-unusable"})
        codes = ("lot-unusable", "lot-unusable", "lot-insufficient")
        return self._use_refusal(effect.award_id, amount, codes=codes)

    def _award_refusal(self, award: Award) -> Codes:
        if award.achievement not in self.achievements:
            return frozenset({"unknown-achievement"})
        if award.learner not in self.accounts:
            return frozenset({"unknown-account"})
        if not award.passed:
            return frozenset({"not-passed-with-credits"})
        taken = award.award_id in self.lots
        return frozenset({"award-exists", "reference-conflict"}) if taken else NONE

    def _use_refusal(
        self, award_id: str, amount: int, *, codes: tuple[str, str, str]
    ) -> Codes:
        unknown, revoked, insufficient = codes
        lot = self.lots.get(award_id)
        if lot is None:
            return frozenset({unknown})
        if lot.available >= amount:
            return NONE
        moved = lot.held or lot.exchanged or lot.redeemed
        gone = lot.revoked and not lot.available and not moved
        return frozenset({revoked if gone else insufficient})

    def _name_refusal(self, effect: Effect) -> Codes:
        match effect:
            case Open(learner=learner) if learner in self.accounts:
                return frozenset({"account-exists"})
            case Publish(achievement=name) if name in self.achievements:
                return frozenset({"version-not-next"})
            case AddKey(kid=kid) if kid in self.revoked_keys:
                return frozenset({"key-exists"})
            case RevokeKey(kid=kid) if kid not in self.revoked_keys:
                return frozenset({"key-not-found"})
            case RevokeKey(kid=kid) if self.revoked_keys[kid]:
                return frozenset({"key-already-revoked"})
            case _:
                return NONE

    def apply(self, effect: Effect) -> None:
        """Do what an accepted effect means."""
        match effect:
            case Award():
                self.lots[effect.award_id] = Lot(
                    learner=effect.learner,
                    issuer=effect.issuer,
                    available=effect.amount,
                )
            case Revoke(award_id=award_id, amount=amount):
                self._move(award_id, available=-amount, revoked=amount)
            case Redeem(award_id=award_id, amount=amount):
                self._move(award_id, available=-amount, redeemed=amount)
            case Apply():
                self._apply_for(effect)
            case Cancel(case=case):
                applied, self.cases[case] = self.cases[case], None
                assert applied is not None
                self._move(applied.award_id, available=WHOLE, held=-WHOLE)
            case _:
                self._name(effect)

    def _apply_for(self, applied: Apply) -> None:
        self.cases[applied.case] = applied if applied.desks else None
        if applied.desks:
            self._move(applied.award_id, available=-WHOLE, held=WHOLE)
            return
        # The bank accepts at once: as much is there, of the college that recognises.
        self._move(applied.award_id, available=-WHOLE, exchanged=WHOLE)
        learner = self.lots[applied.award_id].learner
        made = Lot(learner=learner, issuer=applied.elsewhere, available=WHOLE)
        self.lots[f"made by {applied.case}"] = made

    def _name(self, effect: Effect) -> None:
        match effect:
            case Open(learner=learner):
                self.accounts.add(learner)
            case Publish(achievement=name):
                self.achievements.add(name)
            case AddKey(kid=kid):
                self.revoked_keys[kid] = False
            case RevokeKey(kid=kid):
                self.revoked_keys[kid] = True
            case _:
                pass

    def _move(self, award_id: str, **amounts: int) -> None:
        lot = self.lots[award_id]
        changed = {name: getattr(lot, name) + by for name, by in amounts.items()}
        self.lots[award_id] = replace(lot, **changed)
