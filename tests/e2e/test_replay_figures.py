"""At every position and date a replay has the balances that the bank shows of then."""

from typing import Any

from ledger.audit.figures.balances import balances, merges, survivor_of
from ledger.audit.figures.effective import Effective
from ledger.audit.figures.recognised import Recognised
from ledger.audit.figures.summary import Replayed
from ledger.audit.rebuild import Observer, Rebuilt, apply_act
from ledger.domain.state import AccountRecord, EnrolmentRecord, RuleRecord
from projections.balances.queries import past_balance
from projections.cases.versions import all_records
from projections.moments import Moment
from tests.e2e.projected import DATES, Read
from tests.replaying import acts_of, records

Json = dict[str, Any]  # Any: plain JSON.
DAYS: tuple[str | None, ...] = (None, *DATES[1::4])


def test_balances_are_what_the_bank_shows_of_any_moment(read: Read) -> None:
    """As recorded at every few positions, and as effective on several dates."""
    rebuilt, recognised = Rebuilt(), Recognised()
    views = {day: Effective(day) for day in DAYS if day is not None}
    looking: list[Observer] = [recognised, *views.values()]
    compared = 0
    for act in acts_of(read.bank.raw_entries()):
        apply_act(act, b"", rebuilt=rebuilt, observers=looking)
        if act.position % (8 * read.stride) and act.position != read.last:
            continue
        for day in DAYS:
            found = Replayed(
                rebuilt=rebuilt,
                recognised=recognised,
                effective=views.get(day or ""),
                effective_on=day,
            )
            compared += compare(read, found)
    assert compared > 15


def compare(read: Read, found: Replayed) -> int:
    """Require the same balance of every learner; return how many there were."""
    own = list(balances(found.rebuilt.state, found.lots()))
    moment = Moment(
        position=found.rebuilt.position,
        effective_on=found.effective_on,
        today=found.day,
    )
    for one in own:
        shown = past_balance(
            read.bank.store,
            read.connection,
            learner_id=one.account.learner_id,
            moment=moment,
        )
        recounted = one.as_object()
        issued = without_doubt(recounted["issued"])
        assert (recounted["earned"], issued) == (
            shown["earned"],
            without_doubt(shown["issued"]),
        ), moment
    return len(own)


def without_doubt(issued: Any) -> list[Json]:  # noqa: ANN401  # plain JSON
    """Leave out what is in doubt: a served past tells it as it is known today."""
    return [{name: one[name] for name in one if name != "contested"} for one in issued]


def test_the_state_is_what_the_writer_keeps(read: Read) -> None:
    """Every record of every kind, and what is kept by version."""
    rebuilt = Rebuilt()
    for act in acts_of(read.bank.raw_entries()):
        apply_act(act, b"", rebuilt=rebuilt, observers=())

    for kind in (AccountRecord, EnrolmentRecord, RuleRecord):
        shown = {one.key: one for one in read.bank.store.scan(kind.kind)}
        own = {
            one.key: one
            for one in records(rebuilt.state).values()
            if isinstance(one, kind)
        }
        assert own == shown
    rules = {
        one.rule: one
        for one in all_records(read.connection, RuleRecord, position=read.last)
    }
    assert rules == {one.key: one for one in read.bank.store.scan("rules")}


def test_merged_accounts_answer_as_one(read: Read) -> None:
    """The absorbed one has no balance of its own, and leads to the survivor."""
    rebuilt = Rebuilt()
    for act in acts_of(read.bank.raw_entries()):
        apply_act(act, b"", rebuilt=rebuilt, observers=())
    accounts = list(rebuilt.state.all_of(AccountRecord))

    merged = merges(rebuilt.state)

    assert merged
    for one in accounts:
        survivor = one.merged_into or one.learner_id
        assert survivor_of(one.learner_id, merged) == survivor
