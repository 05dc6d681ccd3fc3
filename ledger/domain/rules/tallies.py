"""What an account's roots count for, kept in pages: only what changes is written.

Uses stand in the order in which they were counted. A page that is full stays as it is,
unless a better result or a reversal changes what stands on it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Final

from ledger.domain.language.uses import Use
from ledger.domain.rules.envelope import present
from ledger.domain.state import Ref, Slice, TallyRecord
from ledger.making import altered, maker

PAGE_USES: Final = 16
"""As many uses stand on one page; most learners never need a second one."""

_new_page: Final = maker(TallyRecord)

Change = Callable[[Iterable[Use]], Iterable[Use]]
"""Returns the uses of a page as they are from now on; those that count no more go."""


def first_page(learner_id: str) -> Ref:
    """Name the page that says how many there are."""
    return Ref(TallyRecord, (learner_id, 0))


def further_pages(state: Slice, learner_id: str) -> Iterator[Ref]:
    """Name the other pages, once the first is known."""
    first = state.find(TallyRecord, (learner_id, 0))
    for page in range(1, 1 if first is None else first.pages):
        yield Ref(TallyRecord, (learner_id, page))


def uses_of(state: Slice, learner_ids: Iterable[str]) -> Iterable[Use]:
    """Return what accounts that are one learner count for.

    What stands in the tallies of two of them counts once.
    """
    found: dict[tuple[str, int, str], Use] = {}
    ordered = sorted(learner_ids)
    if len(ordered) == 1:
        return tally_of(state, ordered[0])
    for learner_id in ordered:
        for use in tally_of(state, learner_id):
            found[use.case_id, use.target, use.root] = use
    return found.values()


def live(uses: Iterable[Use]) -> list[Use]:
    """Return the uses that still count."""
    return [use for use in uses if not use.withdrawn]


def tally_of(state: Slice, learner_id: str) -> Iterator[Use]:
    """Return all that an account's roots count for, in the order of counting."""
    return chain.from_iterable(page.uses for page in _pages(state, learner_id))


def _pages(state: Slice, learner_id: str) -> list[TallyRecord]:
    first = state.find(TallyRecord, (learner_id, 0))
    if first is None:
        return []
    numbers = range(1, first.pages)
    rest = (present(state, TallyRecord, key=(learner_id, one)) for one in numbers)
    return [first, *rest]


def changed_pages(
    state: Slice, learner_id: str, *, change: Change
) -> Iterator[TallyRecord]:
    """Return the pages on which something changes."""
    for page in _pages(state, learner_id):
        uses = tuple(change(page.uses))
        if uses != page.uses:
            yield altered(page, uses=uses)


def pages_with(
    state: Slice, learner_id: str, *, more: Sequence[Use]
) -> Iterator[TallyRecord]:
    """Return the pages that new uses are written on, and the first if there are more.

    No other page is looked at.
    """
    if not more:
        return
    first = state.find(TallyRecord, (learner_id, 0))
    if first is None:
        first = _new_page(learner_id=learner_id, page=0, pages=1, uses=())
    last = first.pages - 1
    newest = present(state, TallyRecord, key=(learner_id, last)) if last else first
    room = max(0, PAGE_USES - len(newest.uses))
    uses = (*newest.uses, *more[:room])
    left = [
        tuple(more[start : start + PAGE_USES])
        for start in range(room, len(more), PAGE_USES)
    ]
    if last == 0:
        yield altered(newest, uses=uses, pages=1 + len(left))
    elif left:
        yield altered(first, pages=first.pages + len(left))
    if last and room:
        yield altered(newest, uses=uses)
    for number, further in enumerate(left, first.pages):
        yield _new_page(learner_id=learner_id, page=number, uses=further)
