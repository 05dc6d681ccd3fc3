"""Every number that a projection shows is the one that the log itself gives."""

import pytest

from projections.awards.queries import UnknownAwardError, award, awards_of
from projections.balances.queries import balance, past_balance
from projections.holders import UnknownLearnerError, find_holder
from projections.moments import Moment, Window
from projections.overview.queries import awards_by_member
from tests.bank import LEARNER, SCHOOL
from tests.consortium import LEARNERS, OTHER, award_of
from tests.e2e import naive
from tests.e2e.projected import Read

ALL = Window(limit=1_000)


@pytest.mark.parametrize("learner_id", LEARNERS)
def test_every_past_balance_is_the_sum_of_the_log(read: Read, learner_id: str) -> None:
    """At every position, and on dates before, between and after all movements."""
    shown = {}
    for position, on in read.moments():
        moment = Moment(position=position, effective_on=on)
        answer = past_balance(
            read.bank.store, read.connection, learner_id=learner_id, moment=moment
        )
        earned, issued = naive.balance(read.log, learner_id, position=position, on=on)
        group = naive.group_of(read.log, learner_id, position=position)
        account = answer["account"]
        assert isinstance(account, dict)
        assert [account["survivor"], *account["absorbed"]] == group, (position, on)
        assert (answer["earned"], answer["issued"]) == (earned, issued), (position, on)
        shown[earned] = position
    assert len(shown) > 3


@pytest.mark.parametrize("learner_id", LEARNERS)
def test_the_present_is_the_newest_past(read: Read, learner_id: str) -> None:
    """State and projections say the same of now."""
    moment = Moment(position=read.last)
    past = past_balance(
        read.bank.store, read.connection, learner_id=learner_id, moment=moment
    )
    assert balance(read.bank.store, learner_id) == past

    present = Moment(position=read.last, is_present=True)
    now, then = (
        awards_of(
            read.bank.store,
            read.connection,
            learner_id=learner_id,
            window=ALL,
            moment=one,
        )
        for one in (present, moment)
    )
    assert now == then


@pytest.mark.parametrize("learner_id", LEARNERS)
def test_every_past_award_is_the_fold_of_its_entries(
    read: Read, learner_id: str
) -> None:
    """Which there were, with what dates, how much was left, and what replaced them."""
    for position, on in read.moments():
        found = awards_of(
            read.bank.store,
            read.connection,
            learner_id=learner_id,
            window=ALL,
            moment=Moment(position=position, effective_on=on),
        )
        expected = naive.held(read.log, learner_id, position=position, on=on)
        assert [_shown(one) for _, one in found] == [
            _expected(one, on=on) for one in expected
        ], (position, on)


def _shown(answer: naive.Json) -> list[object]:
    names = ("award_id", "status", "awarded", *naive.PARTS, "replaced_by")
    told = ("issuer", "passed", *_TOLD)
    return [answer[name] for name in (*names, *told)]


def _expected(one: naive.Award, *, on: str | None) -> list[object]:
    parts = one.parts(on)
    amounts = [naive.text(each) for each in (one.credits, *parts.values())]
    told = [one.iss, one.body["passed"], *(one.body.get(name) for name in _TOLD)]
    return [one.award_id, one.status(on), *amounts, one.replaced_by, *told]


_TOLD = ("achievement", "assessed_on", "learned_to", "attempt", "level", "valid_until")


def test_lists_of_awards_are_read_page_by_page(read: Read) -> None:
    """Without a gap or a repetition, whatever the date leaves out."""
    moment = Moment(position=read.last, effective_on="2026-07-15")
    whole = naive.held(read.log, LEARNER, position=read.last, on="2026-07-15")
    pages, window = [], Window(limit=3)
    while True:
        page = awards_of(
            read.bank.store,
            read.connection,
            learner_id=LEARNER,
            window=window,
            moment=moment,
        )
        pages.append([one["award_id"] for _, one in page])
        if len(page) < 3:
            break
        (after, number), _ = page[-1]
        window = Window(after=after, number=number, limit=3)

    assert len(pages) > 2
    assert [one for page in pages for one in page] == [one.award_id for one in whole]


def test_doubts_are_shown_on_the_awards_they_concern(read: Read) -> None:
    """What the member confirmed is in doubt no more."""
    moment = Moment(position=read.last, is_present=True)
    shown = awards_of(
        read.bank.store,
        read.connection,
        learner_id=LEARNER,
        window=ALL,
        moment=moment,
    )

    doubtful = {one["award_id"] for _, one in shown if one["contested"]}
    assert doubtful == {award_of("stolen-2")}
    _, issued = naive.balance(read.log, LEARNER, position=read.last, on=None)
    assert [row["contested"] for row in issued if row["member"] == SCHOOL] == ["2"]


def test_one_award_is_shown_with_every_entry_about_it(read: Read) -> None:
    """Not before it was recorded, and not before it held."""
    wanted = award_of("dated")
    about = [
        one
        for one in read.log
        if one.body.get("award_id") == wanted
        or (one.type == "credit.awarded.v1" and naive.award_id(one) == wanted)
    ]
    found = award(
        read.bank.store,
        read.connection,
        award_id=wanted,
        moment=Moment(position=read.last),
    )
    assert [one["position"] for one in found["entries"]] == [
        one.position for one in about
    ]
    assert [one["type"] for one in found["entries"]] == [one.type for one in about]
    assert found["available"] == "1.999"
    for moment in (
        Moment(position=about[0].position - 1),
        Moment(position=read.last, effective_on="2026-07-14"),
    ):
        with pytest.raises(UnknownAwardError):
            award(read.bank.store, read.connection, award_id=wanted, moment=moment)


def test_what_was_recorded_at_an_instant_is_the_log_up_to_it(read: Read) -> None:
    """Inclusive, to the millisecond."""
    for said in read.log:
        expected = [one for one in read.log if one.recorded_at <= said.recorded_at]
        size = read.bank.store.log.size_at(said.recorded_at)
        assert size - 1 == expected[-1].position
    assert read.bank.store.log.size_at("2026-09-01T07:59:59.999Z") == 0


def test_nobody_knows_an_account_that_was_never_opened(read: Read) -> None:
    """It is not an empty one."""
    with pytest.raises(UnknownLearnerError):
        find_holder(read.bank.store, "learner_" + "f" * 32)


def test_members_figures_are_counted_from_awards(read: Read) -> None:
    """Whatever became of them."""
    counted = awards_by_member(read.url)
    awards = naive.awards_at(read.log, read.last).values()
    for member in (SCHOOL, OTHER):
        assert counted[member] == sum(
            one.iss == member and not one.derived for one in awards
        )
