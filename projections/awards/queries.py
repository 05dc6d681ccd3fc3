"""Awards: each with its origin, and what became of it."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final

import orjson
from sqlalchemy import Connection, select

from ledger.domain.rules.dates import effective_from
from ledger.domain.rules.envelope import member_of
from ledger.domain.state import KeyringRecord, LotRecord
from ledger.domain.types import credits_milli, credits_text
from projections.holders import Holder, State, contested_of, find_holder
from projections.moments import Moment, Window
from projections.tables import award_entries, awards, register

Answer = dict[str, Any]  # Any: plain JSON.

_REVOKED: Final = "credit.revoked.v1"
_PARTS: Final = ("available", "held", "exchanged", "redeemed", "expired", "revoked")
_ENTRY: Final = ("position", "type", "recorded_at", "signed_by", "statement_id")
_DESCRIBED: Final = (
    "achievement",
    "basis",
    "passed",
    "learned_from",
    "learned_to",
    "assessed_on",
    "term",
    "attempt",
    "level",
    "valid_until",
    "workload",
    "verification",
)


class UnknownAwardError(Exception):
    """No award of this id, or not yet at that position or on that date."""


def awards_of(
    state: State,
    connection: Connection,
    *,
    learner_id: str,
    window: Window,
    moment: Moment,
) -> list[Answer]:
    """Return a page of a learner's awards, in the order they were recorded.

    Raises:
        UnknownLearnerError: no account under this id.
    """
    holder = find_holder(state, learner_id, position=moment.position)
    held = awards_held(state, connection, holder=holder, window=window, moment=moment)
    return list(islice(held, window.limit))


def awards_held(
    state: State,
    connection: Connection,
    *,
    holder: Holder,
    window: Window,
    moment: Moment,
) -> Iterator[Answer]:
    """Return all awards of a holder after a position, read a page at a time."""
    after = window.after
    while True:
        query = (
            select(awards)
            .where(
                awards.c.learner_id.in_(holder.learner_ids),
                awards.c.position > after,
                awards.c.position <= moment.position,
            )
            .order_by(awards.c.position)
            .limit(window.limit)
        )
        rows = [dict(row) for row in connection.execute(query).mappings()]
        yield from _described(state, connection, rows=rows, moment=moment)
        if len(rows) < window.limit:
            return
        after = rows[-1]["position"]


def award(
    state: State, connection: Connection, *, award_id: str, moment: Moment
) -> Answer:
    """Return one award with every entry about it.

    Raises:
        UnknownAwardError: there is none.
    """
    query = select(awards).where(awards.c.award_id == award_id)
    row = connection.execute(query).mappings().first()
    if row is None or row["position"] > moment.position:
        raise UnknownAwardError
    described = _described(state, connection, rows=[dict(row)], moment=moment)
    if not described:
        raise UnknownAwardError
    (found,) = described
    entries = _entries(connection, [award_id], moment=moment)[award_id]
    shown = ("reason_code", "class", "credits", "effective_on")
    found["entries"] = [
        {
            **{name: value for name, value in entry.items() if name in _ENTRY},
            **{name: entry["body"][name] for name in shown if name in entry["body"]},
        }
        for entry in entries
    ]
    found["derived"] = []
    return found


def _described(
    state: State,
    connection: Connection,
    *,
    rows: Sequence[Mapping[str, Any]],
    moment: Moment,
) -> list[Answer]:
    ids = [row["award_id"] for row in rows]
    entries = _entries(connection, ids, moment=moment)
    found = state.load("lots", ids) if ids else {}
    lots = {key: lot for key, lot in found.items() if isinstance(lot, LotRecord)}
    contested = contested_of(state, list(lots.values()))
    recovery = _recovery_keys(state, list(lots.values()))
    replaced = _replaced_by(connection, ids, moment=moment)
    described = []
    for row in rows:
        award_id = row["award_id"]
        answer = _fold(row, entries[award_id], moment=moment)
        if not _has_begun(answer, row, moment=moment):
            continue
        lot = lots.get(award_id)
        if moment.is_present and lot is not None:
            answer |= _present(lot)
        answer["status"] = _status(answer, entries[award_id], lot=lot, moment=moment)
        answer["contested"] = award_id in contested
        answer["recovery_key"] = answer["signed_by"] in recovery
        answer["replaced_by"] = replaced.get(award_id)
        described.append(answer)
    titles = _titles(connection, {answer["achievement"] for answer in described})
    for answer in described:
        answer["title"] = titles.get(answer["achievement"])
    return described


def _fold(
    row: Mapping[str, Any], entries: Sequence[Answer], *, moment: Moment
) -> Answer:
    """Return what entries up to a moment say of an award."""
    first = entries[0]
    described: Answer = dict.fromkeys(_DESCRIBED)
    revoked = 0
    for entry in entries:
        body = entry["body"]
        described |= {name: body[name] for name in _DESCRIBED if name in body}
        if entry["type"] == _REVOKED and _holds(entry, moment):
            revoked += credits_milli(body["credits"])
    awarded = credits_milli(first["body"].get("credits", "0"))
    return {
        "award_id": row["award_id"],
        "learner_id": row["learner_id"],
        "issuer": row["issuer"],
        **described,
        "awarded": credits_text(awarded),
        **dict.fromkeys(_PARTS, "0"),
        "available": credits_text(awarded - revoked),
        "revoked": credits_text(revoked),
        "revision": first["body"].get("revision", 0),
        "replaces": row["replaces"],
        "recorded_at": first["recorded_at"],
        "position": row["position"],
        "signed_by": first["signed_by"],
        "roots": [{"award_id": row["award_id"], "credits": credits_text(awarded)}],
        "derived_from": [],
    }


def _has_begun(answer: Answer, row: Mapping[str, Any], *, moment: Moment) -> bool:
    holds_from = effective_from(
        assessed_on=answer["assessed_on"],
        learned_to=answer["learned_to"],
        recorded_on=row["recorded_on"],
    )
    return moment.effective_on is None or holds_from <= moment.effective_on


def _holds(entry: Answer, moment: Moment) -> bool:
    if moment.effective_on is None:
        return True
    effective_on: str = entry["body"].get("effective_on", entry["recorded_on"])
    return effective_on <= moment.effective_on


def _present(lot: LotRecord) -> Answer:
    parts = {part: credits_text(getattr(lot, f"{part}_milli")) for part in _PARTS}
    roots = [
        {"award_id": root.award_id, "credits": credits_text(root.amount_milli)}
        for root in lot.roots
    ]
    return {**parts, "roots": roots}


def _status(
    answer: Answer,
    entries: Sequence[Answer],
    *,
    lot: LotRecord | None,
    moment: Moment,
) -> str:
    revocations = [
        entry
        for entry in entries
        if entry["type"] == _REVOKED and _holds(entry, moment)
    ]
    if moment.is_present and lot is not None:
        wholly = lot.revoked
    else:
        wholly = bool(revocations) and answer["available"] == "0"
    if wholly:
        return "revoked"
    return "partly_revoked" if revocations else "active"


def _entries(
    connection: Connection, ids: Sequence[str], *, moment: Moment
) -> dict[str, list[Answer]]:
    query = select(award_entries).where(award_entries.c.award_id.in_(ids))
    query = query.where(award_entries.c.position <= moment.position)
    entries: dict[str, list[Answer]] = {}
    for row in connection.execute(query.order_by(award_entries.c.position)):
        entry = {
            "position": row.position,
            "type": row.type,
            "recorded_at": row.recorded_at,
            "recorded_on": row.recorded_on,
            "signed_by": row.signed_by,
            "statement_id": row.statement_id,
            "body": orjson.loads(row.body),
        }
        entries.setdefault(row.award_id, []).append(entry)
    return entries


def _recovery_keys(state: State, lots: Sequence[LotRecord]) -> frozenset[str]:
    members = sorted({member_of(lot.kid) for lot in lots})
    rings = state.load("keyrings", members).values() if members else ()
    return frozenset(
        key.kid
        for ring in rings
        if isinstance(ring, KeyringRecord)
        for key in ring.keys
        if key.recovery
    )


def _replaced_by(
    connection: Connection, ids: Sequence[str], *, moment: Moment
) -> dict[str, str]:
    query = select(awards.c.replaces, awards.c.award_id)
    query = query.where(awards.c.position <= moment.position)
    found = connection.execute(query.where(awards.c.replaces.in_(ids)))
    return {row[0]: row[1] for row in found}


def _titles(connection: Connection, refs: set[str]) -> dict[str, str]:
    query = select(register.c.key, register.c.document).where(
        register.c.kind == "achievement", register.c.key.in_(sorted(refs))
    )
    ordered = query.order_by(register.c.position)
    return {
        row[0]: orjson.loads(row[1])["title"] for row in connection.execute(ordered)
    }
