"""What requests under one rule have in common: judged once, and kept.

A class applies together: the same course, credits and dates, each time for another
learner. Where a learner brings one lot of their own, and nothing of theirs counts yet,
what the request comes to follows from that lot as far as it is like others, from the
enrolment as far as it is, and from what all members share. It is worked out once, of a
case without names, so that nothing can follow from a name; what would refuse it is
judged for each alone, in order of precedence.
"""

from collections.abc import Mapping
from operator import attrgetter
from typing import Final

from ledger.domain.errors import RejectionError
from ledger.domain.rules.cases import Case, check_in_force, check_window
from ledger.domain.rules.counting import Settlement, earlier_uses, settle
from ledger.domain.rules.eligibility import check_eligible, check_vouched
from ledger.domain.rules.showing import check_shown
from ledger.domain.rules.tallies import first_page
from ledger.domain.state import EnrolmentRecord, LotRecord, Part, Root, Slice
from ledger.making import altered

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
    shown: Mapping[str, tuple[str, object]] | None,
    windowed: bool = True,
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


def settled_alike(case: Case, state: Slice, *, on: str) -> Settlement | None:
    """Return what a first request comes to on a date, None if it is judged alone.

    Nothing refuses it then but that its lots are in doubt, or that it does not show
    what the rule reads.
    """
    if not _is_plain(case) or earlier_uses(case, state):
        return None
    lot, held = case.lots[0], case.application.lots[0]
    key = (
        "request",
        on,
        case.rule.rule,
        case.application.requested_on,
        _lot_in_common(lot),
        lot.roots[0].amount_milli,
        (held.amount_milli, held.component),
        _enrolment_in_common(case.enrolment),
        *(
            (one.name, one.at_least, one.scale, one.framework)
            for one in case.application.predicates
        ),
    )
    found = state.once(key, lambda shared: _settled(case, shared, on=on))
    return None if found is None else _with_names(found, case)


def _is_plain(case: Case) -> bool:
    """Tell whether a case is of one lot of its own, which nothing else names."""
    asked = case.application
    if len(case.lots) != 1 or len(case.learner_ids) != 1 or asked.vouched:
        return False
    identity, roots = case.lots[0].award_id, case.lots[0].roots
    return (
        len(roots) == 1
        and roots[0].award_id == identity
        and all(one.award_id == identity for one in asked.predicates)
    )


def _settled(case: Case, shared: Slice, *, on: str) -> Settlement | None:
    nameless = _without_names(case)
    shared.put(nameless.lots)
    # Nothing counts yet: whoever has more is judged alone.
    shared.learn(first_page(_NOBODY), None)
    try:
        return settled_alone(nameless, shared, on=on, shown=None)
    except RejectionError:
        return None


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


def _with_names(found: Settlement, case: Case) -> Settlement:
    award_id, asked = case.lots[0].award_id, case.application

    def named(parts: tuple[Part, ...]) -> tuple[Part, ...]:
        return tuple([altered(one, award_id=award_id) for one in parts])

    return found._replace(
        used=named(found.used),
        roots=tuple([named(parts) for parts in found.roots]),
        uses=tuple(
            [
                altered(
                    use,
                    root=award_id,
                    case_id=asked.exchange_id,
                    enrolment_id=asked.enrolment_id,
                )
                for use in found.uses
            ]
        ),
    )
