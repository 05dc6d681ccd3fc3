"""Rules of acceptances and of undoing them: where credits are converted."""

from collections.abc import Iterable
from datetime import date, timedelta
from functools import lru_cache, partial
from itertools import compress
from typing import Final

from ledger.domain.errors import exchanges as errors
from ledger.domain.language.shapes import Effect
from ledger.domain.naming import named_uuid
from ledger.domain.rules.accounts import open_account
from ledger.domain.rules.act import Act, Rule
from ledger.domain.rules.cases import Case, application_in, check_in_force, open_case
from ledger.domain.rules.counting import (
    Judged,
    Settlement,
    account_for,
    earlier_uses,
    mark_superseded,
    settle,
)
from ledger.domain.rules.created import new_lot
from ledger.domain.rules.dates import a_day_after
from ledger.domain.rules.eligibility import check_eligible, check_vouched
from ledger.domain.rules.envelope import is_service, present
from ledger.domain.rules.exchanges import (
    accepted_case,
    check_desk,
    exchange_stream,
    is_last_step,
    open_exchange,
    wrong_state,
)
from ledger.domain.rules.holds import parts_in, withdrawn
from ledger.domain.rules.offers import check_offers
from ledger.domain.rules.scopes import check_identified
from ledger.domain.rules.settlement import LOT_NAMESPACE, Gain, lot_id
from ledger.domain.rules.superseding import rivals_of
from ledger.domain.rules.tallies import changed_pages, pages_with
from ledger.domain.state import (
    ExchangeRecord,
    ExchangeStatus,
    LedgerRecord,
    LotRecord,
    Part,
    Record,
    Ref,
    RuleRecord,
    Slice,
    TallyRecord,
)
from ledger.domain.statements.envelope import Actor
from ledger.domain.statements.exchanges import (
    CreatedLot,
    ExchangeAccepted,
    ExchangeAcceptedBody,
    LotPart,
)
from ledger.domain.types import credits_milli, credits_text
from ledger.making import altered, maker

_BANK: Final = Actor(staff="bank", role="service")

_new_acceptance: Final = maker(ExchangeAccepted)
_new_body: Final = maker(ExchangeAcceptedBody)
_new_created: Final = maker(CreatedLot)
_new_part: Final = maker(LotPart)


def quote(record: ExchangeRecord, state: Slice, *, on: str) -> ExchangeAcceptedBody:
    """Return the body that accepting a case on a date must have.

    Raises:
        RejectionError: the case cannot be accepted; the reason says why.
    """
    case = _opened(record, state, on=on)
    return _body(Judged(case, settle(case, state, on=on)), state, on=on)


def automatic_acceptance(
    judged: Judged, state: Slice, *, at: str, on: str
) -> ExchangeAccepted | None:
    """Return what the bank has to say at once to a request; None if a desk decides.

    ``judged`` is what deciding the request worked out. Since then nothing changed but
    that the case holds its lots, so the quote would be worked out the same.
    """
    case = judged.case
    if case.rule.terms.approval:
        return None
    record = present(state, ExchangeRecord, key=case.application.exchange_id)
    identity = acceptance_id(record.exchange_id, revision=record.revision)
    return acceptance_of(judged, state, identity=identity, at=at, on=on)


def acceptance_of(
    judged: Judged, state: Slice, *, identity: str, at: str, on: str
) -> ExchangeAccepted:
    """Return what the bank says under an id to accept a case; it is valid for a day."""
    ledger = present(state, LedgerRecord, key=0)
    return _new_acceptance(
        id=identity,
        iss=ledger.operator,
        aud=ledger.name,
        iat=at,
        exp=a_day_after(at),
        actor=_BANK,
        body=_body(judged, state, on=on),
    )


@lru_cache(maxsize=4096)
def acceptance_id(exchange_id: str, *, revision: int) -> str:
    """Return the id under which the bank accepts a case by itself."""
    return named_uuid(LOT_NAMESPACE, f"accepted/{exchange_id}/{revision}")


def _opened(record: ExchangeRecord, state: Slice, *, on: str) -> Case:
    case = open_case(state, application_in(record))
    check_offers(case, state)
    check_in_force(case, state)
    check_vouched(case)
    check_eligible(case, state, on=on, holding=True)
    return case


def _body(judged: Judged, state: Slice, *, on: str) -> ExchangeAcceptedBody:
    case, settlement = judged.case, judged.settlement
    return _new_body(
        exchange_id=case.application.exchange_id,
        learner_id=case.application.learner_id,
        member=case.enrolment.school,
        effect=case.rule.terms.effect,
        used=_parts(settlement.used),
        created=tuple(
            _created(gain, number, case=case, on=on)
            for number, gain in enumerate(settlement.gains)
        ),
        superseded=_parts(_superseded(settlement, state)),
    )


def _parts(parts: Iterable[Part]) -> tuple[LotPart, ...]:
    return tuple(
        _new_part(award_id=part.award_id, credits=credits_text(part.amount_milli))
        for part in parts
    )


def _created(gain: Gain, number: int, *, case: Case, on: str) -> CreatedLot:
    due_on = None
    if gain.due_days is not None:
        due_on = (date.fromisoformat(on) + timedelta(days=gain.due_days)).isoformat()
    return _new_created(
        lot_id=lot_id(case.application.exchange_id, number),
        outcome=gain.outcome,
        credits=credits_text(gain.amount_milli),
        requirement=gain.requirement,
        achievement=gain.achievement,
        supplement_due_on=due_on,
    )


def _superseded(settlement: Settlement, state: Slice) -> Iterable[Part]:
    for exchange_id in sorted(settlement.replaced):
        record = present(state, ExchangeRecord, key=exchange_id)
        for identity in record.created:
            lot = present(state, LotRecord, key=identity)
            if not lot.revoked:
                yield Part(award_id=identity, amount_milli=lot.available_milli)


def _decide_acceptance(act: Act[ExchangeAccepted], state: Slice) -> None:
    statement, body = act.statement, act.statement.body
    known = state.find(ExchangeRecord, body.exchange_id)
    if known is not None:
        # A closed account takes nothing more, whatever lay on a desk by then.
        open_account(state, known.learner_id, pointer="/body/learner_id")
        check_identified(state, known.learner_id)
    record = open_exchange(
        state, body.exchange_id, statuses=(ExchangeStatus.REQUESTED,)
    )
    rule = present(state, RuleRecord, key=record.rule)
    by_service = is_service(state, act.kid)
    if by_service and rule.terms.approval:
        raise errors.NotTheDeskError(pointer="/iss")
    if not by_service:
        if rule.terms.approval and not is_last_step(record, rule):
            raise wrong_state(record, pointer="/type")
        check_desk(record, rule, state=state, statement=statement)
    expected = quote(record, state, on=act.recorded_on)
    for field in ("learner_id", "member", "effect", "used", "created", "superseded"):
        if getattr(body, field) != getattr(expected, field):
            raise errors.QuoteDiffersError(pointer=f"/body/{field}")


def _evolve_acceptance(act: Act[ExchangeAccepted], state: Slice) -> Iterable[Record]:
    body = act.statement.body
    record = present(state, ExchangeRecord, key=body.exchange_id)
    case = open_case(state, application_in(record))
    # As it was signed: evolving never judges, so it does not work the case out again.
    gains = [_gain(one) for one in body.created]
    rivals = rivals_of(case, earlier_uses(case, state))
    used = parts_in(body.used)
    settlement = account_for(case, state, used=used, gains=gains, rivals=rivals)
    return evolve_judged(act, Judged(case=case, settlement=settlement), state=state)


def evolve_judged(
    act: Act[ExchangeAccepted], judged: Judged, *, state: Slice
) -> Iterable[Record]:
    """Return what an acceptance changes, once it is known what it comes to.

    The lots are read anew: the case may hold them by now.
    """
    body, case, settlement = act.statement.body, judged.case, judged.settlement
    record = present(state, ExchangeRecord, key=body.exchange_id)
    yield from _sources(case, settlement, state=state)
    for part in parts_in(body.superseded):
        lot = present(state, LotRecord, key=part.award_id)
        yield withdrawn(lot)
    for number in range(len(settlement.gains)):
        yield new_lot(act, case, settlement=settlement, state=state, number=number)
    yield from _tallies(case, state, settlement=settlement)
    yield accepted_case(body, record)


def _gain(created: CreatedLot) -> Gain:
    return Gain(
        outcome=created.outcome,
        requirement=created.requirement,
        achievement=created.achievement,
        amount_milli=credits_milli(created.credits),
    )


def _sources(
    case: Case, settlement: Settlement, *, state: Slice
) -> Iterable[LotRecord]:
    own = case.application.exchange_id
    used = {part.award_id: part.amount_milli for part in settlement.used}
    held = case.rule.terms.effect is Effect.CONSUME
    for offered in case.application.lots:
        lot = present(state, LotRecord, key=offered.award_id)
        exchanges = (*lot.exchanges, own)
        if not held:
            yield altered(lot, exchanges=exchanges)
            continue
        amount = used.get(lot.award_id, 0)
        left = offered.amount_milli - amount
        yield altered(
            lot,
            exchanges=exchanges,
            held_milli=lot.held_milli - offered.amount_milli,
            exchanged_milli=lot.exchanged_milli + amount,
            available_milli=lot.available_milli + left,
        )


def _tallies(
    case: Case, state: Slice, *, settlement: Settlement
) -> Iterable[TallyRecord]:
    home = case.application.learner_id
    mark = partial(mark_superseded, case=case, settlement=settlement)
    owners = {
        use.root: present(state, LotRecord, key=use.root).learner_id
        for use in settlement.uses
    }
    for learner_id in sorted({*case.learner_ids, home, *owners.values()}):
        marked = Slice(state)
        if settlement.replaced or settlement.outdone:
            changes = tuple(changed_pages(state, learner_id, change=mark))
            marked.put(changes)
            yield from changes
        # With the account it was made for, and with that of the root: whatever is
        # unmerged later, neither the enrolment nor the root forgets.
        holds = (learner_id in {home, owners[use.root]} for use in settlement.uses)
        more = tuple(compress(settlement.uses, holds))
        yield from pages_with(marked, learner_id, more=more)


ACCEPTED: Rule[ExchangeAccepted] = Rule(
    stream=lambda statement: exchange_stream(statement.body.exchange_id),
    needs=lambda statement: (Ref(ExchangeRecord, statement.body.exchange_id),),
    decide=_decide_acceptance,
    evolve=_evolve_acceptance,
)
