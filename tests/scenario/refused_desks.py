"""Refusals at desks, of acceptances, and of undoing an exchange."""

from typing import Final

from ledger.domain.errors import (
    RejectionError,
    accounts,
)
from ledger.domain.errors import exchanges as errors
from tests.builders import (
    OPERATOR,
    OTHER,
    SCHOOL,
    SECOND,
    Body,
    Ledger,
    award_of,
)
from tests.scenario.agreements import (
    EXCHANGE,
    SERVICE,
    WEST,
    agreed,
    ask,
    because,
    desk,
    quoted,
    sent_back,
)
from tests.scenario.cases import CLOSED, LATER, Case, Say, say
from tests.scenario.lives import (
    AUTOMATIC,
    accepted,
    at_last_desk,
    automatic,
    case_at,
    created,
    redeem,
    requested,
)


def accepting(ledger: Ledger | None = None, /, **changes: object) -> Body:
    """Return the acceptance of the case, perhaps wrong in a field."""
    return {**quoted(at_last_desk() if ledger is None else ledger), **changes}


def closed_meanwhile() -> Ledger:
    """Return a ledger whose account was closed while the case lay on a desk."""
    ledger = at_last_desk()
    ledger.say(CLOSED[0], CLOSED[1], body=CLOSED[2])
    return ledger


def in_use() -> Ledger:
    """Return a ledger in which what the case made counts toward a requirement."""
    ledger = accepted()
    redeem(ledger, created(ledger), credits_="1")
    return ledger


def automatic_asked() -> Ledger:
    """Return a ledger in which the bank has not answered yet."""
    ledger = automatic()
    ask(ledger, AUTOMATIC)
    return ledger


def at_desk(
    error: type[RejectionError], pointer: str, *, when: Say, **more: object
) -> Case:
    """Name what is refused while the case lies on its first desk."""
    return case_at(requested, error, pointer=pointer, when=when, **more)


LAPSED: Final = say(
    OPERATOR, "exchange.lapsed", body={"exchange_id": EXCHANGE, "due_on": "2026-09-04"}
)
ENDORSED: Final = say(SCHOOL, "exchange.endorsed", body=desk())
DECLINED: Final = say(SCHOOL, "exchange.declined", body=because())
REVERSED: Final = say(OTHER, "exchange.reversed", body=because())
DESKS = [
    *(
        case_at(
            agreed,
            errors.UnknownExchangeError,
            pointer="/body/exchange_id",
            when=say(iss, type_name, body=body),
            **more,
        )
        for iss, type_name, body, more in (
            (SCHOOL, "exchange.endorsed", desk(), {}),
            (SCHOOL, "exchange.returned", sent_back(), {}),
            (SCHOOL, "exchange.declined", because(), {}),
            (OTHER, "exchange.accepted", accepting(), {}),
            (OTHER, "exchange.cancelled", because(), {}),
            (OPERATOR, "exchange.lapsed", LAPSED[2], {"key": SERVICE}),
            (OTHER, "exchange.reversed", because(), {}),
        )
    ),
    at_desk(errors.ExchangeStateError, "/body/exchange_id", when=REVERSED),
    at_desk(
        errors.ExchangeStateError,
        "/body/exchange_id",
        when=say(OTHER, "exchange.cancelled", body=because()),
        given=(DECLINED,),
    ),
    at_desk(
        errors.ExchangeStateError,
        "/body/step",
        when=say(SCHOOL, "exchange.endorsed", body=desk(1)),
    ),
    at_desk(
        errors.ExchangeStateError,
        "/body/step",
        when=say(SCHOOL, "exchange.returned", body=sent_back(step=1)),
    ),
    case_at(
        at_last_desk,
        errors.ExchangeStateError,
        pointer="/type",
        when=say(OTHER, "exchange.endorsed", body=desk(1)),
    ),
    at_desk(
        errors.ExchangeStateError,
        "/type",
        when=say(SCHOOL, "exchange.accepted", body=accepting()),
    ),
    *(
        at_desk(errors.NotTheDeskError, "/iss", when=say(OTHER, type_name, body=body))
        for type_name, body in (
            ("exchange.endorsed", desk()),
            ("exchange.returned", sent_back()),
            ("exchange.declined", because()),
        )
    ),
    at_desk(
        errors.NotTheDeskError,
        "/actor/role",
        when=ENDORSED,
        actor={"staff": "r7", "role": "dean"},
    ),
    at_desk(
        errors.NotTheDeskError,
        "/iss",
        when=say(WEST, "exchange.cancelled", body=because()),
    ),
    case_at(
        accepted,
        errors.NotTheDeskError,
        pointer="/iss",
        when=say(SCHOOL, "exchange.reversed", body=because()),
    ),
    case_at(
        at_last_desk,
        errors.NotTheDeskError,
        pointer="/iss",
        when=say(OPERATOR, "exchange.accepted", body=accepting()),
        key=SERVICE,
    ),
    *(
        case_at(
            automatic_asked,
            errors.NotTheDeskError,
            pointer="/iss",
            when=say(iss, "exchange.accepted", body=accepting(automatic_asked())),
        )
        for iss in (OPERATOR, OTHER)
    ),
    case_at(
        closed_meanwhile,
        accounts.AccountClosedError,
        pointer="/body/learner_id",
        when=say(OTHER, "exchange.accepted", body=accepting()),
    ),
    *(
        at_desk(errors.NotDueError, "/body/due_on", when=when, key=SERVICE, at=at)
        for when, at in (
            (LAPSED, "2026-09-04T08:00:00.000Z"),
            (
                say(
                    OPERATOR,
                    "exchange.lapsed",
                    body={"exchange_id": EXCHANGE, "due_on": "2026-09-03"},
                ),
                LATER,
            ),
        )
    ),
    *(
        case_at(
            at_last_desk,
            errors.QuoteDiffersError,
            pointer=f"/body/{field}",
            when=say(OTHER, "exchange.accepted", body=accepting(**{field: value})),
        )
        for field, value in (
            ("learner_id", SECOND),
            ("member", SCHOOL),
            ("effect", "recognise"),
            ("used", [{"award_id": award_of(), "credits": "2"}]),
            ("created", []),
            ("superseded", [{"award_id": award_of(), "credits": "2"}]),
        )
    ),
    case_at(
        in_use, errors.DerivedInUseError, pointer="/body/exchange_id", when=REVERSED
    ),
]
