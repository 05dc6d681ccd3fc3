"""What every learner has, by who issued it; merged accounts answer as one."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ledger.audit.figures.effective import PARTS
from ledger.domain.rules.envelope import is_contested
from ledger.domain.state import AccountRecord, LotRecord, Slice
from ledger.domain.types import credits_text

SUMS: Final = ("awarded", *PARTS)
"""The parts of a lot, after what it was made for: that is always their sum."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """What one learner has. ``issued`` is by member, in thousandths."""

    account: AccountRecord
    absorbed: tuple[str, ...]
    earned_milli: int
    issued: Mapping[str, Mapping[str, int]]

    def as_object(self) -> dict[str, object]:
        """Return it as ``--json`` prints it, with the fields of a served balance."""
        apart = (*SUMS, "contested", "flagged")
        return {
            "learner_id": self.account.learner_id,
            "absorbed": list(self.absorbed),
            "home": self.account.home,
            "earned": credits_text(self.earned_milli),
            "issued": [
                {
                    "member": member,
                    "achievements": sums["achievements"],
                    **{part: credits_text(sums[part]) for part in apart},
                }
                for member, sums in self.issued.items()
            ],
        }


def balances(state: Slice, lots: Iterable[LotRecord]) -> Iterator[Balance]:
    """Yield the balance of every account that answers, in the order of their ids.

    ``lots`` are all lots with their parts at the moment asked for.
    """
    accounts = accounts_of(state)
    answering = survivors(accounts)
    held: dict[str, list[LotRecord]] = {}
    for lot in lots:
        # A log that was not verified may have lots of nobody.
        held.setdefault(answering.get(lot.learner_id, ""), []).append(lot)
    absorbed: dict[str, list[str]] = {}
    for learner_id, survivor in answering.items():
        if learner_id != survivor:
            absorbed.setdefault(survivor, []).append(learner_id)
    for learner_id, survivor in answering.items():
        if learner_id == survivor:
            yield Balance(
                account=accounts[learner_id],
                absorbed=tuple(absorbed.get(learner_id, ())),
                earned_milli=_earned(held.get(learner_id, ())),
                issued=_issued(held.get(learner_id, ()), state),
            )


def accounts_of(state: Slice) -> dict[str, AccountRecord]:
    """Return every account by its learner."""
    return {
        record.learner_id: record
        for record in state.known.values()
        if isinstance(record, AccountRecord)
    }


def survivors(accounts: Mapping[str, AccountRecord]) -> dict[str, str]:
    """Return for each account the one that answers for it, in the order of ids."""
    return {one: _survivor(one, accounts) for one in sorted(accounts)}


def _survivor(learner_id: str, accounts: Mapping[str, AccountRecord]) -> str:
    while (into := accounts[learner_id].merged_into) is not None:
        learner_id = into
    return learner_id


def _earned(lots: Iterable[LotRecord]) -> int:
    # Only what goes back to itself was learned; what was converted counts at its root.
    return sum(
        lot.awarded_milli - lot.revoked_milli
        for lot in lots
        if all(root.award_id == lot.award_id for root in lot.roots)
    )


def _issued(lots: Sequence[LotRecord], state: Slice) -> dict[str, Counter[str]]:
    members: dict[str, Counter[str]] = {}
    for lot in lots:
        sums = members.setdefault(lot.issuer, Counter())
        sums["achievements"] += lot.exchange_id is None and not lot.revoked
        for part in SUMS:
            sums[part] += getattr(lot, f"{part}_milli")
        if is_contested(state, kid=lot.kid, position=lot.position):
            sums["contested"] += lot.available_milli
        if lot.flags:
            sums["flagged"] += lot.available_milli
    return dict(sorted(members.items()))
