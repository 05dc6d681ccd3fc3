"""Every number that a projection shows is the one that the log itself gives."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy import Connection

from ledger.database import open_engine
from projections.awards.queries import UnknownAwardError, award, awards_of
from projections.balances.queries import balance, past_balance
from projections.holders import UnknownLearnerError, find_holder
from projections.moments import Moment, Window
from projections.overview import awards_by_member
from projections.runner import Runner
from projections.trail.queries import trail_of
from tests.bank import LEARNER, SCHOOL, Bank
from tests.consortium import LEARNERS, OTHER, SECOND, award_of, write_consortium
from tests.e2e import naive

DATES = (
    "2026-04-30",
    "2026-05-01",
    "2026-06-14",
    "2026-06-30",
    "2026-07-15",
    "2026-08-01",
    "2026-08-15",
    "2026-09-01",
    "2026-09-02",
    "2026-09-03",
)
ALL = Window(limit=1_000)


@dataclass(frozen=True, kw_only=True)
class Read:
    """A bank whose log is projected, and the log as a plain list."""

    bank: Bank
    log: list[naive.Said]
    connection: Connection
    url: str
    stride: int

    @property
    def last(self) -> int:
        """Return the newest position."""
        return self.log[-1].position

    def moments(self) -> Iterator[tuple[int, str | None]]:
        """Return positions, and dates at some of them; fewer on the slower database."""
        for position in range(self.last, -1, -self.stride):
            yield position, None
        for position in range(self.last, 0, -9 * self.stride):
            yield from ((position, date) for date in DATES)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def read(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Read]:
    """Write a consortium's history and project it, seven entries at a time."""
    url = f"sqlite:///{tmp_path_factory.mktemp('read') / 'ledger.db'}"
    target = url.replace("ledger.db", "projections.db")
    server = None
    if request.param == "postgresql":
        server = request.getfixturevalue("postgres_server")
        server.psql("CREATE DATABASE projected;")
        url = target = server.get_uri("projected")
    with Bank(url) as bank, pytest.MonkeyPatch.context() as patch:
        write_consortium(bank)
        patch.setattr("projections.runner.PAGE", 7)
        runner = Runner(bank.store, open_engine(target))
        log = naive.read_log(bank.raw_entries())
        assert runner.catch_up() == log[-1].position
        with runner.engine.connect() as connection:
            yield Read(
                bank=bank,
                log=log,
                connection=connection,
                url=target,
                stride=2 if request.param == "sqlite" else 6,
            )
        runner.close()
    if server is not None:
        server.psql("DROP DATABASE projected WITH (FORCE);")


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
        assert [_shown(one) for one in found] == [
            _expected(one, on=on) for one in expected
        ], (position, on)


def _shown(answer: naive.Json) -> list[object]:
    names = ("award_id", "status", "awarded", "available", "revoked", "replaced_by")
    told = ("issuer", "passed", *_TOLD)
    return [answer[name] for name in (*names, *told)]


def _expected(one: naive.Award, *, on: str | None) -> list[object]:
    left = one.credits - one.revoked(on)
    amounts = [naive.text(each) for each in (one.credits, left, one.revoked(on))]
    told = [one.iss, one.body["passed"], *(one.body.get(name) for name in _TOLD)]
    return [one.award_id, one.status(on), *amounts, one.replaced_by, *told]


_TOLD = ("achievement", "assessed_on", "learned_to", "attempt", "level", "valid_until")


def test_lists_of_awards_are_read_page_by_page(read: Read) -> None:
    """Without a gap or a repetition, whatever the date leaves out."""
    moment = Moment(position=read.last, effective_on="2026-07-15")
    whole = naive.held(read.log, LEARNER, position=read.last, on="2026-07-15")
    pages, after = [], -1
    while True:
        page = awards_of(
            read.bank.store,
            read.connection,
            learner_id=LEARNER,
            window=Window(after=after, limit=3),
            moment=moment,
        )
        pages.append([one["award_id"] for one in page])
        if len(page) < 3:
            break
        after = page[-1]["position"]

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

    doubtful = {one["award_id"] for one in shown if one["contested"]}
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


def test_the_trail_tells_all_that_happened_to_an_account(read: Read) -> None:
    """Each entry once, oldest first, whoever signed it."""
    for learner_id in LEARNERS:
        events = trail_of(
            read.bank.store,
            read.connection,
            learner_id=learner_id,
            window=ALL,
            position=read.last,
        )
        group = set(naive.group_of(read.log, learner_id, position=read.last))
        expected = [one for one in read.log if group & _about(read.log, one)]
        assert [one["position"] for one in events] == [one.position for one in expected]
        assert [(one["type"], one["issuer"], one["signed_by"]) for one in events] == [
            (one.type, one.iss, one.kid) for one in expected
        ]


def _about(log: list[naive.Said], said: naive.Said) -> set[str]:
    body = said.body
    names = {body.get(name) for name in ("learner_id", "survivor", "absorbed")}
    for key in ("merge_id", "relation_id"):
        same = (one for one in log if key in body and one.body.get(key) == body[key])
        if (first := next(same, said)) is not said:
            names |= _about(log, first)
    if "award_id" in body:
        awards = naive.awards_at(log, said.position)
        names.add(awards[body["award_id"]].body["learner_id"])
    return {one for one in names if one}


def test_an_earlier_trail_ends_where_it_is_asked_to(read: Read) -> None:
    """Before a merge, the other account's past is not shown."""
    merged = next(one for one in read.log if one.type == "accounts.merged.v1")
    events = trail_of(
        read.bank.store,
        read.connection,
        learner_id=SECOND,
        window=ALL,
        position=merged.position - 1,
    )

    assert {one["learner_id"] for one in events} == {SECOND}
    assert all(one["position"] < merged.position for one in events)


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
        assert counted[member] == sum(one.iss == member for one in awards)
