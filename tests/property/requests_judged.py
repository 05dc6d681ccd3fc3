"""What a request comes to: as the writer answers it, and by the plain rules alone."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from ledger.domain import rules
from ledger.domain.errors import RejectionError
from ledger.domain.rules.acceptance import automatic_acceptance
from ledger.domain.rules.act import Act
from ledger.domain.rules.counting import Judged
from ledger.domain.rules.requests import judged_alone
from ledger.domain.rules.requests_alike import JudgedAlike
from ledger.domain.state import Key, Record, Slice
from ledger.domain.statements.envelope import Statement
from ledger.domain.statements.exchanges import ExchangeAccepted
from ledger.sequencer.speaking import evolve_asked, evolve_spoken, payload_of, spoken
from tests.scenario.agreements import SERVICE


class Outcome(NamedTuple):
    """What the bank says to a request, and all records that both change."""

    payload: bytes | None
    changed: Mapping[tuple[type[Record], Key], Record | None]


Refused = tuple[type[RejectionError], str, dict[str, str | int]]


def answer_of(request: Act[Statement], said: ExchangeAccepted) -> Act[ExchangeAccepted]:
    """Return what the bank says as an act that follows on the request."""
    return Act(
        statement=said,
        kid=SERVICE,
        payload_hash="a" * 43,
        body_hash="",
        position=request.position + 1,
        recorded_at=request.recorded_at,
        recorded_on=request.recorded_on,
    )


# Any: a request, whose act is of any statement in a ledger.
def written(act: Act[Any], state: Slice) -> Outcome | Refused:
    """Decide, answer and evolve a request as the writer does."""
    at, on = act.recorded_at, act.recorded_on
    layer = Slice(state)
    try:
        judged = rules.decide(act, layer)
    except RejectionError as error:
        return refused(error)
    assert isinstance(judged, Judged | JudgedAlike)
    layer.put(evolve_asked(act, judged, state=layer))
    found = spoken(judged, layer, at=at, on=on)
    if found is None:
        return Outcome(None, layer.known)
    accepting = answer_of(act, found.statement)
    layer.put(evolve_spoken(accepting, judged, state=layer))
    return Outcome(found.payload, layer.known)


def plain(act: Act[Any], state: Slice) -> Outcome | Refused:
    """Judge a request alone; decide and evolve its answer as an auditor does."""
    at, on = act.recorded_at, act.recorded_on
    layer = Slice(state)
    try:
        judged = judged_alone(act, None, state=layer)
    except RejectionError as error:
        return refused(error)
    layer.put(rules.evolve(act, layer))
    said = automatic_acceptance(judged, layer, at=at, on=on)
    if said is None:
        return Outcome(None, layer.known)
    accepting = answer_of(act, said)
    rules.decide(accepting, layer)
    layer.put(rules.evolve(accepting, layer))
    return Outcome(payload_of(said), layer.known)


def refused(error: RejectionError) -> Refused:
    """Return what a refusal says."""
    return type(error), error.pointer, dict(error.details)
