"""What requests under one rule have in common: judged and answered once, and kept.

A class applies together: the same course, credits and dates, each time for another
learner. Where a learner brings one lot of their own, what the request comes to follows
from that lot as far as it is like others, from the enrolment and from what counts
already as far as they are, and from what all members share. It is worked out once, of a
case without names, so that nothing can follow from a name, and so is what the bank says
to it; what would refuse it is judged for each alone, in order of precedence.
"""

from dataclasses import dataclass
from operator import attrgetter
from typing import Final, NamedTuple

from ledger.domain.errors import RejectionError
from ledger.domain.rules.acceptance import acceptance_of
from ledger.domain.rules.act import Act
from ledger.domain.rules.cases import Case, check_in_force, check_window, open_case
from ledger.domain.rules.counting import Judged, Settlement, settle
from ledger.domain.rules.created import new_lot
from ledger.domain.rules.eligibility import check_eligible, check_vouched
from ledger.domain.rules.envelope import is_contested, present
from ledger.domain.rules.exchanges import application_of
from ledger.domain.rules.showing import Shown, check_shown, is_shown
from ledger.domain.rules.tallies import first_page
from ledger.domain.rules.uses_alike import Earlier, earlier_of
from ledger.domain.state import (
    AccountRecord,
    EnrolmentRecord,
    LotRecord,
    Root,
    RuleRecord,
    Slice,
    TallyRecord,
)
from ledger.domain.statements.exchanges import ExchangeAccepted, ExchangeRequested
from ledger.making import altered, maker

_new_page: Final = maker(TallyRecord)
_NOBODY: Final = ""
"""Stands for every name in a case without names."""
_LOT_NAMES: Final = {
    "award_id": _NOBODY,
    "learner_id": _NOBODY,
    "position": 0,
    "recorded_at": _NOBODY,
    "kid": _NOBODY,
    "body_hash": _NOBODY,
    "digests": (),
    "roots": (),
}
_ENROLMENT_NAMES: Final = {
    "enrolment_id": _NOBODY,
    "learner_id": _NOBODY,
    "position": 0,
}
_lot_in_common: Final = attrgetter(
    *(name for name in LotRecord.model_fields if name not in _LOT_NAMES)
)
_enrolment_in_common: Final = attrgetter(
    *(name for name in EnrolmentRecord.model_fields if name not in _ENROLMENT_NAMES)
)


def settled_alone(
    case: Case,
    state: Slice,
    *,
    on: str,
    shown: Shown | None,
    windowed: bool,
) -> Settlement:
    """Return what a request comes to on a date, whose lots may be offered.

    Only one that is ``windowed`` must keep to the rule's window.

    Raises:
        RejectionError: the first fault in the order of ``errors/precedence.py``.
    """
    check_in_force(case, state)
    if windowed:
        check_window(case, state)
    check_shown(case, shown)
    if not case.rule.terms.approval:
        check_vouched(case)
    check_eligible(case, state, on=on, holding=False)
    return settle(case, state, on=on)


@dataclass(frozen=True, slots=True, eq=False)
class Alike:
    """What requests that are alike come to, all without names.

    ``said`` is what the bank says to them unless desks decide, and ``lots`` are those
    that it makes.
    """

    case: Case
    settlement: Settlement
    said: ExchangeAccepted
    lots: tuple[LotRecord, ...]

    @property
    def is_answered(self) -> bool:
        """Tell whether the bank answers at once."""
        return not self.case.rule.terms.approval


class JudgedAlike(NamedTuple):
    """A request that comes to what those like it come to, and the lot that it names."""

    alike: Alike
    request: Act[ExchangeRequested]
    lot: LotRecord


def judged_alike(
    act: Act[ExchangeRequested], rule: RuleRecord, *, state: Slice
) -> JudgedAlike | None:
    """Return what a first request comes to, None if it is judged alone.

    It is of somebody who may apply, under a rule as it was seen. Nothing refuses it.
    """
    body = act.statement.body
    enrolment = state.find(EnrolmentRecord, body.enrolment_id)
    lot = _sound_lot(act.statement, state)
    if lot is None or enrolment is None:
        return None
    earlier = _earlier(act.statement, rule, lot=lot, enrolment=enrolment, state=state)
    if earlier is None:
        return None
    (offered,) = body.lots
    key = (
        "request",
        act.recorded_on,
        rule.rule,
        _lot_in_common(lot),
        lot.roots[0].amount_milli,
        (offered.credits, offered.component),
        _enrolment_in_common(enrolment),
        earlier.in_common,
        *(
            (one.name, one.at_least, one.scale, one.framework)
            for one in body.predicates
        ),
    )
    found = state.once(
        key, lambda shared: _alike(act, earlier, state=state, shared=shared)
    )
    if found is None or earlier.clashes_with(found.settlement.uses):
        return None
    if not _shows(act, lot, alike=found):
        return None
    return JudgedAlike(found, act, lot)


def _sound_lot(request: ExchangeRequested, state: Slice) -> LotRecord | None:
    """Return the only lot that a request names, if it is a sound award."""
    body = request.body
    if len(body.lots) != 1 or body.vouched:
        return None
    identity = body.lots[0].award_id
    lot = state.find(LotRecord, identity)
    if lot is None or len(lot.roots) != 1 or lot.roots[0].award_id != identity:
        return None
    unsound = lot.revoked or not lot.passed or lot.flags or lot.derived_from
    foreign = lot.learner_id != body.learner_id
    if unsound or foreign or any(one.award_id != identity for one in body.predicates):
        return None
    return None if is_contested(state, kid=lot.kid, position=lot.position) else lot


def _earlier(
    request: ExchangeRequested,
    rule: RuleRecord,
    *,
    lot: LotRecord,
    enrolment: EnrolmentRecord,
    state: Slice,
) -> Earlier | None:
    """Return what counts for a learner who has one account and no other's enrolment."""
    learner_id = request.body.learner_id
    account = present(state, AccountRecord, key=learner_id)
    is_joined = account.merged_into is not None or account.absorbed
    if is_joined or enrolment.learner_id != learner_id:
        return None
    return earlier_of(
        learner_id,
        rule,
        root=lot.award_id,
        enrolment_id=enrolment.enrolment_id,
        state=state,
    )


def _shows(act: Act[ExchangeRequested], lot: LotRecord, *, alike: Alike) -> bool:
    shown = act.shown
    return shown is None or all(
        is_shown(one, lot.digests, shown=shown, ranks=alike.case.ranks)
        for one in act.statement.body.predicates
    )


def _alike(
    act: Act[ExchangeRequested], earlier: Earlier, *, state: Slice, shared: Slice
) -> Alike | None:
    on = act.recorded_on
    try:
        case = _without_names(open_case(state, application_of(act, None)))
        shared.put(case.lots)
        uses = earlier.without_names(nobody=_NOBODY)
        page = _new_page(learner_id=_NOBODY, page=0, pages=1, uses=uses)
        shared.learn(first_page(_NOBODY), page)
        settlement = settled_alone(case, shared, on=on, shown=None, windowed=True)
    except RejectionError:
        return None
    judged = Judged(case=case, settlement=settlement)
    said = acceptance_of(judged, shared, identity=_NOBODY, at=act.recorded_at, on=on)
    accepting = Act(
        statement=said,
        kid=_NOBODY,
        payload_hash=_NOBODY,
        body_hash=_NOBODY,
        position=0,
        recorded_at=_NOBODY,
        recorded_on=on,
    )
    lots = [
        new_lot(accepting, case, settlement=settlement, state=shared, number=number)
        for number in range(len(settlement.gains))
    ]
    return Alike(case, settlement, said, tuple(lots))


def _without_names(case: Case) -> Case:
    asked, offer = case.application, case.offers[0]
    (root,) = case.lots[0].roots
    roots = (Root(award_id=_NOBODY, amount_milli=root.amount_milli),)
    facts = offer.lot._replace(award_id=_NOBODY)
    return case._replace(
        application=asked._replace(
            exchange_id=_NOBODY,
            learner_id=_NOBODY,
            enrolment_id=_NOBODY,
            lots=tuple(altered(one, award_id=_NOBODY) for one in asked.lots),
            predicates=tuple(
                altered(one, award_id=_NOBODY) for one in asked.predicates
            ),
        ),
        enrolment=altered(case.enrolment, **_ENROLMENT_NAMES),
        learner_ids=frozenset({_NOBODY}),
        lots=(altered(case.lots[0], **{**_LOT_NAMES, "roots": roots}),),
        offers=(offer._replace(lot=facts),),
        facts={_NOBODY: facts},
    )
