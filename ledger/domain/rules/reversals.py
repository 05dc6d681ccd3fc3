"""Rules of undoing an exchange: what was made goes, what was used comes back."""

from collections.abc import Iterable

from ledger.domain.errors import exchanges as errors
from ledger.domain.language.shapes import Effect
from ledger.domain.language.uses import Use
from ledger.domain.rules.act import Act, Rule
from ledger.domain.rules.envelope import answers_for, present
from ledger.domain.rules.exchanges import changed, exchange_stream, open_exchange
from ledger.domain.rules.holds import is_in_use, moved, withdrawn
from ledger.domain.rules.provenance import SOURCE_REVOKED, new_flag
from ledger.domain.rules.scopes import accounts_of
from ledger.domain.rules.tallies import changed_pages, tally_of
from ledger.domain.state import (
    ExchangeRecord,
    ExchangeStatus,
    LotRecord,
    Part,
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
        if is_in_use(present(state, LotRecord, key=identity), state):
            raise errors.DerivedInUseError(pointer="/body/exchange_id", lot=identity)
    better = _better_case(record, state)
    if better is not None:
        raise errors.DerivedInUseError(pointer="/body/exchange_id", exchange=better)


def _better_case(record: ExchangeRecord, state: Slice) -> str | None:
    """Return the case that topped up or replaced what this one gave."""
    for account in accounts_of(state, record.learner_id):
        for use in tally_of(state, account.learner_id):
            if use.case_id == record.exchange_id and use.superseded_by is not None:
                return use.superseded_by
    return None


def _evolve_reversal(act: Act[ExchangeReversed], state: Slice) -> Iterable[Record]:
    record = present(state, ExchangeRecord, key=act.statement.body.exchange_id)
    rule = present(state, RuleRecord, key=record.rule)
    for identity in record.created:
        yield withdrawn(present(state, LotRecord, key=identity))
    for part in record.superseded:
        yield _restored(part, state, act=act)
    if rule.terms.effect is Effect.CONSUME:
        for part in record.used:
            lot = present(state, LotRecord, key=part.award_id)
            amount = part.amount_milli
            yield moved(lot, exchanged_milli=-amount, available_milli=amount)
    yield from _uncounted(record, state)
    yield changed(record, status=ExchangeStatus.REVERSED)


def _restored(part: Part, state: Slice, *, act: Act[ExchangeReversed]) -> LotRecord:
    """Return a lot that counts again, flagged if what it came from is gone by now."""
    lot = present(state, LotRecord, key=part.award_id)
    sources = (present(state, LotRecord, key=one.award_id) for one in lot.derived_from)
    flags = [
        new_flag(source, cause=SOURCE_REVOKED, act=act)
        for source in sources
        if source.revoked
    ]
    changes = {"revoked": False, "flags": (*lot.flags, *flags)}
    amount = part.amount_milli
    restored = LotRecord(**{**dict(lot), **changes})
    return moved(restored, revoked_milli=-amount, available_milli=amount)


def _uncounted(record: ExchangeRecord, state: Slice) -> Iterable[TallyRecord]:
    own = record.exchange_id
    holders = {one.learner_id for one in accounts_of(state, record.learner_id)}
    for part in record.lots:
        for root in present(state, LotRecord, key=part.award_id).roots:
            holders.add(present(state, LotRecord, key=root.award_id).learner_id)
    for learner_id in sorted(holders):
        yield from changed_pages(
            state, learner_id, change=lambda uses: _without(own, uses)
        )


def _without(own: str, uses: Iterable[Use]) -> Iterable[Use]:
    for use in uses:
        if use.superseded_by == own:
            yield use.replacing(superseded_by=None, withdrawn=False)
        elif use.case_id != own:
            yield use


REVERSED: Rule[ExchangeReversed] = Rule(
    stream=lambda statement: exchange_stream(statement.body.exchange_id),
    needs=lambda statement: (Ref(ExchangeRecord, statement.body.exchange_id),),
    decide=_decide_reversal,
    evolve=_evolve_reversal,
)
