"""A balance of now at one glance: all that it needs, with one question to the database.

It says what ``queries.balance`` says. Of lots it reads only what sums are made of, and
where more is to be looked at (an open enrolment, a merge, a key in doubt) it leaves the
answer to that.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

import orjson
from sqlalchemy import Connection

from ledger.store.asking import StoreUnavailableError
from ledger.store.short_ids import long_id, short_id
from projections.balances.queries import Answer, plain_balance
from projections.balances.usable import is_open
from projections.holders import UnknownLearnerError

_KEPT_MAX: Final = 2_048
"""Key rings and roots that were read before; most are met again at once."""

_SQL: Final = """
SELECT
  (SELECT MAX(notification_id) FROM stored_events),
  (SELECT CAST({array}(home, mode, claimed, closed, merged_into, absorbed) AS TEXT)
    FROM state_accounts WHERE learner_id = {learner}),
  (SELECT CAST({group}({array}(started_on, ended_on)) AS TEXT)
    FROM state_enrolments WHERE learner_id = {learner}),
  (SELECT CAST({group}(keys) AS TEXT) FROM state_keyrings WHERE member_id IN (
    SELECT {signer} FROM state_lots WHERE learner_id = {learner})),
  (SELECT CAST({group}({array}(position, award_id, issuer, awarded_milli,
      available_milli, COALESCE(held_milli, 0), COALESCE(exchanged_milli, 0),
      COALESCE(redeemed_milli, 0), COALESCE(expired_milli, 0),
      COALESCE(revoked_milli, 0), revoked, exchange_id, enrolment_id, expires_on,
      flags, other_roots)) AS TEXT)
    FROM state_lots WHERE learner_id = {learner})
"""
SQLITE: Final = _SQL.format(
    array="json_array",
    group="json_group_array",
    signer="substr(kid, 1, instr(kid, '#') - 1)",
    learner=":learner",
)
POSTGRESQL: Final = _SQL.format(
    array="json_build_array",
    group="json_agg",
    signer="split_part(kid, '#', 1)",
    learner="%(learner)s",
)
Row = Sequence[Any]  # Any: columns.
"""What the database says to one of these, which is all that a glance needs."""


class Lot(NamedTuple):
    """As much of a lot as sums are made of."""

    position: int
    award_id: str
    issuer: str
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


def named(learner_id: str) -> Mapping[str, object]:
    """Return whom the question is about, as its parameters."""
    return {"learner": short_id(learner_id)}


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
    told = {
        "survivor": learner_id,
        "absorbed": [],
        "home": home,
        "mode": mode,
        "claimed": bool(claimed),
        "closed": bool(closed),
    }
    lots = [_expired(lot, today) for lot in sorted(map(_lot, _list(rows)))]
    earned = sum(lot.awarded_milli - lot.revoked_milli for lot in lots if lot.is_root)
    answer = plain_balance(learner_id, account=told, earned_milli=earned, lots=lots)
    return Glance((size or 0) - 1, answer)


def _ask(connection: Connection, learner_id: str) -> Row:
    """Ask past the toolkit: its share would be larger than the database's."""
    is_sqlite = connection.dialect.name == "sqlite"
    cursor = connection.connection.cursor()
    try:
        cursor.execute(SQLITE if is_sqlite else POSTGRESQL, named(learner_id))
        (row,) = cursor.fetchall()
    except connection.dialect.loaded_dbapi.Error as error:
        # The toolkit, which would tell what its driver says, was not asked.
        raise StoreUnavailableError(type(error).__name__) from error
    finally:
        cursor.close()
    found: Row = row
    return found


def _list(text: str | None) -> list[Any]:  # Any: columns.
    """Read rows; PostgreSQL says NULL where there are none."""
    found: list[Any] = [] if text is None else orjson.loads(text)
    return found


@lru_cache(_KEPT_MAX)
def _is_doubtful(ring: str) -> bool:
    return any(key["contested_since"] is not None for key in orjson.loads(ring))


def _lot(row: Iterable[Any]) -> Lot:  # Any: columns.
    position, award, *plain, exchange, enrolment, expires_on, flags, roots = row
    award_id, is_root = long_id(award), True
    if roots is not None:
        is_root = all(root["award_id"] == award_id for root in orjson.loads(roots))
    made_by = (exchange and long_id(exchange), enrolment and long_id(enrolment))
    flagged = () if flags is None else (flags,)
    ends = (*made_by, expires_on, flagged, is_root)
    return Lot._make((position, award_id, *plain, *ends))


def _expired(lot: Lot, today: str) -> Lot:
    # As the rule of shelf lives says it of a whole record.
    if lot.expires_on is None or today <= lot.expires_on:
        return lot
    ended = lot.expired_milli + lot.available_milli
    return lot._replace(available_milli=0, expired_milli=ended)
