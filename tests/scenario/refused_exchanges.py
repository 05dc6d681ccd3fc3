"""Refusals of applications: what may not be offered, and what no rule takes."""

from collections.abc import Callable
from typing import Final

from ledger.domain.errors import (
    RejectionError,
    accounts,
    agreements,
    programmes,
    statements,
)
from ledger.domain.errors import exchanges as errors
from tests.builders import (
    OTHER,
    SCHOOL,
    SECOND,
    STRANGER,
    Body,
    Ledger,
    achievement,
    award,
    award_of,
    revocation,
)
from tests.scenario.agreements import (
    RELATION_SOUTH,
    WEST,
    action,
    agree,
    agreed,
    component,
    enrolment,
    ground,
    number,
    offer,
    proposal,
    request,
    target,
)
from tests.scenario.cases import CLOSED, Case, Say, say
from tests.scenario.lives import (
    case_at,
    exchange,
    requested,
)
from tests.scenario.refused_programmes import ENDED

Start = Callable[[], Ledger]
PLACE: Final = "/body/lots/0/award_id"
LOT: Final = award_of("zero")
WINDOW: Final = {"calendar": f"{OTHER}/days", "last_day": 1}
SCORE: Final = {"name": "score", "at_least": "60"}
RECOGNISING: Final = proposal("SEEN", effect="recognise", approval=[])
ZERO: Final = award("zero", credits="0", passed=False)


def asked(seen: Body | None = None, /, **changes: object) -> Say:
    """Return an application, perhaps under another rule."""
    return say(OTHER, "exchange.requested", body=request(seen, **changes))


def refused(
    error: type[RejectionError], pointer: str, *given: Say, **changes: object
) -> Case:
    """Name an application under the rule of two desks that is refused."""
    return case_at(agreed, error, pointer=pointer, when=asked(**changes), given=given)


def under(
    error: type[RejectionError], pointer: str, *given: Say, **terms: object
) -> Case:
    """Name an application that another rule refuses."""
    named = terms.pop("asked", {})
    assert isinstance(named, dict)
    seen = proposal(**terms)

    def start() -> Ledger:
        ledger = ground()
        agree(ledger, seen)
        return ledger

    return case_at(
        start, error, pointer=pointer, when=asked(seen, **named), given=given
    )


def counted() -> Ledger:
    """Return a ledger in which the award counts already, at its own school too."""
    ledger = ground()
    agree(ledger, RECOGNISING)
    exchange(ledger, RECOGNISING)
    return ledger


def source(**changes: object) -> Body:
    """Return a source of one component."""
    return {"groups": [{"components": [component(**changes)]}]}


AWARDED_SOUTH: Final = say(
    OTHER, "credit.awarded", body=award("s", achievement=f"{OTHER}/GAS-1@1")
)
REQUESTS = [
    case_at(
        agreed,
        statements.MandateMissingError,
        pointer="/mandate",
        when=asked(),
        mandate=None,
    ),
    refused(accounts.UnknownAccountError, "/body/learner_id", learner_id=STRANGER),
    refused(accounts.AccountClosedError, "/body/learner_id", CLOSED),
    refused(
        errors.ScopeMissingError,
        "/iss",
        say(SCHOOL, "relation.ended", body={"relation_id": RELATION_SOUTH}),
    ),
    refused(errors.UnknownExchangeError, "/body/exchange_id", revision=1),
    *(
        case_at(
            requested,
            errors.ExchangeExistsError,
            pointer="/body/exchange_id",
            when=when,
        )
        for when in (
            asked(),
            say(WEST, "exchange.requested", body=request(revision=1)),
            asked(revision=1, enrolment_id=number(9)),
        )
    ),
    case_at(
        requested,
        errors.ExchangeStateError,
        pointer="/body/revision",
        when=asked(revision=1),
    ),
    refused(agreements.UnknownRuleError, "/body/rule", rule=f"{OTHER}/WELD@2"),
    refused(agreements.StaleRuleError, "/body/rule_digest", rule_digest="c" * 43),
    refused(
        programmes.UnknownEnrolmentError, "/body/enrolment_id", enrolment_id=number(9)
    ),
    refused(
        programmes.UnknownEnrolmentError,
        "/body/enrolment_id",
        say(
            OTHER,
            "enrolment.opened",
            body=enrolment(enrolment_id=number(9), learner_id=SECOND),
        ),
        enrolment_id=number(9),
    ),
    refused(
        errors.LotRepeatedError,
        "/body/lots/1/award_id",
        lots=[offer(credits_="1"), offer(credits_="1")],
    ),
    refused(errors.LotUnusableError, PLACE, lots=[offer("none")]),
    refused(
        errors.LotUnusableError,
        PLACE,
        say(SCHOOL, "credit.awarded", body=award("theirs", learner_id=SECOND)),
        lots=[offer("theirs")],
    ),
    refused(
        errors.LotUnusableError, PLACE, say(SCHOOL, "credit.revoked", body=revocation())
    ),
    refused(
        errors.LotUnusableError,
        PLACE,
        say(SCHOOL, "credit.awarded", body=ZERO),
        lots=[offer("zero", "0")],
    ),
    refused(programmes.EnrolmentEndedError, "/body/enrolment_id", ENDED),
    refused(
        errors.RuleNotInForceError,
        "/body/rule",
        say(SCHOOL, "rule.suspended", body=action()),
    ),
    under(errors.RuleNotInForceError, "/body/rule", valid_from="2026-09-02"),
    under(errors.RuleNotInForceError, "/body/rule", valid_until="2026-08-31"),
    under(
        errors.RuleNotInForceError,
        "/body/rule",
        asked={"enrolment_id": number(3)},
    ),
    under(errors.OutsideWindowError, "/body/rule", request_window=WINDOW),
    case_at(
        agreed,
        errors.PredicateFalseError,
        pointer="/body/predicates/0",
        when=asked(predicates=[{**SCORE, "award_id": award_of()}]),
        shown={},
    ),
    under(
        errors.VouchingMissingError,
        "/body/vouched",
        approval=[],
        attestations=[{"code": "match", "at_least": "70"}],
        asked={"vouched": [{"code": "match", "value": "69"}]},
    ),
    refused(
        errors.LotExpiredError,
        PLACE,
        say(SCHOOL, "credit.awarded", body=award("old", valid_until="2026-08-31")),
        lots=[offer("old")],
    ),
    *(
        refused(
            errors.LotInsufficientError,
            "/body/lots/0/credits",
            lots=[offer(credits_=amount)],
        )
        for amount in ("0", "3.001")
    ),
    under(
        errors.RoundTripError,
        PLACE,
        AWARDED_SOUTH,
        source={
            "groups": [{"components": [{"of": {"achievement": f"{OTHER}/GAS-1"}}]}]
        },
        asked={"lots": [offer(award_id=award_of("s", member=OTHER))]},
    ),
    refused(
        errors.SourceNotMatchedError,
        "/body/lots/0/component",
        lots=[offer(component=1)],
    ),
    under(
        errors.SourceNotMatchedError,
        PLACE,
        source={"groups": [{"components": [{"of": {"skills": ["焊"]}}]}]},
    ),
    under(errors.LotTooOldError, PLACE, source=source(age={"months": 2})),
    under(errors.PredicateMissingError, PLACE, source=source(predicates=[SCORE])),
    under(
        errors.SourceTooSmallError, "/body/lots", source=source(credits_at_least="4")
    ),
    under(
        errors.SourceTooSmallError,
        "/body/lots",
        conversion={"method": "fixed"},
        targets=[target(credits="4")],
        shortfall_at_most="0.5",
    ),
    under(
        errors.SupersedeRefusedError,
        "/body/lots",
        *(
            said
            for code in ("C-1", "C-2")
            for said in (
                say(
                    SCHOOL,
                    "achievement.published",
                    body=achievement(code, content_group="weld"),
                ),
                say(
                    SCHOOL,
                    "credit.awarded",
                    body=award(code, achievement=f"{SCHOOL}/{code}@1"),
                ),
            )
        ),
        source=source(of={"content_groups": ["weld"]}),
        supersede="refuse",
        asked={"lots": [offer("C-1"), offer("C-2")]},
    ),
    case_at(
        counted,
        errors.RootUsedError,
        pointer="/body/lots",
        when=asked(RECOGNISING, exchange_id=number(7)),
    ),
    under(
        errors.CapExceededError,
        "/body/lots",
        limits=[{"code": "two", "at_most": "2"}],
    ),
]
