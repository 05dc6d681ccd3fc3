"""What every learner has, by who issued it; merged accounts answer as one."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass

from ledger.audit.figures.alike import Alike
from ledger.audit.figures.sums import APART, SUMS, Sums
from ledger.audit.ordered import OrderedState
from ledger.domain.rules.envelope import is_contested, member_of, present
from ledger.domain.state import AccountRecord, KeyringRecord, LotRecord
from ledger.domain.types import credits_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """What one learner has. ``issued`` is by member, in thousandths."""

    account: AccountRecord
    absorbed: tuple[str, ...]
    earned_milli: int
    issued: Mapping[str, Mapping[str, int]]

    def as_object(self) -> dict[str, object]:
        """Return it as ``--json`` prints it, with the fields of a served balance."""
        return {
            "learner_id": self.account.learner_id,
            "absorbed": list(self.absorbed),
            "home": self.account.home,
            "earned": credits_text(self.earned_milli),
            "issued": [
                {
                    "member": member,
                    "achievements": sums["achievements"],
                    **{part: credits_text(sums[part]) for part in APART},
                }
                for member, sums in self.issued.items()
            ],
        }


def balances(
    state: OrderedState, lots: Iterable[LotRecord | Alike]
) -> Iterator[Balance]:
    """Yield the balance of every account that answers, in the order of their ids.

    ``lots`` are all lots with their parts at the moment asked for, one by one or those
    that are alike at once. Accounts and sums are read side by side: of both only a page
    is in memory, and all merges.

    Raises:
        NoRoomError: there is no room on the disk for the sums.
    """
    merged = merges(state)
    absorbed: dict[str, list[str]] = {}
    for learner_id in merged:
        absorbed.setdefault(survivor_of(learner_id, merged), []).append(learner_id)
    with closing(Sums()) as sums:
        for lot in lots:
            alike = Alike.of(lot) if isinstance(lot, LotRecord) else lot
            _add(alike, sums, state=state, merged=merged)
        issued = _Issued(sums)
        for account in state.all_by_key(AccountRecord):
            learner_id = account.learner_id
            if learner_id in merged:
                continue
            own = issued.of(learner_id)
            yield Balance(
                account=account,
                absorbed=tuple(absorbed.get(learner_id, ())),
                earned_milli=sum(parts["earned"] for parts in own.values()),
                issued=own,
            )


class _Issued:
    """Sums, taken by one learner after the other in the order of their ids."""

    def __init__(self, sums: Sums) -> None:
        self._left = iter(sums)
        self._next = next(self._left, None)

    def of(self, learner_id: str) -> dict[str, Counter[str]]:
        own: dict[str, Counter[str]] = {}
        # A log that was not verified may have lots of nobody.
        while (one := self._next) is not None and one.learner_id <= learner_id:
            if one.learner_id == learner_id:
                own[one.member] = one.parts
            self._next = next(self._left, None)
        return own


def merges(state: OrderedState) -> dict[str, str]:
    """Return whom each merged account was merged into, in the order of their ids."""
    return {
        record.learner_id: record.merged_into
        for record in state.all_by_key(AccountRecord)
        if record.merged_into is not None
    }


def survivor_of(learner_id: str, merged: Mapping[str, str]) -> str:
    """Return the account that answers for this one."""
    while (into := merged.get(learner_id)) is not None:
        learner_id = into
    return learner_id


def _add(
    alike: Alike, sums: Sums, *, state: OrderedState, merged: Mapping[str, str]
) -> None:
    lot, learner_ids, positions = alike
    parts, may_be_in_doubt = _parts(lot), _has_been_in_doubt(state, lot.kid)
    for learner_id, position in zip(learner_ids, positions, strict=True):
        own = sums.of(survivor_of(learner_id, merged), lot.issuer)
        for name, amount in parts:
            own[name] += amount
        if may_be_in_doubt and is_contested(state, kid=lot.kid, position=position):
            own["contested"] += lot.available_milli


def _has_been_in_doubt(state: OrderedState, kid: str) -> bool:
    key = present(state, KeyringRecord, key=member_of(kid)).find(kid)
    return key is not None and key.contested_since is not None


def _parts(lot: LotRecord) -> list[tuple[str, int]]:
    """Return what a lot adds to sums, whoever has it and whenever it was recorded."""
    sums = Counter({part: getattr(lot, f"{part}_milli") for part in SUMS})
    # Only what goes back to itself was learned; what was converted counts at its root.
    if all(root.award_id == lot.award_id for root in lot.roots):
        sums["earned"] = lot.awarded_milli - lot.revoked_milli
    sums["achievements"] = lot.exchange_id is None and not lot.revoked
    if lot.flags:
        sums["flagged"] = lot.available_milli
    return [(name, amount) for name, amount in sums.items() if amount]
