"""Cases and agreements at every position: what the log itself says of them."""

from collections import Counter
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from ledger.database import open_engine
from ledger.domain.postings import postings_of
from ledger.domain.rules.awards import amount_milli
from ledger.domain.state import (
    CalendarRecord,
    EnrolmentRecord,
    ExchangeRecord,
    LotRecord,
    MemberRecord,
    PolicyRecord,
    ProgrammeRecord,
    Record,
    RedemptionRecord,
    RuleRecord,
)
from ledger.domain.types import credits_text
from projections.awards.queries import award
from projections.balances.queries import balance
from projections.cases.history import KEPT
from projections.cases.queries import exchange
from projections.cases.versions import all_records, records_of, versions_of
from projections.listed import Listed
from projections.moments import Moment
from projections.pages import Page
from projections.runner import PROJECTIONS, Runner
from tests.bank import LEARNER
from tests.consortium import LEARNERS
from tests.consortium_cases import CONSUMING, case
from tests.e2e import naive
from tests.e2e.naive_cases import Cases, Part
from tests.e2e.projected import Read

RECORDS = (
    MemberRecord,
    CalendarRecord,
    ProgrammeRecord,
    EnrolmentRecord,
    PolicyRecord,
    RuleRecord,
    ExchangeRecord,
    RedemptionRecord,
)


@pytest.mark.parametrize("record", RECORDS, ids=lambda one: str(one.kind))
def test_the_newest_version_is_the_writers_own(
    read: Read, record: type[Record]
) -> None:
    """Evolved from the read side's own rows, it comes to the very same."""
    kept = list(all_records(read.connection, record, position=read.last))
    state = list(read.bank.store.scan(record.kind))

    assert record in KEPT
    assert kept
    assert kept == state


def _nothing(part: Part, *, source: str, target: str) -> None:
    """Keep no count of amounts: only of cases."""
    del part, source, target


def cases_at(read: Read, position: int) -> Cases:
    """Return all cases as the log says they were at a position."""
    cases = Cases()
    for said in read.log:
        if said.position <= position:
            cases.apply(said.iss, said.type, body=said.body, move=_nothing)
    return cases


def test_every_case_stood_at_every_position_where_the_log_says(read: Read) -> None:
    """Its status, what it offered, used and created; none before it was there."""
    reached: set[str] = set()
    for position in range(0, read.last + 1, read.stride):
        found = records_of(
            read.connection, ExchangeRecord, learner_ids=LEARNERS, position=position
        )
        expected = cases_at(read, position).cases
        shown = {
            one.exchange_id: (
                one.status.value,
                one.learner_id,
                one.rule,
                [(lot.award_id, credits_text(lot.amount_milli)) for lot in one.lots],
                [(lot.award_id, credits_text(lot.amount_milli)) for lot in one.used],
                list(one.created),
            )
            for one in found
        }
        assert shown == {
            identity: (
                one.status,
                one.learner_id,
                one.rule,
                [(lot, naive.text(amount)) for lot, amount in one.offered],
                [(lot, naive.text(amount)) for lot, amount in one.used],
                [lot for lot, _ in one.created],
            )
            for identity, one in expected.items()
        }, position
        reached |= {one.status.value for one in found}
    assert reached >= {"requested", "accepted", "reversed"}


def case_at(
    read: Read, number: int, *, position: int
) -> dict[str, Any] | None:  # Any: plain JSON.
    """Return a case as it is shown at a position."""
    return exchange(
        read.bank.store, read.connection, exchange_id=case(number), position=position
    )


def test_a_rule_goes_through_its_states(read: Read) -> None:
    """Each with the position from which it stood there."""
    versions = versions_of(
        read.connection, RuleRecord, key=CONSUMING, position=read.last
    )

    states = [rule.status for _, rule in versions]
    assert states == ["proposed", "agreed", "suspended", "agreed"]
    said = [one.position for one in read.log if one.type.startswith("rule.")]
    assert {position for position, _ in versions} <= set(said)


def test_a_case_names_its_desk_and_everything_said_in_it(read: Read) -> None:
    """A returned one waits for whoever applied, one in hand for its desk."""
    history = [one for one in read.log if one.body.get("exchange_id") == case(2)]
    now = case_at(read, 2, position=read.last)
    desks = []
    for said in history:
        found = case_at(read, 2, position=said.position)
        assert found is not None
        desks.append((found["status"], found["desk"] and found["desk"]["role"]))

    assert now is not None
    assert [one["position"] for one in now["entries"]] == [
        one.position for one in history
    ]
    assert [one["role"] for one in now["entries"]] == [
        one.payload["actor"]["role"] for one in history
    ]
    assert desks == [
        ("requested", "dean"),
        ("returned", None),
        ("requested", "dean"),
        ("accepted", None),
    ]
    assert case_at(read, 99, position=read.last) is None


def test_what_was_recognised_goes_back_to_its_roots(read: Read) -> None:
    """Each lot that is not withdrawn, by its member and case."""
    now = balance(read.bank.store, LEARNER)
    awards = naive.awards_at(read.log, read.last)
    derived = [one for one in awards.values() if one.derived]
    left = [one for one in derived if one.status(None) != "revoked"]

    recognised = now["recognised_at"]
    assert isinstance(recognised, list)
    rows = recognised[0]["exchanges"]
    assert len(recognised) == 1
    assert sorted(lot for row in rows for lot in row["lots"]) == sorted(
        one.award_id for one in left
    )
    assert {row["exchange_id"] for row in rows} == {case(1), case(2)}
    cases = cases_at(read, read.last)
    moment = Moment(position=read.last)
    for one in derived:
        shown = award(
            read.bank.store, read.connection, award_id=one.award_id, moment=moment
        )
        own = cases.cases[shown["exchange_id"]]
        roots = [(root["award_id"], root["credits"]) for root in shown["roots"]]
        assert roots == [(lot, naive.text(amount)) for lot, amount in own.used]
        assert shown["flagged"] == one.flagged


def _noting(pages: list[Page]) -> Callable[[Page, Connection], None]:
    def note(page: Page, _: Connection) -> None:
        pages.append(page)

    return note


def _made_by(listed: Listed) -> Counter[str]:
    """Return what lines of a list make available."""
    made: Counter[str] = Counter()
    if listed.award is not None:
        for learner_id in listed.learner_ids:
            account = f"available:{learner_id}:{listed.award.iss}"
            made[account] += amount_milli(listed.award.body)
    return made


def test_postings_say_the_same_as_the_lots(read: Read, tmp_path: Path) -> None:
    """Per learner and member at the end, and zero for every member at every entry."""
    pages: list[Page] = []
    with pytest.MonkeyPatch.context() as patch:
        seen = (*PROJECTIONS, _noting(pages))
        patch.setattr("projections.runner.PROJECTIONS", seen)
        patch.setattr("projections.runner.PAGE", 1)
        target = open_engine(f"sqlite:///{tmp_path / 'again.db'}")
        runner = Runner(read.bank.store, target)
        runner.catch_up()
        runner.close()
    lots = [one for one in read.bank.store.scan("lots") if isinstance(one, LotRecord)]
    accounts: Counter[str] = Counter()
    balances: Counter[tuple[int, str]] = Counter()
    for number, page in enumerate(pages):
        moved = [postings_of(one.moves, one.owners) for one in page.moved()]
        for posting in chain.from_iterable(moved):
            accounts[posting.account] += posting.amount_milli
            balances[number, posting.member] += posting.amount_milli
        for fact in page.made:
            made = page.awards[str(fact.award)]
            accounts[f"available:{made.learner_id}:{made.issuer}"] += made.amount_milli
        for listed in page.lists:
            accounts.update(_made_by(listed))

    assert set(balances.values()) == {0}
    expected: Counter[str] = Counter()
    for lot in lots:
        expected[f"available:{lot.learner_id}:{lot.issuer}"] += lot.available_milli
        expected[f"held:{lot.learner_id}:{lot.issuer}"] += lot.held_milli
    held = {name: accounts[name] for name in expected}
    assert held == dict(expected)
    assert any(name.startswith("held:") and amount for name, amount in held.items())
