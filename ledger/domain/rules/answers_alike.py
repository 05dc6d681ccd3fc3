"""What the bank says to requests that are alike, and what both change: with names.

All but the names was worked out once, by the rules that judge a request alone. What
changes is given in its last form: what a request holds, its answer uses up at once.
"""

from typing import Final, NamedTuple

from ledger.domain.language.shapes import Effect
from ledger.domain.rules.acceptance import acceptance_id
from ledger.domain.rules.act import Act
from ledger.domain.rules.dates import a_day_after
from ledger.domain.rules.exchanges import accepted_case
from ledger.domain.rules.requests import requested_case
from ledger.domain.rules.requests_alike import JudgedAlike
from ledger.domain.rules.settlement import lot_id
from ledger.domain.rules.tallies import pages_with
from ledger.domain.state import (
    LotRecord,
    Record,
    Root,
    Slice,
)
from ledger.domain.statements.exchanges import ExchangeAccepted
from ledger.making import altered, maker

_new_root: Final = maker(Root)


class Names(NamedTuple):
    """All that is an answer's own: its id and times, and what it names."""

    identity: str
    iat: str
    exp: str
    exchange_id: str
    learner_id: str
    award_id: str
    lot_ids: tuple[str, ...]


def names_of(judged: JudgedAlike, *, at: str) -> Names:
    """Return the names in what the bank says at an instant to a request."""
    body = judged.request.statement.body
    exchange_id = body.exchange_id
    return Names(
        identity=acceptance_id(exchange_id, revision=0),
        iat=at,
        exp=a_day_after(at),
        exchange_id=exchange_id,
        learner_id=body.learner_id,
        award_id=judged.lot.award_id,
        lot_ids=tuple(
            [lot_id(exchange_id, number) for number in range(len(judged.alike.lots))]
        ),
    )


def with_names(said: ExchangeAccepted, names: Names) -> ExchangeAccepted:
    """Return what the bank says with these names."""
    body = said.body
    created = zip(body.created, names.lot_ids, strict=True)
    own = altered(
        body,
        exchange_id=names.exchange_id,
        learner_id=names.learner_id,
        used=tuple([altered(one, award_id=names.award_id) for one in body.used]),
        created=tuple([altered(one, lot_id=identity) for one, identity in created]),
    )
    return altered(said, id=names.identity, iat=names.iat, exp=names.exp, body=own)


def evolve_alike(
    said: Act[ExchangeAccepted], judged: JudgedAlike, *, state: Slice
) -> tuple[Record, ...]:
    """Return what a request and the bank's answer change together."""
    request, lot = judged.request.statement.body, judged.lot
    uses = [
        altered(
            one,
            root=lot.award_id,
            case_id=request.exchange_id,
            enrolment_id=request.enrolment_id,
        )
        for one in judged.alike.settlement.uses
    ]
    return (
        _source(judged),
        *_created(said, judged),
        *pages_with(state, request.learner_id, more=uses),
        accepted_case(said.statement.body, requested_case(judged.request, state)),
    )


def _source(judged: JudgedAlike) -> LotRecord:
    lot, alike = judged.lot, judged.alike
    exchanges = (*lot.exchanges, judged.request.statement.body.exchange_id)
    if alike.case.rule.terms.effect is Effect.RECOGNISE:
        return altered(lot, exchanges=exchanges)
    (used,) = alike.settlement.used
    return altered(
        lot,
        exchanges=exchanges,
        available_milli=lot.available_milli - used.amount_milli,
        exchanged_milli=lot.exchanged_milli + used.amount_milli,
    )


def _created(said: Act[ExchangeAccepted], judged: JudgedAlike) -> list[LotRecord]:
    request, award_id = judged.request.statement.body, judged.lot.award_id
    made = zip(judged.alike.lots, said.statement.body.created, strict=True)
    return [
        altered(
            lot,
            award_id=created.lot_id,
            exchange_id=request.exchange_id,
            learner_id=request.learner_id,
            enrolment_id=request.enrolment_id,
            position=said.position,
            recorded_at=said.recorded_at,
            kid=said.kid,
            roots=_roots(lot.roots, award_id),
            derived_from=_roots(lot.derived_from, award_id),
        )
        for lot, created in made
    ]


def _roots(roots: tuple[Root, ...], award_id: str) -> tuple[Root, ...]:
    return tuple(
        [_new_root(award_id=award_id, amount_milli=one.amount_milli) for one in roots]
    )
