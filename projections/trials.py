"""What a rule that is not agreed yet would make of enrolled learners' lots."""

from collections.abc import Iterator

from sqlalchemy import Connection

from ledger.domain.rules.review import Trial, try_rule
from ledger.domain.rules.scopes import accounts_of
from ledger.domain.state import EnrolmentRecord, LotRecord, RuleRecord, Slice
from projections.asking import Asking
from projections.cases.versions import all_records
from projections.holders import State


def enrolled_at(
    connection: Connection, school: str, *, after: str, position: int
) -> Iterator[tuple[str, EnrolmentRecord | None]]:
    """Return every enrolment after a key; None in the place of what is not asked for.

    What is left out is yielded too, so that whoever asks can bound what is read.
    """
    for one in all_records(connection, EnrolmentRecord, after=after, position=position):
        fits = one.school == school and one.ended_on is None
        yield one.enrolment_id, one if fits else None


def try_on(
    state: State, rule: RuleRecord, *, enrolment: EnrolmentRecord, on: str
) -> Trial | None:
    """Return what a rule would make of all lots of an enrolled learner, if any fit."""
    asking = Asking(state)
    accounts = asking.ask(lambda known: accounts_of(known, enrolment.learner_id))
    lots = [
        lot
        for account in accounts
        for lot in state.scan("lots", learner_id=account.learner_id)
        if isinstance(lot, LotRecord)
    ]

    def tried(known: Slice) -> Trial | None:
        return try_rule(rule, enrolment, lots=lots, state=known, on=on)

    return asking.ask(tried)
