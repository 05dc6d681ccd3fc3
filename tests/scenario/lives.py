"""Cases on their way, up to the state that a scenario starts from."""

from collections.abc import Callable
from typing import Final

from ledger.domain.errors import RejectionError
from ledger.domain.rules.dates import date_in
from tests.builders import AT, MANDATE, OPERATOR, OTHER, SCHOOL, TIME_ZONE, Body, Ledger
from tests.scenario.agreements import (
    ENROLMENT,
    EXCHANGE,
    REDEMPTION,
    SERVICE,
    agree,
    agreed,
    ask,
    case_of,
    desk,
    ground,
    proposal,
    quoted,
)
from tests.scenario.cases import Case, Say

AUTOMATIC: Final = proposal("AUTO", approval=[])
"""The same rule, decided by the bank."""


def accept(
    ledger: Ledger, exchange_id: str = EXCHANGE, *, iss: str = OTHER, at: str = AT
) -> None:
    """Accept a case as it is quoted, at the last desk or by the bank."""
    body = quoted(ledger, exchange_id, on=date_in(TIME_ZONE, at))
    key = {"key": SERVICE} if iss == OPERATOR else {}
    ledger.say(iss, "exchange.accepted.v1", body=body, at=at, **key)


def exchange(
    ledger: Ledger, seen: Body, *, exchange_id: str = EXCHANGE, **changes: object
) -> tuple[str, ...]:
    """Apply under an automatic rule and have the bank accept; return what it made."""
    at = str(changes.get("at", AT))
    ask(ledger, seen, exchange_id=exchange_id, **changes)
    accept(ledger, exchange_id, iss=OPERATOR, at=at)
    return case_of(ledger, exchange_id).created


def requested() -> Ledger:
    """Return a ledger with a case on its first desk."""
    ledger = agreed()
    ask(ledger)
    return ledger


def at_last_desk() -> Ledger:
    """Return a ledger with a case on the desk that decides it."""
    ledger = requested()
    ledger.say(SCHOOL, "exchange.endorsed.v1", body=desk())
    return ledger


def accepted() -> Ledger:
    """Return a ledger with an accepted case."""
    ledger = at_last_desk()
    accept(ledger)
    return ledger


def automatic() -> Ledger:
    """Return a ledger in which a rule without desks is in force."""
    ledger = ground()
    agree(ledger, AUTOMATIC)
    return ledger


def created(ledger: Ledger, exchange_id: str = EXCHANGE) -> str:
    """Return the first lot that a case made."""
    return case_of(ledger, exchange_id).created[0]


def redemption(
    lot: str, credits_: str = "3", /, *, code: object = "WELD", **changes: object
) -> Body:
    """Return the body of a redemption of one lot."""
    body = {
        "redemption_id": REDEMPTION,
        "enrolment_id": ENROLMENT,
        "requirement": code,
        "lots": [{"award_id": lot, "credits": credits_}],
    }
    return {**body, **changes}


def redeem(ledger: Ledger, lot: str, *, credits_: str = "3", **changes: object) -> None:
    """Count a lot toward a requirement."""
    at = str(changes.pop("at", AT))
    iss = str(changes.pop("iss", OTHER))
    body = redemption(lot, credits_, **changes)
    ledger.say(iss, "credit.redeemed.v1", body=body, at=at)


def redeemed() -> Ledger:
    """Return a ledger in which a converted lot counts."""
    ledger = accepted()
    redeem(ledger, created(ledger))
    return ledger


def unredemption(redemption_id: str = REDEMPTION) -> Body:
    """Return the body that undoes a redemption."""
    reason = {"reason_code": "recorded_in_error", "reason": "登记有误"}
    return {"redemption_id": redemption_id, **reason}


def case_at(
    start: Callable[[], Ledger],
    error: type[RejectionError],
    *,
    pointer: str,
    when: Say,
    **more: object,
) -> Case:
    """Name a refusal in a ledger that stands where ``start`` leaves it.

    ``given`` in ``more`` is said before; the rest changes the envelope.
    """
    given = more.pop("given", ())
    assert isinstance(given, tuple)
    envelope = {"mandate": MANDATE, **more}
    return Case(
        error=error,
        pointer=pointer,
        when=when,
        given=given,
        envelope=envelope,
        start=start,
    )
