"""What a statement's movements depend on, read from the state before it is applied."""

from collections.abc import Iterable

from ledger.domain.language.shapes import Effect
from ledger.domain.postings import (
    CaseParts,
    Context,
    LotOwner,
    Move,
    Redating,
    moves,
)
from ledger.domain.rules.act import Act
from ledger.domain.rules.awards import id_of_award
from ledger.domain.rules.dates import effective_from
from ledger.domain.rules.envelope import present
from ledger.domain.rules.holds import parts_in
from ledger.domain.state import (
    ExchangeRecord,
    HeldLot,
    LotRecord,
    Part,
    RedemptionRecord,
    RuleRecord,
    Slice,
)
from ledger.domain.statements.awards import CreditAmended, CreditAwarded
from ledger.domain.statements.envelope import Statement
from ledger.domain.statements.exchanges import (
    ExchangeAccepted,
    ExchangeCancelled,
    ExchangeDeclined,
    ExchangeLapsed,
    ExchangeRequested,
    ExchangeReversed,
    RedemptionReversed,
)


def moved_by(act: Act[Statement], state: Slice) -> tuple[Context, tuple[Move, ...]]:
    """Return what an act moves, and what that depends on.

    ``state`` is without its effects.

    Raises:
        LookupError: the act is about something that does not exist.
    """
    statement = act.statement
    if isinstance(statement, CreditAwarded):
        # Nearly all there is: it depends on nothing that was there before.
        own = Context(owners=dict(_new_owners(statement)), recorded_on=act.recorded_on)
        return own, tuple(moves(statement, own))
    bare = Context(
        owners={},
        recorded_on=act.recorded_on,
        before=_before(statement, state),
        now=_now(statement, state),
        redating=_redating(statement, state),
    )
    made = tuple(moves(statement, bare))
    owners = dict(_new_owners(statement))
    for identity in {move.lot for move in made} - owners.keys():
        lot = present(state, LotRecord, key=identity)
        owners[identity] = LotOwner(learner_id=lot.learner_id, issuer=lot.issuer)
    return bare._replace(owners=owners), made


def _new_owners(statement: Statement) -> Iterable[tuple[str, LotOwner]]:
    match statement:
        case CreditAwarded(body=made):
            owner = LotOwner(learner_id=made.learner_id, issuer=statement.iss)
            yield id_of_award(statement), owner
        case ExchangeAccepted(body=accepted):
            owner = LotOwner(learner_id=accepted.learner_id, issuer=accepted.member)
            for lot in accepted.created:
                yield lot.lot_id, owner
        case _:
            return


def _before(statement: Statement, state: Slice) -> CaseParts:
    match statement:
        case ExchangeRequested(body=requested):
            record = state.find(ExchangeRecord, requested.exchange_id)
            return CaseParts() if record is None else _parts(record, state)
        case (
            ExchangeDeclined(body=following)
            | ExchangeCancelled(body=following)
            | ExchangeReversed(body=following)
        ):
            key = following.exchange_id
            return _parts(present(state, ExchangeRecord, key=key), state)
        case ExchangeLapsed(body=lapsed):
            key = lapsed.exchange_id
            return _parts(present(state, ExchangeRecord, key=key), state)
        case ExchangeAccepted(body=accepted):
            key = accepted.exchange_id
            return _parts(present(state, ExchangeRecord, key=key), state)
        case RedemptionReversed(body=reversed_):
            key = reversed_.redemption_id
            redeemed = present(state, RedemptionRecord, key=key)
            return CaseParts(redeemed=redeemed.lots, enrolment_id=redeemed.enrolment_id)
        case _:
            return CaseParts()


def _now(statement: Statement, state: Slice) -> CaseParts:
    if not isinstance(statement, ExchangeRequested):
        return CaseParts()
    rule = present(state, RuleRecord, key=statement.body.rule)
    if rule.terms.effect is Effect.RECOGNISE:
        return CaseParts()
    return CaseParts(held=parts_in(statement.body.lots))


def _parts(record: ExchangeRecord, state: Slice) -> CaseParts:
    rule = present(state, RuleRecord, key=record.rule)
    consumes = rule.terms.effect is Effect.CONSUME
    return CaseParts(
        effect=rule.terms.effect,
        member=record.member or "",
        held=_held(record.lots) if consumes else (),
        used=record.used,
        created=tuple(_left(identity, state) for identity in record.created),
        superseded=record.superseded,
    )


def _held(lots: Iterable[HeldLot]) -> tuple[Part, ...]:
    return tuple(
        Part(award_id=one.award_id, amount_milli=one.amount_milli) for one in lots
    )


def _left(identity: str, state: Slice) -> Part:
    lot = present(state, LotRecord, key=identity)
    return Part(award_id=identity, amount_milli=lot.available_milli)


def _redating(statement: Statement, state: Slice) -> Redating | None:
    if not isinstance(statement, CreditAmended):
        return None
    body = statement.body
    lot = present(state, LotRecord, key=body.award_id)
    before = effective_from(
        assessed_on=lot.assessed_on,
        learned_to=lot.learned_to,
        recorded_on=lot.recorded_on,
    )
    after = effective_from(
        assessed_on=body.assessed_on or lot.assessed_on,
        learned_to=body.learned_to or lot.learned_to,
        recorded_on=lot.recorded_on,
    )
    if before == after:
        return None
    return Redating(amount_milli=lot.awarded_milli, before=before, after=after)
