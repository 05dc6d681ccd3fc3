"""Rules of undoing an exchange: what was made goes, what was used comes back."""

from collections.abc import Iterable

from ledger.domain.errors import exchanges as errors
from ledger.domain.language.shapes import Effect
from ledger.domain.language.uses import Use
from ledger.domain.rules.act import Act, Rule
from ledger.domain.rules.envelope import answers_for, present
from ledger.domain.rules.exchanges import changed, exchange_stream, open_exchange
from ledger.domain.rules.holds import moved, withdrawn
from ledger.domain.rules.scopes import accounts_of
from ledger.domain.state import (
    ExchangeRecord,
    ExchangeStatus,
    LotRecord,
    Record,
    Ref,
    RuleRecord,
    Slice,
    TallyRecord,
)
from ledger.domain.statements.exchanges import ExchangeReversed


def _decide_reversal(act: Act[ExchangeReversed], state: Slice) -> None:
    statement = act.statement
    record = open_exchange(
        state, statement.body.exchange_id, statuses=(ExchangeStatus.ACCEPTED,)
    )
    rule = present(state, RuleRecord, key=record.rule)
    if not answers_for(state, iss=statement.iss, member_id=rule.recogniser):
        raise errors.NotTheDeskError(pointer="/iss", member=rule.recogniser)
    for identity in record.created:
        lot = present(state, LotRecord, key=identity)
        if lot.available_milli != lot.awarded_milli or _still_counts(lot, state):
            raise errors.DerivedInUseError(
                pointer="/body/exchange_id", lot=lot.award_id
            )


def _still_counts(lot: LotRecord, state: Slice) -> bool:
    cases = (present(state, ExchangeRecord, key=one) for one in lot.exchanges)
    return any(case.status is ExchangeStatus.ACCEPTED for case in cases)


def _evolve_reversal(act: Act[ExchangeReversed], state: Slice) -> Iterable[Record]:
    record = present(state, ExchangeRecord, key=act.statement.body.exchange_id)
    rule = present(state, RuleRecord, key=record.rule)
    for identity in record.created:
        yield withdrawn(present(state, LotRecord, key=identity))
    for part in record.superseded:
        lot = present(state, LotRecord, key=part.award_id)
        restored = LotRecord(**{**dict(lot), "revoked": False})
        amount = part.amount_milli
        yield moved(restored, revoked_milli=-amount, available_milli=amount)
    if rule.terms.effect is Effect.CONSUME:
        for part in record.used:
            lot = present(state, LotRecord, key=part.award_id)
            amount = part.amount_milli
            yield moved(lot, exchanged_milli=-amount, available_milli=amount)
    yield from _uncounted(record, state)
    yield changed(record, status=ExchangeStatus.REVERSED)


def _uncounted(record: ExchangeRecord, state: Slice) -> Iterable[TallyRecord]:
    own = record.exchange_id
    for account in accounts_of(state, record.learner_id):
        tally = state.find(TallyRecord, account.learner_id)
        if tally is None:
            continue
        uses = tuple(
            Use(**{**dict(use), "superseded_by": None, "withdrawn": False})
            if use.superseded_by == own
            else use
            for use in tally.uses
            if use.case_id != own
        )
        if uses != tally.uses:
            yield TallyRecord(learner_id=account.learner_id, uses=uses)


REVERSED: Rule[ExchangeReversed] = Rule(
    stream=lambda statement: exchange_stream(statement.body.exchange_id),
    needs=lambda statement: (Ref(ExchangeRecord, statement.body.exchange_id),),
    decide=_decide_reversal,
    evolve=_evolve_reversal,
)
