"""What a group will look at, named ahead so that it is loaded with few queries.

A guess that is wrong costs a query and nothing else.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Protocol

from ledger.domain import rules
from ledger.domain.rules.acceptance import acceptance_id
from ledger.domain.rules.envelope import envelope_needs, present
from ledger.domain.rules.listed_awards import OPEN
from ledger.domain.rules.tallies import first_page, further_pages
from ledger.domain.state import (
    AccountRecord,
    Key,
    KeyringRecord,
    LedgerRecord,
    LotRecord,
    MemberRecord,
    Record,
    Ref,
    Slice,
    StatementRecord,
)
from ledger.domain.statements.exchanges import ExchangeRequested
from ledger.intake import Submission
from ledger.lists.drafts import Draft
from ledger.lists.listed import Drafts


class Loader(Protocol):
    """Reads state records; absent keys are absent from the answer."""

    def load(self, kind: str, keys: Iterable[Key]) -> dict[Key, Record]:
        """Return the records of one kind under these keys."""
        ...

    def count(
        self,
        kind: str,
        wanted: tuple[str, Collection[str]],
        *,
        where: Mapping[str, str | bool | None],
    ) -> int:
        """Count those with one of these texts in a column, and values in others."""
        ...


def first_needs(submissions: Iterable[Submission]) -> Iterator[Ref]:
    """Name what these tell by themselves that they need."""
    for one in submissions:
        yield from _needs(one)


def further_needs(submissions: Iterable[Submission], state: Slice) -> Iterator[Ref]:
    """Name what deciding will look at next, as far as what was loaded tells."""
    for request in _requests(submissions):
        for offered in request.body.lots:
            identity = offered.award_id
            lot = state.find(LotRecord, identity)
            roots = () if lot is None else lot.roots
            others = (one.award_id for one in roots if one.award_id != identity)
            yield from (Ref(LotRecord, one) for one in others)
        learner_id = request.body.learner_id
        account = state.find(AccountRecord, learner_id)
        for absorbed in () if account is None else account.absorbed:
            yield Ref(AccountRecord, absorbed)
            yield first_page(absorbed)
        yield from further_pages(state, learner_id)


def _needs(submission: Submission) -> Iterator[Ref]:
    if isinstance(submission, Draft):
        yield from rules.needs(submission.statement, kid=submission.kid)
        return
    payload, kid = submission.payload, submission.header.kid
    yield from envelope_needs(iss=payload.iss, identity=payload.id, kid=kid)
    # All lines are of the header's issuer and under its key.
    drafts = submission.drafts
    for draft in drafts.drafts():
        yield from rules.needs_of_line(draft.statement)
    # What those need which are like one of these is asked for together, or looked up.


def listed_needs(drafts: Drafts) -> Iterator[Ref]:
    """Name what lines that were cut up need: all else their examples need."""
    for line in drafts.listed():
        yield Ref(StatementRecord, (drafts.iss, line.id))
        yield Ref(AccountRecord, line.learner_id)
        yield Ref(LotRecord, line.award_id)


def are_usual(drafts: Drafts, loader: Loader) -> bool:
    """Tell whether the store has all that such lines name as a plain award wants it.

    For a whole list that costs less than to look up one of ten.
    """
    learners, ids, awards = ({*one} - {""} for one in drafts.row_ids)
    if not awards:
        return True
    return (
        not loader.count(StatementRecord.kind, ("id", ids), where={"iss": drafts.iss})
        and not loader.count(LotRecord.kind, ("award_id", awards), where={})
        and loader.count(AccountRecord.kind, ("learner_id", learners), where=OPEN)
        == len(learners)
    )


def answer_needs(submissions: Iterable[Submission], state: Slice) -> Iterator[Ref]:
    """Name what the bank's answers need, now that it is known who answers."""
    requests = list(_requests(submissions))
    if not requests:
        return
    operator = present(state, LedgerRecord, key=0).operator
    yield Ref(MemberRecord, operator)
    yield Ref(KeyringRecord, operator)
    for request in requests:
        body = request.body
        identity = acceptance_id(body.exchange_id, revision=body.revision)
        yield Ref(StatementRecord, (operator, identity))


def _requests(submissions: Iterable[Submission]) -> Iterator[ExchangeRequested]:
    for one in submissions:
        if isinstance(one, Draft) and isinstance(one.statement, ExchangeRequested):
            yield one.statement
