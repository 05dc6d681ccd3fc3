"""Awards: each with its origin, and what became of it."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final

from sqlalchemy import Connection, select, tuple_

from ledger.domain.rules.envelope import member_of
from ledger.domain.state import ExchangeRecord, KeyringRecord, LotRecord
from ledger.domain.types import credits_milli, credits_text
from projections.awards.ends import ends_at
from projections.awards.folding import (
    PARTS,
    Answer,
    Told,
    fold,
    has_begun,
    is_partly_revoked,
    is_revoked,
    roots_shown,
)
from projections.awards.rows import AWARDS, LEARNER, NUMBER, read_awards
from projections.awards.telling import tell
from projections.holders import Holder, Ledger, State, contested_of, find_holder
from projections.moments import Moment, Place, Window
from projections.register.queries import titles_of
from projections.tables import award_key, award_named, awards, is_award_id

_ENTRY: Final = ("position", "type", "recorded_at", "signed_by", "statement_id")
_SHOWN: Final = ("reason_code", "class", "credits", "effective_on")


class UnknownAwardError(Exception):
    """No award of this id, or not yet at that position or on that date."""


def awards_of(
    state: Ledger,
    connection: Connection,
    *,
    learner_id: str,
    window: Window,
    moment: Moment,
) -> list[tuple[Place, Answer]]:
    """Return a page of a learner's awards by place, in the order they were recorded.

    Raises:
        UnknownLearnerError: no account under this id.
    """
    holder = find_holder(state, learner_id, position=moment.position)
    held = awards_held(state, connection, holder=holder, window=window, moment=moment)
    return list(islice(held, window.limit))


def awards_held(
    state: Ledger,
    connection: Connection,
    *,
    holder: Holder,
    window: Window,
    moment: Moment,
) -> Iterator[tuple[Place, Answer]]:
    """Yield all awards of a holder after a place, read a page at a time.

    One exchange can make several at one position: a page may end between them.
    """
    after = window.after, window.number
    while True:
        query = (
            AWARDS.where(
                LEARNER.c.name.in_(holder.learner_ids),
                tuple_(awards.c.position, NUMBER) > after,
                awards.c.position <= moment.position,
            )
            .order_by(awards.c.position, NUMBER)
            .limit(window.limit)
        )
        rows = read_awards(connection, query)
        places = {row["award_id"]: (row["position"], row["number"]) for row in rows}
        for answer in _described(state, connection, rows=rows, moment=moment):
            yield places[answer["award_id"]], answer
        if len(rows) < window.limit:
            return
        after = rows[-1]["position"], rows[-1]["number"]


def award(
    state: Ledger, connection: Connection, *, award_id: str, moment: Moment
) -> Answer:
    """Return one award with every entry about it, and what was made of it.

    Raises:
        UnknownAwardError: there is none.
    """
    known = [award_id] if is_award_id(award_id) else []
    rows = _rows(connection, known, moment=moment)
    if not rows:
        raise UnknownAwardError
    described = _described(state, connection, rows=rows, moment=moment)
    if not described:
        raise UnknownAwardError
    (found,) = described
    told = tell(state, connection, rows=rows, moment=moment)[award_id]
    found["entries"] = sorted(
        (*map(_entry, told.entries), *_cases(told)), key=lambda one: one["position"]
    )
    found["derived"] = _derived(state, connection, lot=told.lot, moment=moment)
    return found


def _entry(entry: Answer) -> Answer:
    return {
        **{name: value for name, value in entry.items() if name in _ENTRY},
        **{name: entry["body"][name] for name in _SHOWN if name in entry["body"]},
    }


def _cases(told: Told) -> Iterator[Answer]:
    """Yield what cases did: one entry for each act, whatever it moved."""
    seen: dict[int, Answer] = {}
    for move in told.moves:
        entry = seen.setdefault(
            move["position"], {name: move[name] for name in _ENTRY} | {"moved": []}
        )
        if move["case_id"]:
            entry["case_id"] = move["case_id"]
        if move["source"]:
            ways = {side: move[side] for side in ("source", "target")}
            credits_ = credits_text(move["amount_milli"])
            entry["moved"].append({**ways, "credits": credits_})
    yield from seen.values()


def _derived(
    state: Ledger, connection: Connection, *, lot: LotRecord, moment: Moment
) -> list[Answer]:
    """Return the lots that exchanges made of this one, and what was made of those."""
    found: list[Answer] = []
    pending, seen = [lot], {lot.award_id}
    while pending:
        source = pending.pop(0)
        children = made_from(state, source)
        rows = _rows(connection, [one.award_id for one in children], moment=moment)
        answers = _described(state, connection, rows=rows, moment=moment)
        shown = {answer["award_id"]: answer for answer in answers}
        for child in children:
            if child.award_id in seen or child.award_id not in shown:
                continue
            seen.add(child.award_id)
            pending.append(child)
            answer = shown[child.award_id]
            found.append({name: answer[name] for name in _DERIVED})
    return found


_DERIVED: Final = (
    "award_id",
    "issuer",
    "exchange_id",
    "enrolment_id",
    "outcome",
    "requirement",
    "awarded",
    "available",
    "status",
    "flagged",
    "derived_from",
    "position",
)


def made_from(state: State, lot: LotRecord) -> list[LotRecord]:
    """Return the lots that accepted exchanges made directly of a lot."""
    cases = state.load("exchanges", list(lot.exchanges)) if lot.exchanges else {}
    made = [
        award_id
        for key in lot.exchanges
        if isinstance(record := cases.get(key), ExchangeRecord)
        for award_id in record.created
    ]
    found = state.load("lots", made) if made else {}
    return [one for key in made if isinstance(one := found.get(key), LotRecord)]


def _rows(
    connection: Connection, ids: Sequence[str], *, moment: Moment
) -> list[Mapping[str, Any]]:
    query = AWARDS.where(
        awards.c.award_id.in_(list(map(award_key, ids))),
        awards.c.position <= moment.position,
    )
    return read_awards(connection, query.order_by(awards.c.position, NUMBER))


def _described(
    state: Ledger,
    connection: Connection,
    *,
    rows: Sequence[Mapping[str, Any]],
    moment: Moment,
) -> list[Answer]:
    told = tell(state, connection, rows=rows, moment=moment)
    ids = [row["award_id"] for row in rows]
    lots = [told[award_id].lot for award_id in ids]
    ends = ends_at(state, told, position=moment.position)
    contested = contested_of(state, lots)
    recovery = _recovery_keys(state, lots)
    replaced = _replaced_by(connection, ids, moment=moment)
    described = []
    for award_id in ids:
        if not has_begun(told[award_id], moment):
            continue
        answer = _answer(told[award_id], ends[award_id], moment=moment)
        answer["contested"] = award_id in contested
        answer["recovery_key"] = answer["signed_by"] in recovery
        answer["replaced_by"] = replaced.get(award_id)
        described.append(answer)
    named = {answer["achievement"] for answer in described}
    titles = titles_of(connection, {name for name in named if name is not None})
    for answer in described:
        answer["title"] = titles.get(answer["achievement"])
    return described


def _answer(told: Told, end: str | None, *, moment: Moment) -> Answer:
    lot, answer = told.lot, fold(told, moment)
    if moment.is_present:
        parts = {part: credits_text(getattr(lot, f"{part}_milli")) for part in PARTS}
        answer |= {**parts, "roots": roots_shown(lot.roots)}
        end = lot.expires_on
    answer["status"] = _status(told, moment)
    answer["flags"] = [
        {"source": flag.source, "cause": flag.cause, "decide_by": flag.decide_by}
        for flag in lot.flags
        if flag.position <= moment.position
    ]
    answer["flagged"] = bool(answer["flags"])
    answer["expires_on"] = end
    if end is not None and moment.day is not None and end < moment.day:
        # By its date, whether or not the bank has said so yet.
        left = credits_milli(answer["available"])
        answer["expired"] = credits_text(credits_milli(answer["expired"]) + left)
        answer["available"] = "0"
        answer["status"] = (
            "expired" if answer["status"] == "active" else answer["status"]
        )
    return answer


def _status(told: Told, moment: Moment) -> str:
    wholly = told.lot.revoked if moment.is_present else is_revoked(told, moment)
    if wholly:
        return "revoked"
    return "partly_revoked" if is_partly_revoked(told, moment) else "active"


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
    keys = list(map(award_key, ids))
    found = connection.execute(query.where(awards.c.replaces.in_(keys)))
    return {award_named(row[0]): award_named(row[1]) for row in found}
