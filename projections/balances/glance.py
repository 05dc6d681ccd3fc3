"""A balance of now at one glance: all that it needs, with one question to the database.

It says what ``queries.balance`` says. Of lots it reads only what sums are made of, and
where more is to be looked at (an open enrolment, a merge, a key in doubt) it leaves the
answer to that.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

import orjson
from sqlalchemy import Connection

from ledger.store.asking import StoreUnavailableError
from ledger.store.short_ids import long_id, short_id
from projections.balances.queries import PARTS_MILLI, Answer, is_own, plain_balance
from projections.balances.usable import is_open
from projections.holders import UnknownLearnerError

_KEPT_MAX: Final = 2_048
"""Key rings and roots that were read before; most are met again at once."""

_ALIKE: Final = "exchange_id IS NULL AND flags IS NULL AND other_roots IS NULL"
"""Of such lots nothing is told but their sums."""
_HELD: Final = f"""
  SELECT MIN(position) AS position, CASE WHEN {_ALIKE} THEN '' ELSE award_id END AS one,
    issuer, kid, COUNT(*) AS lots,
    {", ".join(f"COALESCE(SUM({one}), 0) AS {one}" for one in PARTS_MILLI)},
    revoked, MIN(exchange_id) AS exchange_id, MIN(enrolment_id) AS enrolment_id,
    expires_on, MIN(flags) AS flags, MIN(other_roots) AS other_roots
  FROM state_lots WHERE learner_id = {{learner}}
  GROUP BY issuer, kid, revoked, expires_on, one
"""  # noqa: S608  # own names only
_SEEN: Final = f"""
WITH held AS ({_HELD})
SELECT
  (SELECT MAX(notification_id) FROM stored_events),
  (SELECT CAST({{array}}(home, mode, claimed, closed, merged_into, absorbed) AS TEXT)
    FROM state_accounts WHERE learner_id = {{learner}}),
  (SELECT CAST({{group}}({{array}}(started_on, ended_on)) AS TEXT)
    FROM state_enrolments WHERE learner_id = {{learner}}),
  (SELECT CAST({{group}}(keys) AS TEXT) FROM state_keyrings WHERE member_id IN (
    SELECT {{signer}} FROM held)),
  (SELECT CAST({{group}}({{array}}(position, one, issuer, lots,
      {", ".join(PARTS_MILLI)},
      revoked, exchange_id, enrolment_id, expires_on, flags, other_roots)) AS TEXT)
    FROM held)
"""  # noqa: S608  # own names only
SQLITE: Final = _SEEN.format(
    array="json_array",
    group="json_group_array",
    signer="substr(kid, 1, instr(kid, '#') - 1)",
    learner=":learner",
)
"""Asks about one ``learner``, by the short form of the id."""
_SEEN_BY_SERVER: Final = _SEEN.format(
    array="json_build_array",
    group="json_agg",
    signer="split_part(kid, '#', 1)",
    learner="asked.learner",
)
POSTGRESQL: Final = f"""
SELECT asked.learner, seen.*
FROM unnest(%(learners)s::text[]) AS asked (learner)
CROSS JOIN LATERAL ({_SEEN_BY_SERVER}) AS seen
"""  # noqa: S608  # own names only
"""Asks about several ``learners`` at once; a row begins with the one it is about."""
Row = Sequence[Any]  # Any: columns.
"""What the database says of one learner, which is all that a glance needs."""


class Lots(NamedTuple):
    """As much of lots as sums are made of: of one, or of several that are alike.

    Of several, ``position`` is the first, and they have no ``award_id``.
    """

    position: int
    award_id: str
    issuer: str
    lots: int
    awarded_milli: int
    available_milli: int
    held_milli: int
    exchanged_milli: int
    redeemed_milli: int
    expired_milli: int
    revoked_milli: int
    revoked: bool
    exchange_id: str | None
    enrolment_id: str | None
    expires_on: str | None
    flags: Sequence[object]
    is_root: bool
    """Whether it goes back to nothing but itself."""


class Glance(NamedTuple):
    """What was seen: the answer, and the position that it is true for."""

    position: int
    answer: Answer


def glance(connection: Connection, learner_id: str, *, today: str) -> Glance | None:
    """Return what a learner has now; None where more is to be looked at.

    Raises:
        StoreUnavailableError: the database does not answer.
        UnknownLearnerError: no account under this id.
    """
    return seen_in(_ask(connection, learner_id), learner_id, today=today)


def seen_in(row: Row, learner_id: str, *, today: str) -> Glance | None:
    """Return what a row says a learner has now; None where more is to be looked at.

    Raises:
        UnknownLearnerError: no account under this id.
    """
    size, account, enrolments, rings, rows = row
    if account is None:
        raise UnknownLearnerError
    home, mode, claimed, closed, merged_into, absorbed = orjson.loads(account)
    if (
        merged_into is not None
        or absorbed is not None
        or any(is_open(*dates, today=today) for dates in _list(enrolments))
        or any(_is_doubtful(ring) for ring in _list(rings))
    ):
        return None
    told: Answer = {
        "survivor": learner_id,
        "absorbed": [],
        "home": home,
        "mode": mode,
        "claimed": bool(claimed),
        "closed": bool(closed),
    }
    lots = [_expired(lot, today) for lot in sorted(map(_lots, _list(rows)))]
    earned = sum(lot.awarded_milli - lot.revoked_milli for lot in lots if lot.is_root)
    own: Counter[str] = Counter()
    for lot in lots:
        own[lot.issuer] += lot.lots if is_own(lot) else 0
    answer = plain_balance(
        learner_id, account=told, earned_milli=earned, own=own, lots=lots
    )
    return Glance((size or 0) - 1, answer)


def _ask(connection: Connection, learner_id: str) -> Row:
    """Ask past the toolkit: its share would be larger than the database's."""
    is_sqlite = connection.dialect.name == "sqlite"
    cursor = connection.connection.cursor()
    try:
        name = short_id(learner_id)
        if is_sqlite:
            cursor.execute(SQLITE, {"learner": name})
        else:
            cursor.execute(POSTGRESQL, {"learners": [name]})
        (row,) = cursor.fetchall()
    except connection.dialect.loaded_dbapi.Error as error:
        # The toolkit, which would tell what its driver says, was not asked.
        raise StoreUnavailableError(type(error).__name__) from error
    finally:
        cursor.close()
    found: Row = row if is_sqlite else row[1:]
    return found


def _list(text: str | None) -> list[Any]:  # Any: columns.
    """Read rows; PostgreSQL says NULL where there are none."""
    found: list[Any] = [] if text is None else orjson.loads(text)
    return found


@lru_cache(_KEPT_MAX)
def _is_doubtful(ring: str) -> bool:
    return any(key["contested_since"] is not None for key in orjson.loads(ring))


def _lots(row: Iterable[Any]) -> Lots:  # Any: columns.
    position, one, *plain, exchange, enrolment, expires_on, flags, roots = row
    award_id, is_root = one and long_id(one), True
    if roots is not None:
        is_root = all(root["award_id"] == award_id for root in orjson.loads(roots))
    made_by = (exchange and long_id(exchange), enrolment and long_id(enrolment))
    flagged = () if flags is None else (flags,)
    ends = (*made_by, expires_on, flagged, is_root)
    return Lots._make((position, award_id, *plain, *ends))


def _expired(lot: Lots, today: str) -> Lots:
    # As the rule of shelf lives says it of a whole record; those alike end together.
    if lot.expires_on is None or today <= lot.expires_on:
        return lot
    ended = lot.expired_milli + lot.available_milli
    return lot._replace(available_milli=0, expired_milli=ended)
