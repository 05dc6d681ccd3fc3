"""Until when an award counts, as it was known at a moment."""

from collections.abc import Iterable, Mapping

from ledger.domain.rules.awards import end_of
from ledger.domain.state import AchievementRecord, LotRecord, Slice
from projections.awards.folding import Told, describe
from projections.holders import State


def ends_at(
    state: State, told: Mapping[str, Told], *, position: int
) -> dict[str, str | None]:
    """Return the last day of each award's shelf life, None where it has none.

    ``told`` holds every award that one of them was made from, too. What a converted
    award comes from counts as it was when it was made, or last amended.
    """
    versions = Slice(complete=True)
    versions.put(_versions(state, told.values()))
    return {
        award_id: _end(award_id, position, told=told, versions=versions)
        for award_id in told
    }


def _versions(state: State, told: Iterable[Told]) -> list[AchievementRecord]:
    names = {
        body["achievement"]
        for one in told
        for body in (entry["body"] for entry in one.entries)
        if "achievement" in body
    } | {one.lot.achievement for one in told if one.lot.achievement is not None}
    found = state.load("achievements", sorted(names)) if names else {}
    return [one for one in found.values() if isinstance(one, AchievementRecord)]


def _end(
    award_id: str,
    position: int,
    *,
    told: Mapping[str, Told],
    versions: Slice,
) -> str | None:
    one = told[award_id]
    known = [entry for entry in one.entries if entry["position"] <= position]
    lot = one.lot
    amended = [e["position"] for e in known if e["type"] == "credit.amended.v1"]
    anchor = max((lot.position, *amended))
    seen = Slice(versions)
    for source in lot.derived_from:
        end = _end(source.award_id, anchor, told=told, versions=versions)
        origin = told[source.award_id].lot
        seen.put((LotRecord(**{**dict(origin), "expires_on": end}),))
    said = describe(Told(row=one.row, entries=known, moves=(), lot=lot))
    dates = {name: said[name] for name in ("valid_until", "achievement")}
    if lot.exchange_id is None:
        dates |= {name: said[name] for name in ("assessed_on", "learned_to")}
    return end_of(LotRecord(**{**dict(lot), **dates}), seen)
