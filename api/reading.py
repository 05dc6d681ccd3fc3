"""What every reading request may ask for, and how its answer is made."""

import hashlib
import re
from dataclasses import replace
from typing import Annotated, Any, Final

import orjson
from fastapi import Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api.bank import Bank, View
from api.errors import CursorError, PositionBeyondLogError
from api.periods import last_instant
from ledger.domain.rules.dates import date_in
from ledger.domain.types import Date, Instant
from ledger.integrity.encoding import b64decode, b64encode
from ledger.integrity.entries import read_entry
from projections.moments import NUMBER_MAX, Moment, Place, Window

LIMIT_DEFAULT: Final = 100
LIMIT_MAX: Final = 500

PRINTABLE: Final = r"^[!-~]+$"
"""What an id in a path may be made of; a database refuses some of the rest."""

_PLACE_MAX: Final = 2**53
_KEY: Final = re.compile(r"[!-~]{1,200}", re.ASCII)
_Position = Annotated[int, Field(ge=0, lt=2**53)]


class Asked(BaseModel):
    """Parameters of every reading request."""

    model_config = ConfigDict(extra="forbid")

    min_position: _Position | None = None


class AskedOfRecorded(Asked):
    """What was recorded then."""

    as_of_position: _Position | None = None
    as_of: Instant | None = None


class AskedOfPast(AskedOfRecorded):
    """What was recorded then, and held on that date; the two combine."""

    effective_on: Date | None = None

    @property
    def is_of_past(self) -> bool:
        """Tell whether anything but the present is asked for."""
        asked = (self.as_of_position, self.as_of, self.effective_on)
        return any(one is not None for one in asked)


class AskedOfList(Asked):
    """A page of a list."""

    limit: Annotated[int, Field(ge=1, le=LIMIT_MAX)] = LIMIT_DEFAULT
    cursor: Annotated[str, Field(max_length=500)] | None = None


class AskedOfPastList(AskedOfPast):
    """A page of a list as it was."""

    limit: Annotated[int, Field(ge=1, le=LIMIT_MAX)] = LIMIT_DEFAULT
    cursor: Annotated[str, Field(max_length=500)] | None = None


class AskedOfRecordedList(AskedOfRecorded):
    """A page of what was recorded, which no later date changes."""

    limit: Annotated[int, Field(ge=1, le=LIMIT_MAX)] = LIMIT_DEFAULT
    cursor: Annotated[str, Field(max_length=500)] | None = None


Simple = Annotated[Asked, Query()]
OfRecorded = Annotated[AskedOfRecorded, Query()]
OfPast = Annotated[AskedOfPast, Query()]
OfList = Annotated[AskedOfList, Query()]
OfPastList = Annotated[AskedOfPastList, Query()]
OfRecordedList = Annotated[AskedOfRecordedList, Query()]


def bank_of(request: Request) -> Bank:
    """Return the bank that answers."""
    bank: Bank = request.app.state.bank
    return bank


def moment_of(asked: AskedOfRecorded, view: View, *, bank: Bank) -> Moment:
    """Return the moment that a request asks about.

    Raises:
        PositionBeyondLogError: it lies in the future.
    """
    effective_on = asked.effective_on if isinstance(asked, AskedOfPast) else None
    position, present = view.position, effective_on is None
    if asked.as_of_position is not None:
        if asked.as_of_position > position:
            raise PositionBeyondLogError(
                pointer="/query/as_of_position", position=position
            )
        position, present = asked.as_of_position, False
    if asked.as_of is not None:
        position = min(position, bank.store.log.size_at(asked.as_of) - 1)
        present = False
    return Moment(
        position=position,
        effective_on=effective_on,
        is_present=present,
        today=effective_on or _today_of(asked, position, bank=bank),
    )


def standing_of(asked: AskedOfPast, view: View, *, bank: Bank) -> Moment:
    """Return the moment for what stands as it was last said, by the end of a date.

    Raises:
        PositionBeyondLogError: it lies in the future.
    """
    moment = moment_of(asked, view, bank=bank)
    if moment.effective_on is None or moment.effective_on >= bank.today():
        return moment
    end = last_instant(moment.effective_on, bank.ledger_record().time_zone)
    return replace(
        moment, position=min(moment.position, bank.store.log.size_at(end) - 1)
    )


def _today_of(asked: AskedOfRecorded, position: int, *, bank: Bank) -> str | None:
    """Return the date it was at the moment asked for, in the ledger's time zone."""
    instant = asked.as_of
    if instant is None and asked.as_of_position is None:
        return bank.today()
    if instant is None:
        raw = bank.store.read_raw(position)
        instant = read_entry(raw).line.recorded_at
    return date_in(bank.ledger_record().time_zone, instant)


def past_of(
    asked: AskedOfRecorded, moment: Moment
) -> dict[str, Any]:  # Any: plain JSON.
    """Return what an answer repeats of the moment it was asked for."""
    if moment.is_present:
        return {}
    named = {"as_of": asked.as_of, "effective_on": moment.effective_on}
    told = {name: value for name, value in named.items() if value is not None}
    return {"as_of_position": moment.position, **told}


def read_cursor(cursor: str | None, *, of: str) -> str:
    """Return where a list goes on; empty at its start.

    Raises:
        CursorError: not a cursor that the list ``of`` gave.
    """
    if cursor is None:
        return ""
    try:
        check, _, place = b64decode(cursor).decode().partition("|")
    except ValueError as error:
        raise CursorError(pointer="/query/cursor") from error
    if check != _check(of, place) or _KEY.fullmatch(place) is None:
        raise CursorError(pointer="/query/cursor")
    return place


def make_cursor(place: str, *, of: str) -> str:
    """Return an opaque cursor for a place in the list ``of``."""
    return b64encode(f"{_check(of, place)}|{place}".encode())


def _check(of: str, place: str) -> str:
    return hashlib.sha256(f"{of}|{place}".encode()).hexdigest()[:12]


def window_of(cursor: str | None, limit: int, *, of: str) -> Window:
    """Return the page of a list by position; one row more tells whether it goes on.

    Raises:
        CursorError: not a cursor that the list gave.
    """
    place = read_cursor(cursor, of=of)
    after = _whole(place, below=_PLACE_MAX) if place else -1
    return Window(after=after, limit=limit + 1)


def places_of(cursor: str | None, limit: int, *, of: str) -> Window:
    """Return the page of a list by place, as ``place_text`` spells it; one row more.

    A position alone is what such lists gave before: all that stands there was shown.

    Raises:
        CursorError: not a cursor that the list gave.
    """
    position, dash, number = read_cursor(cursor, of=of).partition("-")
    if cursor is None:
        return Window(limit=limit + 1)
    return Window(
        after=_whole(position, below=_PLACE_MAX),
        number=_whole(number, below=NUMBER_MAX) if dash else NUMBER_MAX,
        limit=limit + 1,
    )


def place_text(place: Place) -> str:
    """Return a place as a cursor names it."""
    position, number = place
    return f"{position}-{number}"


def _whole(text: str, *, below: int) -> int:
    # Anyone can make a cursor: what it says is checked like any parameter.
    if not text.isdecimal() or int(text) >= below:
        raise CursorError(pointer="/query/cursor")
    return int(text)


def answer(
    content: dict[str, Any],  # Any: plain JSON.
    *,
    position: int,
    next_url: str | None = None,
) -> Response:
    """Return JSON that is true for a position."""
    headers = {"X-Ledger-Position": str(position)}
    if next_url is not None:
        headers["Link"] = f'<{next_url}>; rel="next"'
    body = orjson.dumps({"position": position, **content})
    return Response(body, headers=headers, media_type="application/json")


def page(
    request: Request,
    name: str,
    *,
    rows: list[tuple[str, Any]],  # Any: plain JSON.
    limit: int,
    about: dict[str, Any],
) -> tuple[dict[str, Any], str | None]:
    """Return the content of a page and the address of the next.

    ``rows`` are (place, row), and one more than the limit if the list goes on.
    """
    shown = [row for _, row in rows[:limit]]
    content = {**about, name: shown}
    if len(rows) <= limit:
        return content, None
    cursor = make_cursor(rows[limit - 1][0], of=request.url.path)
    url = request.url.include_query_params(cursor=cursor)
    return {**content, "next": cursor}, f"{url.path}?{url.query}"
