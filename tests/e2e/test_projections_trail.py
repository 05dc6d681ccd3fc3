"""The trail of an account tells everything, once, and in order."""

from itertools import product

import pytest

from projections.moments import Window
from projections.trail.queries import Sought, search, trail_of
from tests.bank import SCHOOL
from tests.consortium import LEARNERS, OTHER, SECOND, award_of
from tests.consortium_cases import CONSUMING, RECOGNISING
from tests.consortium_names import COMMITTEE
from tests.e2e import naive
from tests.e2e.naive_trail import learners_of, members_of, rules_of
from tests.e2e.projected import Read

ALL = Window(limit=1_000)


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
        expected = [one for one in read.log if group & learners_of(read.log, one)]
        assert [one["position"] for one in events] == [one.position for one in expected]
        assert [(one["type"], one["issuer"], one["signed_by"]) for one in events] == [
            (one.type, one.iss, one.kid) for one in expected
        ]


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


MEMBERS = (SCHOOL, OTHER, COMMITTEE, "nobody-at-all")
TYPES = (
    None,
    ("credit.awarded.v1",),
    ("exchange.requested.v1", "exchange.accepted.v1", "exchange.lapsed.v1"),
    ("credit.revoked.v1", "rule.ratified.v1", "key.added.v1"),
)


@pytest.mark.parametrize("types", TYPES, ids=["all", "one", "exchanges", "several"])
def test_whatever_is_sought_is_found_and_nothing_else(
    read: Read, types: tuple[str, ...] | None
) -> None:
    """By member, rule, learner and type, alone and together, up to a position."""
    log = read.log
    about = {
        said.position: (
            *(members_of(log, said), rules_of(log, said), learners_of(log, said)),
        )
        for said in log
    }
    met, last = 0, read.last - 4
    for member, rule, learner in product(
        (None, *MEMBERS), (None, CONSUMING, RECOGNISING), (None, SECOND, LEARNERS[0])
    ):
        learner_ids = (learner,) if learner else ()
        found = search(
            read.bank.store,
            read.connection,
            sought=Sought(
                member=member, rule=rule, learner_ids=learner_ids, types=types
            ),
            window=ALL,
            position=last,
        )
        asked = ({member}, {rule}, {learner})
        expected = [
            said.position
            for said in read.log
            if said.position <= last
            and (types is None or said.type in types)
            and all(
                one == {None} or one <= named
                for one, named in zip(asked, about[said.position], strict=True)
            )
        ]
        assert [one["position"] for one in found] == expected, (member, rule, learner)
        met += bool(expected)
    assert met > 4


def test_an_entry_tells_who_acted_and_on_whose_word(read: Read) -> None:
    """Staff and role as signed, the mandate if there is one, whom it is about."""
    events = search(
        read.bank.store,
        read.connection,
        sought=Sought(),
        window=ALL,
        position=read.last,
    )

    assert [one["position"] for one in events] == [one.position for one in read.log]
    for event, said in zip(events, read.log, strict=True):
        assert event["actor"] == said.payload["actor"]
        assert event.get("mandate") == said.payload.get("mandate")
        assert event["statement_id"] == said.payload["id"]
        assert set(event["about"]["members"]) == members_of(read.log, said)
        assert set(event["about"]["learners"]) == learners_of(read.log, said)
        assert set(event["about"]["rules"]) == rules_of(read.log, said)
        assert event.get("reason_code") == said.body.get("reason_code")
    assert any("mandate" in one for one in events)
    doubtful = [one for one in events if one["contested"]]
    assert [one["award_id"] for one in doubtful] == [award_of("stolen-2")]


def test_pages_follow_each_other_without_gap_or_repetition(read: Read) -> None:
    """Whatever is sought, and however the types mix."""
    whole, after = [], -1
    while True:
        page = search(
            read.bank.store,
            read.connection,
            sought=Sought(member=OTHER),
            window=Window(after=after, limit=4),
            position=read.last,
        )
        whole += [one["position"] for one in page]
        if len(page) < 4:
            break
        after = whole[-1]

    assert whole == [
        one.position for one in read.log if OTHER in members_of(read.log, one)
    ]
