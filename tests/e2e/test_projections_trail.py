"""The trail of an account tells everything, once, and in order."""

from projections.moments import Window
from projections.trail.queries import trail_of
from tests.consortium import LEARNERS, SECOND
from tests.e2e import naive
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
        expected = [one for one in read.log if group & _about(read.log, one)]
        assert [one["position"] for one in events] == [one.position for one in expected]
        assert [(one["type"], one["issuer"], one["signed_by"]) for one in events] == [
            (one.type, one.iss, one.kid) for one in expected
        ]


_SUBJECTS = ("merge_id", "relation_id", "exchange_id", "redemption_id", "enrolment_id")


def _about(log: list[naive.Said], said: naive.Said) -> set[str]:
    body = said.body
    names = {body.get(name) for name in ("learner_id", "survivor", "absorbed")}
    for key in _SUBJECTS:
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
