"""What the bank has to say because time has passed: nobody asks it to.

A case whose desk let its workdays pass lapses; what is left of a lot past its shelf
life expires. Both follow from the log and a date, so it does not matter which round, or
which of two banks, says it: the second is refused.
"""

import logging
import uuid
from collections.abc import Iterator
from concurrent.futures import Future
from datetime import timedelta
from typing import Final, Protocol

from ledger.domain.state import ExchangeRecord, ExchangeStatus, LedgerRecord, LotRecord
from ledger.domain.types import credits_text, instant_of
from ledger.intake import read_recorded
from ledger.integrity import canonical
from ledger.integrity.jws import STATEMENT_TYP, read_jws, sign_jws
from ledger.integrity.keys import SigningKey
from ledger.sequencer import (
    Accepted,
    BusyError,
    Clock,
    ClockJumpError,
    InternalFaultError,
    NotComparedError,
    RefusedError,
    UncertainError,
    Writer,
)
from ledger.store.application import LedgerStore
from ledger.store.reader import StoreUnavailableError
from ledger.store.state_tables import Bounds

ROUND_MAX: Final = 1_000
"""Statements of either kind in one round; what is left waits for the next."""
PAGE: Final = 200
VALID: Final = timedelta(days=1)
_NAMESPACE: Final = uuid.UUID("c2d7a1de-9f0f-5a57-8f0a-5f1f6c0a2b9e")
_LOG = logging.getLogger(__name__)

Due = tuple[str, str, dict[str, object]]
"""The type of a statement, what makes it the same one, and its body."""


class Speaker(Protocol):
    """A bank that can say something itself."""

    store: LedgerStore
    service: SigningKey
    clock: Clock

    @property
    def sequencer(self) -> Writer:
        """Whoever takes what it says."""
        ...

    def ledger_record(self) -> LedgerRecord:
        """Return what entry 0 declared."""
        ...

    def today(self) -> str:
        """Return the date in the ledger's time zone."""
        ...


def perform_duties(bank: Speaker) -> int:
    """Say what is due; return how much of it was accepted.

    Whatever keeps the bank from it is logged, and what is still due waits for the next
    round.
    """
    said = 0
    try:
        for page in _pages(_due(bank)):
            said += sum(map(_is_accepted, [_say(bank, one) for one in page]))
    except NotComparedError:
        _LOG.info("what is due waits until the restored bank was compared")
    except (
        BusyError,
        ClockJumpError,
        InternalFaultError,
        StoreUnavailableError,
        UncertainError,
    ) as error:
        _LOG.warning("what is due was not all said", exc_info=error)
    return said


def _pages(due: Iterator[Due]) -> Iterator[list[Due]]:
    page: list[Due] = []
    for one in due:
        page.append(one)
        if len(page) == PAGE:
            yield page
            page = []
    yield page


def _due(bank: Speaker) -> Iterator[Due]:
    today = bank.today()
    yield from _lapsed(bank, today, status=ExchangeStatus.REQUESTED)
    yield from _lapsed(bank, today, status=ExchangeStatus.RETURNED)
    yield from _expired(bank, today)


def _lapsed(bank: Speaker, today: str, *, status: ExchangeStatus) -> Iterator[Due]:
    after, left = "", ROUND_MAX
    while left > 0:
        bounds = Bounds(
            below={"due_on": today}, above={"exchange_id": after}, limit=PAGE
        )
        with bank.store.snapshot() as state:
            found = list(state.scan_within("exchanges", bounds, status=status.value))
        for case in found:
            if isinstance(case, ExchangeRecord):
                body = {"exchange_id": case.exchange_id, "due_on": case.due_on}
                name = f"lapsed/{case.exchange_id}/{case.revision}/{case.step}"
                yield "exchange.lapsed.v1", name, dict(body)
                after = case.exchange_id
        left -= PAGE
        if len(found) < PAGE:
            return


def _expired(bank: Speaker, today: str) -> Iterator[Due]:
    after, left = "", ROUND_MAX
    while left > 0:
        bounds = Bounds(
            below={"expires_on": today},
            above={"award_id": after, "available_milli": 0},
            limit=PAGE,
        )
        with bank.store.snapshot() as state:
            found = list(state.scan_within("lots", bounds))
        for lot in found:
            if isinstance(lot, LotRecord):
                yield _expiry(lot)
                after = lot.award_id
        left -= PAGE
        if len(found) < PAGE:
            return


def _expiry(lot: LotRecord) -> Due:
    body: dict[str, object] = {
        "award_id": lot.award_id,
        "credits": credits_text(lot.available_milli),
        "expired_on": lot.expires_on,
    }
    # What comes back to an expired lot expires anew: by then more of it has expired.
    return "credit.expired.v1", f"expired/{lot.award_id}/{lot.expired_milli}", body


def _say(bank: Speaker, due: Due) -> Future[Accepted]:
    type_name, name, body = due
    ledger, now = bank.ledger_record(), bank.clock.now()
    statement = {
        "type": type_name,
        "id": str(uuid.uuid5(_NAMESPACE, name)),
        "iss": ledger.operator,
        "aud": ledger.name,
        "iat": instant_of(now),
        "exp": instant_of(now + VALID),
        "actor": {"staff": "bank", "role": "service"},
        "body": body,
    }
    raw = sign_jws(bank.service, canonical.dumps(statement), typ=STATEMENT_TYP)
    signed = read_jws(raw, typ=STATEMENT_TYP)
    return bank.sequencer.submit(read_recorded(signed, signed.payload))


def _is_accepted(answer: Future[Accepted]) -> bool:
    try:
        return not answer.result().replayed
    except RefusedError as refusal:
        # Somebody was faster: what was due is so no more.
        _LOG.info("no longer due", exc_info=refusal)
        return False
