"""That what was learned once counts once: duplicates are told apart by their roots."""

from collections.abc import Iterable, Sequence
from typing import assert_never

from ledger.domain.errors import exchanges as errors
from ledger.domain.language.shapes import Method, OncePer
from ledger.domain.language.uses import Use
from ledger.domain.rules.cases import Case


def check_roots(case: Case, earlier: Iterable[Use], *, new: Sequence[Use]) -> None:
    """Check that no root counts twice in the rule's ``once_per``, nor in one enrolment.

    Parts of a root may count one after the other up to the whole, but not twice under
    a rule whose gain does not grow with what is brought. Where a root counted with no
    credits at all, the whole of it did.
    """
    brought: dict[str, int] = {}
    totals = {use.root: use.root_total_milli for use in new}
    for use in new:
        brought[use.root] = brought.get(use.root, 0) + use.root_milli
    # Written out: it is asked of every rule for every answer.
    lots: dict[str, int] = {}
    for lot in case.lots:
        for each in lot.roots:
            lots[each.award_id] = lots.get(each.award_id, 0) + 1
    counted: dict[str, int] = {}
    spent: set[str] = set()
    grows = case.rule.terms.conversion.method is Method.RATIO
    for use in earlier:
        if use.root in brought and _is_same(
            use, new[0], once_per=case.rule.terms.once_per
        ):
            counted[use.root] = counted.get(use.root, 0) + use.root_milli
            if use.rule_code == new[0].rule_code and not grows:
                spent.add(use.root)
    for root, amount in brought.items():
        again = root in counted or lots[root] > 1
        before = counted.get(root, 0)
        whole = amount == 0 or (root in counted and before == 0)
        if again and (whole or root in spent or before + amount > totals[root]):
            left = 0 if whole or root in spent else max(0, totals[root] - before)
            raise errors.RootUsedError(pointer="/body/lots", root=root, left_milli=left)


def _is_same(use: Use, new: Use, *, once_per: OncePer) -> bool:
    if use.enrolment_id == new.enrolment_id:
        return True
    if use.rule_code != new.rule_code:
        return False
    match once_per:
        case OncePer.ENROLMENT:
            return False
        case OncePer.PROGRAMME:
            return use.programme.partition("@")[0] == new.programme.partition("@")[0]
        case OncePer.MEMBER:
            return use.member == new.member
        case OncePer.EVER:
            return True
        case _:
            assert_never(once_per)
